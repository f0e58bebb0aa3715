"""What one wears on head and feet."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import (
    Point,
    arc,
    circle,
    ellipsoid,
    extruded,
    lathe,
    level,
    loft,
    rod,
    tube,
)
from leo_agent.envs.procedural.objects.household.paints import BLACK, BLUE, DARK, GOLD, ORANGE, RED, TAN, WHITE, YELLOW
from leo_agent.envs.procedural.objects.household.solid import Color, Solid, join

# Along the foot, heel to toe: x, half the width of the upper, height of the upper above the sole.
LOW_SHOE = (
    (-12.6, 2.2, 4.5), (-11.8, 3.0, 6.6), (-8, 3.3, 6.6), (-4, 3.4, 6.4), (-1.5, 3.6, 6.6), (-1.4, 3.6, 6.7),
    (3, 4.2, 5.2), (7, 4.6, 3.9), (11, 4.1, 3.0), (13.2, 2.6, 2.2), (14, 1.2, 1.2),
)  # fmt: skip
OPENING = (-12.0, -1.45)
SOLE_CM = 2.0
ACROSS = np.array([(1, 0), (1.03, 0.35), (0.95, 0.7), (0.8, 0.93), (0.55, 1.0), (0.5, 1.0)])
OPEN_ACROSS = np.array([(1, 0), (1.03, 0.35), (0.95, 0.7), (0.82, 1.0), (0.6, 1.0), (0.52, 0.45)])


def _across_foot(x: float, right: np.ndarray) -> list[Point]:
    """A ring across the foot at x from its right half (y, z above the sole)."""
    return [(x, float(y), SOLE_CM - 0.3 + float(z)) for y, z in (*right, *(right[::-1] * (-1, 1)))]


def _upper(color: Color, lining: Color) -> Solid:
    """The shoe above the sole, open above between the heel and the tongue."""
    rings = []
    for x, half, height in LOW_SHOE:
        across = OPEN_ACROSS if OPENING[0] < x < OPENING[1] else ACROSS
        rings.append(_across_foot(x, across * (half, height)))
    inside = (OPENING[0] - 0.1, OPENING[1] + 0.1)
    return loft(rings, color).painted(
        lining, lambda x, y, z: (x > inside[0]) & (x < inside[1]) & (np.abs(y) < 1.9) & (z > 3)
    )


def _sole(color: Color, height: float = SOLE_CM, wider: float = 0.35) -> Solid:
    right = [(x + (0.4 if x > 0 else -0.4) * (half < 2.7), -half - wider) for x, half, _ in LOW_SHOE]
    return extruded([*right, *((x, -y) for x, y in reversed(right))], height, color)


def _striped_sides(upper: Solid, color: Color, starts: tuple[float, ...], width: float, lean: float) -> Solid:
    """Slanted stripes on both sides, each from where it meets the sole."""
    edges = sorted(edge for start in starts for edge in (start, start + width))
    cut = upper.cut((1.0, 0, lean), *edges).cut((0, 0, 1.0), SOLE_CM + 0.6)

    def where(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        along = x + lean * z
        in_stripe = np.any([(along > start) & (along < start + width) for start in starts], axis=0)
        return np.asarray(in_stripe & (np.abs(y) > 2.2) & (z > SOLE_CM + 0.6))

    return cut.painted(color, where)


def _laces(color: Color) -> Solid:
    """Bars across the instep, from the opening towards the toe."""
    stations, _, heights = zip(*LOW_SHOE, strict=True)
    bars = []
    for x in np.linspace(-0.6, 4.6, 4).tolist():
        top = float(np.interp(x, stations, heights)) + SOLE_CM - 0.1
        bars.append(tube([(x, -2.6, top - 0.9), (x, -1.8, top), (x, 1.8, top), (x, 2.6, top - 0.9)], 0.4, color))
    return join(*bars)


@kind("black shoe with orange stripes")
def black_shoe_with_orange_stripes() -> Solid:
    upper = _striped_sides(_upper(BLACK, (90, 90, 94)), ORANGE, (-3.4, 0.2, 3.8), 1.7, 0.5)
    return _sole(WHITE) + upper + _laces(ORANGE)


@kind("black shoe with green stripes", split="unseen")
def black_shoe_with_green_stripes() -> Solid:
    green = (60, 200, 70)
    upper = _striped_sides(_upper(BLACK, (90, 90, 94)), green, (-3.4, 0.2, 3.8), 1.7, 0.5)
    return _sole(WHITE) + upper + _laces(green)


@kind("grey soccer shoe with cleats")
def grey_soccer_shoe_with_cleats() -> Solid:
    """A grey shoe with a red flash, on dark studs."""
    upper = _striped_sides(_upper((166, 170, 176), DARK), RED, (-1.0,), 3.2, 1.1)
    studs = [
        lathe([(0, -1.6), (0.6, -1.6), (0.9, 0.2), (0, 0.2)], RED, segments=8).moved(x=x, y=y)
        for x, y in (
            (-11, -2),
            (-11, 2),
            (-7.6, -2.4),
            (-7.6, 2.4),
            (4, -3.4),
            (4, 3.4),
            (8, -3.2),
            (8, 3.2),
            (11.6, 0),
        )
    ]
    return join(_sole(DARK, 1.6, 0.1), upper, _laces(WHITE), *studs).on_table()


@kind("black and blue sneakers", split="unseen")
def black_and_blue_sneakers() -> Solid:
    """A pair: blue with black toe and heel, white soles."""
    upper = _upper((40, 110, 220), DARK).banded((1.0, 0, 0), [-9.0, 6.0], [BLACK, None, BLACK])
    shoe = _sole(WHITE) + upper + _laces(BLACK)
    return shoe.moved(y=-5.6) + shoe.stretched(y=-1).moved(x=1.5, y=5.6)


@kind("black sandal")
def black_sandal() -> Solid:
    """A thick black sole with a tan bed and two straps over the foot."""
    bed = _sole(BLACK, 2.2, 0.5) + _sole(TAN, 0.3, 0.1).moved(z=2.1)
    straps = []
    for x, half, height in ((2.6, 4.5, 4.0), (6.6, 4.8, 3.2), (-8.2, 3.7, 6.4)):
        band = tube(arc(1.0, 0, 180), 0.12, BLACK, flat=12.0)  # the half ring lies, its width along z
        upright = band.turned("x", 90).turned("z", 90)
        straps.append(upright.stretched(1.0, half, height).moved(x=x, z=1.6))
    buckle = rod((-8.2, -4.0, 3.4), (-8.2, -4.4, 3.4), 0.9, GOLD)
    return join(bed, *straps, buckle)


def _boot(leather: Color, sole: Color, shaft_top: float, lining: Color, rim: Color | None = None) -> Solid:
    """A closed foot with an upright shaft, hollow above, whose upper edge may have another colour."""
    foot = loft([_across_foot(x, ACROSS * (half, height)) for x, half, height in LOW_SHOE], leather)
    levels = (
        (5.0, 5.8, 3.5, -6.6),
        (9, 5.2, 3.4, -7.0),
        (shaft_top - 1.6, 5.5, 4.0, -7.2),
        (shaft_top, 5.6, 4.1, -7.2),
    )
    shaft = [level(circle(a, 16, b), z, x) for z, a, b, x in levels]
    z, a, b, x = levels[-1]
    shaft.append(level(circle(a - 0.7, 16, b - 0.7), z, x))
    shaft.append(level(circle(a - 1.0, 16, b - 1.0), z - 5, x))
    heel = extruded([(-13, -3.4), (-6, -3.6), (-6, 3.6), (-13, 3.4)], SOLE_CM + 0.2, sole)
    edge = rim or leather
    return join(_sole(sole, 1.4).moved(z=0.6), heel, foot, loft(shaft, [leather, leather, edge, edge, lining]))


@kind("black boot with leopard print")
def black_boot_with_leopard_print() -> Solid:
    """A black boot whose shaft has a broad cuff of spotted fur."""
    boot = _boot(BLACK, (60, 44, 36), 20, DARK)
    cuff = loft([level(circle(5.9, 20, 4.4), z, -7.2) for z in (10.5, 19.6)], (226, 172, 96))
    hole = lathe([(0, 19.61), (1, 19.61), (0, 19.7)], DARK).stretched(4.8, 3.4, 1).moved(x=-7.2)
    spots = []
    for row in range(4):
        for column in range(8):
            angle = (column + 0.5 * (row % 2)) * np.pi / 4
            spot = ellipsoid(0.5, 0.95, 0.8, (50, 30, 18), segments=6).turned("z", float(np.degrees(angle)))
            spots.append(spot.moved(x=-7.2 + 5.8 * np.cos(angle), y=4.3 * np.sin(angle), z=11.8 + 2.2 * row))
    return join(boot, cuff, hole, *spots)


@kind("light brown boot with golden laces", split="unseen")
def light_brown_boot_with_golden_laces() -> Solid:
    """A working boot of light leather, laced up to the top in gold."""
    boot = _boot((200, 146, 88), (80, 54, 36), 16, (120, 84, 52))
    high = [
        tube([(-2.4, -2.4, z), (-1.4, -1.2, z), (-1.4, 1.2, z), (-2.4, 2.4, z)], 0.45, (255, 206, 40))
        for z in (9.0, 10.8, 12.6, 14.4)
    ]
    return join(boot, _laces((255, 206, 40)), *high)


@kind("yellow rain boot")
def yellow_rain_boot() -> Solid:
    """A high rubber boot, yellow, with a red sole and a red rim."""
    return _boot(YELLOW, RED, 24, DARK, rim=RED)


def _fedora(felt: Color, band: Color) -> Solid:
    """A hat with a broad brim, a band, and a dent along the crown."""
    brim = lathe([(0, 0.4), (0.62, 0), (0.9, 0.2), (1.0, 1.3), (0.97, 1.5), (0.86, 0.7), (0, 0.9)], felt, segments=24)
    crown = [
        level(circle(a, 20, b), z)
        for z, a, b in ((0.5, 9.6, 7.6), (2.9, 9.5, 7.5), (8, 9.0, 6.6), (10.4, 8.0, 4.8), (10.6, 7.0, 3.2))
    ]
    dent = level(circle(5.6, 20, 1.2), 8.6)
    return brim.stretched(15.5, 13.5, 1) + loft([*crown, dent], [band, felt, felt, felt, felt])


@kind("black fedora")
def black_fedora() -> Solid:
    return _fedora((40, 40, 44), (210, 210, 214))


@kind("brown fedora", split="unseen")
def brown_fedora() -> Solid:
    return _fedora((150, 98, 58), (60, 36, 22))


@kind("blue baseball cap")
def blue_baseball_cap() -> Solid:
    """A round crown with a white front and a stiff peak."""
    dome = ellipsoid(9, 8, 11, BLUE, segments=20).cut((0, 0, 1.0), 0.0).cut((1.0, 0, 0), 2.0)
    front = dome.flattened(0).painted(WHITE, lambda x, y, z: (x > 2.0) & (z > 0.5))
    peak = extruded([(5, -7), (10, -6.6), (15, -4), (16.4, 0), (15, 4), (10, 6.6), (5, 7)], 0.6, BLUE).moved(z=0.3)
    return front + peak + ellipsoid(0.9, 0.9, 0.6, WHITE).moved(z=11)


@kind("red knitted hat")
def red_knitted_hat() -> Solid:
    """A woollen hat with a white stripe, a turned-up rim and a white ball on top."""
    dome = lathe(
        [(0, 3), (9, 3), (9, 6), (8.6, 8), (8.2, 9.6), (6.6, 13), (3.6, 15.6), (0, 16.6)],
        [RED, RED, RED, WHITE, RED, RED, RED],
        segments=18,
    )
    rim = lathe([(0, 0), (9.2, 0), (9.9, 1.2), (9.9, 3.4), (9.2, 4.4), (0, 4.4)], [(150, 24, 30)] * 5, segments=18)
    return rim + dome + ellipsoid(3.2, 3.2, 3.2, WHITE, segments=10).moved(z=18.6)
