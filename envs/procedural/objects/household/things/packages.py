"""Boxes, cartons and wrapped things from the shop."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import (
    box,
    circle,
    ellipsoid,
    extruded,
    lathe,
    level,
    loft,
    ring,
    rod,
    slab,
)
from leo_agent.envs.procedural.objects.household.paints import (
    BLACK,
    BLUE,
    BROWN,
    CREAM,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    PURPLE,
    RED,
    SILVER,
    WHITE,
    YELLOW,
)
from leo_agent.envs.procedural.objects.household.solid import Color, Solid, join


def _soda_box(card: Color, band: Color) -> Solid:
    """A carton of twelve cans, lying: a slanted band around, a picture of a can on the sides, a hole to carry it."""
    carton = box(27, 13, 12.4, card).cut((1.0, 0, 0.5), 2.0, 8.6)

    def slanted(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        along = x + 0.5 * z
        return (along > 2.0) & (along < 8.6)

    can = rod((0, 0, 0), (0, 0, 6.6), 2.2, SILVER) + rod((0, 0, 0.5), (0, 0, 6.1), 2.25, band)
    picture = can.stretched(y=0.12).moved(x=-7, z=2.8)
    top = lathe([(0, 0), (4.4, 0), (4.4, 0.2), (3.4, 0.2), (0, 0.25)], [WHITE, WHITE, SILVER, band], 18)
    hole = slab(7, 2.6, 0.2, BLACK, corner=1.2, bevel=0.02).moved(x=5.4, z=12.3)
    sides = picture.moved(y=6.5) + picture.moved(y=-6.5)
    return join(carton.painted(band, slanted), sides, top.moved(x=-7, z=12.35), hole)


@kind("gold soda box")
def gold_soda_box() -> Solid:
    return _soda_box((214, 170, 60), (130, 40, 30))


@kind("red soda box")
def red_soda_box() -> Solid:
    return _soda_box((204, 36, 52), WHITE)


@kind("blue soda box", split="unseen")
def blue_soda_box() -> Solid:
    return _soda_box((40, 90, 200), WHITE)


@kind("silver soda box", split="unseen")
def silver_soda_box() -> Solid:
    return _soda_box((188, 194, 202), (36, 60, 120))


@kind("crayon box")
def crayon_box() -> Solid:
    """A yellow carton with a green zigzag, open above, the tips of eight crayons looking out; lying on its back."""
    carton = box(9, 7, 2.6, YELLOW)
    zigzag = [(-2.6, -3.51), (-1.2, -2.3), (-2.6, -1.1), (-1.2, 0), (-2.6, 1.1), (-1.2, 2.3), (-2.6, 3.51)]
    band = extruded([(-4.5, -3.51), *zigzag, (-4.5, 3.51)], 2.64, (40, 140, 60)).moved(z=-0.02)
    disc = lathe([(0, 0), (1.7, 0), (1.7, 0.08), (0, 0.08)], WHITE, 16).moved(x=1.8, z=2.6)
    crayons = []
    for k, color in enumerate((RED, ORANGE, BLUE, GREEN, PURPLE, PINK, BROWN, BLACK)):
        y, z = -2.6 + 1.74 * (k % 4), 0.75 + 1.15 * (k // 4)
        crayons.append(
            rod((4, y, z), (5.4, y, z), 0.6, color) + rod((5.4, y, z), (7, y, z), 0.5, color, radius_end=0.15)
        )
    return join(carton, band, disc, *crayons)


@kind("office supply box")
def office_supply_box() -> Solid:
    """A white archive box with a red lid, a label and holes to grip."""
    carton = box(18, 13, 10, (236, 236, 232)).banded((0, 0, 1.0), [2.0, 3.0], [None, RED, None])
    lid = box(18.8, 13.8, 3, RED).moved(z=9.6)
    label = (
        box(7, 13.2, 2.8, WHITE).moved(z=5.4)
        + box(5.6, 13.3, 0.5, BLACK).moved(z=7.0)
        + box(5.6, 13.3, 0.5, BLACK).moved(z=6)
    )
    grips = slab(18.2, 4, 1.6, BLACK, corner=0.05, bevel=0.02).moved(z=5.6)
    tag = (
        box(8, 5, 0.1, WHITE).moved(z=12.58)
        + box(6, 0.8, 0.1, BLUE).moved(y=0.8, z=12.66)
        + box(6, 0.8, 0.1, GREY).moved(y=-0.9, z=12.66)
    )
    return join(carton, lid, label, grips, tag)


@kind("chocolate bar")
def chocolate_bar() -> Solid:
    """Brown squares that come out of torn silver foil and a purple wrapper."""
    brown = (96, 56, 34)
    plate = box(20, 7.4, 0.9, brown)
    squares = [
        loft(
            [level(np.array([(h, h), (-h, h), (-h, -h), (h, -h)]), z) for h, z in ((1.05, 0.85), (0.75, 1.5))],
            (122, 74, 46),
        ).moved(x=8.6 - 2.45 * i, y=2.35 * j)
        for i in range(4)
        for j in (-1, 0, 1)
    ]
    tear = [
        (-10.4, -3.9), (1.4, -3.9), (0.4, -2.6), (1.8, -1.3), (0.4, 0), (1.8, 1.3), (0.4, 2.6), (1.4, 3.9),
        (-10.4, 3.9),
    ]  # fmt: skip
    foil = extruded(tear, 1.75, SILVER).moved(x=-0.6)
    wrapper = slab(9.6, 8, 1.9, (112, 50, 150), corner=0.1, bevel=0.08).moved(x=-6.2)
    mark = box(6.4, 2.6, 0.1, YELLOW).moved(x=-6.2, z=1.88)
    return join(plate, *squares, foil, wrapper, mark)


@kind("milk carton")
def milk_carton() -> Solid:
    """A white carton with a gable, blue below, a red cap on the slope and a black cow's patch."""
    body = box(7, 7, 15, WHITE).banded((0, 0, 1.0), [4.4, 5.0], [BLUE, (130, 180, 240), None])
    gable = (
        extruded([(-3.5, 0), (3.5, 0), (0.25, 3.6), (-0.25, 3.6)], 7, (190, 214, 240))
        .turned("x", 90)
        .moved(y=3.5, z=15)
    )
    ridge = box(0.6, 7, 1.6, WHITE).moved(z=18.5)
    cap = rod((1.5, 0, 16.6), (2.8, 0, 17.8), 1.2, RED)
    patches = [
        extruded(circle(r, 9, r * 0.7), 7.16, BLACK).turned("x", 90).moved(x=x, y=3.58, z=z)
        for x, z, r in ((-0.8, 11, 1.8), (1.8, 8, 1.2))
    ]
    turned = [
        extruded(circle(r, 9, r * 0.8), 7.16, BLACK).turned("y", 90).moved(x=-3.58, y=y, z=z)
        for y, z, r in ((0.8, 9, 1.8), (-1.8, 12.4, 1.1))
    ]
    return join(body, gable, ridge, cap, *patches, *turned)


@kind("tissue box")
def tissue_box() -> Solid:
    """A flat turquoise box with white dots, a white tissue pulled out of the slot above."""
    carton = box(22, 11.5, 7, (80, 186, 190))
    dot = lathe([(0, 0), (0.9, 0), (0.9, 0.1), (0, 0.1)], WHITE, 8)
    above = [dot.moved(x=x, y=y, z=7) for x in (-9, -5, 5, 9) for y in (-4, 0, 4)]
    slot = slab(10, 3.4, 0.16, (40, 60, 70), corner=1.6, bevel=0.02).moved(z=6.96)
    rings = [
        [
            (a * math.cos(t), b * math.sin(t) + 0.5 * math.sin(3 * t), z)
            for t in np.linspace(0, 2 * math.pi, 16, endpoint=False)
        ]
        for a, b, z in ((3.6, 0.5, 7), (4.4, 1.6, 9.5), (3.4, 2.0, 12), (0.8, 0.8, 14.5))
    ]
    return join(carton, *above, slot, loft(rings, WHITE))


@kind("blue gift box with red ribbon")
def blue_gift_box_with_red_ribbon() -> Solid:
    """A cube of blue paper, a red ribbon both ways and a bow of two loops."""
    carton = box(10, 10, 7.6, (60, 130, 220)) + box(10.8, 10.8, 2.2, (40, 100, 196)).moved(z=7.2)
    ribbon = box(2, 11, 9.6, RED) + box(11, 2, 9.6, RED)
    loop = (
        ring(1.7, 0.7, (226, 30, 50), segments=12, sides=6)
        .stretched(y=1.5)
        .turned("x", 90)
        .stretched(x=1.5)
        .moved(x=2.9, z=11)
    )
    knot = ellipsoid(1.2, 1.6, 1.2, (160, 20, 34), 8).moved(z=10.4)
    return join(carton, ribbon, loop.with_mirrored("x"), knot)


@kind("egg carton")
def egg_carton() -> Solid:
    """A grey tray of six hollows with brown and white eggs in them."""
    tray = slab(15, 10.4, 2.6, (150, 158, 150), corner=0.8, bevel=0.4)
    cup = lathe([(0, 0), (1.4, 0), (2.3, 4), (1.9, 4.2), (0, 3)], (130, 138, 130), 10)
    eggs = []
    for k in range(6):
        x, y = -4.8 + 4.8 * (k % 3), -2.4 + 4.8 * (k // 3)
        color = CREAM if k in (1, 3) else (206, 146, 100)
        eggs.append(cup.moved(x=x, y=y) + ellipsoid(1.9, 1.9, 2.5, color, 12).moved(x=x, y=y, z=4.6))
    return join(tray, *eggs)


@kind("orange juice bottle")
def orange_juice_bottle() -> Solid:
    """A square-shouldered bottle full of juice with a white label, an orange on it, and a green cap; upright."""
    profile = [
        (0, 0), (3.4, 0), (3.6, 0.6), (3.6, 3), (3.6, 9), (3.6, 11), (1.8, 14), (1.6, 15.4), (1.9, 15.4), (1.9, 17.4),
        (0, 17.4),
    ]  # fmt: skip
    juice, cap = (248, 168, 44), (40, 150, 70)
    bottle = lathe(profile, [juice, juice, juice, WHITE, juice, juice, juice, cap, cap, cap], segments=16)
    fruit = [ellipsoid(2.0, 0.6, 2.0, (240, 128, 20), 12).moved(y=y, z=6) for y in (-3.4, 3.4)]
    return join(bottle, *fruit)


@kind("toothpaste tube")
def toothpaste_tube() -> Solid:
    """A white tube with red and blue bands, flat at the end, with a blue cap; lying."""
    rings = [
        [(x, half * math.cos(t), 1.9 + high * math.sin(t)) for t in np.linspace(0, 2 * math.pi, 16, endpoint=False)]
        for x, half, high in (
            (-9.4, 3, 0.15),
            (-8, 2.9, 0.3),
            (-2, 2.6, 1.2),
            (4, 2.1, 1.8),
            (6, 1.9, 1.9),
            (6.8, 1.0, 1.0),
        )
    ]
    body = loft(rings, WHITE).banded((1.0, 0, 0.4), [-4.4, -2.4, -0.8, 1.2], [None, RED, None, (60, 130, 230), None])
    cap = rod((6.6, 0, 1.9), (9.4, 0, 1.9), 1.3, (40, 90, 200), radius_end=1.1)
    return (body + cap).turned("y", -6.5).on_table(worn=0.3)
