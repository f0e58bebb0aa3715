"""The scorer against every recorded reward of the original's 44 episodes, and the rules that correct it."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.tabletop.goals import PoseGoal, Scorekeeper, ZoneGoal, ZoneRule
from leo_agent.envs.tabletop.layout.layout import Table
from leo_agent.envs.tabletop.tasks.put_blocks_in_bowls import in_bowls, put_block, put_bowl

RECORDINGS = Path(__file__).parents[2] / "data" / "cliport_episodes"


def recorded_pose(values):
    return Pose(tuple(values[:3]), tuple(values[3:]))


def recorded_goal(goal, episode):
    objects = tuple(item["id"] for item in goal["objects"])
    matches = tuple(tuple(bool(value) for value in row) for row in goal["matches"])
    targets = tuple(recorded_pose(target) for target in goal["targets"])
    if goal["metric"] == "zone":
        ((zone, size),) = ((recorded_pose(zone["pose"]), zone["size"]) for zone in goal["zones"])
        points = {int(key): np.array(values) for key, values in goal["points"].items()}
        rule = ZoneRule(points, (size[0], size[1]))
        return ZoneGoal(objects, zone, rule, targets, matches, weight=goal["max_reward"])
    return PoseGoal(
        objects=objects,
        symmetries_rad=tuple(item["symmetry_rad"] for item in goal["objects"]),
        matches=matches,
        targets=targets,
        replace=goal["replace"],
        rotations=goal["rotations"],
        weight=goal["max_reward"],
        position_tolerance_m=episode["pos_eps"],
        rotation_tolerance_rad=episode["rot_eps_rad"],
    )


FAMILIES = ["put-block-in-bowl-{}-colors", "separating-piles-{}-colors", "packing-{}-google-objects-seq"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("split", ["seen", "unseen"])
def test_recorded_rewards_are_reproduced(family, split):
    path = RECORDINGS / f"{family.format(split)}.json.gz"
    episodes = json.loads(gzip.decompress(path.read_bytes()))
    rewards, errors = [], []
    for episode in episodes:
        keeper = Scorekeeper([recorded_goal(goal, episode) for goal in episode["goals"]], rules="cliport")
        for step in episode["steps"]:
            poses = {int(key): recorded_pose(values) for key, values in step["poses"].items()}
            rewards.append(keeper.update(poses))
            errors += [abs(rewards[-1] - step["reward"]), abs(keeper.score - step["score"])]
            assert keeper.done == step["done"]
    print(f"{path.name}: {len(episodes)} episodes, {len(rewards)} rewards, largest difference {max(errors):.1e}")
    assert max(errors) <= 1e-4
    assert len(episodes) in (6, 8)
    assert any(0 < reward < 1 for reward in rewards)


def bowls_goal(blocks, bowls, **options):
    return PoseGoal(
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
    goal = PoseGoal((1, 2), (0.0, 0.0), ((True, True), (True, True)), targets, position_tolerance_m=0.05)
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
    goal = PoseGoal((1,), (math.pi / 2,), ((True,),), (Pose((0.5, 0.0, 0.0), quaternion_from_yaw(3.0)),))
    assert goal.is_match(Pose((0.505, 0.0, 0.1), quaternion_from_yaw(3.0 + error_rad)), 0, 0) is matches


def test_goals_come_in_order_and_keep_what_they_earned():
    first = PoseGoal((1,), (0.0,), ((True,),), (Pose((0.3, 0.0, 0.0)),), weight=0.5)
    second = PoseGoal((2,), (0.0,), ((True,),), (Pose((0.6, 0.0, 0.0)),), weight=0.5)
    keeper = Scorekeeper([first, second])
    far = Pose((0.5, 0.4, 0.0))
    assert keeper.update({1: far, 2: Pose((0.6, 0.0, 0.0))}) == 0
    assert keeper.update({1: Pose((0.3, 0.0, 0.0)), 2: far}) == pytest.approx(0.5)
    assert keeper.goals_reached == 1
    assert keeper.update({1: far, 2: Pose((0.6, 0.0, 0.0))}) == pytest.approx(0.5)
    assert keeper.done
    assert keeper.goal is None
    assert keeper.update({1: far, 2: far}) == 0


def test_unknown_rules_are_refused():
    with pytest.raises(InputError, match="strict"):
        Scorekeeper([], rules="strict")


def test_zones_have_sides_and_a_top_and_turn_with_their_pose():
    points = {1: np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.04]]), 2: np.zeros((1, 3))}
    zone = Pose((0.5, 0.0, 0.0), quaternion_from_yaw(math.pi / 4))
    narrow = ZoneRule(points, (0.2, 0.02), top_m=0.05)
    wide = ZoneRule(points, (0.2, 0.2), top_m=0.05)
    goal = ZoneGoal((1, 2), zone, narrow, (zone,), ((True,), (True,)), cliport=wide)
    diagonal, aside = (0.55, 0.05, 0.0), (0.55, -0.05, 0.0)
    for first, second, narrow_share, wide_share in [
        (diagonal, diagonal, 3 / 3, 3 / 3),
        (diagonal, aside, 2 / 3, 3 / 3),
        ((0.55, 0.05, 0.02), aside, 1 / 3, 2 / 3),
        ((0.5, 0.0, -1.0), (0.9, 0.0, 0.0), 2 / 3, 2 / 3),
    ]:
        poses = {1: Pose(first), 2: Pose(second)}
        assert goal.credit(poses, "corrected") == pytest.approx(narrow_share)
        assert goal.credit(poses, "cliport") == pytest.approx(wide_share)
        assert goal.assignment(poses, "corrected")[1] == (0 if second == diagonal else None)


def test_the_originals_bowl_is_off_its_frame():
    """Under `cliport` a block at the far side outside the rim counts, and one inside at the other side does not."""
    table = Table(np.random.default_rng(3))
    bowls, blocks = [put_bowl(table, "green", fixed=True)], [put_block(table, "red")]
    goal, at = in_bowls(blocks, bowls), bowls[0].pose
    middle = Pose((*at.position[:2], 0.02), at.rotation)
    for along_m, corrected, cliport in [(0.0, 1, 1), (0.07, 0, 1), (-0.035, 1, 0)]:
        poses = {blocks[0].object_id: middle @ Pose((along_m, 0.0, 0.0))}
        assert goal.credit(poses, "corrected") == corrected
        assert goal.credit(poses, "cliport") == cliport
