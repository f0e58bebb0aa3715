"""Textures of .glb files: how they are decoded, wrapped and placed, and what is said of those that cannot be read."""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from leo_agent.contract.errors import InputError
from leo_agent.envs.rendering import Mesh
from leo_agent.envs.rendering.surface_colors import surface_tint, texel_colors
from leo_agent.envs.scenes.loading import sample_objects
from leo_agent.envs.scenes.meshes.glb import parse_glb, read_glb
from tests.envs.glb_writer import GlbWriter, box, encode, quad

# Red, green / blue, white: the upper row is row 0, at v = 0.
CHECKS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)


def textured(texture: Any = CHECKS, info: dict | None = None, texcoords: np.ndarray | None = None, **sampler: int):
    writer = GlbWriter()
    number = writer.texture(texture, **sampler)
    material = writer.material((1, 1, 1, 1), number, **({"info": info} if info else {}))
    vertices, faces, plain = quad()
    writer.mesh(vertices, faces, material, TEXCOORD_0=plain if texcoords is None else texcoords)
    return writer


def colors_at(writer: GlbWriter, *points: tuple[float, float]) -> list[list[int]]:
    """Texels at points (x, y) of the unit square."""
    triangles = parse_glb(writer.content(), "scan.glb")
    faces = np.array([0 if x >= y else 1 for x, y in points])
    # Corners of face 0: (0, 0), (1, 0), (1, 1); of face 1: (0, 0), (1, 1), (0, 1).
    weights = np.array([[1 - x, x - y, y] if x >= y else [1 - y, x, y - x] for x, y in points])
    return texel_colors(triangles, faces, weights).tolist()


QUARTERS = ((0.25, 0.75), (0.75, 0.76), (0.25, 0.24), (0.75, 0.25))


def test_the_picture_stands_upright() -> None:
    assert colors_at(textured(), *QUARTERS) == CHECKS.reshape(-1, 3).tolist()


def test_where_pictures_come_from(tmp_path: Path) -> None:
    jpeg = encode(np.kron(CHECKS, np.ones((8, 8, 1), np.uint8)), "JPEG")
    inside = colors_at(textured(jpeg), *QUARTERS)
    assert np.abs(np.array(inside) - CHECKS.reshape(-1, 3)).max() < 12
    uri = "data:image/png;base64," + base64.b64encode(encode(CHECKS, "PNG")).decode()
    assert colors_at(textured(uri), *QUARTERS) == CHECKS.reshape(-1, 3).tolist()
    (tmp_path / "a picture.png").write_bytes(encode(CHECKS, "PNG"))
    textured("../a%20picture.png").save(tmp_path / "below" / "scan.glb")
    triangles = read_glb(tmp_path / "below" / "scan.glb", tmp_path)
    assert np.array_equal(triangles.textures[0].pixels, CHECKS)
    with pytest.raises(InputError, match=r"found the path '?\"?\.\./a picture.png.*expected one inside"):
        read_glb(tmp_path / "below" / "scan.glb", tmp_path / "below")
    with pytest.raises(InputError, match="found data outside the file"):
        read_glb(tmp_path / "below" / "scan.glb")


def test_palettes_grey_and_opacity_become_rgb() -> None:
    grey = np.array([[0, 128]], np.uint8)
    assert parse_glb(textured(grey).content(), "x").textures[0].pixels.tolist() == [[[0, 0, 0], [128, 128, 128]]]
    rgba = np.array([[[9, 8, 7, 0]]], np.uint8)
    assert parse_glb(textured(rgba).content(), "x").textures[0].pixels.tolist() == [[[9, 8, 7]]]


@pytest.mark.parametrize(
    ("mode", "texels"),
    [(10497, [0, 1, 0, 1, 0, 1]), (33071, [0, 0, 0, 1, 1, 1]), (33648, [0, 0, 0, 1, 1, 0])],
)
def test_wrapping(mode: int, texels: list[int]) -> None:
    """Texels at u = -1.75, -0.25, 0.25, 0.75, 1.25, 1.75 of a row of two."""
    u = [-1.75, -0.25, 0.25, 0.75, 1.25, 1.75]
    writer = textured(CHECKS[:1], texcoords=np.array([[0, 0], [1, 0], [1, 0], [0, 0]], "<f4"), wrapS=mode)
    triangles = parse_glb(writer.content(), "x")
    weights = np.array([[1 - value, value, 0] for value in u])
    colors = texel_colors(triangles, np.zeros(6, int), weights)
    assert [CHECKS[0].tolist().index(color) for color in colors.tolist()] == texels


def test_texture_transform_moves_turns_and_scales() -> None:
    """The extension's own example: the lower left quadrant of the picture, turned clockwise by a quarter."""
    transform = {"offset": [0, 1], "rotation": np.pi / 2, "scale": [0.5, 0.5]}
    picture = np.arange(16, dtype=np.uint8).reshape(4, 4)[..., None].repeat(3, axis=2)
    writer = textured(picture, info={"extensions": {"KHR_texture_transform": transform}})
    seen = np.array(colors_at(writer, *QUARTERS))[:, 0].reshape(2, 2)
    assert seen.tolist() == np.rot90(picture[2:, :2, 0], -1).tolist()


def test_other_coordinate_set_and_quantized_coordinates() -> None:
    writer = GlbWriter()
    material = writer.material((1, 1, 1, 1), writer.texture(CHECKS), info={"texCoord": 1})
    vertices, faces, texcoords = quad()
    other = (texcoords * 255).astype(np.uint8)
    writer.mesh(vertices, faces, material, TEXCOORD_0=np.zeros((4, 2), "<f4"), TEXCOORD_1=other)
    assert colors_at(writer, *QUARTERS) == CHECKS.reshape(-1, 3).tolist()


def test_quantized_positions() -> None:
    writer = GlbWriter()
    vertices, faces, _ = quad()
    writer.mesh(vertices, faces, node={"scale": [2, 3, 1], "translation": [5, 0, 0]})
    stored = writer.accessor((vertices * 32767).astype("<i2"), normalized=True)
    writer.document["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = stored
    writer.document["extensionsRequired"] = ["KHR_mesh_quantization"]
    assert np.allclose(parse_glb(writer.content(), "x").vertices, vertices * [2, 3, 1] + [5, 0, 0])


def test_base_colour_texture_and_vertex_colours_multiply() -> None:
    writer = GlbWriter()
    vertices, faces, texcoords = quad()
    shades = np.array([[255, 255, 255], [255, 255, 255], [0, 0, 0], [0, 0, 0]], np.uint8)
    writer.mesh(
        vertices, faces, writer.material((0.2, 1, 1, 1), writer.texture(CHECKS)), TEXCOORD_0=texcoords, COLOR_0=shades
    )
    writer.mesh(vertices, faces, writer.material((0.2, 1, 1, 1)))
    triangles = parse_glb(writer.content(), "x")
    assert triangles.colors.tolist() == [[51, 255, 255]] * 4
    assert triangles.face_textures is not None
    assert triangles.face_textures.tolist() == [0, 0, -1, -1]
    assert triangles.vertex_colors is not None
    assert triangles.vertex_colors.tolist() == shades.tolist() + [[255] * 3] * 4
    middle = surface_tint(triangles, np.array([0, 2]), np.array([[0.25, 0.5, 0.25]] * 2))
    assert np.allclose(middle[0], np.array([255, 255, 255]) / 255 * 0.75)  # right below: the white texel
    assert np.allclose(middle[1], 1.0)


def test_diffuse_texture_of_specular_glossiness() -> None:
    writer = textured()
    surface = writer.document["materials"][0].pop("pbrMetallicRoughness")
    extension = {"diffuseFactor": [0.5, 1, 1, 1], "diffuseTexture": surface["baseColorTexture"]}
    writer.document["materials"][0]["extensions"] = {"KHR_materials_pbrSpecularGlossiness": extension}
    writer.document["extensionsRequired"] = ["KHR_materials_pbrSpecularGlossiness"]
    assert colors_at(writer, *QUARTERS) == CHECKS.reshape(-1, 3).tolist()
    assert parse_glb(writer.content(), "x").colors.tolist() == [[128, 255, 255]] * 2


def test_shared_pictures_are_read_once() -> None:
    writer = GlbWriter()
    number = writer.texture(CHECKS)
    vertices, faces, texcoords = quad()
    for factor in (0.1, 0.2, 0.3):
        writer.mesh(vertices, faces, writer.material((factor, 1, 1, 1), number), TEXCOORD_0=texcoords)
    triangles = parse_glb(writer.content(), "x")
    assert len(triangles.textures) == 1
    assert triangles.face_textures is not None
    assert triangles.face_textures.tolist() == [0] * 6


def test_large_pictures_are_halved_and_labels_keep_their_colours() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:, 4:] = 250
    picture[0, 0] = 200
    content = textured(picture).content()
    averaged = parse_glb(content, "x", most_pixels=16).textures[0].pixels
    assert averaged.shape == (4, 4, 3)
    assert averaged[0, 0, 0] == 50
    kept = parse_glb(content, "x", labels=True, most_pixels=16).textures[0].pixels
    assert set(np.unique(kept).tolist()) <= {0, 200, 250}


def test_object_points_take_the_colour_of_the_texture() -> None:
    triangles = parse_glb(textured().content(), "x")
    mesh = Mesh(
        triangles.vertices,
        triangles.faces,
        triangles.colors,
        np.full(2, 5, np.int32),
        None,
        triangles.texcoords,
        triangles.face_textures,
        triangles.textures,
    )
    points = sample_objects(mesh, 4000, {5: "picture"}, np.random.default_rng(0)).points[0]
    right, upper = points[:, 0] > 0.5, points[:, 1] > 0.5
    assert np.allclose(points[upper & ~right, 3:], [1, 0, 0])
    assert np.allclose(points[upper & right, 3:], [0, 1, 0])
    assert np.allclose(points[~upper & ~right, 3:], [0, 0, 1])
    assert np.allclose(points[~upper & right, 3:], [1, 1, 1])


def test_trimesh_writes_what_we_read(tmp_path: Path) -> None:
    """An independent writer: a textured box in a turned node."""
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(CHECKS), baseColorFactor=[255, 128, 255, 255]
    )
    vertices, faces = box((0, 0, 0), (1, 2, 3))
    texcoords = np.random.default_rng(0).random((8, 2))
    visual = trimesh.visual.TextureVisuals(uv=texcoords, material=material)
    pose = trimesh.transformations.rotation_matrix(0.3, [0, 1, 0], [1, 2, 3])
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.Trimesh(vertices, faces, visual=visual, process=False), transform=pose)
    scene.export(tmp_path / "box.glb")
    ours, theirs = read_glb(tmp_path / "box.glb"), trimesh.load(tmp_path / "box.glb")
    placed = theirs.to_mesh()
    order = np.lexsort(ours.vertices[ours.faces].reshape(-1, 9).T.round(4))
    theirs_corners = placed.vertices[placed.faces].reshape(-1, 9)
    assert np.allclose(
        ours.vertices[ours.faces].reshape(-1, 9)[order],
        theirs_corners[np.lexsort(theirs_corners.T.round(4))],
        atol=1e-5,
    )
    assert ours.colors.tolist() == [[255, 128, 255]] * 12
    assert np.array_equal(ours.textures[0].pixels, CHECKS)
    assert ours.texcoords is not None
    # trimesh counts v upwards from the lower edge.
    assert np.allclose(ours.texcoords, np.stack([texcoords[:, 0], 1 - texcoords[:, 1]], axis=1)[faces], atol=1e-6)


def huge_png(size: int) -> bytes:
    """A PNG whose header promises size x size pixels."""
    png = bytearray(encode(CHECKS, "PNG"))
    header = b"IHDR" + struct.pack(">II", size, size) + bytes(png[24:29])
    png[12:33] = header + struct.pack(">I", zlib.crc32(header))
    return bytes(png)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (b"", r"images\[0\]: found a picture that starts with b'', expected PNG or JPEG"),
        (b"GIF89a" + bytes(20), "starts with b'GIF8', expected PNG or JPEG"),
        (encode(NOISE, "PNG")[:400], "damaged picture|not a readable PNG"),
        (encode(NOISE, "JPEG")[:900], "damaged picture|not a readable JPEG"),
        (huge_png(20000), "expected at most 16384 a side|exceeds limit"),
        (huge_png(9000), "found a PNG picture of 9000 x 9000 pixels in"),
        (
            b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(60),
            "needs the glTF extension KHR_texture_basisu.*PNG or JPEG",
        ),
        ("data:image/png;base64,@@@", "a data uri that is not base64"),
        ("http://example.org/a.png", "found data outside the file"),
    ],
)
def test_pictures_that_cannot_be_read(picture: bytes | str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_glb(textured(picture).content(), "scan.glb")
    assert str(caught.value).startswith("scan.glb")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("textures.0", {"extensions": {"KHR_texture_basisu": {"source": 0}}}, "KHR_texture_basisu.*put X.glb beside"),
        ("textures.0", {"extensions": {"EXT_texture_webp": {"source": 0}}}, r"npx @gltf-transform/cli png --formats"),
        ("textures.0", {}, r"textures\[0\]: found no source, expected an image"),
        ("textures.0.source", 9, r"images\[9\] is referred to, found 1 images"),
        ("samplers.0.wrapS", 3, "found wrapS 3, expected one of 10497, 33071, 33648"),
        ("images.0.bufferView", 99, r"bufferViews\[99\] is referred to"),
        ("bufferViews.0.byteLength", 10**9, "expected them within"),
        ("materials.0.pbrMetallicRoughness.baseColorTexture", [], "'baseColorTexture' must be an object"),
    ],
)
def test_what_is_wrong_with_a_texture_is_named(path: str, value: object, message: str) -> None:
    writer = textured(wrapS=10497)
    place: Any = writer.document
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    for key in parents:
        place = place[key]
    place[last] = value
    with pytest.raises(InputError, match=message):
        parse_glb(writer.content(), "scan.glb")


def test_coordinates_that_are_not_numbers_are_drawn_somewhere() -> None:
    writer = textured(texcoords=np.array([[np.nan, np.inf]] * 4, "<f4"))
    triangles = parse_glb(writer.content(), "x")
    assert triangles.texcoords is not None
    assert np.isfinite(triangles.texcoords).all()
    assert len(colors_at(writer, *QUARTERS)) == 4
