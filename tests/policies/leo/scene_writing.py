"""Writes scene files in the published layouts, for the tests of their readers."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

PLY_KINDS = {"<": "binary_little_endian", ">": "binary_big_endian", "": "ascii"}


def made_cloud(num_points: int = 60, ids: tuple[int, ...] = (-1, 0, 2, 5), seed: int = 3) -> tuple[np.ndarray, ...]:
    """xyz (M, 3) float32, rgb (M, 3) float32 of whole numbers 0 to 255, instance ids (M,) int64 of those given."""
    rng = np.random.default_rng(seed)
    xyz = rng.normal(0, 2, (num_points, 3)).astype(np.float32)
    rgb = rng.integers(0, 256, (num_points, 3)).astype(np.float32)
    return xyz, rgb, rng.permutation(np.resize(np.array(ids, np.int64), num_points))


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def torch_bytes(value: Any, zipped: bool = True) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def as_numpy_1_writes(content: bytes) -> bytes:
    """A zipped file of torch.save as numpy 1 would have it: with the former path of numpy's functions."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"))
    return result.getvalue()


def write_rscan(folder: Path, cloud: tuple[Any, ...], labels: dict[int, str]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "pcd-align.pth").write_bytes(torch_bytes(cloud))
    (folder / "inst_to_label.pth").write_bytes(torch_bytes(labels))
    return folder


def mask_bytes(masks: np.ndarray, form: str = "csr", kind: type = np.float64, **replaced: Any) -> bytes:
    """Masks (proposals, M) of 0 and 1 in the arrays that scipy.sparse.save_npz writes; `replaced` puts others there."""
    if form == "csc":
        columns, rows = np.nonzero(masks.T)
    else:
        rows, columns = np.nonzero(masks)
    arrays: dict[str, Any] = {"format": np.array(form.encode("ascii")), "shape": np.array(masks.shape)}
    arrays["data"] = np.ones(len(rows), kind)
    if form == "coo":
        arrays |= {"row": rows.astype(np.int32), "col": columns.astype(np.int32)}
    else:
        lines, inner = (rows, columns) if form == "csr" else (columns, rows)
        count = masks.shape[0 if form == "csr" else 1]
        arrays["indices"] = inner.astype(np.int32)
        arrays["indptr"] = np.searchsorted(lines, np.arange(count + 1)).astype(np.int32)
    stream = io.BytesIO()
    np.savez_compressed(stream, **(arrays | replaced))
    return stream.getvalue()


def ply_bytes(
    xyz: np.ndarray,
    rgb: np.ndarray,
    ids: np.ndarray | None,
    order: str = "<",
    id_name: str = "objectId",
    faces: np.ndarray | None = None,
    face_ids: np.ndarray | None = None,
    float_colours: bool = False,
) -> bytes:
    """A PLY file, order "<", ">" or "" (ascii); rgb 0 to 255; ids of vertices, or of faces (F, corners)."""
    colour = "f4" if float_colours else "u1"
    fields = [(name, f"{order}f4") for name in "xyz"]
    fields += [(name, (order if float_colours else "") + colour) for name in ("red", "green", "blue")]
    fields += [] if ids is None else [(id_name, f"{order}i4")]
    vertices = np.zeros(len(xyz), [(name, kind or "f4") for name, kind in fields])
    for column, name in enumerate("xyz"):
        vertices[name] = xyz[:, column]
    for column, name in enumerate(("red", "green", "blue")):
        vertices[name] = rgb[:, column] / 255 if float_colours else rgb[:, column]
    lines = [f"ply\nformat {PLY_KINDS[order]} 1.0\ncomment made by a test\nelement vertex {len(xyz)}"]
    lines += [f"property float {name}" for name in "xyz"]
    lines += [f"property {'float' if float_colours else 'uchar'} {name}" for name in ("red", "green", "blue")]
    if ids is not None:
        vertices[id_name] = ids
        lines.append(f"property int {id_name}")
    body = [vertices]
    if faces is not None:
        lines += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
        kinds: list[Any] = [("n", "u1"), ("corners", f"{order}i4", (faces.shape[1],))]
        kinds += [] if face_ids is None else [("id", f"{order}i4")]
        polygons = np.zeros(len(faces), kinds)
        polygons["n"], polygons["corners"] = faces.shape[1], faces
        if face_ids is not None:
            polygons["id"] = face_ids
            lines.append(f"property int {id_name}")
        body.append(polygons)
    header = "\n".join([*lines, "end_header\n"]).encode()
    if order:
        return header + b"".join(each.tobytes() for each in body)
    rows = [" ".join(str(number) for number in _flat(row)) for each in body for row in each.tolist()]
    return header + "\n".join(rows).encode() + b"\n"


def _flat(row: tuple[Any, ...]) -> list[Any]:
    return [number for value in row for number in np.ravel(value).tolist()]
