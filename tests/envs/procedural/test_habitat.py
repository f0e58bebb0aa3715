"""Procedural houses in the real habitat-sim, where it is installed: what it draws and measures is what we do."""

from pathlib import Path

import numpy as np
import pytest

from leo_agent.envs.house_sets import HousesConfig, make_houses
from leo_agent.envs.house_sets.files import CONFIG_NAME
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav

pytest.importorskip("habitat_sim", reason="habitat-sim is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("houses") / "set"
    make_houses(HousesConfig(count=2, seed=21, episodes_per_house=24), out)
    return out


def test_habitat_sim_draws_the_same_pictures_and_finds_the_same_ways(folder):
    config = SimulatorConfig(folder, CONFIG_NAME, 256, 256, num_points=8)
    real, ours = (make_simulator(name, config) for name in ("habitat", "embedded"))
    episodes = [
        episode for split in ("train", "val") for episode in ObjectNav.read_episodes(folder / "objectnav", split)
    ]
    depth, color, ids, ways = [], [], [], []
    for episode in episodes:
        for simulator in (real, ours):
            simulator.load_scene(episode.scene_id)
            simulator.set_agent_state(episode.start_position, episode.start_rotation)
        expected, drawn = real.render(), ours.render()
        depth.append(np.mean(np.abs(expected["depth"] - drawn["depth"]) <= 0.005))
        color.append(np.mean(np.abs(expected["image"].astype(int) - drawn["image"]).max(axis=-1) <= 2))
        ids.append(np.mean(expected["segmentation"] == drawn["segmentation"]))
        distances = [each.geodesic_distance(episode.start_position, episode.view_points) for each in (real, ours)]
        ways.append(abs(distances[0] - distances[1]))
    print(
        f"{len(episodes)} views: depth in 5 mm {np.mean(depth):.3%}, RGB in 2/255 {np.mean(color):.2%}, "
        f"ids equal {np.mean(ids):.3%}; geodesic distances differ by at most {max(ways):.1e} m"
    )
    assert np.mean(depth) >= 0.999
    assert np.mean(color) >= 0.99
    assert np.mean(ids) >= 0.999
    assert max(ways) < 1e-3
    for simulator in (real, ours):
        simulator.close()
