"""What lies in a kitchen drawer."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import (
    box,
    ellipsoid,
    extruded,
    laid,
    lathe,
    loft,
    ring,
    rod,
    slab,
    tube,
)
from leo_agent.envs.procedural.objects.household.paints import (
    BLACK,
    DARK,
    DARK_WOOD,
    GREEN,
    PURPLE,
    RED,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
)
from leo_agent.envs.procedural.objects.household.solid import Solid, join

CHINA = (250, 250, 252)
CHINA_BLUE = (50, 80, 170)


@kind("frypan")
def frypan() -> Solid:
    """A black pan of 24 cm with a bright rim and a long handle with a red end."""
    outside, rim, inside = (60, 62, 68), STEEL, (36, 37, 42)
    profile = [(0, 0), (9.5, 0), (12, 4.2), (11.5, 4.2), (9.3, 0.6), (0, 0.6)]
    pan = lathe(profile, [outside, outside, rim, inside, inside], segments=24)
    handle = tube([(11.5, 0, 3.4), (15, 0, 4.6), (20, 0, 5.2), (28, 0, 5.2)], [0.8, 0.9, 1.2, 1.3], BLACK, flat=0.6)
    tip = tube([(25, 0, 5.2), (28, 0, 5.2), (29.5, 0, 5.2)], [1.32, 1.4, 0.9], RED, flat=0.65)
    return pan + handle + tip


@kind("spatula with purple head")
def spatula_with_purple_head() -> Solid:
    """A flexible scraper: round wooden handle, broad purple blade."""
    blade = [
        (0, -2.6), (8, -3.0), (9.6, -2.4), (10.4, -0.6), (10.4, 2.2), (9.6, 3.0), (0, 2.6), (-1.4, 1.2), (-1.4, -1.2),
    ]  # fmt: skip
    head = extruded(blade, 1.1, PURPLE)
    neck = rod((-3, 0, 0.6), (-1, 0, 0.6), 0.75, (98, 44, 132))
    handle = tube([(-21, 0, 0.6), (-19, 0, 0.6), (-10, 0, 0.6), (-2, 0, 0.6)], [0.7, 0.9, 0.75, 0.6], WOOD)
    return head + neck + handle


@kind("can opener")
def can_opener() -> Solid:
    """Two red handles side by side, a steel head with a cutting wheel, and the butterfly key on top."""
    handles = join(
        tube([(-15, -2.6, 1), (-8, -2.2, 1), (-2, -1.1, 1), (0, -0.8, 1)], [0.9, 1.0, 0.8, 0.6], RED),
        tube([(-15, 2.6, 1), (-8, 2.2, 1), (-2, 1.1, 1), (0, 0.8, 1)], [0.9, 1.0, 0.8, 0.6], RED),
    )
    head = slab(5, 3.4, 0.9, STEEL, corner=1.2).moved(x=1.8, z=0.6)
    wheel = lathe([(0, 0), (1.3, 0), (1.3, 0.5), (0, 0.5)], DARK).moved(x=3.2, y=0.9, z=0.1)
    post = rod((2.2, -0.3, 1.4), (2.2, -0.3, 2.4), 0.5, STEEL)
    key = slab(1.5, 6.4, 0.7, STEEL, corner=0.7, bevel=0.1).turned("z", 30).moved(x=2.2, y=-0.3, z=2.2)
    return handles + head + wheel + post + key


@kind("honey dipper")
def honey_dipper() -> Solid:
    """A turned wooden stick whose bulb has grooves, the honey still in them."""
    profile: list[tuple[float, float]] = [(0, 0)]
    colors = []
    honey = (226, 150, 30)
    for k in range(6):
        radius = 2.2 * math.sin(math.pi * (k + 1.2) / 7.4)
        z = 0.95 * k
        profile += [(radius, z), (radius, z + 0.55), (1.0, z + 0.55), (1.0, z + 0.95)]
        colors += [WOOD, WOOD, honey, honey]
    profile += [(0.55, 6.2), (0.5, 14), (0.9, 15), (0.7, 16), (0, 16.2)]
    colors += [WOOD, DARK_WOOD, DARK_WOOD, DARK_WOOD, DARK_WOOD]
    return laid(profile, colors, segments=14)


@kind("rolling pin")
def rolling_pin() -> Solid:
    """A thick wooden roll with a darker handle at each end."""
    half = [(0, -20), (1.2, -19.6), (1.5, -18), (0.9, -14.2), (0.9, -13), (2.9, -13), (3.1, -12.4)]
    profile = half + [(radius, -z) for radius, z in reversed(half)]
    ends = [DARK_WOOD] * 4 + [WOOD] * 2
    return laid(profile, [*ends, WOOD, *reversed(ends)], segments=18)


@kind("whisk")
def whisk() -> Solid:
    """A balloon of steel wires on a black handle."""
    wires = []
    for turn in range(4):
        points = [
            (9 * math.sin(a / 2) + 3 * math.sin(a), 4.4 * math.sin(a) * math.cos(a / 2), 0.0)
            for a in np.linspace(0, math.pi, 13)
        ]
        half = tube(points, 0.2, STEEL, sides=5)
        wires += [half.turned("x", 45.0 * turn), half.turned("x", 45.0 * turn + 180)]
    handle = tube([(-13, 0, 0), (-12, 0, 0), (-6, 0, 0), (0.6, 0, 0)], [0.8, 1.2, 1.0, 0.9], BLACK)
    band = rod((-0.4, 0, 0), (1.2, 0, 0), 1.0, RED)
    return join(*wires, handle, band).turned("x", 22.5).turned("y", -10.5).on_table(worn=0.3)


@kind("green teapot")
def green_teapot() -> Solid:
    """A round pot with spout, handle and a lid with a knob."""
    body = lathe([(0, 0), (4.5, 0), (7, 2.5), (7.6, 5.5), (6.6, 8.6), (4, 10.4), (0, 10.4)], GREEN, segments=20)
    lid = lathe([(0, 10.2), (4.1, 10.3), (3.6, 11.3), (1, 11.9), (0, 11.9)], (30, 104, 52))
    knob = ellipsoid(1.1, 1.1, 1.1, (240, 210, 90)).moved(z=12.7)
    spout = tube([(5.5, 0, 3), (8.5, 0, 4.4), (10, 0, 7), (12, 0, 9.4)], [2.0, 1.5, 1.1, 0.9], GREEN)
    handle = tube([(-6, 0, 9), (-9, 0, 9.4), (-11, 0, 7.4), (-10.4, 0, 4.8), (-6.6, 0, 3)], 0.8, (30, 104, 52))
    return body + lid + knob + spout + handle


@kind("cheese grater")
def cheese_grater() -> Solid:
    """A steel tower of four sides, narrower above, with rows of holes and a black grip."""
    rings = [
        [(sx * w, sy * d, z) for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
        for w, d, z in ((5.5, 4.2, 0), (3.2, 2.4, 19))
    ]
    tower = loft(rings, STEEL)
    holes = []
    for row in range(6):
        for column in range(3):
            z = 3 + 2.5 * row
            width = 5.5 - 2.3 * z / 19
            depth = 4.2 - 1.8 * z / 19
            across = (column - 1) * 0.58
            for side in (1, -1):
                holes.append(box(0.3, 1.1, 1.3, BLACK).moved(x=side * width, y=across * depth, z=z))
                holes.append(box(1.3, 0.3, 1.1, BLACK).moved(x=across * width, y=side * depth, z=z))
    grip = tube([(-3, 0, 18.6), (-2.8, 0, 22), (0, 0, 23), (2.8, 0, 22), (3, 0, 18.6)], 0.9, BLACK)
    return join(tower, *holes, grip)


@kind("yellow sponge")
def yellow_sponge() -> Solid:
    """A yellow block with a green scouring side up and holes around."""
    foam = slab(11, 7, 3, YELLOW, corner=0.8, bevel=0.1)
    pad = slab(11, 7, 0.9, (40, 120, 66), corner=0.8, bevel=0.1).moved(z=2.95)
    rng = np.random.default_rng(3)
    pores = []
    for _ in range(24):
        x, y, z = rng.uniform(-4.6, 4.6), rng.uniform(-2.6, 2.6), rng.uniform(0.5, 2.5)
        side = 1 if rng.random() < 0.5 else -1
        pore = ellipsoid(0.4, 0.4, 0.4, (206, 160, 20), segments=6)
        pores.append(pore.moved(x=x, y=side * 3.4, z=z) if rng.random() < 0.6 else pore.moved(x=side * 5.4, y=y, z=z))
    return join(foam, pad, *pores)


@kind("pepper mill")
def pepper_mill() -> Solid:
    """Turned dark wood with a waist, a head and a steel knob."""
    profile = [
        (0, 0), (3, 0), (3, 1.6), (2.5, 3), (1.7, 7), (1.9, 10), (2.5, 12.4), (2.5, 13), (1.8, 13.2), (1.8, 13.8),
    ]  # fmt: skip
    profile += [(2.6, 14.4), (2.9, 16), (2.2, 18.2), (0.8, 19), (0.8, 19.4), (1.1, 20), (0.7, 20.8), (0, 21)]
    dark, steel = (112, 58, 32), STEEL
    colors = [dark, dark, WOOD, dark, dark, dark, dark, dark, steel, dark, dark, dark, dark, steel, steel, steel, steel]
    return lathe(profile, colors, segments=16)


@kind("porcelain cup")
def porcelain_cup() -> Solid:
    """White china with blue rings, on its saucer."""
    saucer = lathe(
        [(0, 0), (4, 0), (7.5, 1.4), (7.3, 1.7), (4, 0.6), (0, 0.6)], [CHINA, CHINA, CHINA_BLUE, CHINA, CHINA]
    )
    profile = [(0, 0.6), (2.4, 0.6), (2.6, 1.2), (4.0, 4), (4.15, 4.9), (4.4, 6.6), (4.4, 7.2), (4.1, 7.2), (3.8, 4.4)]
    blue = CHINA_BLUE
    colors = [CHINA, CHINA, CHINA, blue, CHINA, blue, blue, CHINA, (120, 70, 40)]
    cup = lathe([*profile, (0, 4.4)], colors, segments=20)
    handle = tube([(4, 0, 6.4), (5.8, 0, 6.6), (6.6, 0, 5), (5.6, 0, 3.2), (3.4, 0, 2.8)], 0.45, CHINA)
    return saucer + cup + handle


@kind("red cup", split="unseen")
def red_cup() -> Solid:
    """A tall party cup, red outside and white inside, wider above."""
    profile = [
        (0, 0), (3, 0), (3.5, 4), (3.65, 4), (4.1, 8.4), (4.25, 8.4), (4.7, 11.6), (4.9, 11.8), (4.6, 12), (2.8, 0.6),
        (0, 0.6),
    ]  # fmt: skip
    colors = [RED] * 7 + [WHITE] * 3
    return lathe(profile, colors, segments=20)


@kind("porcelain salad plate", split="unseen")
def porcelain_salad_plate() -> Solid:
    """A flat white plate with a blue rim and a blue ring."""
    profile = [(0, 0), (6, 0), (10, 1.7), (10, 2.1), (9.2, 1.9), (7.8, 1.5), (6, 0.7), (0, 0.7)]
    blue = CHINA_BLUE
    return lathe(profile, [CHINA, CHINA, blue, blue, CHINA, blue, CHINA], segments=28)


@kind("porcelain spoon", split="unseen")
def porcelain_spoon() -> Solid:
    """A short, deep soup spoon of white china with a flat foot and a blue line around."""
    bowl = lathe(
        [(0, 0), (1.6, 0), (2.9, 1.9), (2.9, 2.3), (2.5, 2.3), (1.4, 0.5), (0, 0.5)],
        [CHINA, CHINA, CHINA_BLUE, CHINA_BLUE, CHINA, CHINA],
        segments=18,
    ).stretched(x=1.3)
    handle = tube([(2.6, 0, 1.6), (5, 0, 2.2), (8, 0, 3.3), (10.6, 0, 4.4)], [1.3, 1.2, 1.0, 1.1], CHINA, flat=0.4)
    tip = tube([(9.6, 0, 4.0), (10.4, 0, 4.3), (11, 0, 4.6)], [1.12, 1.15, 0.7], CHINA_BLUE, flat=0.45)
    return (bowl + handle + tip).turned("y", 23).on_table(worn=0.2)


@kind("pizza cutter")
def pizza_cutter() -> Solid:
    """A steel wheel in a fork on a black handle with a yellow ring, lying on its side."""
    wheel = lathe([(0, 0), (4, 0.1), (4.2, 0.25), (4, 0.4), (0, 0.5)], [STEEL, DARK, DARK, STEEL], segments=24)
    hub = lathe([(0, 0), (1.1, 0), (1.1, 0.4), (0, 0.4)], YELLOW).moved(z=0.9)
    fork = box(6, 1.2, 0.5, DARK).moved(x=-3, z=0.5)
    handle = tube([(-17, 0, 0.8), (-15, 0, 0.8), (-9, 0, 0.8), (-5.5, 0, 0.8)], [0.9, 1.4, 1.0, 1.2], BLACK)
    guard = ring(1.2, 0.4, YELLOW, segments=12, sides=6).turned("y", 90).moved(x=-5.6, z=0.9)
    return (wheel.moved(z=0.4) + hub + fork + handle + guard).flattened(0.4).on_table()


@kind("wooden spoon")
def wooden_spoon() -> Solid:
    """A long cooking spoon with an oval bowl."""
    outline = [(4.2 * math.cos(a), 2.7 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 18, endpoint=False)]
    bowl = extruded(outline, 0.9, DARK_WOOD, rim=WOOD)
    rim = lathe([(2.6, 0), (2.9, 0.6), (2.6, 1.2), (2.1, 0.6), (2.6, 0)], WOOD, segments=18).stretched(x=1.55)
    handle = tube([(-4, 0, 0.6), (-10, 0, 0.7), (-22, 0, 0.7), (-23, 0, 0.7)], [0.7, 0.55, 0.8, 0.5], WOOD)
    return (bowl + rim + handle).on_table(worn=0.2)


@kind("ice cream scoop")
def ice_cream_scoop() -> Solid:
    """A steel half ball on a pink handle."""
    bowl = ellipsoid(3, 3, 3, STEEL, segments=14).banded((0.0, 0, 1.0), [0.4], [STEEL, None])
    inside = bowl.vertices.copy()
    inside[:, 2] = np.minimum(inside[:, 2], 0.4 - 1.6 * np.maximum(0, 1 - (inside[:, :2] ** 2).sum(axis=1) / 8))
    cup = Solid(inside, bowl.faces, bowl.colors).painted(DARK, lambda x, y, z: (z > -1.3) & (x**2 + y**2 < 6.0))
    handle = tube([(-16, 0, 0.4), (-15, 0, 0.4), (-9, 0, 0), (-6.5, 0, 0)], [0.7, 1.2, 1.1, 0.9], (238, 92, 130))
    neck = rod((-7, 0, 0), (-2, 0, 0), 0.5, STEEL)
    return (cup + handle + neck).turned("y", -14).on_table(worn=0.5)
