"""The embedded simulator's pictures against those recorded from habitat-sim 0.3.4."""

from __future__ import annotations

import math

import numpy as np
import pytest

from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from tests.envs.recorded import CONFIG, HOUSES, NAMES


@pytest.mark.parametrize("name", NAMES)
def test_pictures_equal_the_recorded_ones(name: str) -> None:
    recorded = np.load(HOUSES / f"{name}.golden.npz")
    drawn = make_simulator("embedded", SimulatorConfig(HOUSES, CONFIG, width=256, height=256))
    drawn.load_scene(f"scenes/{name}.scene_instance.json")
    frames = []
    for x, y, z, yaw_deg in recorded["view_pose"].astype(float):
        half = math.radians(yaw_deg) / 2.0
        drawn.set_agent_state((x, y, z), (0.0, math.sin(half), 0.0, math.cos(half)))
        frames.append(drawn.render())
    image, depth, ids = (np.stack([frame[key] for frame in frames]) for key in ("image", "depth", "segmentation"))
    depth_error = np.abs(depth - recorded["view_depth"])
    color_error = np.abs(image.astype(int) - recorded["view_rgb"]).max(axis=-1)
    same_id = (ids == recorded["view_semantic"]).mean()
    same_nothing = np.mean((depth == 0.0) == (recorded["view_depth"] == 0.0))
    print(
        f"{name}: depth in 5 mm {np.mean(depth_error <= 0.005):.4%}, in 1 mm {np.mean(depth_error <= 0.001):.4%}, "
        f"RGB in 2/255 {np.mean(color_error <= 2):.4%}, equal {np.mean(color_error == 0):.4%}, "
        f"ids equal {same_id:.4%}, depth 0 on the same pixels {same_nothing:.4%}"
    )
    assert np.mean(depth_error <= 0.005) >= 0.9999
    assert same_nothing >= 0.9999
    assert np.mean(color_error <= 2) >= 0.9995
    assert same_id >= 0.9999
