"""What glTF files of all kinds hold: drawing modes, sparse accessors, instances, morph targets, depths of pictures."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.meshes.glb import parse_glb
from leo_agent.envs.scenes.meshes.triangles import Triangles
from tests.envs.glb_writer import GlbWriter, quad

ZIGZAG = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 2, 0]], "<f4")
AROUND = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [1, 2, 0], [0, 2, 0]], "<f4")


def drawn(vertices: np.ndarray, mode: int, indices: np.ndarray | None = None, more: bool = False) -> Triangles:
    """One primitive of that mode, if `more` beside a square of triangles."""
    writer = GlbWriter()
    attributes = {"POSITION": writer.accessor(vertices)}
    primitive: dict[str, Any] = {"attributes": attributes, "mode": mode}
    if indices is not None:
        primitive["indices"] = writer.accessor(indices)
    if more:
        writer.mesh(*quad()[:2])
    writer.document["meshes"].append({"primitives": [primitive]})
    writer.document["nodes"].append({"mesh": len(writer.document["meshes"]) - 1})
    writer.document["scenes"][0]["nodes"].append(len(writer.document["nodes"]) - 1)
    return parse_glb(writer.content(), "room.glb")


def normals(triangles: Triangles) -> np.ndarray:
    a, b, c = triangles.vertices[triangles.faces].transpose(1, 0, 2)
    return np.cross(b - a, c - a)


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize(("mode", "vertices", "area"), [(5, ZIGZAG, 1.5), (6, AROUND, 3.5)])
def test_strips_and_fans_unfold_with_one_winding(mode: int, vertices: np.ndarray, area: float, indexed: bool) -> None:
    if indexed:
        triangles = drawn(vertices[::-1].copy(), mode, np.arange(len(vertices), dtype="<u2")[::-1].copy())
    else:
        triangles = drawn(vertices, mode)
    assert len(triangles.faces) == 3
    assert (normals(triangles)[:, 2] > 0).all()
    assert normals(triangles)[:, 2].sum() / 2 == pytest.approx(area)


def test_the_corners_of_a_strip_and_a_fan_are_those_of_the_specification() -> None:
    assert drawn(ZIGZAG, 5).faces.tolist() == [[0, 1, 2], [1, 3, 2], [2, 3, 4]]
    assert drawn(AROUND, 6).faces.tolist() == [[1, 2, 0], [2, 3, 0], [3, 4, 0]]


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_points_and_lines_are_left_out_with_a_word(mode: int, caplog: pytest.LogCaptureFixture) -> None:
    assert len(drawn(ZIGZAG[:4], mode, more=True).faces) == 2
    assert [record.getMessage() for record in caplog.records] == [
        "room.glb: 1 primitives of lines or points are left out"
    ]
    with pytest.raises(InputError, match="found no triangles"):
        drawn(ZIGZAG[:4], mode)


@pytest.mark.parametrize("kind", ["<u1", "<u2", "<u4"])
@pytest.mark.parametrize("has_base", [True, False])
def test_sparse_accessors(kind: str, has_base: bool) -> None:
    vertices, faces, _ = quad()
    writer = GlbWriter()
    writer.mesh(vertices, faces)
    accessor = writer.document["accessors"][0]
    rows, values = np.array([1, 2], kind), np.array([[5, 0, 0], [5, 5, 0]], "<f4")
    component = {"<u1": 5121, "<u2": 5123, "<u4": 5125}[kind]
    accessor["sparse"] = {
        "count": 2,
        "indices": {"bufferView": writer.view(rows.tobytes()), "componentType": component},
        "values": {"bufferView": writer.view(values.tobytes())},
    }
    expected = vertices.copy() if has_base else np.zeros_like(vertices)
    expected[[1, 2]] = values
    if not has_base:
        del accessor["bufferView"]
    assert np.array_equal(parse_glb(writer.content(), "x").vertices, expected)
    accessor["sparse"]["indices"]["bufferView"] = writer.view(np.array([1, 4], kind).tobytes())
    with pytest.raises(InputError, match=r"sparse: found the .* row 4, expected one of 4"):
        parse_glb(writer.content(), "x")


def test_accessors_without_bytes_take_no_memory_that_is_not_needed() -> None:
    writer = GlbWriter()
    writer.mesh(*quad()[:2], TEXCOORD_0=quad()[2])
    for accessor in writer.document["accessors"]:
        del accessor["bufferView"]
        accessor["count"] = 2_000_000_000
    with pytest.raises(InputError, match="expected at most"):
        parse_glb(writer.content(), "x")


def test_draco_without_what_stands_for_it_is_named() -> None:
    writer = GlbWriter()
    writer.mesh(*quad()[:2])
    del writer.document["accessors"][0]["bufferView"]
    writer.document["meshes"][0]["primitives"][0]["extensions"] = {"KHR_draco_mesh_compression": {}}
    with pytest.raises(InputError, match=r"KHR_draco_mesh_compression, .* npx @gltf-transform/cli copy"):
        parse_glb(writer.content(), "x")


def test_instances_of_a_node() -> None:
    writer = GlbWriter()
    vertices, faces, _ = quad()
    writer.mesh(vertices, faces, node={"translation": [0, 0, 1]})
    half = np.sqrt(0.5)
    attributes = {
        "TRANSLATION": writer.accessor(np.array([[0, 0, 0], [10, 0, 0]], "<f4")),
        "ROTATION": writer.accessor(np.array([[0, 0, 0, 1], [0, 0, half, half]], "<f4")),
        "SCALE": writer.accessor(np.array([[1, 1, 1], [2, 1, 1]], "<f4")),
    }
    writer.document["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    writer.document["extensionsRequired"] = ["EXT_mesh_gpu_instancing"]
    placed = parse_glb(writer.content(), "x").vertices
    np.testing.assert_allclose(placed[:4], vertices + np.float32([0, 0, 1]))
    np.testing.assert_allclose(placed[4:], [[10, 0, 1], [10, 2, 1], [9, 2, 1], [9, 0, 1]], atol=1e-6)
    attributes["SCALE"] = writer.accessor(np.ones((3, 3), "<f4"))
    with pytest.raises(InputError, match=r"found \[2, 3\] instances, expected one number"):
        parse_glb(writer.content(), "x")


@pytest.mark.parametrize(("weights", "height"), [([0], 0), (None, 0), ([0.5], 1.5)])
def test_morph_targets_at_rest(weights: list[float] | None, height: float) -> None:
    writer = GlbWriter()
    vertices, faces, _ = quad()
    writer.mesh(vertices, faces)
    moved = writer.accessor(np.full((4, 3), [0, 0, 3], "<f4"))
    writer.document["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": moved}]
    if weights is not None:
        writer.document["meshes"][0]["weights"] = weights
    assert np.allclose(parse_glb(writer.content(), "x").vertices, vertices + np.float32([0, 0, height]))


def png(color_type: int, depth: int, samples: list[int], palette: bytes = b"") -> bytes:
    """A picture of 1 x 1 pixels, written without any library."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    row = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    header = struct.pack(">IIBBBBB", 1, 1, depth, color_type, 0, 0, 0)
    table = chunk(b"PLTE", palette) if palette else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + table
        + chunk(b"IDAT", zlib.compress(b"\0" + row))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("picture", "pixel"),
    [
        *((png(0, depth, [2**depth - 1]), [255] * 3) for depth in (1, 2, 4, 8, 16)),
        (png(0, 2, [1]), [85] * 3),
        (png(0, 4, [3]), [51] * 3),
        (png(0, 8, [77]), [77] * 3),
        (png(0, 16, [77 * 257]), [77] * 3),
        (png(0, 16, [300]), [1] * 3),
        (png(2, 8, [1, 2, 3]), [1, 2, 3]),
        (png(2, 16, [257, 514, 771]), [1, 2, 3]),
        *((png(3, depth, [1], bytes([9, 9, 9, 4, 5, 6])), [4, 5, 6]) for depth in (1, 2, 4, 8)),
        (png(4, 8, [7, 0]), [7] * 3),
        (png(4, 16, [7 * 257, 0]), [7] * 3),
        (png(6, 8, [1, 2, 3, 0]), [1, 2, 3]),
        (png(6, 16, [257, 514, 771, 0]), [1, 2, 3]),
    ],
)
def test_every_depth_and_colour_kind_of_png(picture: bytes, pixel: list[int]) -> None:
    vertices, faces, texcoords = quad()
    writer = GlbWriter()
    writer.mesh(vertices, faces, writer.material(texture=writer.texture(picture)), TEXCOORD_0=texcoords)
    assert parse_glb(writer.content(), "x").textures[0].pixels.tolist() == [[pixel]]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_colour_kind_of_jpeg(mode: str) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8), (90, 90, 90)).convert(mode).save(target, "JPEG", quality=95)
    vertices, faces, texcoords = quad()
    writer = GlbWriter()
    writer.mesh(vertices, faces, writer.material(texture=writer.texture(target.getvalue())), TEXCOORD_0=texcoords)
    assert np.abs(parse_glb(writer.content(), "x").textures[0].pixels.astype(int) - 90).max() <= 3


@pytest.mark.parametrize("kind", ["<f4", "u1", "<u2"])
@pytest.mark.parametrize("columns", [3, 4])
def test_every_kind_of_vertex_colours(kind: str, columns: int) -> None:
    vertices, faces, _ = quad()
    whole = 1.0 if kind == "<f4" else np.iinfo(kind).max
    colors = (np.array([[1, 0.2, 0, 0.5]]) * whole).repeat(4, axis=0).astype(kind)[:, :columns]
    writer = GlbWriter()
    writer.mesh(vertices, faces)
    attributes = writer.document["meshes"][0]["primitives"][0]["attributes"]
    attributes["COLOR_0"] = writer.accessor(np.ascontiguousarray(colors), normalized=kind != "<f4")
    assert parse_glb(writer.content(), "x").colors.tolist() == [[255, 51, 0]] * 2
