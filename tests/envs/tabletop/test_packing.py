"""Packing: the box, the cuts of its inside, places in it, scenes of all packing tasks, and the expert."""

import gzip
import itertools
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from leo_agent.envs.geometry import Pose, quaternion_from_yaw, tilt_of
from leo_agent.envs.procedural.objects import Shape, box, container
from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.procedural.objects.cliport.kits import KITTING_NAMES, KITTING_TEST, KITTING_TRAIN
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.goals import grid_points
from leo_agent.envs.tabletop.layout.colors import SEEN_COLORS, UNSEEN_COLORS
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.layout.placement import separation, turned_footprint
from leo_agent.envs.tabletop.layout.task import sample_layout
from leo_agent.envs.tabletop.packing.places import places_in_box
from leo_agent.envs.tabletop.packing.split import Part, split_box
from leo_agent.envs.tabletop.physics.arm import SuctionArm
from leo_agent.envs.tabletop.physics.physics import Physics
from leo_agent.envs.tabletop.physics.touch_point import touch_point
from leo_agent.envs.tabletop.tasks import make_task
from leo_agent.envs.tabletop.workspace import BOUNDS

RECORDINGS = Path(__file__).parents[2] / "data" / "cliport_episodes"
SMALL = {"width": 64, "height": 48, "num_points": 16}
# Shares of the numbers of parts, measured on the original.
RECORDED_SHARES = {4: 0.36, 5: 0.12, 6: 0.36, 7: 0.03, 8: 0.04, 9: 0.08}


def layouts(task, split="seen", mode="test", count=40):
    return [sample_layout(make_task(task), seed, split, mode) for seed in range(count)]


def on_table(body):
    return turned_footprint(body.shape.footprint, *body.pose.position[:2], body.pose.yaw_rad)


# ---------------------------------------------------------------- the box and its parts


def test_box_has_a_floor_and_four_walls_of_2_mm():
    shape = container(width_m=0.3, depth_m=0.2)
    assert shape.size == pytest.approx((0.3, 0.2, 0.05))
    assert len(shape.parts) == 5
    assert {part.kind for part in shape.parts} == {"box"}
    assert [2 * min(part.size) for part in shape.parts] == pytest.approx([0.002] * 5)
    low = np.min([np.array(part.position) - part.size for part in shape.parts], axis=0)
    high = np.max([np.array(part.position) + part.size for part in shape.parts], axis=0)
    assert high - low == pytest.approx(shape.size)
    with pytest.raises(ValueError, match="sides"):
        container(width_m=0.003, depth_m=0.2)


def test_numbers_of_parts_are_those_of_the_original():
    rng = np.random.default_rng(0)
    counts, sides = Counter(), []
    for _ in range(4000):
        parts = split_box(rng, *rng.uniform(0.2, 0.35, 2), 0.08)
        counts[len(parts)] += 1
        sides += [part.longest_side_m for part in parts]
    shares = {count: number / 4000 for count, number in sorted(counts.items())}
    mean = sum(count * share for count, share in shares.items())
    print(f"parts of 4000 boxes: {shares}, mean {mean:.2f}, longest sides {min(sides):.3f} to {max(sides):.3f} m")
    assert set(shares) == set(RECORDED_SHARES)
    assert all(abs(shares[count] - share) < 0.025 for count, share in RECORDED_SHARES.items())
    assert mean == pytest.approx(5.5, abs=0.1)
    assert 0.075 <= min(sides) <= max(sides) <= 0.16


def test_parts_fill_the_box_with_gaps():
    rng = np.random.default_rng(1)
    for _ in range(50):
        width, depth = rng.uniform(0.05, 0.35, 2)
        outlines = [turned_footprint(rectangle(*p.sides), *p.center, 0) for p in split_box(rng, width, depth, 0.05)]
        for outline in outlines:
            assert (np.abs(outline) <= np.array([width, depth]) / 2 - 0.01 + 1e-9).all()
        assert all(separation(a, b) >= 0.01 - 1e-9 for a, b in itertools.combinations(outlines, 2))


# ---------------------------------------------------------------- places in the box


def places_of(sides, parts, sizes):
    shapes = [box(size=(*size, 0.01), name="slab") for size in sizes]
    return places_in_box(container(width_m=sides[0], depth_m=sides[1]), parts, shapes)


def outlines_of(places, sizes):
    return [turned_footprint(rectangle(*size), *place) for place, size in zip(places, sizes, strict=True)]


def test_what_fits_its_part_lies_in_its_middle_along_it():
    parts = [Part((-0.06, 0.0), (0.1, 0.18)), Part((0.06, 0.0), (0.1, 0.18))]
    (first, second) = places_of((0.24, 0.2), parts, [(0.15, 0.05), (0.05, 0.15)])
    assert first == pytest.approx((-0.06, 0.0, math.pi / 2))
    assert second == pytest.approx((0.06, 0.0, 0.0))


def test_what_is_too_long_for_its_part_finds_room_beside_the_others():
    parts = [Part((-0.06, 0.06), (0.1, 0.08)), Part((-0.06, -0.06), (0.1, 0.1))]
    sizes = [(0.2, 0.07), (0.09, 0.09)]
    outlines = outlines_of(places_of((0.25, 0.25), parts, sizes), sizes)
    assert all((np.abs(outline) < 0.125 - 0.002).all() for outline in outlines)
    assert separation(*outlines) >= 0.005


def test_what_is_longer_than_the_box_lies_across_it():
    ((x, y, yaw_rad),) = places_of((0.2, 0.2), [Part((0.05, 0.05), (0.08, 0.08))], [(0.23, 0.02)])
    assert (x, y) == pytest.approx((0, 0), abs=0.03)
    assert math.radians(20) < yaw_rad % (math.pi / 2) < math.radians(70)
    outline = turned_footprint(rectangle(0.23, 0.02), x, y, yaw_rad)
    assert (np.abs(outline) < 0.1).all()


# ---------------------------------------------------------------- points that are scored


@pytest.mark.parametrize("split", ["seen", "unseen"])
def test_points_are_the_originals(split):
    path = RECORDINGS / f"packing-{split}-google-objects-seq.json.gz"
    compared = 0
    for episode in json.loads(gzip.decompress(path.read_bytes())):
        for goal in episode["goals"]:
            for recorded in map(np.array, goal["points"].values()):
                size = -2 * recorded.min(axis=0)
                if (size - np.ptp(recorded, axis=0) < 5e-4).any():
                    continue  # points are given to 0.1 mm: whether there is another row on the end is not
                ours = grid_points(tuple(size))
                assert ours.min(axis=0) == pytest.approx(recorded.min(axis=0))
                order = np.lexsort(recorded.T[::-1])
                assert ours.shape == recorded.shape
                assert ours == pytest.approx(recorded[order], abs=1e-4)
                compared += 1
    assert compared > 5


def test_a_cube_of_1_cm_has_one_point():
    assert grid_points((0.01, 0.01, 0.01)) == pytest.approx(np.full((1, 3), -0.005))
    assert len(grid_points((0.04, 0.04, 0.04))) == 8


# ---------------------------------------------------------------- scenes


@pytest.mark.parametrize(
    ("split", "mode", "kinds"),
    [
        ("seen", "train", SEEN_KINDS),
        ("seen", "test", SEEN_KINDS),
        ("unseen", "train", SEEN_KINDS),
        ("unseen", "val", UNSEEN_KINDS),
        ("unseen", "test", UNSEEN_KINDS),
    ],
)
def test_sequences_of_household_objects(split, mode, kinds):
    shares = []
    for layout in layouts("packing-objects-seq", split, mode, count=15):
        box_body, *objects = layout.bodies
        assert box_body.fixed
        assert (box_body.color, box_body.friction) == ("brown", 0.3)
        assert all(0.2 <= side <= 0.35 for side in box_body.shape.size[:2])
        assert 4 <= len(objects) <= 9
        names = [body.category for body in objects]
        assert len(set(names)) == len(names)
        assert set(names) <= set(kinds)
        assert all(0.075 - 1e-6 <= max(body.shape.size) <= 0.16 + 1e-6 for body in objects)
        count = len(layout.goals)
        assert 1 <= count < len(objects)
        shares.append(count / (len(objects) - 1))
        assert layout.max_steps == count + 1
        assert layout.instructions == tuple(f"pack the {name} in the brown box" for name in names[:count])
        assert layout.completed_instruction == "done packing objects."
        assert [goal.objects for goal in layout.goals] == [(body.object_id,) for body in objects[:count]]
        assert sum(goal.weight for goal in layout.goals) == pytest.approx(1)
        assert all(goal.zone == box_body.pose for goal in layout.goals)
    assert min(shares) < 0.5
    assert max(shares) == 1


def test_objects_stand_upright_and_apart_and_count_only_in_the_box():
    for layout in layouts("packing-objects-seq", count=15):
        outlines = [on_table(body) for body in layout.bodies]
        assert all(separation(a, b) > 0.009 for a, b in itertools.combinations(outlines, 2))
        assert all((outline >= BOUNDS[:2, 0]).all() and (outline <= BOUNDS[:2, 1]).all() for outline in outlines)
        assert all(tilt_of(body.pose.rotation) == 0 for body in layout.bodies)
        poses = {body.object_id: body.pose for body in layout.bodies}
        assert all(goal.credit(poses, "corrected") == 0 for goal in layout.goals)
        for goal in layout.goals:
            poses[goal.objects[0]] = goal.targets[0]
            assert goal.credit(poses, "corrected") == pytest.approx(goal.weight)
            assert goal.assignment(poses, "corrected") == [0]


@pytest.mark.parametrize(
    ("split", "mode", "colors"), [("seen", "test", SEEN_COLORS), ("unseen", "test", UNSEEN_COLORS)]
)
def test_pairs_of_boxes(split, mode, colors):
    for layout in layouts("packing-boxes-pairs", split, mode, count=25):
        (goal,) = layout.goals
        box_body, *blocks = layout.bodies
        assert all(0.05 <= side <= 0.3 for side in box_body.shape.size[:2])
        packed, others = blocks[:-4], blocks[-4:]
        assert goal.objects == tuple(body.object_id for body in packed)
        pair = {body.color for body in packed}
        assert pair <= set(colors)
        assert not pair & {body.color for body in others}
        assert {body.color for body in others} <= set(PALETTE)
        words = layout.instruction(0).removeprefix("pack all the ").removesuffix(" blocks into the brown box")
        assert set(words.split(" and ")) == pair
        assert layout.max_steps == 20
        poses = {body.object_id: body.pose for body in layout.bodies}
        poses |= dict(zip(goal.objects, goal.targets, strict=True))
        assert goal.credit(poses, "corrected") == pytest.approx(1)
        x, y, z = poses[goal.objects[0]].position
        poses[goal.objects[0]] = Pose((x, y, z + 0.05), poses[goal.objects[0]].rotation)
        assert goal.credit(poses, "corrected") < 1  # piled on another


@pytest.mark.parametrize(("mode", "indices"), [("train", KITTING_TRAIN), ("val", KITTING_TEST), ("test", KITTING_TEST)])
def test_shapes(mode, indices):
    for layout in layouts("packing-shapes", mode=mode, count=20):
        box_body, *shapes = layout.bodies
        assert all(0.1 <= side <= 0.15 for side in box_body.shape.size[:2])
        assert len({body.color for body in shapes}) == len({body.shape.name for body in shapes}) == 5
        assert {body.shape.name for body in shapes} <= {KITTING_NAMES[index] for index in indices}
        assert layout.instruction(0) == f"pack the {shapes[0].shape.name} in the brown box"
        assert layout.instruction(1) == "done packing shapes."
        assert (layout.max_steps, layout.goals[0].objects) == (1, (2,))


def test_a_seed_is_a_scene():
    first, again = (layouts("packing-objects-seq", count=4) for _ in range(2))
    assert [layout.bodies for layout in first] == [layout.bodies for layout in again]


@pytest.mark.parametrize("yaw_deg", [-80, 45, 170])
def test_what_is_held_off_its_middle_turns_with_the_cup(yaw_deg):
    physics = Physics()
    arm = SuctionArm(physics)
    slab = Body(1, box(size=(0.06, 0.06, 0.02), name="slab"), "red", Pose((0.5, 0, 0.009)), 0.1)
    physics.reset([slab])
    arm.reset()
    arm.jump(Pose((0.525, 0, 0.03)))
    assert arm.descend(-0.005, lambda: bool(arm.touched()))
    arm.hold(1)
    arm.carry(Pose((0.5, 0, 0.1)))
    arm.carry(Pose((0.6, 0.3, 0.1), quaternion_from_yaw(math.radians(yaw_deg))))
    assert math.degrees(physics.pose(1).yaw_rad) == pytest.approx(yaw_deg, abs=2)
    physics.close()


def test_a_hull_is_touched_over_its_middle_however_it_lies():
    corners = np.array([(0, 0), (0.2, 0), (0, 0.1)]) - (0.1, 0.05)  # the middle of its box lies on its edge
    prism = np.concatenate([np.column_stack([corners, np.full(3, z)]) for z in (-0.02, 0.02)])
    nothing = np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    wedge = Shape("wedge", *nothing, (), corners, (0.2, 0.1, 0.04), (0.2, 0.1), hull=prism)
    middle = corners.mean(axis=0)
    assert touch_point(wedge, Pose((0.5, 0.1, 0.019))) == pytest.approx((0.5 + middle[0], 0.1 + middle[1], 0.039))
    on_its_side = Pose((0.5, 0.1, 0.049), (math.sin(math.pi / 4), 0, 0, math.cos(math.pi / 4)))
    x, y, z = touch_point(wedge, on_its_side)
    assert (x, y, z) == pytest.approx((0.5, 0.1, 0.099))
