"""Beds for one and two, with mattress, blanket and places for pillows.

Sizes: mattresses 0.90, 1.40, 1.60 and 1.80 m wide and 2.00 m long (EN 1334), surface 0.45 to 0.60 m high, frame 0.05 to
0.10 m beyond the mattress, headboard 0.85 to 1.25 m (IKEA MALM 1.56 x 2.09 x 1.00 m, HEMNES 1.54 x 2.11 x 1.20 m).
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import four_legs
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Model, ball, box, rod, soft_box, span

_LENGTH = 2.0


def _bedding(model: Model, palette: Palette, width: float, z: float, base: float) -> None:
    """Mattress, a blanket over its lower part with a turned-down sheet, and pillow places; the head is at z."""
    half = width / 2.0
    soft_box(model, palette.linen, (-half, half), (base, base + 0.20), (z, z + _LENGTH), 0.05)
    top = base + 0.20
    fold = z + 0.62
    soft_box(
        model,
        palette.blanket,
        (-half - 0.025, half + 0.025),
        (base + 0.02, top + 0.045),
        (fold, z + _LENGTH + 0.03),
        0.04,
    )
    soft_box(
        model,
        palette.linen,
        (-half - 0.028, half + 0.028),
        (base + 0.05, top + 0.062),
        (fold - 0.10, fold + 0.12),
        0.03,
    )
    for x in (-half / 2.0, half / 2.0) if width > 1.2 else (0.0,):
        model.cushions.append((x, top + 0.12, z + 0.24, -1.05))


@furniture("bed", "double")
def panel_bed(rng: np.random.Generator, palette: Palette) -> Model:
    """A wooden bed with a plain headboard and side boards."""
    model, wood = Model(), palette.wood if rng.random() < 0.6 else palette.dark_wood
    width = float(rng.choice([1.40, 1.60, 1.60, 1.80]))
    half = width / 2.0 + 0.04
    box(model, wood, (-half - 0.03, half + 0.03), (0.0, rng.uniform(0.90, 1.10)), (0.0, 0.05))
    for side in (-1.0, 1.0):
        x = span(side * half, side * (half - 0.03))
        box(model, wood, x, (0.12, 0.34), (0.05, _LENGTH + 0.09))
    box(model, wood, (-half, half), (0.12, 0.36), (_LENGTH + 0.06, _LENGTH + 0.10))
    four_legs(model, wood, (-half, half), (0.1, _LENGTH + 0.10), (0.0, 0.13), 0.07)
    _bedding(model, palette, width, 0.06, 0.28)
    return model


@furniture("bed", "double")
def upholstered_bed(rng: np.random.Generator, palette: Palette) -> Model:
    """A bed covered with cloth; its headboard is divided into padded squares."""
    model, cloth = Model(), palette.sofa
    width = float(rng.choice([1.60, 1.80]))
    half, top = width / 2.0 + 0.06, rng.uniform(1.05, 1.25)
    columns = 4
    for i in range(columns):
        x = -half + i * 2.0 * half / columns, -half + (i + 1) * 2.0 * half / columns
        for y in ((0.08, 0.58), (0.58, top)):
            soft_box(model, cloth, x, y, (0.0, 0.11), 0.035)
    soft_box(model, cloth, (-half, half), (0.06, 0.34), (0.08, _LENGTH + 0.16), 0.04)
    four_legs(model, palette.dark_wood, (-half + 0.06, half - 0.06), (0.12, _LENGTH + 0.1), (0.0, 0.07), 0.06)
    _bedding(model, palette, width, 0.11, 0.30)
    return model


@furniture("bed", "single")
def iron_bed(rng: np.random.Generator, palette: Palette) -> Model:
    """A metal bed with bars and knobs at head and foot."""
    model = Model()
    metal = palette.black if rng.random() < 0.5 else palette.white
    width = float(rng.choice([0.90, 0.90, 1.40]))
    half = width / 2.0 + 0.02
    for z, top in ((0.02, rng.uniform(1.0, 1.15)), (_LENGTH + 0.08, rng.uniform(0.68, 0.78))):
        for x in (-half, half):
            rod(model, metal, (x, 0.0, z), (x, top, z), 0.019, 8)
            ball(model, palette.brass, (x, top + 0.02, z), 0.033)
        for y in (0.42, top - 0.06):
            rod(model, metal, (-half, y, z), (half, y, z), 0.013, 6)
        for x in np.linspace(-half, half, int(width / 0.13) + 2)[1:-1]:
            rod(model, metal, (float(x), 0.42, z), (float(x), top - 0.06, z), 0.007, 5)
    for x in (-half, half):
        box(model, metal, (x - 0.01, x + 0.01), (0.24, 0.30), (0.02, _LENGTH + 0.08))
    _bedding(model, palette, width, 0.05, 0.28)
    return model


@furniture("bed", "single")
def drawer_bed(rng: np.random.Generator, palette: Palette) -> Model:
    """A single bed on a box with drawers, closed on three sides like a day bed."""
    model = Model()
    body = palette.white if rng.random() < 0.6 else palette.wood
    half = 0.49
    box(model, body, (-half, half), (0.0, 0.32), (0.04, _LENGTH + 0.06))
    for z in ((0.0, 0.04), (_LENGTH + 0.06, _LENGTH + 0.10)):
        box(model, body, (-half, half), (0.0, 0.80 if z[0] == 0.0 else 0.62), z)
    for z in ((0.12, 1.02), (1.08, 1.98)):
        for side in (-1.0, 1.0):
            x = span(side * half, side * (half + 0.018))
            box(model, body.shaded(0.94), x, (0.05, 0.28), z)
            middle = (z[0] + z[1]) / 2.0
            x = span(side * (half + 0.018), side * (half + 0.035))
            box(model, palette.grey, x, (0.19, 0.21), (middle - 0.09, middle + 0.09))
    _bedding(model, palette, 0.90, 0.05, 0.30)
    return model
