"""Semantic meshes in PLY format, in each encoding, whole and damaged."""

import numpy as np
import pytest
from leo_agent.envs.scenes.meshes.ply import parse_ply

from leo_agent.contract.errors import InputError
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


@pytest.mark.parametrize("order", ["<", ">", ""])
def test_ply_in_each_encoding(order: str) -> None:
    vertices, faces = box((0, 0, 0), (1, 2, 3))
    ids = np.arange(12) - 1
    triangles = parse_ply(ply(vertices, faces, ids, order), "scan_semantic.ply")
    assert np.array_equal(triangles.vertices, vertices)
    assert np.array_equal(triangles.faces, faces)
    assert triangles.object_ids is not None
    assert triangles.object_ids.tolist() == [0, *range(11)]


def test_ply_of_quads() -> None:
    vertices, _ = box((0, 0, 0), (1, 1, 1))
    triangles = parse_ply(ply(vertices, np.array([[0, 1, 3, 2], [4, 6, 7, 5]]), np.array([5, 6])), "x.ply")
    assert triangles.faces.tolist() == [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5]]
    assert triangles.object_ids is not None
    assert triangles.object_ids.tolist() == [5, 5, 6, 6]


BOX_PLY = ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\3\4", "expected a PLY file"),
        (b"ply\nformat ascii 1.0\n", "found no end_header"),
        (BOX_PLY.replace(b"little_endian 1.0", b"little_endian 2.0"), "expected 'format'"),
        (BOX_PLY.replace(b"element vertex 8", b"element vertex 8000000000"), "found 8000000000 records of 15 bytes"),
        (BOX_PLY.replace(b"element face 12", b"element face 99999999"), "found 99999999 records of 17 bytes"),
        (BOX_PLY.replace(b"element face 12", b"element face 0"), "found no faces"),
        (BOX_PLY.replace(b"float x", b"quad x"), "expected 'property'"),
        (BOX_PLY.replace(b"property float y", b"property float x"), "expected each property of 'vertex' once"),
        (BOX_PLY[:-1], "expected fewer"),
        (ply(*box((0, 0, 0), (1, np.nan, 3)), np.arange(12)), "positions that are not finite"),
        (ply(box((0, 0, 0), (1, 1, 1))[0], np.array([[0, 1, 8]]), np.array([1])), "a corner that is none of its 8"),
        (ply(box((0, 0, 0), (1, 1, 1))[0], np.array([[0, 1]]), np.array([1])), "a face of 2 corners"),
        (ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12), "").replace(b"1 2 3", b"1 two 3"), "data that are not numbers"),
        (ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12), "")[:-6], r"found \d+ numbers, expected 12 times 5"),
    ],
)
def test_what_is_wrong_with_a_ply_file_is_named(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_ply(content, "scan_semantic.ply")
    assert "\n" not in str(caught.value)
