"""Toys that roll, float, fly, stack and puzzle."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import (
    box,
    circle,
    ellipsoid,
    extruded,
    laid,
    lathe,
    ring,
    rod,
    slab,
    tube,
)
from leo_agent.envs.procedural.objects.household.paints import (
    BLACK,
    BLUE,
    DARK,
    GLASS,
    GOLD,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SILVER,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
)
from leo_agent.envs.procedural.objects.household.solid import Color, Solid, Where, join


def _wheels(xs: tuple[float, ...], half: float, radius: float, hub: Color) -> Solid:
    """Pairs of wheels with hubs on axles across x, standing on z = 0."""
    wheel = rod((0, 0, 0), (0, 1.6, 0), radius, BLACK) + rod((0, 0, 0), (0, 1.75, 0), radius * 0.5, hub)
    side = join(*(wheel.moved(x=x, y=half - 0.8, z=radius) for x in xs))
    return side.with_mirrored()


@kind("toy school bus")
def toy_school_bus() -> Solid:
    """A long yellow bus with black lines, a row of windows, a bonnet and a red stop sign."""
    body = slab(20, 8, 8, YELLOW, corner=0.6, bevel=0.4).moved(x=-2, z=1.6)
    lined = body.banded((0, 0, 1.0), [3.4, 3.9], [None, BLACK, None])
    bonnet = slab(6, 7.4, 4, YELLOW, corner=0.6, bevel=0.4).moved(x=10, z=1.6)
    windows = [box(2.3, 8.1, 2.4, (40, 54, 70)).moved(x=x, z=5.8) for x in (-10, -7.1, -4.2, -1.3, 1.6)]
    front = box(0.2, 6.6, 2.8, GLASS).moved(x=8.05, z=5.6)
    roof = slab(16, 5, 0.5, WHITE, corner=0.4, bevel=0.1).moved(x=-2, z=9.5)
    stop = extruded(circle(1.2, 8), 0.3, RED).turned("x", 90).moved(x=4.6, y=-4.1, z=5.2)
    lamps = rod((12.9, 2.4, 3.6), (13.4, 2.4, 3.6), 0.8, WHITE).with_mirrored()
    grille = box(0.3, 2.6, 1.6, BLACK).moved(x=13.05, z=2.8)
    wheels = _wheels((-8, 8.4), 3.8, 2.0, SILVER)
    return join(lined, bonnet, *windows, front, roof, stop, lamps, grille, wheels)


@kind("toy fire truck")
def toy_fire_truck() -> Solid:
    """A red lorry with a white ladder on top and a blue light over the cab."""
    cab = slab(6, 8, 8, RED, corner=0.5, bevel=0.4).moved(x=9, z=1.6)
    bed = (
        slab(17, 8, 5.4, RED, corner=0.4, bevel=0.3)
        .moved(x=-2.6, z=1.6)
        .banded((0, 0, 1.0), [3.2, 4.0], [None, WHITE, None])
    )
    glass = box(6.1, 6.6, 2.6, GLASS).moved(x=9.1, z=5.8) + box(4, 8.1, 2.4, GLASS).moved(x=9.4, z=6)
    light = slab(1.6, 4, 1.2, BLUE, corner=0.3, bevel=0.2).moved(x=8.6, z=9.5)
    rails = [box(20, 0.6, 0.6, WHITE).moved(x=-2, y=y, z=8) for y in (1.5, -1.5)]
    rungs = [box(0.6, 3, 0.5, WHITE).moved(x=x, z=8) for x in np.arange(-11, 8, 2.4)]
    post = lathe([(0, 6.8), (1.6, 6.8), (1.2, 8.2), (0, 8.2)], GREY).moved(x=-5)
    return join(cab, bed, glass, light, *rails, *rungs, post, _wheels((-7.4, -2.6, 8.6), 3.8, 1.9, SILVER))


@kind("toy train", split="unseen")
def toy_train() -> Solid:
    """A steam engine: blue boiler, black chimney, red cab with a roof, yellow wheels."""
    frame = box(20, 6, 1.4, BLACK).moved(z=2.4)
    boiler = rod((-2, 0, 6.6), (9.4, 0, 6.6), 3.2, BLUE) + rod((9.3, 0, 6.6), (9.9, 0, 6.6), 2.6, BLACK)
    bands = [ring(3.2, 0.35, GOLD, segments=12, sides=6).turned("y", 90).moved(x=x, z=6.6) for x in (1.0, 5.4)]
    chimney = lathe([(0, 9), (1.1, 9), (1.1, 12), (2.0, 14), (1.4, 14), (0, 13)], BLACK, segments=12).moved(x=7)
    dome = ellipsoid(1.5, 1.5, 1.8, GOLD, 10).moved(x=2.8, z=9.8)
    cab = slab(7, 6.6, 8, RED, corner=0.3, bevel=0.1).moved(x=-6, z=3.6) + box(3.4, 6.8, 2.8, GLASS).moved(x=-6, z=7.8)
    roof = slab(9, 8, 1.0, BLACK, corner=0.4, bevel=0.3).moved(x=-6, z=11.5)
    catcher = extruded([(0, -3), (3, 0), (0, 3)], 1.6, RED).moved(x=10, z=0.6)
    return join(frame, boiler, *bands, chimney, dome, cab, roof, catcher, _wheels((-7.4, -2.2, 3, 8), 3.2, 1.9, YELLOW))


@kind("toy sailboat")
def toy_sailboat() -> Solid:
    """A red hull with a wooden deck, a mast with two white sails and a blue pennant."""
    outline = [(-9, -3.4), (-9, 3.4), (-2, 4), (4, 3.4), (8, 1.6), (10.6, 0), (8, -1.6), (4, -3.4), (-2, -4)]
    hull = extruded(outline, 4.6, WOOD, rim=RED).banded((0, 0, 1.0), [1.2, 3.6], [WHITE, None, None])
    mast = rod((0.6, 0, 4), (0.6, 0, 23), 0.5, WOOD)
    main = extruded([(0, 6), (0, 21.4), (-8.6, 6.8)], 0.5, WHITE).turned("x", 90).moved(y=0.25)
    stripe = extruded([(0, 10), (0, 13), (-3.9 - 0.9, 12.4), (-6.6, 9.6)], 0.62, BLUE).turned("x", 90).moved(y=0.31)
    jib = extruded([(1.4, 5.6), (9.4, 5.4), (1.4, 18)], 0.5, (240, 110, 60)).turned("x", 90).moved(y=0.25)
    pennant = extruded([(0.6, 21), (0.6, 23), (4, 22)], 0.4, BLUE).turned("x", 90).moved(y=0.2)
    return join(hull, mast, main, stripe, jib, pennant)


@kind("toy airplane")
def toy_airplane() -> Solid:
    """A white plane with blue wings, a red nose with propeller and a red tail."""
    body = tube(
        [(-12, 0, 4.2), (-11, 0, 4.2), (-2, 0, 4), (6, 0, 4), (8.6, 0, 4)], [0.7, 1.1, 2.2, 2.3, 1.7], WHITE, sides=12
    )
    nose = rod((8.4, 0, 4), (10.6, 0, 4), 1.8, RED, radius_end=0.7)
    blades = box(0.4, 0.9, 8, BLACK).moved(x=10.2, z=0) + box(0.4, 8, 0.9, BLACK).moved(x=10.2, z=3.6)
    wing = (
        slab(4.6, 25, 0.8, BLUE, corner=1.6, bevel=0.2)
        .moved(x=2, z=4)
        .banded((0, 1.0, 0), [-9.6, 9.6], [RED, None, RED])
    )
    rear = slab(2.8, 9, 0.6, BLUE, corner=0.9, bevel=0.15).moved(x=-10.4, z=4.2)
    fin = extruded([(-12, 4.4), (-8.6, 4.8), (-10.6, 8.6), (-12.4, 8.6)], 0.6, RED).turned("x", 90).moved(y=0.3)
    cockpit = ellipsoid(2.4, 1.5, 1.6, GLASS, 10).moved(x=2.4, z=6)
    legs = [rod((3.6, y, 1.0), (3.4, y * 0.6, 3), 0.35, DARK) for y in (2.4, -2.4)]
    wheels = [rod((3.6, y - 0.4, 1.0), (3.6, y + 0.4, 1.0), 1.0, BLACK) for y in (2.4, -2.4)]
    skid = rod((-10.6, 0, 0.6), (-10.4, 0, 3.8), 0.45, DARK)
    return join(body, nose, blades.moved(z=0.1), wing, rear, fin, cockpit, *legs, *wheels, skid)


@kind("stacking rings toy")
def stacking_rings_toy() -> Solid:
    """Five rings of five colours, large ones below, on a white stick with a red ball."""
    base = lathe([(0, 0), (6.4, 0), (6.6, 0.8), (6, 1.4), (0, 1.4)], WHITE, segments=16)
    sizes = ((4.4, BLUE), (3.9, GREEN), (3.4, YELLOW), (2.9, ORANGE), (2.4, PURPLE))
    rings = [
        ring(radius, 1.5, color, segments=14, sides=8).moved(z=2.8 + 2.5 * k) for k, (radius, color) in enumerate(sizes)
    ]
    stick = rod((0, 0, 1), (0, 0, 16), 1.2, WHITE)
    return join(base, *rings, stick, ellipsoid(1.9, 1.9, 1.9, RED, 10).moved(z=16.4))


@kind("robot toy")
def robot_toy() -> Solid:
    """A silver tin robot with a square head, green eyes, red arms and buttons on its chest."""
    body = slab(5, 8, 8, SILVER, corner=0.5, bevel=0.3).moved(z=5.6)
    panel = box(0.4, 5.4, 4.4, BLUE).moved(x=2.5, z=7.4)
    buttons = [
        rod((2.6, y, z), (3.1, y, z), 0.7, color)
        for y, z, color in ((-1.4, 10.4, RED), (1.4, 10.4, YELLOW), (-1.4, 8.8, GREEN), (1.4, 8.8, WHITE))
    ]
    head = slab(4.6, 5.6, 4.6, STEEL, corner=0.4, bevel=0.3).moved(z=14.2) + rod((0, 0, 13), (0, 0, 15), 1.3, DARK)
    eyes = rod((2.2, 1.3, 17.2), (2.8, 1.3, 17.2), 0.9, (90, 230, 90)).with_mirrored()
    mouth = box(0.4, 3, 0.7, BLACK).moved(x=2.3, z=15.0)
    antenna = rod((0, 0, 18.6), (0, 0, 21), 0.35, DARK) + ellipsoid(0.9, 0.9, 0.9, RED, 8).moved(z=21.6)
    arm = (
        rod((0, 4, 12), (0, 6.4, 11), 1.2, RED)
        + rod((0, 6.2, 11.4), (1.6, 6.6, 6), 1.1, RED)
        + box(2, 2, 1.6, DARK).moved(1.8, 6.6, 4.6)
    )
    leg = rod((0, 2.2, 1), (0, 2.2, 6), 1.4, STEEL) + slab(5.6, 3.4, 1.8, RED, corner=0.6, bevel=0.3).moved(
        x=0.6, y=2.3
    )
    return join(body, panel, *buttons, head, eyes, mouth, antenna, (arm + leg).with_mirrored())


@kind("ball puzzle", split="unseen")
def ball_puzzle() -> Solid:
    """A ball of eight interlocking coloured pieces with dark joints between."""
    ball = ellipsoid(5, 5, 5, WHITE, 14)
    for axis in np.eye(3):
        ball = ball.cut(axis, -0.35, 0.35)
    colors = (RED, YELLOW, BLUE, GREEN, GREEN, ORANGE, WHITE, PURPLE)

    def octant(number: int) -> Where:
        return lambda x, y, z: (x > 0) * 4 + (y > 0) * 2 + (z > 0) == number

    for number, color in enumerate(colors):
        ball = ball.painted(color, octant(number))
    jointed = ball.painted(BLACK, lambda x, y, z: np.minimum(np.minimum(abs(x), abs(y)), abs(z)) < 0.35)
    return jointed.turned("x", 25).turned("y", 20).flattened(-4.6).on_table()


@kind("puzzle cube")
def puzzle_cube() -> Solid:
    """Nine coloured tiles on each face of a black cube, some of them turned out of order."""
    side, tile = 5.7, 1.6
    parts = [box(side, side, side, BLACK).moved(z=-side / 2)]
    colors = (WHITE, RED, BLUE, ORANGE, GREEN, YELLOW)
    rng = np.random.default_rng(1)
    for face in range(6):
        for column in (-1, 0, 1):
            for row in (-1, 0, 1):
                color = colors[face if rng.random() < 0.5 else int(rng.integers(6))]
                sticker = box(tile, tile, 0.1, color).moved(x=1.85 * column, y=1.85 * row, z=side / 2)
                parts.append(
                    sticker.turned("x", 90 * face) if face < 4 else sticker.turned("y", 90 if face == 4 else -90)
                )
    return join(*parts).on_table()


@kind("spinning top")
def spinning_top() -> Solid:
    """A wide top with rings of red, yellow and blue, lying on its edge with its stem."""
    profile = [
        (0, 0), (0.6, 0.8), (4, 3), (5.4, 4.6), (5.6, 5.4), (4.2, 6.6), (2.4, 7.4), (0.7, 7.8), (0.6, 11),
        (0.9, 11.6), (0, 11.8),
    ]  # fmt: skip
    colors = [DARK, WHITE, RED, RED, YELLOW, BLUE, RED, WOOD, WOOD, WOOD]
    return laid(profile, colors, segments=18)


@kind("wooden toy blocks")
def wooden_toy_blocks() -> Solid:
    """A gate of building blocks: two pillars, a bridge with an arch, a red roof."""
    pillars = [box(3, 3, 6, color).moved(x=x) for x, color in ((-4, BLUE), (4, GREEN))]
    arch = [(-5.5, 0), (-2.2, 0), *((2.2 * math.cos(a), 2.0 * math.sin(a)) for a in np.linspace(math.pi, 0, 7)[1:-1])]
    bridge = extruded([*arch, (2.2, 0), (5.5, 0), (5.5, 3), (-5.5, 3)], 3, YELLOW).turned("x", 90).moved(y=1.5, z=6)
    roof = extruded([(-4, 0), (4, 0), (0, 3.4)], 3, RED).turned("x", 90).moved(y=1.5, z=9)
    return join(*pillars, bridge, roof)
