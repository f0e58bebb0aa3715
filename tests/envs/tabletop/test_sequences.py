"""CLIPort's sequences: which steps the pyramid, the towers of Hanoi and the kits tell, and what counts as done."""

import math

import numpy as np
import pytest

from leo_agent.envs.procedural.objects.cliport.kits import KITTING_NAMES, KITTING_TEST, KITTING_TRAIN
from leo_agent.envs.tabletop.tasks.towers_of_hanoi_seq import hanoi_moves
from tests.envs.tabletop.test_families import body_named, layouts, moved

# ---------------------------------------------------------------------- the pyramid


def test_pyramid_goals_come_block_by_block():
    layout = layouts("stack-block-pyramid-seq", count=1)[0]
    a, b, c, d, e, f = (body.color for body in layout.bodies[1:])
    assert layout.instructions == (
        f"put the {a} block on the lightest brown block",
        f"put the {b} block on the middle brown block",
        f"put the {c} block on the darkest brown block",
        f"put the {d} block on the {a} and {b} blocks",
        f"put the {e} block on the {b} and {c} blocks",
        f"put the {f} block on the {d} and {e} blocks",
    )
    assert (layout.max_steps, layout.completed_instruction) == (12, "done stacking block pyramid.")
    stand = layout.bodies[0]
    brightness = stand.shape.colors.sum(axis=1)
    ends = stand.shape.vertices[stand.shape.faces[:, 0], 1]
    assert brightness[ends < -0.03].min() > brightness[ends > 0.03].max()
    local = [(stand.pose.inverse() @ goal.targets[0]).position for goal in layout.goals]
    assert [y for _, y, _ in local] == pytest.approx([-0.05, 0, 0.05, -0.025, 0.025, 0])
    assert [z for _, _, z in local] == pytest.approx([0.0225] * 3 + [0.0625] * 2 + [0.1025])


def test_blocks_of_the_pyramid_have_to_be_straight_and_under_our_rules_as_high_as_their_row():
    layout = layouts("stack-block-pyramid-seq", count=1)[0]
    goal = layout.goals[3]
    (object_id,), (target,) = goal.objects, goal.targets
    cases = [
        (moved(target), 1, 1),
        (moved(target, turn_rad=math.pi / 2), 1, 1),
        (moved(target, turn_rad=math.radians(16)), 0, 0),
        (moved(target, dx=0.0099), 1, 1),
        (moved(target, dx=0.0101), 0, 0),
        (moved(target, dz=-0.04), 0, 1),
    ]
    for pose, ours, original in cases:
        assert goal.credit({object_id: pose}, "corrected") == pytest.approx(ours / 6)
        assert goal.credit({object_id: pose}, "cliport") == pytest.approx(original / 6)


# ---------------------------------------------------------------------- the towers of Hanoi


def test_hanoi_moves_obey_the_rules_of_the_game():
    for rings in range(1, 6):
        rods = [list(reversed(range(rings))), [], []]
        moves = hanoi_moves(rings, 0, 2, 1)
        for ring, start_rod, end_rod in moves:
            assert rods[start_rod].pop() == ring
            assert not rods[end_rod] or rods[end_rod][-1] > ring
            rods[end_rod].append(ring)
        assert rods == [[], [], list(reversed(range(rings)))]
        assert len(moves) == 2**rings - 1


def test_hanoi_goals_come_ring_by_ring():
    layout = layouts("towers-of-hanoi-seq", count=1)[0]
    small, middle, large = layout.bodies[1:]
    light, center, dark = "lighter brown side", "middle of the stand", "darker brown side"
    steps = [(small, dark), (middle, center), (small, center), (large, dark), (small, light), (middle, dark),
             (small, dark)]  # fmt: skip
    assert layout.instructions == tuple(f"move the {ring.color} ring to the {place}" for ring, place in steps)
    assert (layout.max_steps, layout.completed_instruction) == (14, "solved towers of hanoi.")
    assert [ring.shape.size[0] for ring in (small, middle, large)] == pytest.approx([0.06, 0.07, 0.08])
    stand = layout.bodies[0].pose
    assert (stand.inverse() @ layout.goals[0].targets[0]).position[:2] == pytest.approx((0, 0.12))
    heights = [ring.pose.position[2] for ring in (small, middle, large)]
    assert -np.diff(heights) == pytest.approx([0.01, 0.01])


# ---------------------------------------------------------------------- kits


def test_kits_hold_the_shapes_of_their_mode_in_five_holes():
    for mode, allowed in {"train": KITTING_TRAIN, "test": KITTING_TEST, "val": KITTING_TEST}.items():
        drawn = set()
        for layout in layouts("assembling-kits-seq", mode=mode, count=60):
            plate, holes, pieces = layout.bodies[0], layout.bodies[1:6], layout.bodies[6:]
            assert plate.shape.size == (0.28, 0.2, 0.005)
            assert [hole.shape.name for hole in holes] == [f"{piece.shape.name} hole" for piece in pieces]
            local = [(plate.pose.inverse() @ hole.pose).position[:2] for hole in holes]
            expected = [(-0.09, 0.045), (0, 0.045), (0.09, 0.045), (-0.045, -0.045), (0.045, -0.045)]
            assert np.allclose(local, expected)
            assert layout.max_steps == 5
            drawn |= {KITTING_NAMES.index(piece.shape.name) for piece in pieces}
        assert drawn == set(allowed)


def test_words_tell_which_hole_as_the_front_camera_sees_them():
    found = set()
    for layout in layouts("assembling-kits-seq", count=200):
        holes = {body.object_id: body for body in layout.bodies[1:6]}
        assert len({words.partition(" in the ")[2] for words in layout.instructions}) == 5
        for goal, words in zip(layout.goals, layout.instructions, strict=True):
            piece = body_named(layout, goal.objects[0])
            name = piece.shape.name
            mine = holes[piece.object_id - 5]
            assert goal.targets[0].position[:2] == mine.pose.position[:2]
            others = [hole for hole in holes.values() if hole.shape is mine.shape and hole is not mine]
            where = words.removeprefix(f"put the {piece.color} {name} in the ").removesuffix(f"{name} hole").strip()
            found.add(where)
            assert bool(where) == bool(others)
            (x, y), theirs = mine.pose.position[:2], np.array([hole.pose.position[:2] for hole in others])
            if where in ("top", "bottom"):
                assert (np.sign(theirs[:, 0] - x) == {"top": 1, "bottom": -1}[where]).all()
            if where in ("left", "right"):
                assert (np.sign(theirs[:, 1] - y) == {"left": 1, "right": -1}[where]).all()
    assert found == {"", "top", "bottom", "left", "right", "middle"}


def test_a_piece_may_be_turned_by_its_symmetry_only():
    for layout in layouts("assembling-kits-seq", count=20):
        for goal in layout.goals:
            (object_id,), (target,) = goal.objects, goal.targets
            name = body_named(layout, object_id).shape.name
            for turn_deg, fits in ((0, True), (60, name in ("hexagon", "ring")), (180, name in ("hexagon", "ring"))):
                pose = moved(target, turn_rad=math.radians(turn_deg))
                assert (goal.credit({object_id: pose}, "corrected") > 0) == fits
