"""Separating piles: its scenes, both rules of its score, determinism, and the expert that pushes."""

import hashlib
import math
import subprocess
import sys

import numpy as np
import pytest

from leo_agent.envs.geometry import Pose
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.experts.push import push_action
from leo_agent.envs.tabletop.goals import Scorekeeper
from leo_agent.envs.tabletop.layout.colors import SEEN_COLORS, UNSEEN_COLORS
from leo_agent.envs.tabletop.layout.placement import separation
from leo_agent.envs.tabletop.layout.task import sample_layout
from leo_agent.envs.tabletop.physics.bullet import pybullet
from leo_agent.envs.tabletop.tasks import make_task
from leo_agent.envs.tabletop.workspace import BOUNDS, TABLE_TOP_M

SMALL = {"width": 32, "height": 24, "num_points": 8}


def make(task="separating-piles", **options):
    return TabletopEnv(task=task, **{**SMALL, **options})


@pytest.fixture
def env():
    environment = make()
    yield environment
    environment.close()


def layouts(split="seen", mode="test", count=20, rules="corrected"):
    task = make_task("separating-piles")
    return [sample_layout(task, seed, split, mode, rules) for seed in range(count)]


def corners(body):
    yaw = body.pose.yaw_rad
    turn = np.array([[math.cos(yaw), math.sin(yaw)], [-math.sin(yaw), math.cos(yaw)]])
    return body.shape.footprint @ turn + body.pose.position[:2]


def test_two_squares_and_fifty_cubes_of_three_colors():
    targets = []
    for layout in layouts(count=30):
        first, second, *cubes = layout.bodies
        (goal,) = layout.goals
        target = next(body for body in (first, second) if body.pose.position[:2] == goal.zone.position[:2])
        targets.append(target is first)
        assert len(cubes) == 50
        assert {body.color for body in cubes} == {cubes[0].color}
        assert len({first.color, second.color, cubes[0].color}) == 3
        assert layout.instruction(0) == f"push the pile of {cubes[0].color} blocks into the {target.color} square"
        assert layout.instruction(1) == "done separating pile."
        assert (layout.max_steps, layout.tool) == (20, "spatula")
        for square in (first, second):
            assert square.fixed
            assert square.shape.size == pytest.approx((0.12, 0.12, 0.001))
            assert not square.shape.parts
            assert (corners(square) > BOUNDS[:2, 0]).all()
            assert (corners(square) < BOUNDS[:2, 1]).all()
        assert math.dist(first.pose.position, second.pose.position) >= 0.2
        for cube in cubes:
            assert (cube.mass_kg, cube.friction, cube.fixed) == (0.001, 0.5, False)
            assert cube.shape.size == pytest.approx((0.01, 0.01, 0.01))
            assert cube.pose.position[2] == pytest.approx(TABLE_TOP_M + 0.005)
    assert 5 < sum(targets) < 25


def test_cubes_are_scattered_over_the_middle_and_never_in_one_another():
    positions = []
    for layout in layouts(count=10):
        outlines = [corners(body) for body in layout.bodies[2:]]
        gaps = [separation(outlines[i], outlines[j]) for i in range(50) for j in range(i)]
        assert min(gaps) > 0.0004
        positions += [body.pose.position[:2] for body in layout.bodies[2:]]
    low, high = np.min(positions, axis=0), np.max(positions, axis=0)
    assert low == pytest.approx((0.4, -0.1), abs=0.005)
    assert high == pytest.approx((0.6, 0.1), abs=0.005)


@pytest.mark.parametrize(
    ("split", "mode", "colors"),
    [("seen", "test", SEEN_COLORS), ("unseen", "train", SEEN_COLORS), ("unseen", "test", UNSEEN_COLORS)],
)
def test_all_colors_are_those_of_the_split(split, mode, colors):
    assert {body.color for layout in layouts(split, mode) for body in layout.bodies} == set(colors)


def test_only_the_published_rules_start_above_zero():
    corrected, published = layouts(), layouts(rules="cliport")
    starts = []
    for first, second in zip(corrected, published, strict=True):
        poses = {body.object_id: body.pose for body in first.bodies}
        assert first.goals[0].credit(poses, "corrected") == 0
        starts.append(second.goals[0].credit({body.object_id: body.pose for body in second.bodies}, "cliport"))
    print(f"published rules: {np.mean(np.array(starts) > 0):.0%} start above zero, mean {np.mean(starts):.3f}")
    assert max(starts) > 0


def test_the_rules_differ_by_the_square_and_by_the_point_of_a_cube():
    (layout,) = layouts(count=1)
    (goal,) = layout.goals
    far = {body.object_id: Pose((0.26, 0.0, 0.004)) for body in layout.bodies}
    assert goal.credit(far, "corrected") == goal.credit(far, "cliport") == 0
    for x, y, corrected, published in [
        (0.059, -0.059, 1, 1), (0.061, 0, 0, 1), (0, -0.061, 0, 1), (0.079, 0.079, 0, 1), (0.081, 0, 0, 0),
        (-0.069, 0, 0, 1), (-0.071, 0, 0, 0), (0, -0.069, 0, 1),
    ]:  # fmt: skip
        poses = {**far, goal.objects[7]: goal.zone @ Pose((x, y, 0.004))}
        assert goal.credit(poses, "corrected") == pytest.approx(corrected / 50)
        assert goal.credit(poses, "cliport") == pytest.approx(published / 50)


def trace(environment, steps=4):
    """Hash of all poses, scores and reports of an episode."""
    result = hashlib.sha256()
    environment.reset(options={"episode_id": 7})
    for _ in range(steps):
        observation, *outcome, info = environment.step(environment.expert_action())
        result.update(np.ascontiguousarray(observation["object_boxes"]).tobytes())
        result.update(repr((outcome, info)).encode())
    return result.hexdigest()


def test_an_episode_is_the_same_beside_another_world_and_in_another_process(env):
    other = make("put-blocks-in-bowls")
    first = trace(env)
    other.reset(options={"episode_id": 1})
    other.step(other.expert_action())
    assert trace(env) == first
    other.close()
    program = "from tests.envs.tabletop.test_piles import make, trace; print(trace(make()))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert answer.stdout.split()[-1] == first


def push(environment, start, end):
    poses = {name: np.array([*xy, 0, 0, 0, 0, 1], np.float32) for name, xy in (("pick", start), ("place", end))}
    return environment.step(poses)[4]["action"]


def cube_positions(environment):
    nowhere = np.array([0.3, 0.3, 0, 0, 0, 0, 1], np.float32)
    observation = environment.step({"pick": nowhere, "place": nowhere})[0]
    boxes, ids = observation["object_boxes"], observation["object_ids"]
    return {int(key): box[:3] for key, box in zip(ids, boxes, strict=True) if key > 2}


def test_cubes_of_demonstrations_are_plain_rigid_bodies_and_those_that_are_scored_are_not(env):
    """A constraint, such as of a suction cup, is refused by a plain rigid body of Bullet."""
    training, bowls = make("separating-piles", mode="train"), make("put-blocks-in-bowls", mode="train")
    for environment, holds in ((training, False), (env, True), (bowls, True)):
        environment.reset(options={"episode_id": 0})
        physics = environment._physics
        handle = next(physics.handle(each) for each in physics.poses() if physics.is_movable(each))
        given = (handle, -1, -1, -1, pybullet.JOINT_FIXED, (0, 0, 0), (0, 0, 0), (0, 0, 0))
        if holds:
            assert pybullet.createConstraint(*given, physicsClientId=physics.client) >= 0
        else:
            with pytest.raises(pybullet.error):
                pybullet.createConstraint(*given, physicsClientId=physics.client)
    training.close()
    bowls.close()


def test_a_push_sweeps_the_pile_along(env):
    env.reset(options={"episode_id": 0})
    before = cube_positions(env)
    report = push(env, (0.37, 0.0), (0.73, 0.0))
    assert (report["placed"], report["grasped"], report["object_id"], report["reason"]) == (True, False, -1, "")
    assert report["settled"]
    after = cube_positions(env)
    blade_x, swept = 0.68, [key for key, position in before.items() if abs(position[1]) < 0.02]
    carried = [key for key in swept if after[key][0] > blade_x]
    assert len(carried) >= max(5, 0.6 * len(swept))  # some slip off at the sides
    assert max(position[0] for position in after.values()) < blade_x + 0.06  # they stop with the blade
    aside = [key for key, position in before.items() if abs(position[1]) > 0.06]
    assert max(math.dist(before[key], after[key]) for key in aside) < 0.02
    assert all(position[2] < 0.012 for position in after.values())


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((0.5, 0.2), (0.5, 0.2), "0.000 m apart"),
        ((0.5, 0.2), (0.5, 0.229), "0.029 m apart"),
        ((0.75, 0.5), (0.4, 0.1), "the start of the push is unreachable"),
    ],
)
def test_a_push_that_cannot_be_says_why_and_moves_nothing(env, start, end, words):
    env.reset(options={"episode_id": 0})
    before = cube_positions(env)
    report = push(env, start, end)
    assert words in report["reason"]
    assert not report["placed"]
    assert report["physics_steps"] < 50
    assert all((position == before[key]).all() for key, position in cube_positions(env).items())


def test_random_pushes_fling_nothing(env):
    rng = np.random.default_rng(0)
    for episode_id in range(2):
        env.reset(options={"episode_id": episode_id})
        before = cube_positions(env)
        for _ in range(3):
            start = before[int(rng.choice(list(before)))][:2] + rng.normal(0, 0.01, 2)
            end = np.clip(start + rng.uniform(-0.3, 0.3, 2), BOUNDS[:2, 0], BOUNDS[:2, 1])
            report = push(env, start, end)
            after = cube_positions(env)
            farthest = max(math.dist(before[key], after[key]) for key in before)
            assert report["settled"]
            assert report["physics_steps"] < 1000
            assert farthest < max(0.0, math.dist(start, end) - 0.03) + 0.03
            assert all(0 < position[2] < 0.03 for position in after.values())
            assert 0 <= env.step(env.expert_action())[4]["measures"]["score"] <= 1
            before = cube_positions(env)


def run_expert(environment, episode_id):
    environment.reset(options={"episode_id": episode_id})
    ended, steps = False, 0
    while not ended:
        _, _, terminated, truncated, info = environment.step(environment.expert_action())
        assert info["action"]["reason"] == ""
        assert info["action"]["settled"]
        ended, steps = terminated or truncated, steps + 1
    return info["measures"]["score"], steps


@pytest.mark.parametrize("rules", ["corrected", "cliport"])
def test_the_expert_brings_every_cube_in(rules):
    environment = make(split="unseen", rules=rules)
    score, steps = run_expert(environment, 1)
    assert score == 1
    assert steps <= 12
    assert environment.step(environment.expert_action())[4]["action"]["reason"].startswith("no push")
    environment.close()


def test_the_expert_needs_no_free_way_and_gives_up_only_what_is_out_of_reach():
    (layout,) = layouts(count=1)
    (goal,) = layout.goals
    bodies = {body.object_id: body for body in layout.bodies}
    inside = dict.fromkeys(bodies, goal.zone @ Pose((0.0, 0.0, 0.004)))
    keeper = Scorekeeper(layout.goals)
    straggler = goal.objects[3]
    towards = np.array((0.5, 0.0)) - goal.zone.position[:2]
    x, y = goal.zone.position[:2] + 0.1 * towards / np.linalg.norm(towards)
    start, end = push_action(bodies, {**inside, straggler: Pose((x, y, 0.004))}, keeper)
    way = np.subtract(end.position[:2], start.position[:2])
    assert np.dot(way, towards) < 0
    lost = push_action(bodies, {**inside, straggler: Pose((2.0, 0.0, 0.004))}, keeper)
    assert lost[0] == lost[1]
