"""CLIPort's families beside those of LEO: what their scenes hold, what is said, how they are scored, their experts."""

import math

import numpy as np
import pytest

from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects import make_shape
from leo_agent.envs.tabletop.goals import Scorekeeper
from leo_agent.envs.tabletop.layout.colors import SEEN_COLORS, UNSEEN_COLORS
from leo_agent.envs.tabletop.layout.placement import separation
from leo_agent.envs.tabletop.layout.task import sample_layout
from leo_agent.envs.tabletop.tasks import make_task
from leo_agent.envs.tabletop.workspace import BOUNDS

SEQUENCES = ("stack-block-pyramid-seq", "towers-of-hanoi-seq", "assembling-kits-seq")
FIXED = ("align-box-corner", "place-red-in-green", "block-insertion")


def layouts(task, split="seen", mode="test", count=30):
    return [sample_layout(make_task(task), seed, split, mode) for seed in range(count)]


def start(layout):
    return {body.object_id: body.pose for body in layout.bodies}


def moved(pose, dx=0.0, dz=0.0, turn_rad=0.0):
    """The pose shifted along the world's x and z and turned about z."""
    x, y, z = pose.position
    return Pose((x + dx, y, z + dz), quaternion_from_yaw(pose.yaw_rad + turn_rad))


def body_named(layout, object_id):
    return next(body for body in layout.bodies if body.object_id == object_id)


# ---------------------------------------------------------------------- scenes


@pytest.mark.parametrize("task", SEQUENCES + FIXED)
def test_scenes_have_room_and_start_at_zero(task):
    for layout in layouts(task):
        assert [body.object_id for body in layout.bodies] == list(range(1, len(layout.bodies) + 1))
        assert len(layout.instructions) == len(layout.goals)
        assert sum(goal.weight for goal in layout.goals) == pytest.approx(1)
        keeper = Scorekeeper(layout.goals)
        assert keeper.update(start(layout)) == 0
        footprints = []
        for body in layout.bodies:
            assert make_shape(body.shape.recipe) is body.shape
            cosine, sine = math.cos(body.pose.yaw_rad), math.sin(body.pose.yaw_rad)
            turned = body.shape.footprint @ np.array([[cosine, sine], [-sine, cosine]]) + body.pose.position[:2]
            assert (turned > BOUNDS[:2, 0] - 0.02).all()
            assert (turned < BOUNDS[:2, 1] + 0.02).all()
            if "hole" not in body.shape.recipe["kind"] and body.shape.name != "ring":
                assert all(separation(turned, other) > 0.009 for other in footprints)
                footprints.append(turned)


@pytest.mark.parametrize("task", SEQUENCES)
@pytest.mark.parametrize(
    ("split", "mode", "colors"),
    [("seen", "test", SEEN_COLORS), ("unseen", "train", SEEN_COLORS), ("unseen", "test", UNSEEN_COLORS)],
)
def test_sequences_name_the_colors_of_the_split(task, split, mode, colors):
    seen = set()
    for layout in layouts(task, split, mode):
        (each,) = [[body.color for body in layout.bodies if body.color is not None]]
        assert len(set(each)) == len(each)
        seen |= set(each)
        for goal, words in zip(layout.goals, layout.instructions, strict=True):
            assert f"the {body_named(layout, goal.objects[0]).color} " in words
    assert seen == set(colors)


@pytest.mark.parametrize("task", FIXED)
def test_both_splits_of_a_task_with_fixed_words_are_the_same(task):
    for seen, unseen in zip(layouts(task, "seen", count=5), layouts(task, "unseen", count=5), strict=True):
        assert seen.bodies == unseen.bodies
        assert seen.instructions == unseen.instructions


@pytest.mark.parametrize("task", SEQUENCES + FIXED)
def test_one_object_at_its_target_after_the_other_makes_the_score_one(task):
    for layout in layouts(task, count=10):
        poses, keeper = start(layout), Scorekeeper(layout.goals)
        for count, goal in enumerate(layout.goals):
            assert keeper.goal is goal
            for k, object_id in enumerate(goal.objects):
                poses[object_id] = moved(goal.targets[k], dx=0.005)
            assert keeper.update(poses) == pytest.approx(goal.weight)
            assert keeper.goals_reached == count + 1
        assert keeper.done
        assert keeper.score == pytest.approx(1)
        assert layout.instruction(len(layout.goals)) == layout.completed_instruction


# ---------------------------------------------------------------------- tasks with fixed words


def test_box_may_lie_in_the_corner_in_four_ways_and_fills_it_in_each():
    for layout in layouts("align-box-corner", count=30):
        corner, brown = layout.bodies
        (goal,) = layout.goals
        width, depth, height = brown.shape.size
        assert 0.05 <= min(width, depth) <= max(width, depth) <= 0.15
        assert 0.01 <= height <= 0.06
        for target in goal.targets:
            local = corner.pose.inverse() @ target
            turn = local.yaw_rad
            extents = np.abs([width * math.cos(turn), width * math.sin(turn)]) + np.abs(
                [depth * math.sin(turn), depth * math.cos(turn)]
            )
            assert local.position[:2] + extents / 2 == pytest.approx([width / 2, depth / 2])
            assert goal.credit({brown.object_id: target}, "corrected") == 1
        straight = goal.targets[0]
        assert goal.credit({brown.object_id: moved(straight, turn_rad=math.radians(20))}, "corrected") == 0
    assert layout.instructions == ("align the brown box with the green corner",)
    assert (layout.max_steps, layout.completed_instruction) == (3, "done with alignment")


def test_red_blocks_need_bowls_of_their_own():
    for layout in layouts("place-red-in-green", count=60):
        (goal,) = layout.goals
        bowls = [body for body in layout.bodies if body.fixed]
        assert {body.color for body in bowls} == {"green"}
        assert {body_named(layout, object_id).color for object_id in goal.objects} == {"red"}
        rest = [body for body in layout.bodies if not body.fixed and body.object_id not in goal.objects]
        assert len(rest) == 6
        assert not {"red block", "green bowl"} & {body.category for body in rest}
        poses = dict.fromkeys(goal.objects, bowls[0].pose)
        assert goal.credit(poses, "cliport") == 1
        assert goal.credit(poses, "corrected") == pytest.approx(1 / len(goal.objects))
    assert layout.instructions == ("put the red blocks in a green bowl",)
    assert (layout.max_steps, layout.completed_instruction) == (10, "done placing blocks in bowls.")


def test_block_fits_between_the_walls_and_does_not_count_on_top_of_them():
    layout = layouts("block-insertion", count=1)[0]
    block, fixture = layout.bodies
    (goal,) = layout.goals
    assert goal.credit({block.object_id: fixture.pose}, "corrected") == 1
    for rise_m in (0.005, 0.04):  # leaning on a wall, lying on the walls
        raised = {block.object_id: moved(fixture.pose, dz=rise_m)}
        assert goal.credit(raised, "corrected") == 0
        assert goal.credit(raised, "cliport") == 1
    for part in block.shape.parts:
        for wall in fixture.shape.parts:
            gap = np.abs(np.subtract(part.position, wall.position))[:2] - turned_half(part) - turned_half(wall)
            assert gap.max() > 0.007
    assert layout.instructions == ("put the L shape block in the L shape hole",)
    assert (layout.max_steps, layout.completed_instruction) == (3, "done with insertion.")


def turned_half(part):
    """Half extents along x and y of a box that is turned by a multiple of a right angle."""
    yaw_rad = Pose((0, 0, 0), part.rotation).yaw_rad
    return np.array(part.size[:2])[:: 1 if abs(math.cos(yaw_rad)) > 0.5 else -1]
