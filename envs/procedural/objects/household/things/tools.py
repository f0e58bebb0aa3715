"""Tools of the workshop: what turns, grips, cuts, shines and sticks."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import (
    arc,
    box,
    circle,
    ellipsoid,
    extruded,
    laid,
    lathe,
    loft,
    rod,
    slab,
    tube,
)
from leo_agent.envs.procedural.objects.household.paints import (
    BLACK,
    BLUE,
    CREAM,
    DARK,
    GOLD,
    GREY,
    ORANGE,
    RED,
    SILVER,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
)
from leo_agent.envs.procedural.objects.household.solid import Color, Solid, join


@kind("c clamp")
def c_clamp() -> Solid:
    """A blue iron frame like a C, lying flat, with a steel screw through one end."""
    outline = [(-6, -5), (6, -5), (6, -2), (3.6, -2), (3.6, -3), (-4, -3), (-4, 6), (3.2, 6), (3.2, 5)]
    outline += [(6, 5), (6, 8), (-6, 8)]
    frame = extruded(outline, 2, BLUE).moved(z=0.4)
    screw = rod((4.8, -11, 1.4), (4.8, 2.6, 1.4), 0.7, STEEL)
    foot = rod((4.8, 2.4, 1.4), (4.8, 3.2, 1.4), 1.4, SILVER)
    bar = rod((1.6, -10.4, 1.4), (8, -10.4, 1.4), 0.4, DARK)
    return frame + screw + foot + bar


@kind("red and white flashlight")
def red_and_white_flashlight() -> Solid:
    """A red barrel with white rings and a wide head with a bright lens, lying."""
    profile = [(0, 0), (2, 0), (2.2, 0.6), (2.2, 4), (2.2, 6), (2.2, 9), (2.2, 11), (2.2, 13), (3.6, 16), (3.6, 18.4)]
    profile += [(3.1, 18.4), (0, 17.6)]
    colors = [WHITE, WHITE, RED, WHITE, RED, WHITE, RED, RED, WHITE, WHITE, (255, 236, 130)]
    torch = laid(profile, colors)
    return torch + slab(2.6, 1.2, 0.6, BLACK, corner=0.4).moved(x=9.4, z=5.7)


def _tape(color: Color, side: Color) -> Solid:
    """A roll that lies flat: the band outside, its layers above, the paper core in the middle."""
    profile = [(3.8, 0), (5.4, 0), (5.4, 4.6), (4.2, 4.6), (3.8, 4.6), (3.8, 0)]
    roll = lathe(profile, [side, color, side, CREAM, (176, 140, 96)], segments=28)
    end = box(2.4, 0.25, 4.6, color).turned("z", 8).moved(x=1.0, y=-5.5)
    return roll + end


@kind("silver tape")
def silver_tape() -> Solid:
    return _tape((206, 210, 214), (150, 154, 160))


@kind("purple tape")
def purple_tape() -> Solid:
    return _tape((140, 70, 190), (104, 46, 148))


@kind("adjustable wrench")
def adjustable_wrench() -> Solid:
    """A steel wrench with an open jaw, its knurl and a hole in the handle."""
    outline = [(-18, -1.0), (-17, -1.6), (-1, -1.3), (1, -3.2), (4, -3.6), (7.4, -2.2), (7.4, -0.4), (3.4, -0.4)]
    outline += [(3.4, 1.8), (6.8, 2.4), (6, 4), (2, 3.6), (-1, 1.3), (-17, 1.6), (-18, 1.0)]
    body = extruded(outline, 1.2, STEEL, rim=SILVER)
    knurl = rod((1.2, -2.0, 0.7), (3.0, -2.0, 0.7), 1.0, GOLD)
    hole = lathe([(0, 0), (0.7, 0), (0.7, 1.3), (0, 1.3)], BLACK).moved(x=-16.2)
    grip = extruded([(-15, -1.0), (-4, -0.8), (-4, 0.8), (-15, 1.0)], 1.35, DARK)
    return body + knurl + hole + grip


@kind("padlock")
def padlock() -> Solid:
    """A brass body, a steel shackle and a keyhole, lying on its back."""
    body = slab(5, 6, 2.2, GOLD, corner=0.6, bevel=0.25)
    points = [(0.0, -1.7, 0.0), (2.6, -1.7, 0.0)] + [(2.6 + y, -x, 0.0) for x, y, _ in arc(1.7, 0, 180)]
    shackle = tube([(x, y, 1.1) for x, y, _ in [*points, (2.6, 1.7, 0.0), (0.0, 1.7, 0.0)]], 0.55, STEEL)
    hole = lathe([(0, 0), (0.6, 0), (0.6, 0.1), (0, 0.1)], BLACK).moved(x=-0.3, z=2.15)
    slot = box(1.4, 0.45, 0.1, BLACK).moved(x=-1.1, z=2.15)
    return body + shackle.moved(x=1.6) + hole + slot


@kind("paint brush")
def paint_brush() -> Solid:
    """A broad brush: red handle, steel ferrule, pale bristles with wet blue tips."""
    handle_outline = [(-15, -0.5), (-14, -1.2), (-9, -1.0), (-5, -2.6), (-3, -3.2), (-3, 3.2), (-5, 2.6), (-9, 1.0)]
    handle = extruded([*handle_outline, (-14, 1.2), (-15, 0.5)], 1.6, RED)
    ferrule = slab(4, 7, 2, STEEL, corner=0.2).moved(x=-1, z=-0.2)
    bristles = loft(
        [
            [(x, y * w, 0.8 + z * h) for y, z in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
            for x, w, h in ((1, 3.3, 0.9), (5, 3.4, 0.8), (6.8, 3.2, 0.4))
        ],
        CREAM,
    )
    tips = bristles.banded((1.0, 0, 0), [4.6], [None, BLUE])
    return (handle + ferrule + tips).on_table()


@kind("tape measure")
def tape_measure() -> Solid:
    """A yellow case with black sides, the marked steel tape drawn out a little."""
    outline = [(-3.4, 0), (3.4, 0), (3.4, 3.6), (2.4, 5.6), (0.4, 6.6), (-1.8, 6.2), (-3.2, 4.6)]
    case = extruded(outline, 3.2, BLACK, rim=YELLOW).turned("x", 90).moved(y=1.6)
    label = extruded(circle(2.0, 16), 3.5, YELLOW).turned("x", 90).moved(x=-0.1, y=1.75, z=3.2)
    tape = box(5.2, 1.9, 0.25, (250, 236, 120)).moved(x=5.6, z=0.3)
    tape = tape.banded((1.0, 0, 0), [4.0, 4.3, 5.0, 5.3, 6.0, 6.3, 7.0, 7.3], [None, BLACK])
    hook = box(0.3, 2.1, 1.4, STEEL).moved(x=8.2, z=-0.2)
    return (case + label + tape + hook).on_table()


@kind("hand saw")
def hand_saw() -> Solid:
    """A long steel blade with teeth and an orange handle with a hole for the hand."""
    teeth = [(x + dx, -3.6 - dy + 0.06 * (30 - x)) for x in range(0, 30, 2) for dx, dy in ((0.0, 0.0), (1.0, 0.9))]
    blade = extruded([*teeth, (30, -3.4), (30, 0.6), (0, 2.6)], 0.5, SILVER, rim=DARK)
    frame = [(-11, -4), (-9, -5), (0, -3.2), (2, 0), (1, 3.4), (-8, 4.6), (-11, 3.4), (-10, 0)]
    handle = extruded(frame, 1.8, ORANGE)
    hole = extruded([(-7.6, -2.6), (-3.4, -1.8), (-3, 0.6), (-7, 2.2)], 1.9, BLACK)
    return blade.moved(z=0.65) + handle + hole


@kind("hammer", split="unseen")
def hammer() -> Solid:
    """A claw hammer on its side: steel head across a wooden handle with a black grip."""
    handle = tube([(-26, 0, 1.6), (-24, 0, 1.6), (-14, 0, 1.6), (1, 0, 1.6)], [1.3, 1.6, 1.2, 1.1], WOOD, flat=0.75)
    grip = tube(
        [(-26.4, 0, 1.6), (-25, 0, 1.6), (-15, 0, 1.6), (-14.6, 0, 1.6)], [1.2, 1.75, 1.45, 1.2], BLACK, flat=0.8
    )
    cheek = box(3, 3, 2.8, DARK).moved(z=0.2)
    face = rod((0, -1.4, 1.6), (0, -5, 1.6), 1.1, STEEL) + rod((0, -4, 1.6), (0, -5.8, 1.6), 1.6, STEEL)
    claws = [[(-0.2, 1.2, s), (-0.6, 4, s * 1.2), (-2.2, 6.8, s * 1.4)] for s in (0.7, -0.7)]
    prongs = [tube([(x, y, 1.6 + z) for x, y, z in claw], [1.0, 0.8, 0.35], STEEL) for claw in claws]
    return join(handle, grip, cheek, face, *prongs).on_table()


@kind("screwdriver", split="unseen")
def screwdriver() -> Solid:
    """A fat ribbed handle, yellow with black ribs, and a thin steel shaft with a flat tip."""
    angles = 2 * math.pi * np.arange(16) / 16
    star = np.where(np.arange(16) % 2, 0.82, 1.0)
    rings = [
        [(x, r * k * math.cos(a), r * k * math.sin(a)) for a, k in zip(angles, star, strict=True)]
        for x, r in ((-11, 1.1), (-10.4, 1.6), (-4, 1.5), (-2.4, 1.0), (-1, 1.0), (0, 1.5))
    ]
    handle = loft(rings, [YELLOW, YELLOW, BLACK, BLACK, YELLOW])
    handle = handle.painted(BLACK, lambda x, y, z: (x > -10) & (x < -4) & (np.abs(z) < 0.5))
    shaft = rod((-0.5, 0, 0), (10, 0, 0), 0.45, STEEL)
    tip = loft(
        [
            [(x, y * w, z * h) for y, z in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
            for x, w, h in ((9.6, 0.4, 0.4), (11, 0.75, 0.25), (12.4, 0.6, 0.1))
        ],
        DARK,
    )
    return (handle + shaft + tip).turned("y", 6.4).on_table(worn=0.4)


@kind("paint roller")
def paint_roller() -> Solid:
    """A white woolly roll on a bent wire with a green handle."""
    roll = lathe([(0, -9), (2.1, -9), (2.5, -8.4), (2.5, 8.4), (2.1, 9), (0, 9)], (236, 232, 220)).turned("x", 90)
    wire = tube(
        [(0, 9, 0), (0, 11.4, 0), (-4, 11.4, 0), (-6, 9, 0), (-8, 1.4, 0), (-10, 0, 0), (-12, 0, 0)], 0.4, STEEL
    )
    handle = tube([(-24, 0, 0), (-23, 0, 0), (-17, 0, 0), (-11.4, 0, 0)], [1.0, 1.6, 1.2, 1.4], (36, 150, 80))
    paint = roll.banded((0, 1.0, 0), [-2.0], [(70, 160, 220), None])
    return paint.moved(z=2.5) + wire.moved(z=2.5) + handle.moved(z=1.7)


@kind("pliers")
def pliers() -> Solid:
    """Crossed steel jaws and two curved blue grips."""
    jaw = [(0.3, 0.1), (6.4, 0.1), (6.2, 1.0), (3, 2.0), (0, 1.8)]
    jaws = extruded(jaw, 1.4, STEEL).with_mirrored("y")
    pivot = lathe([(0, 0), (1.9, 0), (1.9, 1.6), (0, 1.6)], GREY) + lathe([(0, 1.6), (0.7, 1.6), (0, 1.9)], DARK)
    grip = tube([(-0.6, 1.0, 0.9), (-4, 2.4, 0.9), (-9, 3.2, 0.9), (-14, 2.4, 0.9)], [0.8, 1.0, 1.1, 0.8], BLUE)
    return (jaws + pivot + grip.with_mirrored("y")).on_table()


@kind("spirit level")
def spirit_level() -> Solid:
    """A long yellow bar with a green vial in a window on top."""
    bar = box(24, 2.4, 5, YELLOW).banded((1.0, 0, 0), [-11, 11], [BLACK, None, BLACK])
    window = box(5, 2.5, 1.4, BLACK).moved(z=3.7)
    vial = rod((-2.1, 0, 4.9), (2.1, 0, 4.9), 0.8, (150, 230, 60))
    bubble = ellipsoid(0.8, 0.5, 0.4, WHITE).moved(z=5.5)
    ends = [extruded(circle(1.2), 2.6, BLACK).turned("x", 90).moved(x=x, y=1.3, z=2.4) for x in (-8, 8)]
    eyes = [extruded(circle(0.8), 2.7, (150, 230, 60)).turned("x", 90).moved(x=x, y=1.35, z=2.4) for x in (-8, 8)]
    return join(bar, window, vial, bubble, *ends, *eyes)
