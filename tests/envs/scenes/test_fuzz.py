"""Damaged scene files of every kind: a clear error of one line or a scene that can be drawn, and nothing else."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.rendering.surface_colors import texel_colors
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.instances.labels import parse_labels
from leo_agent.envs.scenes.loading import load_scene
from leo_agent.envs.scenes.meshes.glb import parse_glb
from leo_agent.envs.scenes.meshes.ply import read_ply
from leo_agent.envs.scenes.meshes.triangles import Triangles
from tests.envs.fuzzing import HANG, mutated
from tests.envs.glb_writer import GlbWriter, box, encode
from tests.envs.scenes.test_labels import HM3D, HOUSE
from tests.envs.scenes.test_objects import CONFIG, SCENE, flat  # noqa: F401
from tests.envs.scenes.test_ply import ply


def fuzz(kind: str, contents: list[bytes], count: int, read: Callable[[bytes], object]) -> None:
    rng = np.random.default_rng(7)
    errors, slowest_s = 0, 0.0
    read(contents[0])  # compiles what has to be compiled
    for number in range(count):
        content = mutated(contents[number % len(contents)], rng)
        started, message = time.perf_counter(), ""
        try:
            read(content)
        except InputError as error:
            message = str(error)
        errors += message != ""
        assert "\n" not in message, content
        assert len(message) < 1000, content
        seconds = time.perf_counter() - started
        assert seconds < HANG.total_seconds(), content
        slowest_s = max(slowest_s, seconds)
    print(f"{kind}: {count} mutations, {errors} errors of one line, slowest {slowest_s:.2f} s")


def check(triangles: Triangles) -> None:
    assert np.isfinite(triangles.vertices).all()
    assert len(triangles.faces) == 0 or 0 <= triangles.faces.min() <= triangles.faces.max() < len(triangles.vertices)
    rows = np.arange(len(triangles.faces))
    assert texel_colors(triangles, rows, np.full((len(rows), 3), 1 / 3)).shape == (len(rows), 3)


def textured_glb() -> bytes:
    writer = GlbWriter()
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    info = {"extensions": {"KHR_texture_transform": {"offset": [0, 1], "rotation": 1.5, "scale": [0.5, 2]}}}
    vertices, faces = box((0, 0, 0), (1, 2, 3))
    texcoords = np.random.default_rng(1).random((8, 2)).astype("<f4")
    shades = np.random.default_rng(2).integers(0, 256, (8, 3), np.uint8)
    png = writer.material((1, 0.5, 1, 1), writer.texture(pixels, wrapS=33071, wrapT=33648), info=info)
    jpeg = writer.material((1, 1, 1, 1), writer.texture(encode(pixels, "JPEG")), doubleSided=True)
    writer.mesh(vertices, faces, png, {"translation": [1, 2, 3], "scale": [1, -1, 1]}, TEXCOORD_0=texcoords)
    writer.mesh(vertices, faces, jpeg, TEXCOORD_0=texcoords, COLOR_0=shades)
    return writer.content()


def test_textured_glb() -> None:
    content = textured_glb()
    check(parse_glb(content, "scan.glb"))
    fuzz(".glb", [content], 600, lambda changed: check(parse_glb(changed, "scan.glb")))
    fuzz(".semantic.glb", [content], 200, lambda changed: check(parse_glb(changed, "scan.glb", labels=True)))


def test_pictures_in_a_glb() -> None:
    """Damage to the pictures alone, so that it is met by the decoders."""
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)

    def read(picture: bytes) -> None:
        writer = GlbWriter()
        vertices, faces = box((0, 0, 0), (1, 2, 3))
        material = writer.material((1, 1, 1, 1), writer.texture(picture))
        writer.mesh(vertices, faces, material, TEXCOORD_0=np.zeros((8, 2), "<f4"))
        check(parse_glb(writer.content(), "scan.glb"))

    fuzz("pictures", [encode(pixels, "PNG"), encode(pixels, "JPEG"), encode(pixels[..., 0], "PNG")], 450, read)


def test_ply(tmp_path: Path) -> None:
    path = tmp_path / "scan_semantic.ply"

    def read(changed: bytes) -> None:
        path.write_bytes(changed)
        check(read_ply(path))

    contents = [ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12), order) for order in ("<", ">", "")]
    fuzz(".ply", contents, 600, read)


def test_names_of_instances() -> None:
    lexicon = {"classes": [{"id": 3, "name": "sofa"}], "objects": [{"id": 8, "class_id": 3}]}
    listed = [{"id": 4, "category": "bed"}]
    contents = [HOUSE.encode(), HM3D.encode(), json.dumps(lexicon).encode(), json.dumps(listed).encode()]
    fuzz(".house, .semantic.txt, .json", contents, 800, lambda changed: parse_labels(changed, "names"))


def test_configurations_of_stage_objects_and_scene(flat: Path) -> None:  # noqa: F811
    objects = [{"template_name": "objects/frl_chair", "translation": [1, 2, 3], "rotation": [1, 0, 0, 0]}]
    scene = {"stage_instance": {"template_name": "stages/frl_stage"}, "object_instances": objects}
    (flat / SCENE).parent.mkdir(parents=True, exist_ok=True)
    (flat / SCENE).write_text(json.dumps({**scene, "translation_origin": "asset_local", "uniform_scale": 1.5}))
    names = (
        "configs/objects/frl_chair.object_config.json",
        "configs/stages/frl_stage.stage_config.json",
        SCENE,
        CONFIG,
    )
    for name in names:
        original = (flat / name).read_bytes()

        def read(changed: bytes, path: Path = flat / name) -> None:
            path.write_bytes(changed)
            scene = load_scene(find_scene(flat, SCENE, CONFIG), 4)
            assert np.isfinite(scene.objects.points).all()

        fuzz(Path(name).name, [original], 150, read)
        (flat / name).write_bytes(original)


@pytest.mark.parametrize("kind", ["scan_semantic.ply", "scan.house"])
def test_whole_scans(tmp_path: Path, kind: str) -> None:
    """A Matterport3D scene with one damaged file, loaded as a simulator loads it."""
    drawn = GlbWriter()
    vertices, faces = box((0, 0, 0), (1, 2, 3))
    drawn.mesh(vertices, faces)
    drawn.save(tmp_path / "scan.glb")
    contents = {"scan_semantic.ply": ply(vertices + 0.01, faces, np.arange(12)), "scan.house": HOUSE.encode()}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    def read(changed: bytes) -> None:
        (tmp_path / kind).write_bytes(changed)
        scene = load_scene(find_scene(tmp_path, "scan.glb", "default"), 4)
        assert scene.mesh.ids.min() >= 0

    fuzz(f"scan with {kind}", [contents[kind]], 150, read)
