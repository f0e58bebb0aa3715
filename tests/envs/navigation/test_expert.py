"""The navigation expert: success on the recorded houses, and an answer from any pose of any world."""

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, STOP
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.experts.goals import expert_goals
from leo_agent.envs.navigation.experts.registry import ExpertRequest, make_expert
from leo_agent.envs.navigation.experts.search import (
    SearchConfig,
    SearchExpert,
)
from leo_agent.envs.navigation.sensors import yaw_rad
from tests.envs import recorded

HOUSES = Path(__file__).parents[2] / "data/habitat_houses"
STRAIGHT = (0.0, 0.0, 0.0, 1.0)


@pytest.fixture(scope="module")
def environment():
    return NavigationEnv(
        "leo/ObjectNav-v0", recorded.HOUSES / "objectnav", render_observations=False, num_points=1, share_arrays=True
    )


def run(environment: NavigationEnv, options: dict, disturb=lambda step: None) -> tuple[dict[str, float], int]:
    """Measures and number of steps of an episode; `disturb(step)` may replace the expert's action."""
    environment.reset(options=options)
    for step in itertools.count(1):
        expert = environment.expert_action()
        other = disturb(step)
        _, _, terminated, truncated, info = environment.step(expert if other is None else other)
        if terminated or truncated:
            return info["measures"], step
    raise AssertionError


def success_and_spl(environment: NavigationEnv, all_options: list[dict], label: str) -> tuple[float, float]:
    results = [run(environment, options) for options in all_options]
    success = np.mean([measures["success"] for measures, _ in results])
    spl = np.mean([measures["spl"] for measures, _ in results])
    steps = np.mean([count for _, count in results])
    print(f"\nexpert, {label} ({len(results)}): success {success:.3f}, SPL {spl:.3f}, {steps:.1f} steps an episode")
    return float(success), float(spl)


def test_success_on_every_tenth_episode(environment):
    success, spl = success_and_spl(environment, environment.episode_options()[::10], "every tenth episode")
    assert success >= 0.99
    assert spl >= 0.95


@pytest.mark.slow
def test_success_on_all_episodes(environment):
    success, spl = success_and_spl(environment, environment.episode_options(), "all episodes")
    assert success >= 0.99
    assert spl >= 0.95


def test_recovers_where_another_policy_moves_the_agent(environment):
    rng = np.random.default_rng(0)
    results = [
        run(
            environment,
            options,
            disturb=lambda step: int(rng.integers(1, 4)) if step <= 60 and step % 3 == 0 else None,
        )
        for options in environment.episode_options()[5::20]
    ]
    assert np.mean([measures["success"] for measures, _ in results]) >= 0.9


@pytest.mark.parametrize(
    ("scene", "seeds"), [("house_0001", (101, 0, 1)), ("house_0002", (50, 2, 3)), ("house_0003", (15, 40, 47, 121))]
)
def test_leaves_the_walls_that_random_moves_lead_to(scene, seeds):
    """Most of these episodes come to stand on a wall, where few headings are free and the last bits count."""
    environment = NavigationEnv(
        "leo/ObjectNav-v0", HOUSES / "objectnav", render_observations=False, num_points=1, share_arrays=True
    )
    for seed in seeds:
        rng = np.random.default_rng(seed)
        options = environment.random_episode_options(scene, rng)
        measures, _ = run(
            environment, options, lambda step, rng=rng: int(rng.integers(1, 4)) if rng.random() < 0.15 else None
        )
        assert measures["success"] == 1.0, f"{scene}, seed {seed}: {measures}"


def test_camera_tilt_changes_nothing(environment):
    options = environment.episode_options()[0]
    plain, steps = run(environment, options)
    tilted, more_steps = run(environment, options, disturb=lambda step: {1: 4, 4: 5}.get(step))
    assert tilted == plain
    assert more_steps == steps + 2


def test_asking_twice_gives_the_same_action_and_moves_nothing(environment):
    environment.reset(options=environment.episode_options()[3])
    before = environment.simulator.agent_state
    assert environment.expert_action() == environment.expert_action()
    after = environment.simulator.agent_state
    np.testing.assert_array_equal(before.position, after.position)
    np.testing.assert_array_equal(before.rotation, after.rotation)


class Plane:
    """An open floor with a wall along x = 0 that has a door, and a goal point; distances are straight lines."""

    def __init__(self, goal: tuple[float, float], door: tuple[float, float] | None = None) -> None:
        self.goal = np.array([goal[0], 0.0, goal[1]])
        self.door = door

    def try_step(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        if self.door is None or (start[0] < 0) == (end[0] < 0):
            return end
        z = start[2] + (end[2] - start[2]) * start[0] / (start[0] - end[0])
        return end if self.door[0] < z < self.door[1] else start

    def distance(self, position: np.ndarray, before: np.ndarray | None = None) -> float:
        return float(np.linalg.norm(position - self.goal))


def walk(world: Plane, expert: SearchExpert, limit: int = 200) -> tuple[list[int], float]:
    """Actions until stop (or `limit`) from the origin facing -Z, and the distance left."""
    position, yaw, actions = np.array([-0.1, 0.0, 0.0]), 0.0, []
    while len(actions) < limit:
        actions.append(expert.action(position, [0, math.sin(yaw / 2), 0, math.cos(yaw / 2)]))
        if actions[-1] == STOP:
            break
        if actions[-1] == FORWARD:
            position = world.try_step(position, position + 0.25 * np.array([-math.sin(yaw), 0.0, -math.cos(yaw)]))
        yaw += math.radians(30) * ({LEFT: 1, RIGHT: -1}.get(actions[-1], 0))
    return actions, world.distance(position)


def test_straight_ahead_needs_no_turn():
    world = Plane((-0.1, -2.0))
    actions, left = walk(world, SearchExpert(world.try_step, world.distance))
    assert actions == [FORWARD] * 8 + [STOP]
    assert left < 0.1


def test_a_goal_to_the_left_is_turned_to_by_the_left():
    world = Plane((-2.1, 0.0))
    actions, _ = walk(world, SearchExpert(world.try_step, world.distance))
    assert actions == [LEFT] * 3 + [FORWARD] * 8 + [STOP]


@settings(max_examples=30, deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.none() | st.just((1.0, 2.0)))
def test_stops_within_reach_of_any_goal_though_distances_mislead(x, z, door):
    world = Plane((x, z), door)
    expert = SearchExpert(world.try_step, world.distance, SearchConfig(max_expansions=50_000))
    actions, left = walk(world, expert)
    assert actions[-1] == STOP
    assert left < 0.1


def test_with_a_clearance_it_keeps_away_from_an_obstacle_that_the_short_way_passes():
    world, pillar = Plane((-0.1, -2.0)), np.array([0.0, 0.0, -1.0])
    passed: dict[float, float] = {}
    for clearance_m in (0.0, 0.4):
        to_pillar: list[float] = []

        def step(start: np.ndarray, end: np.ndarray, seen: list[float] = to_pillar) -> np.ndarray:
            seen.append(float(np.linalg.norm(end - pillar)))
            return end

        expert = SearchExpert(
            world.try_step,
            world.distance,
            SearchConfig(clearance_m=clearance_m),
            clearance=lambda position: float(np.linalg.norm(position - pillar)),
        )
        walked = Plane((-0.1, -2.0))
        walked.try_step = step  # type: ignore[method-assign]
        actions, left = walk(walked, expert)
        assert actions[-1] == STOP
        assert left < 0.1
        passed[clearance_m] = min(to_pillar)
    assert passed[0.0] < 0.15
    assert passed[0.4] > 0.3


def test_with_a_stop_limit_it_goes_on_towards_the_object():
    environment = NavigationEnv(
        "leo/ObjectNav-v0",
        HOUSES / "objectnav",
        render_observations=False,
        num_points=1,
        share_arrays=True,
        expert_stop_within_m=0.5,
    )
    for options in environment.episode_options()[::20]:
        measures, _ = run(environment, options)
        goals = environment._running.episode.goals
        wanted = np.isin(environment.simulator.objects.ids, [int(goal.object_id) for goal in goals])
        boxes = environment.simulator.objects.boxes[wanted]
        outside_m = np.abs(environment.simulator.agent_state.position - boxes[:, :3]) - boxes[:, 3:] / 2
        assert measures["success"] == 1
        assert np.hypot(*np.maximum(outside_m[:, [0, 2]], 0).T).min() < 0.6  # 0.5 and the success distance


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 2), st.floats(-2, 2), st.integers(1, 60))
def test_a_search_cut_short_never_stops_away_from_the_goal(x, z, max_expansions):
    world = Plane((x, z), (1.0, 1.2))
    expert = SearchExpert(world.try_step, world.distance, SearchConfig(max_expansions=max_expansions))
    actions, left = walk(world, expert)
    assert left < 0.1 if actions[-1] == STOP else len(actions) == 200


@pytest.mark.parametrize("distance_m", [math.inf, 0.0, 0.05])
def test_stops_at_once_at_the_goal_and_where_there_is_none(distance_m):
    expert = SearchExpert(lambda start, end: end, lambda position, before: distance_m)
    assert expert.action(np.zeros(3), STRAIGHT) == STOP


def test_a_step_that_a_corner_stops_beside_the_plan_leads_to_another_plan():
    world = Plane((-0.1, -2.0))
    blocked = np.array([-0.1, 0.0, -0.5], np.float32)

    def try_step(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        return start if np.array_equal(start, blocked) and end[2] < -0.74 else end

    expert = SearchExpert(try_step, world.distance)
    planned_from = blocked + np.array([2e-4, 0.0, 0.5], np.float32)
    assert expert.action(planned_from, STRAIGHT) == FORWARD
    assert expert.action(planned_from - [0, 0, 0.5], STRAIGHT) == FORWARD
    assert expert.action(blocked, STRAIGHT) in (LEFT, RIGHT)


def test_an_agent_that_cannot_move_turns_on():
    expert = SearchExpert(lambda start, end: start, lambda position, before: 3.0)
    assert expert.action(np.zeros(3), STRAIGHT) == RIGHT


@pytest.mark.parametrize(
    ("half_angle", "expected"), [(0.0, 0.0), (math.pi / 4, math.pi / 2), (-math.pi / 12, -math.pi / 6)]
)
def test_yaw_is_positive_to_the_left(half_angle, expected):
    assert yaw_rad([0, math.sin(half_angle), 0, math.cos(half_angle)]) == pytest.approx(expected)


def test_near_view_points_that_no_way_leads_to_are_not_waited_for():
    environment = NavigationEnv(
        "leo/ObjectNav-v0", HOUSES / "objectnav", render_observations=False, num_points=1, share_arrays=True
    )
    environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    episode, simulator = environment._running.episode, environment.simulator
    ids = [str(number) for number in simulator.objects.ids]
    box = simulator.objects.boxes[ids.index(episode.goals[0].object_id)]
    inside = box[None, :3] + np.array([0.0, 50.0, 0.0])
    goal = dataclasses.replace(episode.goals[0], view_points=np.concatenate([episode.goals[0].view_points, inside]))
    episode = dataclasses.replace(episode, goals=(goal,))
    expert = make_expert(
        "search", ExpertRequest(simulator, environment.embodiment, expert_goals(episode, simulator, 0.01), 0.1)
    )
    state = simulator.agent_state
    assert expert.action(state.position, state.rotation) != STOP


def test_clearance_of_the_navmesh_lengthens_the_way_of_the_environments_expert():
    near_m = []
    for clearance_m in (0.0, 0.2):
        environment = NavigationEnv(
            "leo/ObjectNav-v0",
            HOUSES / "objectnav",
            render_observations=False,
            num_points=1,
            expert_clearance_m=clearance_m,
        )
        environment.reset(options={"scene": "house_0001", "episode_id": "1"})
        seen, done = [], False
        while not done:
            seen.append(environment.simulator.obstacle_distance(environment.simulator.agent_state.position))
            _, _, terminated, truncated, _ = environment.step(environment.expert_action())
            done = terminated or truncated
        near_m.append(np.quantile(seen, 0.25))
    assert near_m[1] > near_m[0] + 0.03
