"""Bathtubs and showers.

Sizes: bathtubs 1.60 to 1.80 x 0.70 to 0.80 m, 0.55 to 0.62 m high (EN 14516); shower trays 0.80 to 0.90 m square or
1.20 x 0.80 m (EN 14527), screens 1.90 to 2.0 m high.
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, Pleats, ball, box, lathe, pleated, rod, span, tube


def _tub(model: Model, material: Material, half: float, depth: float, y: float, floor: float) -> None:
    """A rectangular tub with sloping ends: rim, inner walls and bottom, closed outside."""
    box(model, material, (-half, half), (0.0, y), (0.0, depth), ["top"])
    rim, slope = 0.06, 0.16
    outer = np.array([(-half, 0.0), (-half, depth), (half, depth), (half, 0.0)])
    top = np.array([(-half + rim, rim), (-half + rim, depth - rim), (half - rim, depth - rim), (half - rim, rim)])
    low = np.array(
        [
            (-half + rim + slope, rim + 0.06),
            (-half + rim + slope, depth - rim - 0.06),
            (half - rim - 0.08, depth - rim - 0.06),
            (half - rim - 0.08, rim + 0.06),
        ]
    )
    for upper, upper_y, lower, lower_y, shade in ((outer, y, top, y, 1.0), (top, y, low, floor, 0.94)):
        for i in range(4):
            j = (i + 1) % 4
            quad = [
                (upper[i, 0], upper_y, upper[i, 1]),
                (upper[j, 0], upper_y, upper[j, 1]),
                (lower[j, 0], lower_y, lower[j, 1]),
                (lower[i, 0], lower_y, lower[i, 1]),
            ]
            model.add_faces(material.shaded(shade), quad, [(0, 1, 2), (0, 2, 3)], np.zeros((4, 2)))
    bottom = [(low[i, 0], floor, low[i, 1]) for i in range(4)]
    model.add_faces(material.shaded(0.92), bottom, [(0, 1, 2), (0, 2, 3)], np.zeros((4, 2)))


@furniture("bathtub", "bath")
def built_in_tub(rng: np.random.Generator, palette: Palette) -> Model:
    """A tub whose apron is tiled, with wall tap and hand shower."""
    model = Model()
    half, depth, y = float(rng.choice([0.80, 0.85, 0.90])), float(rng.choice([0.70, 0.75, 0.80])), 0.57
    _tub(model, palette.ceramic, half, depth, y, 0.14)
    box(
        model,
        palette.wall_tile,
        (-half + 0.005, half - 0.005),
        (0.0, y - 0.04),
        (depth - 0.01, depth + 0.006),
        ["back"],
    )
    x = half - 0.22
    box(model, palette.chrome, (x - 0.09, x + 0.09), (0.76, 0.80), (0.0, 0.05))
    rod(model, palette.chrome, (x, 0.77, 0.04), (x, 0.73, 0.16), 0.016)
    tube(
        model,
        palette.chrome,
        [(x + 0.07, 0.77, 0.03), (x + 0.10, 0.62, 0.06), (x + 0.13, 0.75, 0.05), (x + 0.12, 0.98, 0.05)],
        0.007,
    )
    rod(model, palette.chrome, (x + 0.12, 0.96, 0.05), (x + 0.12, 1.08, 0.10), 0.02)
    return model


def _oval_tub(model: Model, material: Material, half: float, depth: float, base: float, y: float, rolled: bool) -> None:
    """A free-standing oval tub, open above; half its length along x."""
    stretch = depth / 2.0 / half
    lip = half + 0.025 if rolled else half
    profile = [
        (half * 0.62, base),
        (half * 0.78, base + 0.06),
        (half * 0.93, base + 0.28),
        (half, y - 0.03),
        (lip, y),
        (lip, y),
        (half - 0.05, y),
        (half - 0.05, y),
        (half * 0.84, base + 0.25),
        (half * 0.66, base + 0.11),
        (0.0, base + 0.09),
    ]
    turned = Model()
    lathe(turned, material, profile, sides=20, depth=stretch)
    model.add(turned, (0.0, 0.0, depth / 2.0 + 0.02))


@furniture("bathtub", "bath")
def oval_tub(rng: np.random.Generator, palette: Palette) -> Model:
    """A free-standing oval tub with a tap on a tall pipe beside it."""
    model = Model()
    half, depth = rng.uniform(0.80, 0.87), rng.uniform(0.74, 0.80)
    _oval_tub(model, palette.ceramic, half, depth, 0.0, 0.58, False)
    x = half * 0.55
    tube(
        model,
        palette.chrome,
        [(x, 0.0, 0.02), (x, 0.80, 0.02), (x, 0.90, 0.06), (x, 0.90, 0.20), (x, 0.84, 0.25)],
        0.02,
    )
    return model


@furniture("bathtub", "bath")
def clawfoot_tub(rng: np.random.Generator, palette: Palette) -> Model:
    """An old tub with a rolled rim on four brass feet."""
    model = Model()
    half, depth = rng.uniform(0.78, 0.84), rng.uniform(0.72, 0.78)
    _oval_tub(model, palette.ceramic, half, depth, 0.13, 0.60, True)
    middle = depth / 2.0 + 0.02
    for x in (-half * 0.5, half * 0.5):
        for z in (-depth * 0.28, depth * 0.28):
            tube(
                model,
                palette.brass,
                [(x * 1.25, 0.03, middle + z * 1.25), (x * 1.15, 0.04, middle + z * 1.2), (x, 0.18, middle + z)],
                0.03,
            )
            ball(model, palette.brass, (x * 1.25, 0.025, middle + z * 1.25), 0.035, 0.025)
    tube(model, palette.brass, [(0.0, 0.58, 0.03), (0.0, 0.74, 0.03), (0.0, 0.78, 0.08), (0.0, 0.72, 0.17)], 0.018)
    return model


def _shower_column(model: Model, palette: Palette, x: float, z: float) -> None:
    """Mixer, riser pipe, a round rain head, a hand shower on its hose."""
    chrome = palette.chrome
    rod(model, chrome, (x - 0.10, 1.05, z + 0.04), (x + 0.10, 1.05, z + 0.04), 0.025)
    tube(model, chrome, [(x, 1.05, z + 0.03), (x, 2.02, z + 0.03), (x, 2.10, z + 0.08), (x, 2.10, z + 0.34)], 0.012)
    lathe(model, chrome, [(0.0, 2.06), (0.11, 2.06), (0.11, 2.075), (0.03, 2.09), (0.0, 2.10)], (x, 0.0, z + 0.34), 12)
    tube(
        model,
        chrome,
        [
            (x + 0.07, 1.04, z + 0.05),
            (x + 0.12, 0.75, z + 0.07),
            (x + 0.16, 0.95, z + 0.06),
            (x + 0.14, 1.50, z + 0.05),
        ],
        0.008,
    )
    rod(model, chrome, (x + 0.14, 1.42, z + 0.05), (x + 0.14, 1.58, z + 0.12), 0.014)
    rod(model, chrome, (x + 0.14, 1.56, z + 0.10), (x + 0.14, 1.54, z + 0.16), 0.045, 9)


def _tray(model: Model, palette: Palette, half: float, depth: float) -> None:
    box(model, palette.ceramic, (-half, half), (0.0, 0.05), (0.0, depth))
    for x in ((-half, -half + 0.04), (half - 0.04, half)):
        box(model, palette.ceramic, x, (0.05, 0.09), (0.0, depth))
    for z in ((0.0, 0.04), (depth - 0.04, depth)):
        box(model, palette.ceramic, (-half + 0.04, half - 0.04), (0.05, 0.09), z)
    lathe(model, palette.chrome, [(0.05, 0.05), (0.045, 0.058), (0.0, 0.058)], (0.0, 0.0, depth / 2.0), 10)


def _pane(model: Model, palette: Palette, start: tuple[float, float], end: tuple[float, float], top: float) -> None:
    """A glazed wall between two floor points: steel frame, and a frosted band, since nothing is drawn transparent."""
    for x, z in (start, end):
        rod(model, palette.chrome, (x, 0.09, z), (x, top, z), 0.014, 5)
    for y in (0.10, top):
        rod(model, palette.chrome, (start[0], y, start[1]), (end[0], y, end[1]), 0.014, 5)
    (x0, x1), (z0, z1) = span(start[0], end[0]), span(start[1], end[1])
    frosted = palette.glass.tinted((0.80, 0.89, 0.90))
    box(model, frosted, (x0 - 0.003, x1 + 0.003), (0.55, 1.15), (z0 - 0.003, z1 + 0.003))


@furniture("shower", "bath")
def corner_shower(rng: np.random.Generator, palette: Palette) -> Model:
    """A shower cabin: tray, two glazed sides with a frosted band, half-open door, tiled back."""
    model = Model()
    size = float(rng.choice([0.80, 0.90, 0.90]))
    half, top = size / 2.0, 1.95
    _tray(model, palette, half, size)
    box(model, palette.wall_tile, (-half, half), (0.09, 2.15), (0.0, 0.02))
    _shower_column(model, palette, 0.0, 0.02)
    for x in (-half + 0.02, half - 0.02):
        _pane(model, palette, (x, 0.02), (x, size - 0.02), top)
    _pane(model, palette, (-half + 0.02, size - 0.02), (0.0, size - 0.02), top)
    rod(model, palette.chrome, (0.0, top, size - 0.02), (half - 0.02, top, size - 0.02), 0.014, 5)
    return model


@furniture("shower", "bath")
def curtain_shower(rng: np.random.Generator, palette: Palette) -> Model:
    """A shower tray with a curtain on a rail, drawn half aside."""
    model = Model()
    half, depth = float(rng.choice([0.45, 0.60])), 0.82
    _tray(model, palette, half, depth)
    box(model, palette.wall_tile, (-half, half), (0.09, 2.15), (0.0, 0.02))
    _shower_column(model, palette, 0.10, 0.02)
    cloth = Material(str(rng.choice(["dots", "striped_cloth"])), palette.accent(rng), 0.5, two_sided=True)
    rod(model, palette.chrome, (-half, 1.98, depth - 0.03), (half, 1.98, depth - 0.03), 0.012)
    pleated(model, cloth, (-half, -half + 0.9 * half), (0.10, 1.97), depth - 0.03, Pleats(4, 0.035))
    for side in (-1.0, 1.0):
        rod(model, palette.chrome, (side * half, 1.98, 0.0), (side * half, 1.98, depth - 0.03), 0.012)
    return model


@furniture("shower", "bath")
def walk_in_shower(rng: np.random.Generator, palette: Palette) -> Model:
    """A flat tray behind one glazed screen, open at the front; tiled back and a niche with bottles."""
    model = Model()
    half, depth = 0.60, 0.86
    box(model, palette.ceramic, (-half, half), (0.0, 0.04), (0.0, depth))
    box(model, palette.wall_tile, (-half, half), (0.04, 2.2), (0.0, 0.03))
    _shower_column(model, palette, 0.15, 0.03)
    _pane(model, palette, (-half + 0.02, 0.03), (-half + 0.02, depth), 2.0)
    box(model, palette.white, (-0.42, -0.16), (1.12, 1.15), (0.03, 0.13))
    for k, x in enumerate((-0.37, -0.29, -0.21)):
        bottle = palette.ceramic.tinted(palette.accents[k])
        lathe(
            model,
            bottle,
            [(0.0, 0.0), (0.028, 0.0), (0.028, 0.13), (0.012, 0.16), (0.012, 0.19), (0.0, 0.19)],
            (x, 1.15, 0.08),
            8,
        )
    return model
