"""What lies on a writing desk."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import (
    box,
    ellipsoid,
    extruded,
    lathe,
    loft,
    ring,
    rod,
    slab,
    tube,
)
from leo_agent.envs.procedural.objects.household.paints import (
    BLACK,
    BLUE,
    CREAM,
    DARK,
    GLASS,
    GOLD,
    GREEN,
    ORANGE,
    PINK,
    RED,
    SILVER,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
)
from leo_agent.envs.procedural.objects.household.solid import Solid, join


@kind("magnifying glass")
def magnifying_glass() -> Solid:
    """A round pane in a golden ring, with a black handle, lying."""
    pane = lathe([(0, 0.2), (4.4, 0.5), (4.4, 0.9), (0, 1.2)], GLASS, segments=20)
    rim = ring(4.6, 0.7, GOLD, segments=20, sides=8).moved(z=0.7)
    neck = rod((5, 0, 0.7), (7.4, 0, 0.7), 0.6, GOLD)
    handle = tube(
        [(7, 0, 0.9), (8, 0, 0.9), (13, 0, 0.9), (16.6, 0, 0.9), (17.2, 0, 0.9)], [0.7, 1.0, 0.9, 1.2, 0.7], BLACK
    )
    return join(pane, rim, neck, handle).on_table()


@kind("scissors")
def scissors() -> Solid:
    """Two steel blades, half open, with orange rings for the fingers."""
    blade = [(-1.5, -0.7), (9.6, -0.1), (10.2, 0.5), (6, 1.2), (-1.5, 1.0)]
    one = extruded(blade, 0.5, SILVER, rim=STEEL)
    arm = tube([(-1, 0, 0.4), (-4, -1.2, 0.4), (-5, -1.8, 0.4)], [0.7, 0.7, 0.8], ORANGE)
    eye = ring(2.0, 0.65, ORANGE, segments=14, sides=6).stretched(x=1.35).moved(x=-7.4, y=-2.4, z=0.5)
    half = (one + arm + eye).turned("z", 8)
    pivot = lathe([(0, 0), (0.7, 0), (0.7, 1.5), (0, 1.7)], DARK, segments=10)
    return (half + half.stretched(y=-1).moved(z=0.45) + pivot).on_table()


@kind("stapler")
def stapler() -> Solid:
    """A low black base and a red arm above it, hinged behind, rounded in front."""
    base = slab(15, 3.6, 1.0, BLACK, corner=1.2, bevel=0.2)
    plate = slab(2.2, 2, 0.2, SILVER, corner=0.3, bevel=0.02).moved(x=5.6, z=1.0)
    rail = box(12.6, 1.8, 1.0, STEEL).turned("y", -5).moved(x=0, z=2.5)
    profile = [(-7, 0), (6, 0.6), (7.4, 1.0), (7.6, 1.8), (6.4, 2.6), (0, 2.8), (-6, 2.2), (-7.2, 1.2)]
    arm = extruded(profile, 2.8, RED).turned("x", 90).moved(y=1.4, z=3.2)
    hinge = box(3, 2.4, 3, DARK).moved(x=-5.6, z=0.9)
    return join(base, plate, rail, arm, hinge)


@kind("yellow pencil")
def yellow_pencil() -> Solid:
    """A thick pencil of six sides: black lead, bare wood, yellow paint, a metal ring and a pink rubber."""
    stations = ((-9.8, 0.0), (-9.0, 0.2), (-7.2, 0.9), (6.6, 0.9), (6.6, 1.0), (8.2, 1.0), (8.2, 0.9), (9.8, 0.85))
    rings = [
        [(x, max(r, 0.03) * math.cos(a), max(r, 0.03) * math.sin(a)) for a in np.arange(6) * math.pi / 3]
        for x, r in stations
    ]
    colors = [BLACK, (236, 200, 150), YELLOW, STEEL, STEEL, STEEL, PINK]
    return loft(rings, colors).on_table()


@kind("red book")
def red_book() -> Solid:
    """A thick closed book: red covers, cream pages, a golden frame and a blue ribbon."""
    pages = box(20.4, 14.2, 3.2, CREAM).moved(x=0.3, z=0.4)
    covers = box(21.4, 15, 0.4, RED) + box(21.4, 15, 0.4, RED).moved(z=3.6)
    back = rod((-10.6, -7.5, 2), (-10.6, 7.5, 2), 2.0, RED)
    title = box(9, 3, 0.1, GOLD).moved(x=1, y=2.6, z=4.0) + box(6, 1, 0.1, GOLD).moved(x=1, y=-2.4, z=4.0)
    ribbon = box(3.4, 0.9, 0.2, BLUE).moved(x=11.4, y=-4, z=2)
    return join(pages, covers, back, title, ribbon).on_table()


@kind("spiral notebook")
def spiral_notebook() -> Solid:
    """A green cover over white pages, a white label, and a wire spiral along one side."""
    pages = box(14.4, 20, 1.0, WHITE).moved(z=0.2)
    cover = slab(15, 20.6, 0.25, GREEN, corner=0.6, bevel=0.05)
    label = box(8, 5, 0.1, WHITE).moved(x=1, y=4, z=1.42) + box(6, 0.5, 0.1, DARK).moved(x=1, y=4.6, z=1.5)
    wires = [
        ring(1.0, 0.22, DARK, segments=10, sides=4).turned("x", 90).moved(x=-7.2, y=y, z=1.0)
        for y in np.arange(-9, 9.1, 1.5)
    ]
    return join(pages, cover, cover.moved(z=1.2), label, *wires).on_table()


@kind("desk globe")
def desk_globe() -> Solid:
    """A blue ball with green land and white poles, in a brass half ring on a wooden foot."""
    ball = ellipsoid(6, 6, 6, (60, 130, 220), 20).cut((0, 0, 1.0), -5.2, 5.2)

    def land(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        turn = np.arctan2(y, x)
        return np.asarray((np.sin(2 * turn + 0.4 * z) + 0.6 * np.cos(3.1 * turn - 0.7 * z) > 0.45) & (abs(z) < 4.9))

    earth = ball.painted((80, 170, 80), land).painted(WHITE, lambda x, y, z: abs(z) > 5.2).turned("y", 23)
    points = [(6.9 * math.cos(a), 0.0, 6.9 * math.sin(a)) for a in np.radians(np.linspace(-113, 67, 13))]
    bow = tube(points, 0.45, GOLD, sides=6)
    pins = [ellipsoid(0.8, 0.8, 0.8, GOLD, 8).moved(x=s * 2.7, z=s * 6.3) for s in (1, -1)]
    foot = lathe([(0, 0), (5, 0), (5, 0.8), (1.4, 1.6), (0.8, 3.6), (0, 3.6)], WOOD, segments=16)
    return join(earth, bow, *pins).moved(z=10) + foot


@kind("desk lamp")
def desk_lamp() -> Solid:
    """A green shade on a bent arm over a heavy black foot."""
    foot = lathe([(0, 0), (6, 0), (6, 0.8), (4.6, 1.6), (0, 1.8)], BLACK, segments=18)
    arm = rod((-2, 0, 1), (-4, 0, 12), 0.6, STEEL) + rod((-4, 0, 12), (3, 0, 18), 0.6, STEEL)
    joint = ellipsoid(1.0, 1.0, 1.0, DARK, 8).moved(x=-4, z=12)
    shade = lathe(
        [(0, -3), (4.6, -3), (5, -3), (3.4, 1), (1.4, 3), (0, 3.2)], [(255, 240, 170), GREEN, GREEN, GREEN, GREEN], 16
    )
    return join(foot, arm, joint, shade.turned("y", -30).moved(x=4.4, z=16.6))
