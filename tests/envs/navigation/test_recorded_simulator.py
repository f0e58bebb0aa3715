"""The embedded simulator's walks and distances against those recorded from habitat-sim 0.3.4, house by house."""

from __future__ import annotations

import math

import numpy as np
import pytest

from leo_agent.envs.navigation.simulators import Simulator, SimulatorConfig, make_simulator
from tests.envs.recorded import CONFIG, HOUSES, NAMES

STRAIGHT = (0.0, 0.0, 0.0, 1.0)


def simulator_in(name: str, allow_sliding: bool = False) -> Simulator:
    config = SimulatorConfig(HOUSES, CONFIG, width=64, height=48, num_points=8, allow_sliding=allow_sliding)
    made = make_simulator("embedded", config)
    made.load_scene(f"scenes/{name}.scene_instance.json")
    return made


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("walk", "slide"), [("walk", False), ("slide", True)])
def test_walks_equal_the_recorded_ones(name: str, walk: str, slide: bool) -> None:
    recorded = np.load(HOUSES / f"{name}.golden.npz")
    walker = simulator_in(name, allow_sliding=slide)
    for i in range(10):
        walker.set_agent_state(recorded["nav_points"][i], STRAIGHT)
        for t, action in enumerate(recorded[f"{walk}_actions"][i]):
            collided = walker.step(("move_forward", "turn_left", "turn_right")[action])
            assert collided == recorded[f"{walk}_collided"][i, t]
            assert np.allclose(walker.agent_state.position, recorded[f"{walk}_position"][i, t + 1], atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_geodesic_distances_follow_their_ends(name: str) -> None:
    simulator, recorded = simulator_in(name), np.load(HOUSES / f"{name}.golden.npz")
    for i in range(20):
        one = simulator.geodesic_distance(recorded["pair_start"][i], recorded["pair_end"][i])
        several = simulator.geodesic_distance(recorded["multi_start"][i], recorded["multi_ends"][i])
        assert one == pytest.approx(recorded["pair_geodesic"][i], rel=1e-2)
        assert several == pytest.approx(recorded["multi_geodesic"][i], rel=1e-2)


@pytest.mark.parametrize("name", NAMES)
def test_shortest_paths_and_trackers_agree_with_distances(name: str) -> None:
    simulator, recorded = simulator_in(name), np.load(HOUSES / f"{name}.golden.npz")
    for start, ends, distance_m in zip(
        recorded["multi_start"][:20], recorded["multi_ends"], recorded["multi_geodesic"], strict=False
    ):
        corners = simulator.shortest_path(start, ends)
        assert simulator.goal_tracker(ends)(start) == simulator.geodesic_distance(start, ends)
        if math.isfinite(distance_m):
            assert np.linalg.norm(np.diff(corners, axis=0), axis=1).sum() == pytest.approx(distance_m, rel=1e-2)
        else:
            assert corners.shape == (0, 3)
    assert simulator.shortest_path(start, np.empty((0, 3))).shape == (0, 3)
    assert simulator.goal_tracker(np.empty((0, 3)))(start) == math.inf
