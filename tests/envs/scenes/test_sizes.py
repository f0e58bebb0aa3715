"""Small files that stand for huge scenes, by placing one mesh many times: refused before memory is taken."""

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from leo_agent.envs.scenes.meshes.glb import parse_glb
from tests.envs.glb_writer import GlbWriter, box
from tests.envs.scenes.test_objects import CONFIG, SCENE, flat  # noqa: F401


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"at most {peak / 1e6:.0f} MB were taken")
    assert peak < 200e6


def large_mesh(vertex_count: int = 30_000, face_count: int = 10_000) -> GlbWriter:
    rng = np.random.default_rng(0)
    writer = GlbWriter()
    writer.mesh(rng.random((vertex_count, 3)), rng.integers(0, vertex_count, (face_count, 3)))
    return writer


def repeat_node(writer: GlbWriter, count: int) -> bytes:
    writer.document["nodes"] = writer.document["nodes"] * count
    writer.document["scenes"][0]["nodes"] = list(range(count))
    return writer.content()


def test_nodes_that_share_a_mesh() -> None:
    content = repeat_node(large_mesh(), 6000)
    assert len(content) < 1e6
    with pytest.raises(
        InputError, match=r"house\.glb: found 180000000 vertices and 60000000 faces .* at most 30000000"
    ):
        parse_glb(content, "house.glb")
    assert len(parse_glb(repeat_node(large_mesh(), 20), "house.glb").faces) == 200_000


def test_primitives_that_share_an_accessor() -> None:
    writer = large_mesh()
    (mesh,) = writer.document["meshes"]
    mesh["primitives"] = mesh["primitives"] * 200
    with pytest.raises(InputError, match="found 240000000 vertices and 80000000 faces"):
        parse_glb(repeat_node(writer, 40), "house.glb")


def test_very_many_small_primitives() -> None:
    writer = large_mesh(3, 1)
    (mesh,) = writer.document["meshes"]
    mesh["primitives"] = mesh["primitives"] * 1000
    with pytest.raises(InputError, match="found 5000000 primitives, expected at most 50000"):
        parse_glb(repeat_node(writer, 5000), "house.glb")


def save_scene(flat: Path, template_name: str, count: int) -> None:  # noqa: F811
    objects = [{"template_name": template_name, "translation": [0, 0, 0]}] * count
    scene = {"stage_instance": {"template_name": "stages/frl_stage"}, "object_instances": objects}
    (flat / SCENE).parent.mkdir(parents=True, exist_ok=True)
    (flat / SCENE).write_text(json.dumps(scene))


def test_instances_of_one_large_asset(flat: Path) -> None:  # noqa: F811
    large_mesh().save(flat / "objects/bare/lamp.glb")
    save_scene(flat, "lamp", 2000)
    with pytest.raises(InputError, match=r"scene 'frl_stage' with 2000 x lamp\.glb: found 60000008 vertices"):
        load_scene(find_scene(flat, SCENE, CONFIG), 4)


def test_more_instances_than_can_have_point_clouds(flat: Path) -> None:  # noqa: F811
    writer = GlbWriter()
    count = 12_000
    vertices, faces = box((0, 0, 0), (1, 1, 1))
    writer.mesh(
        np.tile(vertices, (count, 1)),
        (faces[None, :1] + 8 * np.arange(count)[:, None, None]).reshape(-1, 3),
        _OBJECT_ID=np.repeat(np.arange(count), 8).astype("<u2"),
    )
    writer.save(flat / "stages/frl_stage.glb")
    writer.save(flat / "stages/ids.glb")
    template = {"render_asset": "../../stages/frl_stage.glb", "semantic_asset": "../../stages/ids.glb"}
    (flat / "configs/stages/frl_stage.stage_config.json").write_text(json.dumps(template))
    save_scene(flat, "lamp", 1)
    with pytest.raises(InputError, match="found 12001 instances, expected at most 10000"):
        load_scene(find_scene(flat, SCENE, CONFIG), 1024)
