"""Points with colours and instance ids of a PLY file (ascii, binary of both byte orders), read through trimesh.

Ids are a property of the vertices, or, as in Replica's mesh_semantic.ply, of the faces.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from trimesh.exchange.ply import load_ply

from leo_agent.contract.errors import InputError

# Property of the instance -> smallest id that is an object. In 3RScan's files objectId 0 is what nobody annotated.
# `label` is often a class, not an instance, and therefore the last to be looked for.
ID_NAMES = {
    **dict.fromkeys(("instance_id", "instanceId", "instance", "instance_label", "object_id"), 0),
    **{"objectId": 1, "label": 0},
}
_CORNER_NAMES = ("vertex_indices", "vertex_index")
_COORDINATES, _COLOURS = ("x", "y", "z"), ("red", "green", "blue")
# What damaged files make trimesh raise.
_DAMAGED = (
    *(ArithmeticError, AttributeError, LookupError, MemoryError, NameError, OSError, RuntimeError, SyntaxError),
    *(TypeError, ValueError),
)

Element = Mapping[str, Any]


def read_ply(path: Path, ids_wanted: bool = True) -> tuple[np.ndarray, np.ndarray | None]:
    """Points (M, 6) float64, xyz and rgb in [0, 1], and ids (M,) int64, -1 = of no object (None if not wanted).

    Integer colours are 0 to 255, others 0 to 1. A vertex whose id only faces know has that of the first face of an
    object it belongs to. Binary faces must all have the same number of corners. Raises InputError for a file that is
    missing, damaged, or lacks a property.
    """
    elements = _read_elements(path)
    vertices = elements.get("vertex", {})
    count = vertices.get("length", 0)
    if count == 0:
        raise InputError(f"{path}: holds no vertex, expected points")
    properties = vertices["properties"]
    missing = [name for name in (*_COORDINATES, *_COLOURS) if name not in properties]
    if missing:
        raise InputError(f"{path}: its vertices have no {', '.join(missing)}; expected x, y, z, red, green, blue")
    xyz = np.stack([_numbers(vertices, name, path) for name in _COORDINATES], axis=1)
    rgb = np.stack([_numbers(vertices, name, path) for name in _COLOURS], axis=1)
    scale = [1.0 if np.dtype(properties[name]).kind == "f" else 255.0 for name in _COLOURS]
    points = np.concatenate([xyz, rgb / scale], axis=1)
    return points, _ids(elements, path) if ids_wanted else None


def _read_elements(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: not a readable file ({error.strerror}); expected a PLY file") from error
    try:
        with np.errstate(all="ignore"):  # numbers that their type cannot hold are found below
            loaded = load_ply(io.BytesIO(content), fix_texture=False, skip_materials=True)
        return loaded["metadata"]["_ply_raw"]
    except _DAMAGED as error:
        told = str(error).splitlines()[0][:200] if isinstance(error, ValueError) and str(error) else "its elements"
        raise InputError(
            f"{path}: not a PLY file that can be read ({told}); expected it whole, its faces all of as many corners"
        ) from error


def _numbers(element: Element, name: str, path: Path) -> np.ndarray:
    """A property as (length,) float64."""
    try:
        values = np.asarray(element["data"][name], dtype=np.float64).ravel()
    except (TypeError, ValueError, LookupError) as error:
        raise InputError(f"{path}: the property {name!r} is damaged, expected one number a line") from error
    if len(values) != element["length"]:
        raise InputError(f"{path}: {len(values)} values of {name!r}, but the header says {element['length']}")
    return values


def _ids(elements: Mapping[str, Element], path: Path) -> np.ndarray:
    for kind in ("vertex", "face"):
        element = elements.get(kind, {"properties": {}, "length": 0})
        name = next((each for each in ID_NAMES if each in element["properties"]), None)
        if name is None or element["length"] == 0:
            continue
        values = _numbers(element, name, path)
        if not (np.abs(values) < 2**53).all() or (values != np.floor(values)).any():
            raise InputError(f"{path}: found a {name!r} that is not a whole number, expected ids of instances")
        ids = np.where(values >= ID_NAMES[name], values, -1).astype(np.int64)
        return ids if kind == "vertex" else _of_vertices(ids, element, elements["vertex"]["length"], path)
    raise InputError(f"{path}: no id of instances; looked for {', '.join(ID_NAMES)} of its vertices, then of its faces")


def _of_vertices(face_ids: np.ndarray, faces: Element, num_vertices: int, path: Path) -> np.ndarray:
    """The ids of faces (F,) as ids of their vertices (V,): the first face wins; -1 in no face."""
    values = next((faces["data"][name] for name in _CORNER_NAMES if name in faces["properties"]), None)
    corners = _corners(values, len(face_ids), path)
    if len(corners) > 0 and not 0 <= corners.min() <= corners.max() < num_vertices:
        raise InputError(f"{path}: a face has the corner {corners.max()}, expected one of {num_vertices} vertices")
    ids = np.full(num_vertices, -1, dtype=np.int64)
    known = np.flatnonzero(face_ids >= 0)[::-1]  # of an index that is assigned repeatedly, the last value stays
    ids[corners[known].ravel()] = np.repeat(face_ids[known], corners.shape[1])
    return ids


def _corners(values: Any, count: int, path: Path) -> np.ndarray:
    """The corners of `count` faces, (F, corners) int64."""
    if isinstance(values, np.ndarray) and values.dtype.names:  # a binary list: its length and its values
        lengths, values = values["f0"], values["f1"]
        if (lengths != values.shape[-1]).any():
            raise InputError(f"{path}: faces of different numbers of corners; triangulate it")
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "iu" or values.shape[:1] != (count,):
        raise InputError(f"{path}: faces without corners or of different numbers of them; triangulate it")
    return values.reshape(count, -1).astype(np.int64)
