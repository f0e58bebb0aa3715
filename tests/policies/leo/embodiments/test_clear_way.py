"""The guard against walls: geometry by hand, and its predictions against what a simulator's steps do."""

import dataclasses
import math

import numpy as np
import pytest

from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.policies.leo.embodiments.clear_way import is_way_clear
from leo_agent.policies.leo.embodiments.navigation import NavigationGuard
from tests.policies.leo import tiny

HOUSES = "tests/data/habitat_houses/objectnav/val"
RADIUS_M = 0.24
BODY = NavigationEmbodiment()


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
    assert is_way_clear(seen(depth_m=depth_m), RADIUS_M, BODY) == clear


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
    assert is_way_clear(seen([point]), RADIUS_M, BODY) == clear


@pytest.mark.parametrize("yaw_deg", [0, 90, 150, -60])
def test_it_looks_where_the_agent_looks(yaw_deg):
    yaw_rad, position = math.radians(yaw_deg), np.array([3.0, 0.2, -1.0])
    ahead = position + np.array([-0.35 * math.sin(yaw_rad), 0.5, -0.35 * math.cos(yaw_rad)])
    assert not is_way_clear(seen([ahead], yaw_deg=yaw_deg, position=position), RADIUS_M, BODY)
    assert is_way_clear(seen([ahead], yaw_deg=yaw_deg + 180, position=position), RADIUS_M, BODY)


def test_heights_step_and_camera_are_those_of_the_body():
    ahead = seen([(0.0, 0.5, -0.6)])
    assert is_way_clear(ahead, RADIUS_M, BODY)
    assert not is_way_clear(ahead, RADIUS_M, NavigationEmbodiment(forward_step_m=0.5))
    overhead = seen([(0.0, 1.2, -0.4)])
    assert is_way_clear(overhead, RADIUS_M, BODY)
    assert not is_way_clear(overhead, RADIUS_M, NavigationEmbodiment(agent_height_m=1.5))
    pixel = np.zeros((64, 64), np.float32)
    pixel[32, 48] = 0.4  # half way to the right edge
    view = {**seen(), "depth": pixel}
    assert is_way_clear(view, 0.2, NavigationEmbodiment(hfov_deg=120.0))  # 0.35 m to the right
    assert not is_way_clear(view, 0.2, NavigationEmbodiment(hfov_deg=60.0))  # 0.12 m


def test_it_foretells_most_collisions_and_forbids_few_free_steps():
    environment = NavigationEnv("leo/ObjectNav-v0", HOUSES, width=128, height=128, share_arrays=True)
    environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    simulator, rng = environment.simulator, np.random.default_rng(0)
    foretold, collided = [], []
    for _ in range(250):
        yaw_rad = rng.integers(12) * math.pi / 6
        position = simulator.random_navigable_point(rng)
        simulator.set_agent_state(position, [0, math.sin(yaw_rad / 2), 0, math.cos(yaw_rad / 2)])
        foretold.append(not is_way_clear(environment._observation(), RADIUS_M, BODY))
        collided.append(simulator.step("move_forward"))
    caught, forbidden = np.mean(np.array(foretold)[collided]), np.mean(np.array(foretold)[~np.array(collided)])
    print(f"\ncollisions foretold {caught:.3f}, free steps forbidden {forbidden:.3f}")
    assert caught > 0.85
    assert forbidden < 0.06


def test_no_step_into_a_wall_is_offered_but_after_a_full_circle():
    guard = NavigationGuard(tiny.leo("navigation"), dataclasses.replace(tiny.config(), clear_way_m=RADIUS_M))
    wall = {**tiny.observation("navigation", 0), "depth": np.full((48, 64), 0.3, np.float32)}
    free = {**wall, "depth": np.full((48, 64), 3.0, np.float32), "object_mask": np.zeros(10, bool)}
    assert 1 in guard.forbidden(wall)
    assert 1 not in guard.forbidden(free)
    guard._blocked.turn, guard._blocked.turns = 2, 12
    assert guard.forbidden(wall) == {2, 3}
