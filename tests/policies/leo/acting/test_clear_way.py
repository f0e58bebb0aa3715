"""The guard against walls: geometry by hand, and its predictions against what a simulator's steps do."""

import math

import numpy as np
import pytest
from gymnasium.spaces import Discrete
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.policies.base import PolicyContext
from leo_agent.policies.leo.acting.clear_way import is_way_clear
from leo_agent.policies.leo.acting.policy import LeoPolicy

from tests.policies.leo import tiny

HOUSES = "tests/data/habitat_houses/objectnav/val"
RADIUS_M = 0.24


def seen(points=(), depth_m: float | None = None, yaw_deg: float = 0.0, position=(0.0, 0.0, 0.0)) -> dict:
    """An observation of points (K, 3) of one object and of a wall at one depth; the agent looks along -Z at yaw 0."""
    half_rad = math.radians(yaw_deg) / 2
    cloud = np.zeros((1, max(len(points), 1), 6), np.float32)
    cloud[0, : len(points), :3] = np.reshape(points, (-1, 3))
    observation = {
        "object_points": cloud,
        "object_mask": np.array([len(points) > 0]),
        "agent_position": np.array(position, np.float32),
        "agent_rotation": np.array([0.0, math.sin(half_rad), 0.0, math.cos(half_rad)], np.float32),
    }
    if depth_m is not None:
        observation["depth"] = np.full((64, 64), depth_m, np.float32)
    return observation


@pytest.mark.parametrize(("depth_m", "clear"), [(0.3, False), (0.45, False), (0.55, True), (3.0, True), (0.0, True)])
def test_a_wall_ahead_blocks_where_the_step_would_touch_it(depth_m, clear):
    assert is_way_clear(seen(depth_m=depth_m), RADIUS_M) == clear


@pytest.mark.parametrize(
    ("point", "clear"),
    [
        ((0.0, 0.5, -0.4), False),
        ((0.2, 0.5, -0.2), False),
        ((0.3, 0.5, -0.2), True),  # beside the way
        ((0.0, 0.1, -0.4), True),  # low enough to step on
        ((0.0, 1.5, -0.4), True),  # above the head
        ((0.0, 0.5, 0.1), True),  # behind
        ((0.2, 0.5, 0.0), True),  # right beside: passed, not met
    ],
)
def test_known_objects_block_at_body_height_on_the_way(point, clear):
    assert is_way_clear(seen([point]), RADIUS_M) == clear


@pytest.mark.parametrize("yaw_deg", [0, 90, 150, -60])
def test_it_looks_where_the_agent_looks(yaw_deg):
    yaw_rad, position = math.radians(yaw_deg), np.array([3.0, 0.2, -1.0])
    ahead = position + np.array([-0.35 * math.sin(yaw_rad), 0.5, -0.35 * math.cos(yaw_rad)])
    assert not is_way_clear(seen([ahead], yaw_deg=yaw_deg, position=position), RADIUS_M)
    assert is_way_clear(seen([ahead], yaw_deg=yaw_deg + 180, position=position), RADIUS_M)


def test_it_foretells_most_collisions_and_forbids_few_free_steps():
    environment = NavigationEnv("leo/ObjectNav-v0", HOUSES, width=128, height=128, share_arrays=True)
    environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    simulator, rng = environment.simulator, np.random.default_rng(0)
    foretold, collided = [], []
    for _ in range(250):
        yaw_rad = rng.integers(12) * math.pi / 6
        position = simulator.random_navigable_point(rng)
        simulator.set_agent_state(position, [0, math.sin(yaw_rad / 2), 0, math.cos(yaw_rad / 2)])
        foretold.append(not is_way_clear(environment._observation(), RADIUS_M))
        collided.append(simulator.step("move_forward"))
    caught, forbidden = np.mean(np.array(foretold)[collided]), np.mean(np.array(foretold)[~np.array(collided)])
    print(f"\ncollisions foretold {caught:.3f}, free steps forbidden {forbidden:.3f}")
    assert caught > 0.85
    assert forbidden < 0.06


def test_no_step_into_a_wall_is_offered_but_after_a_full_circle():
    policy = LeoPolicy(tiny.model(clear_way_m=RADIUS_M), tiny.tokenizer(), PolicyContext(Discrete(4), device="cpu"))
    wall = {**tiny.observation("navigation", 0), "depth": np.full((48, 64), 0.3, np.float32)}
    free = {**wall, "depth": np.full((48, 64), 3.0, np.float32), "object_mask": np.zeros(10, bool)}
    assert 1 in policy._forbidden(0, wall)
    assert 1 not in policy._forbidden(0, free)
    policy._blocked[0].turn, policy._blocked[0].turns = 2, 12
    assert policy._forbidden(0, wall) == {2, 3}
