"""Pipes in the place of a scene's files, and JSON without end in them: one line, at once."""

import json
import os
import shutil
from pathlib import Path

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh.file_format import read_navmesh
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"
CONFIG, SCENE = "golden.scene_dataset_config.json", "scenes/house_0001.scene_instance.json"
JSON = [CONFIG, SCENE, "stages/house_0001.stage_config.json", "house_0001.instances.json"]
MESHES = ["house_0001.glb", "house_0001.semantic.glb", "house_0001.navmesh"]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name in (*JSON, *MESHES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(HOUSES / name, tmp_path / name)
    return tmp_path


def load(house: Path) -> None:
    files = find_scene(house, SCENE, CONFIG)
    load_scene(files, 4)
    read_navmesh(house / "house_0001.navmesh")


@pytest.mark.parametrize("name", [*JSON, *MESHES])
def test_a_pipe_never_holds_up(house: Path, name: str) -> None:
    (house / name).unlink()
    os.mkfifo(house / name)
    if name == "house_0001.instances.json":
        load(house)  # looked for beside the mesh: what is no regular file is not there
        return
    # A configuration is looked for among others: what is no regular file is none of them.
    is_configuration = name in (SCENE, "stages/house_0001.stage_config.json")
    message = "found 0" if is_configuration else "found a named pipe, expected"
    with pytest.raises(InputError, match=message) as caught:
        load(house)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("opened", ["[", '{"a":', '{"stages":{"configs":['])
@pytest.mark.parametrize("name", JSON)
def test_json_without_end(house: Path, name: str, opened: str) -> None:
    (house / name).write_text(opened * 200_000)
    with pytest.raises(InputError) as caught:
        load(house)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("depth", [10, 500, 900])
def test_json_nested_as_deep_as_python_reads(house: Path, depth: int) -> None:
    nested = json.loads("[" * depth + "]" * depth)
    for key in ("stages", "navmesh_instances", "scene_instances"):
        config = json.loads((HOUSES / CONFIG).read_text())
        (house / CONFIG).write_text(json.dumps({**config, key: nested}))
        with pytest.raises(InputError) as caught:
            load(house)
        assert "\n" not in str(caught.value)


def test_a_gltf_of_json_without_end(tmp_path: Path) -> None:
    (tmp_path / "room.gltf").write_text('{"nodes":[' * 200_000)
    with pytest.raises(InputError, match="not JSON"):
        load_scene(find_scene(tmp_path, "room.gltf", "default"), 4)
