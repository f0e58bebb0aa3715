"""Habitat's greedy follower against the paths that habitat-sim and habitat-lab 0.3.4 recorded, and in small worlds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, STOP
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.experts.greedy import FollowerConfig, GreedyFollower
from leo_agent.envs.navmesh import NavMesh
from tests.envs.recorded import HOUSES, NAMES, recorded_episodes

IDS = {"stop": STOP, "move_forward": FORWARD, "turn_left": LEFT, "turn_right": RIGHT}
STRAIGHT = (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("name", NAMES)
def test_paths_equal_the_recorded_ones(name: str) -> None:
    navmesh = NavMesh.load(HOUSES / f"{name}.navmesh")
    same = []
    with np.load(HOUSES / f"{name}.golden.npz") as recorded:
        rows = zip(recorded["greedy_start"], recorded["greedy_goal"], recorded["greedy_actions"], strict=True)
        for start, goal, actions in rows:
            follower = GreedyFollower(
                navmesh.try_step,
                navmesh.goals(goal).distance,
                navmesh.obstacle_distance,
                FollowerConfig(goal_radius_m=0.2),
            )
            same.append((follower.path(start, STRAIGHT) or []) == [IDS[action] for action in actions.split()])
    print(f"\n{name}: greedy follower does the same actions on {np.mean(same):.1%} of {len(same)} paths")
    assert np.mean(same) >= 0.95


@pytest.fixture(scope="module")
def environment() -> NavigationEnv:
    return NavigationEnv(
        "leo/ObjectNav-v0",
        HOUSES / "objectnav",
        render_observations=False,
        num_points=1,
        share_arrays=True,
        expert="greedy",
    )


def test_as_the_expert_it_does_what_habitat_lab_s_follower_did(environment: NavigationEnv) -> None:
    records = [record for record in recorded_episodes() if record["kind"] == "expert"]
    same, measures = [], []
    for record in records:
        _, info = environment.reset(options={"scene": record["scene_id"], "episode_id": record["episode_id"]})
        actions: list[int] = []
        while len(actions) < len(record["actions"]) and actions[-1:] != [STOP]:
            actions.append(environment.expert_action())
            info = environment.step(actions[-1])[4]
        same.append(actions == record["actions"])
        measures.append([info["measures"]["success"], info["measures"]["spl"]])
    success, spl = np.mean(measures, axis=0)
    print(f"\n{len(same)} episodes: same actions on {np.mean(same):.1%}, success {success:.3f}, SPL {spl:.3f}")
    assert np.mean(same) >= 0.95


def test_asked_twice_it_answers_the_same(environment: NavigationEnv) -> None:
    environment.reset(options=environment.episode_options(1)[0])
    for _ in range(20):
        action = environment.expert_action()
        assert environment.expert_action() == action
        environment.step(action)
        if action == STOP:
            break


def test_another_expert_is_refused() -> None:
    with pytest.raises(InputError, match="expert: found 'best', expected one of greedy, search"):
        NavigationEnv("leo/ObjectNav-v0", HOUSES / "objectnav", expert="best")


def follower(goal: tuple[float, float], try_step=lambda start, end: end, wall_m: float = 1.0) -> GreedyFollower:
    """A follower on an open floor; distances are straight lines."""
    target = np.array([goal[0], 0.0, goal[1]])
    return GreedyFollower(try_step, lambda p: float(np.linalg.norm(p - target)), lambda p: wall_m)


def test_equal_ways_round_go_to_the_left() -> None:
    assert follower((0.0, 2.0)).path(np.zeros(3), STRAIGHT) == [LEFT] * 6 + [FORWARD] * 8 + [STOP]


def test_it_stops_at_the_goal_and_where_there_is_none() -> None:
    assert follower((0.0, 0.05)).action(np.zeros(3), STRAIGHT) == STOP
    nowhere = GreedyFollower(lambda start, end: end, lambda p: math.inf, lambda p: 1.0)
    assert nowhere.action(np.zeros(3), STRAIGHT) == STOP
    assert nowhere.path(np.zeros(3), STRAIGHT) is None


def test_it_gives_up_where_every_step_collides() -> None:
    walled_in = follower((0.0, -2.0), try_step=lambda start, end: start)
    assert walled_in.action(np.zeros(3), STRAIGHT) == STOP
    assert walled_in.path(np.zeros(3), STRAIGHT) is None


def test_a_path_round_in_circles_comes_to_an_end() -> None:
    """The goal seems to get nearer with every step and never is."""
    asked: list[int] = []

    def distance(position: np.ndarray) -> float:
        asked.append(1)
        return 10.0 - 1e-5 * len(asked)

    endless = GreedyFollower(lambda start, end: end, distance, lambda p: 1.0)
    path = endless.path(np.zeros(3), STRAIGHT)
    assert path is None or len(path) >= 5000


def test_between_two_headings_it_commits_itself_in_the_end() -> None:
    """To look left and right in turns leads nowhere: after 16 such actions the turns and the step are done together."""
    world = follower((0.0, -5.0))
    best = {0: [LEFT, FORWARD], 1: [RIGHT, FORWARD]}
    heading, actions = 0, []
    world._best_moves = lambda pose: list(best[heading])  # type: ignore[method-assign]
    for count in range(20):
        actions.append(world.action(np.array([0.0, 0.0, 1e-3 * count]), STRAIGHT))
        heading = {LEFT: 1, RIGHT: 0}.get(actions[-1], heading)
    assert actions[:16] == [LEFT, RIGHT] * 8
    assert actions[16:18] == [LEFT, FORWARD]
