"""Semantic meshes in PLY format, in each encoding, whole and damaged."""

from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.meshes.ply import read_ply
from leo_agent.envs.scenes.meshes.triangles import Triangles
from tests.envs.glb_writer import box


def ply(vertices: np.ndarray, faces: np.ndarray, ids: np.ndarray, order: str = "<", count: int | None = None) -> bytes:
    """A semantic mesh as Matterport3D's: coordinates, colours, and object_id a face; order "" is ascii."""
    kind = {"<": "binary_little_endian", ">": "binary_big_endian", "": "ascii"}[order]
    header = f"""ply
format {kind} 1.0
comment made by a test
element vertex {len(vertices)}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face {len(faces) if count is None else count}
property list uchar int vertex_indices
property int object_id
end_header
""".encode()
    corners = faces.shape[1]
    if order == "":
        rows = [f"{x} {y} {z} 1 2 3" for x, y, z in vertices.tolist()]
        rows += [
            " ".join(map(str, [corners, *face, number]))
            for face, number in zip(faces.tolist(), ids.tolist(), strict=True)
        ]
        return header + "\n".join(rows).encode()
    points = np.zeros(len(vertices), [("xyz", f"{order}f4", (3,)), ("rgb", "u1", (3,))])
    points["xyz"] = vertices
    polygons = np.zeros(len(faces), [("n", "u1"), ("corners", f"{order}i4", (corners,)), ("id", f"{order}i4")])
    polygons["n"], polygons["corners"], polygons["id"] = corners, faces, ids
    return header + points.tobytes() + polygons.tobytes()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return tmp_path / "scan_semantic.ply"


def read(path: Path, content: bytes) -> Triangles:
    path.write_bytes(content)
    return read_ply(path)


@pytest.mark.parametrize("order", ["<", ">", ""])
def test_ply_in_each_encoding(scan: Path, order: str) -> None:
    vertices, faces = box((0, 0, 0), (1, 2, 3))
    ids = np.arange(12) - 1
    triangles = read(scan, ply(vertices, faces, ids, order))
    assert np.array_equal(triangles.vertices, vertices)
    assert np.array_equal(triangles.faces, faces)
    assert triangles.object_ids is not None
    assert triangles.object_ids.tolist() == [0, *range(11)]


@pytest.mark.parametrize("order", ["<", ">", ""])
def test_ply_of_quads(scan: Path, order: str) -> None:
    vertices, _ = box((0, 0, 0), (1, 1, 1))
    triangles = read(scan, ply(vertices, np.array([[0, 1, 3, 2], [4, 6, 7, 5]]), np.array([5, 6]), order))
    assert triangles.faces.tolist() == [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5]]
    assert triangles.object_ids is not None
    assert triangles.object_ids.tolist() == [5, 5, 6, 6]


@pytest.mark.parametrize("order", ["<", ">", ""])
@pytest.mark.parametrize("larger", [4, 5])
def test_ply_of_triangles_and_larger_faces(scan: Path, order: str, larger: int) -> None:
    """Two faces of different numbers of corners, as Blender exports them; either may come first."""
    vertices, _ = box((0, 0, 0), (1, 1, 1))
    parts = [
        (np.array([[0, 1, 3]]), np.array([7])),
        (np.array([[4, 6, 7, 5, 1][:larger]]), np.array([9])),
    ]
    for small_first in (True, False):
        first, second = parts if small_first else parts[::-1]
        whole, alone = ply(vertices, *first, order, count=2), ply(vertices, *second, order)
        rows = ply(vertices, second[0][:0], second[1][:0], order, count=1)
        triangles = read(scan, whole + (b"\n" if order == "" else b"") + alone[len(rows) :].lstrip(b"\n"))
        fan = [[4, 6, 7], [4, 7, 5], [4, 5, 1]][: larger - 2]
        assert triangles.faces.tolist() == ([[0, 1, 3], *fan] if small_first else [*fan, [0, 1, 3]])
        assert triangles.object_ids is not None
        assert sorted(triangles.object_ids.tolist()) == [7] + [9] * len(fan)


BOX_PLY = ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\3\4", "expected 'ply'; expected a PLY file"),
        (b"ply\nformat ascii 1.0\n", "early end-of-file"),
        (BOX_PLY.replace(b"little_endian 1.0", b"little_endian 2.0"), "expected version '1.0'"),
        (BOX_PLY.replace(b"element vertex 8", b"element vertex 8000000000"), "found 8000000012 records in 609 bytes"),
        (BOX_PLY.replace(b"element face 12", b"element face 99999999"), "found 100000007 records"),
        (BOX_PLY.replace(b"element face 12", b"element face 0"), "found no faces"),
        (BOX_PLY.replace(b"float x", b"quad x"), "'quad' not in"),
        (BOX_PLY.replace(b"property float y", b"property float x"), "two properties with same name"),
        (BOX_PLY.replace(b"float y", b"float w"), "its vertices have no y"),
        (BOX_PLY[:-1], r"element 'face': row 11: .*early end-of-file"),
        (ply(*box((0, 0, 0), (1, np.nan, 3)), np.arange(12)), "positions that are not finite"),
        (ply(box((0, 0, 0), (1, 1, 1))[0], np.array([[0, 1, 8]]), np.array([1])), "a corner that is none of its 8"),
        (ply(box((0, 0, 0), (1, 1, 1))[0], np.array([[0, 1]]), np.array([1]), ""), "faces of 2 corners at most"),
        (ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12), "").replace(b"1 2 3", b"1 two 3"), "malformed input"),
        (ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12), "")[:-6], "element 'face': row 11: .*early end-of-"),
    ],
)
def test_what_is_wrong_with_a_ply_file_is_named(scan: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(scan, content)
    assert "scan_semantic.ply" in str(caught.value)
    assert "\n" not in str(caught.value)
