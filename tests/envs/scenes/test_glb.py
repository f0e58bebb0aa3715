"""The .glb reader: colours, transforms, ids, and that a broken file gives one clear error."""

import copy
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.meshes.glb import parse_glb, read_glb
from tests.envs.fuzzing import HANG

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"
# Two triangles, six vertices: positions, indices, normalised vertex colours, instance ids (as VEC2, like the houses').
POSITIONS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]], "<f4")
INDICES = np.arange(6, dtype="<u2")
COLORS = np.array([[255, 0, 0, 255]] * 3 + [[0, 255, 0, 255]] * 3, "u1")
OBJECT_IDS = np.array([[3, 0]] * 3 + [[9, 0]] * 3, "<u2")


def document() -> tuple[dict[str, Any], bytes]:
    arrays = [POSITIONS, INDICES, COLORS, OBJECT_IDS]
    views, accessors, binary = [], [], b""
    kinds = [(5126, "VEC3"), (5123, "SCALAR"), (5121, "VEC4"), (5123, "VEC2")]
    for array, (component, kind) in zip(arrays, kinds, strict=True):
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": array.nbytes})
        accessors.append({"bufferView": len(views) - 1, "componentType": component, "type": kind, "count": 6})
        binary += array.tobytes()
    attributes = {"POSITION": 0, "COLOR_0": 2, "_OBJECT_ID": 3}
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1.0, 0.5, 0.2, 1.0]}, "doubleSided": True}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }, binary


def pack(content: object, binary: bytes) -> bytes:
    text = json.dumps(content).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, total) + chunks


def parse_changed(change: Callable[[dict[str, Any]], None]):
    content, binary = document()
    change(content)
    return parse_glb(pack(content, binary), "house.glb")


def test_colours_ids_and_sides() -> None:
    triangles = parse_changed(lambda content: None)
    assert np.array_equal(triangles.vertices, POSITIONS)
    assert triangles.faces.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert triangles.colors.tolist() == [[255, 0, 0], [0, 128, 0]]
    assert triangles.double_sided.all()
    assert triangles.object_ids is not None
    assert triangles.object_ids.tolist() == [3, 9]


def test_without_material_colours_and_indices() -> None:
    def strip(content: dict[str, Any]) -> None:
        content["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}}]

    triangles = parse_changed(strip)
    assert (triangles.colors == 255).all()
    assert not triangles.double_sided.any()
    assert triangles.object_ids is None


def test_node_transforms_nest_and_mirroring_keeps_the_front() -> None:
    def nest(content: dict[str, Any]) -> None:
        half = np.sqrt(0.5)
        content["nodes"] = [
            {"children": [1], "translation": [10, 0, 0]},
            {"mesh": 0, "rotation": [0, half, 0, half], "scale": [2, 1, 1]},
        ]

    placed = parse_changed(nest)
    # Scaled along x, then x turned to -z, then moved.
    assert np.allclose(placed.vertices[1], [10, 0, -2], atol=1e-6)

    def mirror(content: dict[str, Any]) -> None:
        content["nodes"] = [{"mesh": 0, "matrix": [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]}]

    mirrored = parse_changed(mirror)
    a, b, c = mirrored.vertices[mirrored.faces[0]]
    assert np.cross(b - a, c - a)[2] > 0
    assert mirrored.vertices[1].tolist() == [4, 0, 0]


def test_without_scenes_all_root_nodes_are_drawn() -> None:
    def several(content: dict[str, Any]) -> None:
        del content["scenes"], content["scene"]
        content["nodes"] = [{"mesh": 0}, {"children": [0], "translation": [0, 0, 1]}, {"mesh": 0}]

    assert len(parse_changed(several).faces) == 4


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        place: Any = content
        *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        for key in parents:
            place = place[key]
        place[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("extensionsRequired", ["KHR_draco_mesh_compression"], "KHR_draco_mesh_compression, which is not supported"),
        ("materials.0.pbrMetallicRoughness.baseColorTexture", {"index": 0}, r"textures\[0\] is referred to, found 0"),
        ("extensionsRequired", ["EXT_meshopt_compression"], "npx @gltf-transform/cli copy IN.glb OUT.glb"),
        ("extensionsRequired", ["KHR_texture_basisu"], "not supported; export it with PNG or JPEG textures"),
        ("meshes.0.primitives.0.mode", 7, "found drawing mode 7, expected 0 to 6"),
        ("meshes.0.primitives.0.mode", 1, "found no triangles"),
        ("nodes.0.mesh", 7, r"meshes\[7\] is referred to, found 1 meshes"),
        ("nodes.0.children", [0], "more than one parent, expected a tree"),
        ("scenes.0.nodes", [], "found no triangles"),
        ("accessors.0.count", 600, "found 600 values"),
        ("accessors.0.byteOffset", -4, "found 6 values"),
        ("accessors.0.sparse", {}, "sparse"),
        ("accessors.0.componentType", 5124, "found type"),
        ("accessors.1.count", 5, "found 5 uint16 indices"),
        ("accessors.2.count", 5, "found 5 values of COLOR_0, expected 6"),
        ("bufferViews.0.byteStride", 4, "found 6 values"),
        ("buffers.0.uri", "data.bin", "data outside the file"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_changed(_set(path, value))
    assert str(caught.value).startswith("house.glb")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a binary glTF"),
        (b"PK\x03\x04" + bytes(40), "expected a binary glTF"),
        (struct.pack("<4sII", b"glTF", 1, 20) + bytes(8), "found glTF version 1"),
        (pack(*document())[:200], "the file is cut short"),
        (struct.pack("<4sII", b"glTF", 2, 20) + struct.pack("<I4s", 900, b"JSON"), "found a chunk of 900 bytes"),
        (struct.pack("<4sII", b"glTF", 2, 20) + struct.pack("<I4s", 0, b"BIN\0"), "no JSON chunk"),
        (pack([], b""), "must be an object"),
    ],
)
def test_files_that_are_no_glb(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_glb(content, "house.glb")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.glb: no such file, expected a \.glb or \.gltf mesh"):
        read_glb(tmp_path / "absent.glb")
    with pytest.raises(InputError):
        read_glb(tmp_path)


def test_the_houses_have_the_same_triangles_in_both_files() -> None:
    for number in (1, 2, 3, 4):
        render = read_glb(HOUSES / f"house_000{number}.glb")
        semantic = read_glb(HOUSES / f"house_000{number}.semantic.glb")
        assert len(render.faces) == len(semantic.faces) > 20_000
        assert semantic.object_ids is not None
        assert semantic.object_ids.max() == len(json.loads((HOUSES / f"house_000{number}.instances.json").read_text()))


def assert_triangles_or_one_line(content: bytes) -> None:
    """Nothing but an InputError of one line may come out, or triangles that can be drawn."""
    message = ""
    try:
        triangles = parse_glb(content, "house.glb")
        assert np.isfinite(triangles.vertices).all()
        assert triangles.faces.max(initial=-1) < len(triangles.vertices)
    except InputError as error:
        message = str(error)
    assert "\n" not in message


VALID = pack(*document())
HOUSE = (HOUSES / "house_0001.semantic.glb").read_bytes()[:4000]


@settings(max_examples=400, deadline=HANG)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4))
def test_mutated_bytes_give_triangles_or_an_input_error(mutations: list[tuple[int, bytes]]) -> None:
    content = bytearray(VALID)
    for position, patch in mutations:
        content[position : position + len(patch)] = patch
    assert_triangles_or_one_line(bytes(content))


@settings(max_examples=100, deadline=HANG)
@given(st.binary(max_size=200))
@example(HOUSE)
def test_arbitrary_bytes_give_an_input_error(content: bytes) -> None:
    with pytest.raises(InputError):
        parse_glb(content, "house.glb")
    with pytest.raises(InputError):
        parse_glb(b"glTF\2\0\0\0" + struct.pack("<I", len(content) + 12) + content, "house.glb")


def _paths(value: Any, prefix: tuple = ()) -> list[tuple]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, child in items for path in [(*prefix, key), *_paths(child, (*prefix, key))]]


PATHS = _paths(document()[0])
NUMBERS = [-1, 0, 1, 2**31, 2**70, 10**400, 0.5, 1e308, float("nan")]
HOSTILE = st.sampled_from([*NUMBERS, None, True, "x", "", [], {}, [[]], [None], ["a"], [-1], [2**70]])


@settings(max_examples=400, deadline=HANG)
@given(st.lists(st.tuples(st.sampled_from(PATHS), HOSTILE), min_size=1, max_size=3))
def test_hostile_values_give_triangles_or_an_input_error(changes: list[tuple[tuple, Any]]) -> None:
    content, binary = copy.deepcopy(document()[0]), document()[1]
    for path, value in changes:
        place: Any = content
        try:
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = copy.deepcopy(value)  # two changes may share one, and lie inside each other
        except (TypeError, IndexError, KeyError):
            continue  # an earlier change took the place away
    assert_triangles_or_one_line(pack(content, binary))
