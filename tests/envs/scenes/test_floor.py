"""What a navmesh is baked from: the stage, and the objects that the scene calls static."""

from pathlib import Path

import numpy as np
import pytest

from leo_agent.envs.navigation.simulators import Simulator, SimulatorConfig, make_simulator
from leo_agent.envs.navmesh import NavMeshSettings, bake_navmesh, read_navmesh, write_navmesh
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.floor import wanted_settings
from tests.envs.glb_writer import box
from tests.envs.scenes.test_objects import CONFIG, SCENE, flat, load  # noqa: F401 - `flat` is a fixture

CHAIR = [0.0, 1.0, 0.0]


def embedded(flat: Path) -> Simulator:  # noqa: F811
    simulator = make_simulator("embedded", SimulatorConfig(flat, CONFIG, 8, 6))
    simulator.load_scene(SCENE)
    return simulator


def walks_through_the_chair(flat: Path) -> bool:  # noqa: F811
    """The agent's centre 0.1 m from the chair's side: nearer than its radius of 0.18 m."""
    return embedded(flat).is_navigable([CHAIR[0] + 0.6, 0.0, CHAIR[2]])


@pytest.mark.parametrize(("motion_type", "walked_through"), [("STATIC", False), ("static", False), ("DYNAMIC", True)])
def test_the_agent_walks_around_static_objects(flat: Path, motion_type: str, walked_through: bool) -> None:  # noqa: F811
    load(flat, {"translation": CHAIR, "motion_type": motion_type}, navmesh_instance=None)
    assert walks_through_the_chair(flat) == walked_through


def test_a_navmesh_of_the_scene_says_whether_objects_are_in_it(flat: Path) -> None:  # noqa: F811
    load(flat, {"translation": CHAIR, "motion_type": "STATIC"})
    files = find_scene(flat, SCENE, CONFIG)
    assert files.navmesh is not None
    other_agent = NavMeshSettings(include_static_objects=False)
    write_navmesh(bake_navmesh(*box((-5, -0.1, -5), (5, 0, 5)), other_agent), files.navmesh)
    assert not wanted_settings(files, read_navmesh(files.navmesh).settings).include_static_objects
    assert walks_through_the_chair(flat)


def test_what_is_left_out_does_not_move_the_grid(flat: Path) -> None:  # noqa: F811
    """A lamp that hangs outside the stage would begin the cells elsewhere."""
    load(flat, {"translation": [-6.02, 1, 0], "motion_type": "DYNAMIC"}, navmesh_instance=None)
    beside = drawn_points(embedded(flat))
    load(flat, navmesh_instance=None)
    assert np.array_equal(beside, drawn_points(embedded(flat)))


def drawn_points(simulator: Simulator) -> list[np.ndarray]:
    return [simulator.random_navigable_point(np.random.default_rng(seed)) for seed in range(20)]
