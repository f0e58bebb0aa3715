"""The scorer against every recorded reward of the original's bowl episodes, and the rules that correct it."""

import gzip
import json
import math
from pathlib import Path

import pytest

from envs.errors import InputError
from envs.tabletop.geometry import Pose, quaternion_from_yaw
from envs.tabletop.goals import Goal, Scorekeeper

RECORDINGS = Path(__file__).parents[1] / "data" / "cliport_episodes"


def recorded_pose(values):
    return Pose(tuple(values[:3]), tuple(values[3:]))


def recorded_goals(episode):
    return [
        Goal(
            objects=tuple(item["id"] for item in goal["objects"]),
            symmetries_rad=tuple(item["symmetry_rad"] for item in goal["objects"]),
            matches=tuple(tuple(bool(value) for value in row) for row in goal["matches"]),
            targets=tuple(recorded_pose(target) for target in goal["targets"]),
            replace=goal["replace"],
            rotations=goal["rotations"],
            metric=goal["metric"],
            weight=goal["max_reward"],
            position_tolerance_m=episode["pos_eps"],
            rotation_tolerance_rad=episode["rot_eps_rad"],
        )
        for goal in episode["goals"]
    ]


@pytest.mark.parametrize("split", ["seen", "unseen"])
def test_recorded_rewards_are_reproduced(split):
    path = RECORDINGS / f"put-block-in-bowl-{split}-colors.json.gz"
    episodes = json.loads(gzip.decompress(path.read_bytes()))
    rewards = []
    for episode in episodes:
        keeper = Scorekeeper(recorded_goals(episode), rules="cliport")
        for step in episode["steps"]:
            poses = {int(key): recorded_pose(values) for key, values in step["poses"].items()}
            rewards.append(keeper.update(poses))
            assert rewards[-1] == pytest.approx(step["reward"], abs=1e-4)
            assert keeper.score == pytest.approx(step["score"], abs=1e-4)
            assert keeper.done == step["done"]
    assert len(episodes) == 8
    assert any(0 < reward < 1 for reward in rewards)


def bowls_goal(blocks, bowls, **options):
    return Goal(
        objects=tuple(range(1, blocks + 1)),
        symmetries_rad=(0.0,) * blocks,
        matches=((True,) * bowls,) * blocks,
        targets=tuple(Pose((0.3 + 0.15 * k, 0.0, 0.0)) for k in range(bowls)),
        position_tolerance_m=0.05,
        **options,
    )


def test_two_blocks_in_one_bowl_count_once_unless_the_published_rule_is_asked_for():
    poses = {1: Pose((0.3, 0.01, 0.02)), 2: Pose((0.31, -0.01, 0.06))}
    corrected, published = (Scorekeeper([bowls_goal(2, 2)], rules) for rules in ("corrected", "cliport"))
    assert corrected.update(poses) == pytest.approx(0.5)
    assert not corrected.done
    assert published.update(poses) == pytest.approx(1.0)
    assert published.done


def test_as_many_objects_as_possible_are_assigned():
    # Block 1 is near both targets, block 2 only near the first: a greedy choice would give block 1 the first target.
    targets = (Pose((0.30, 0.0, 0.0)), Pose((0.36, 0.0, 0.0)))
    goal = Goal((1, 2), (0.0, 0.0), ((True, True), (True, True)), targets, position_tolerance_m=0.05)
    poses = {1: Pose((0.33, 0.0, 0.0)), 2: Pose((0.27, 0.0, 0.0))}
    assert goal.assignment(poses, "corrected") == [1, 0]


def test_a_shared_target_holds_several_objects():
    poses = {1: Pose((0.3, 0.0, 0.0)), 2: Pose((0.3, 0.01, 0.0))}
    assert Scorekeeper([bowls_goal(2, 1, replace=True)]).update(poses) == pytest.approx(1.0)


def test_taking_a_block_out_again_costs_what_it_earned():
    keeper = Scorekeeper([bowls_goal(2, 2)])
    inside, outside = Pose((0.3, 0.0, 0.0)), Pose((0.7, 0.3, 0.0))
    assert keeper.update({1: inside, 2: outside}) == pytest.approx(0.5)
    assert keeper.update({1: outside, 2: outside}) == pytest.approx(-0.5)
    assert keeper.score == 0


@pytest.mark.parametrize(("error_rad", "matches"), [(0.0, True), (0.25, True), (0.28, False), (math.pi / 2, True)])
def test_yaw_counts_modulo_the_symmetry(error_rad, matches):
    goal = Goal((1,), (math.pi / 2,), ((True,),), (Pose((0.5, 0.0, 0.0), quaternion_from_yaw(3.0)),))
    assert goal.is_match(Pose((0.505, 0.0, 0.1), quaternion_from_yaw(3.0 + error_rad)), 0, 0) is matches


def test_goals_come_in_order_and_keep_what_they_earned():
    first = Goal((1,), (0.0,), ((True,),), (Pose((0.3, 0.0, 0.0)),), weight=0.5)
    second = Goal((2,), (0.0,), ((True,),), (Pose((0.6, 0.0, 0.0)),), weight=0.5)
    keeper = Scorekeeper([first, second])
    far = Pose((0.5, 0.4, 0.0))
    assert keeper.update({1: far, 2: Pose((0.6, 0.0, 0.0))}) == 0
    assert keeper.update({1: Pose((0.3, 0.0, 0.0)), 2: far}) == pytest.approx(0.5)
    assert keeper.goals_reached == 1
    assert keeper.update({1: far, 2: Pose((0.6, 0.0, 0.0))}) == pytest.approx(0.5)
    assert keeper.done
    assert keeper.goal is None
    assert keeper.update({1: far, 2: far}) == 0


def test_unknown_rules_and_metrics_are_refused():
    with pytest.raises(InputError, match="strict"):
        Scorekeeper([], rules="strict")
    with pytest.raises(InputError, match="volume"):
        bowls_goal(1, 1, metric="volume")
