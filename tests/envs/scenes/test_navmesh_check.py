"""A scene's mesh held against its navmesh."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navmesh.file_format import read_navmesh
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from leo_agent.envs.scenes.navmesh_check import MAX_HEIGHT_M, check_floor, floor_part

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"
HOUSE_NAMES = ("house_0001", "house_0002", "house_0003", "house_0004")


@pytest.mark.parametrize("name", HOUSE_NAMES)
def test_the_houses_stand(name: str) -> None:
    files = find_scene(HOUSES, f"scenes/{name}.scene_instance.json", "golden.scene_dataset_config.json")
    check_floor(files, load_scene(files, 4).mesh, read_navmesh(HOUSES / f"{name}.navmesh"))


@pytest.mark.parametrize("name", HOUSE_NAMES)
def test_a_house_on_its_side_is_refused_with_the_axis_that_would_fit(name: str) -> None:
    files = find_scene(HOUSES, f"{name}.glb", "default")
    assert files.navmesh is not None
    message = r"of 0% of .*\.navmesh, .* up axis is taken as \+Z, .* \(up \+Y, front -Z: 100%\)$"
    with pytest.raises(InputError, match=message) as caught:
        check_floor(files, load_scene(files, 4).mesh, read_navmesh(files.navmesh))
    assert "\n" not in str(caught.value)


def test_an_episode_there_is_refused(tmp_path: Path) -> None:
    for ending in ("glb", "navmesh"):
        shutil.copy(HOUSES / f"house_0001.{ending}", tmp_path)
    state = {"agent_state": {"position": [0, 0.1, 0]}}
    goals = [{"object_id": 1, "position": [0, 0.1, 0], "view_points": [state]}]
    start = {"start_position": [0, 0.1, 0], "start_rotation": [0, 0, 0, 1], "goals": goals}
    episode = {"scene_id": "house_0001.glb", "object_category": "chair", **start}
    (tmp_path / "val.json").write_text(json.dumps({"episodes": [episode]}))
    env = NavigationEnv("leo/ObjectNav-v0", dataset=tmp_path / "val.json", width=64, height=48)
    with pytest.raises(InputError, match="up axis"):
        env.reset(seed=0)


def test_what_counts_as_a_floor() -> None:
    square = np.array([[0, 0, 0], [4, 0, 0], [4, 0, 4], [0, 0, 4]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    points = np.stack(np.meshgrid(np.linspace(0.1, 3.9, 9), [0.0], np.linspace(0.1, 3.9, 9)), axis=-1).reshape(-1, 3)
    assert floor_part(square, faces, points) == 1.0
    assert floor_part(square, faces[:, ::-1], points) == 1.0  # either side
    assert floor_part(square, faces[:1], points) == pytest.approx(0.5, abs=0.06)
    for height, part in ((0.9 * MAX_HEIGHT_M, 1.0), (1.1 * MAX_HEIGHT_M, 0.0), (-1.1 * MAX_HEIGHT_M, 0.0)):
        assert floor_part(square + np.float32([0, height, 0]), faces, points) == part
    assert floor_part(square + np.float32([2, 0, 0]), faces, points) == pytest.approx(0.5, abs=0.06)
    assert floor_part(square[:, [0, 2, 1]], faces, points) == 0.0  # a wall
    ramp = square + np.float32([0, 0, 0]) + square[:, :1] * np.float32([[0, 0.05, 0]])
    assert floor_part(ramp, faces, points) == 1.0
