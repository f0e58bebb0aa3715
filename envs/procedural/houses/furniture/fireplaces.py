"""Fireplaces with a fire in them.

Sizes: openings 0.60 to 0.90 m wide and 0.55 to 0.75 m high, mantels 1.1 to 1.5 m wide and 1.1 to 1.3 m high, 0.25 to
0.45 m deep; stoves 0.55 x 0.45 x 0.80 to 1.0 m (Neufert; EN 13240 stoves).
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, Range, Top, box, lathe, rod, span

_FLAME = Material(None, (1.0, 0.55, 0.12), glow=1.0)
_CORE = Material(None, (1.0, 0.86, 0.35), glow=1.0)


def _fire(model: Model, palette: Palette, rng: np.random.Generator, y: float, z: float, size: float) -> None:
    """Logs with flames above."""
    bark, cut = palette.bark.shaded(0.6), palette.bark.shaded(1.5)
    for k, (dx, dy) in enumerate(((-0.07, 0.0), (0.07, 0.0), (0.0, 0.09))):
        lean = rng.uniform(-0.04, 0.04)
        start, end = (
            (dx * 1.2 - 0.19 * size, y + 0.05 + dy, z + lean),
            (dx * 1.2 + 0.19 * size, y + 0.05 + dy, z - lean),
        )
        rod(model, bark if k < 2 else cut, start, end, 0.048, 7)
    for k in range(5):
        x, height = (-0.16 + 0.08 * k) * size, rng.uniform(0.16, 0.34) * size * (1.2 - 0.25 * abs(k - 2))
        for material, share in ((_FLAME, 1.0), (_CORE, 0.58)):
            profile = [(0.0, 0.0), (0.055 * share, 0.06), (0.045 * share, height * 0.4 * share), (0.0, height * share)]
            lathe(model, material, profile, (x, y + 0.09, z + (0.035 if share < 1.0 else 0.0)), 6)


def _surround(
    model: Model, material: Material, inside: Material, x: float, opening: Range, top: float, depth: float
) -> None:
    """A block 2x wide with an opening (half width, height) in its front, lined with soot."""
    half, height = opening
    for a, b in ((-x, -half), (half, x)):
        box(model, material, (a, b), (0.0, top), (0.0, depth))
    box(model, material, (-half, half), (height, top), (0.0, depth))
    box(model, inside, (-half, half), (0.0, height), (0.0, 0.03))
    for side in (-1.0, 1.0):
        box(model, inside, span(side * half, side * (half - 0.012)), (0.0, height), (0.03, depth - 0.02))
    box(model, inside, (-half, half), (0.0, 0.03), (0.03, depth))
    box(model, inside, (-half, half), (height - 0.012, height), (0.03, depth - 0.02))


def _block(half: float, top: float, depth: float) -> np.ndarray:
    """The box (2, 3) of a part that stands at the wall."""
    return np.array([(-half, 0.0, 0.0), (half, top, depth)])


@furniture("fireplace", "wall")
def brick_fireplace(rng: np.random.Generator, palette: Palette) -> Model:
    """A brick fireplace with a wooden mantelpiece and a chimney breast to the ceiling."""
    model = Model()
    x, top, depth = rng.uniform(0.62, 0.75), rng.uniform(1.12, 1.22), rng.uniform(0.36, 0.42)
    soot = palette.brick.shaded(0.28)
    _surround(model, palette.brick, soot, x, (0.38, 0.66), top, depth)
    box(model, palette.brick.shaded(1.08), (-0.42, 0.42), (0.66, 0.78), (depth, depth + 0.02))
    box(model, palette.dark_wood, (-x - 0.08, x + 0.08), (top, top + 0.08), (0.0, depth + 0.10))
    box(model, palette.brick, (-x * 0.72, x * 0.72), (top + 0.08, 2.55), (0.0, depth * 0.6))
    box(model, palette.stone, (-x - 0.06, x + 0.06), (0.0, 0.05), (depth, depth + 0.34))
    _fire(model, palette, rng, 0.03, depth * 0.55, 1.35)
    model.tops.append(Top((-x, x), (depth * 0.6 + 0.03, depth + 0.08), top + 0.08))
    model.blocks += [_block(x + 0.08, top + 0.08, depth + 0.34), _block(x * 0.72, 2.55, depth * 0.6)]
    return model


@furniture("fireplace", "wall")
def marble_fireplace(rng: np.random.Generator, palette: Palette) -> Model:
    """A white mantelpiece with pilasters around a dark hearth."""
    model = Model()
    x, top, depth = rng.uniform(0.60, 0.70), rng.uniform(1.08, 1.18), rng.uniform(0.26, 0.32)
    _surround(model, palette.marble, palette.black.shaded(1.5), x, (0.36, 0.72), top, depth)
    for side in (-1.0, 1.0):
        a, b = span(side * (x - 0.02), side * (x - 0.20))
        box(model, palette.marble.shaded(1.02), (a, b), (0.0, top - 0.14), (depth, depth + 0.05))
        box(model, palette.marble, (a - 0.02, b + 0.02), (0.0, 0.12), (depth, depth + 0.07))
        box(model, palette.marble, (a - 0.02, b + 0.02), (top - 0.18, top - 0.12), (depth, depth + 0.07))
    box(model, palette.marble, (-x - 0.04, x + 0.04), (top - 0.06, top - 0.02), (0.0, depth + 0.09))
    box(model, palette.marble, (-x - 0.09, x + 0.09), (top - 0.02, top + 0.03), (0.0, depth + 0.14))
    for k in range(5):
        rod(
            model,
            palette.black,
            (-0.28 + 0.14 * k, 0.03, depth - 0.05),
            (-0.28 + 0.14 * k, 0.22, depth - 0.05),
            0.008,
            5,
        )
    rod(model, palette.black, (-0.32, 0.20, depth - 0.05), (0.32, 0.20, depth - 0.05), 0.01, 5)
    _fire(model, palette, rng, 0.03, depth * 0.5, 1.2)
    model.tops.append(Top((-x, x), (0.03, depth + 0.10), top + 0.03))
    return model


@furniture("fireplace", "wall")
def stone_fireplace(rng: np.random.Generator, palette: Palette) -> Model:
    """A rubble stone fireplace with a beam over its opening and a breast that narrows upwards."""
    model = Model()
    x, depth = rng.uniform(0.70, 0.80), rng.uniform(0.40, 0.46)
    _surround(model, palette.stone, palette.stone.shaded(0.25), x, (0.42, 0.70), 0.92, depth)
    box(model, palette.dark_wood, (-x - 0.05, x + 0.05), (0.92, 1.08), (0.0, depth + 0.08))
    box(model, palette.stone.shaded(0.97), (-x * 0.8, x * 0.8), (1.08, 1.8), (0.0, depth * 0.75))
    box(model, palette.stone.shaded(0.94), (-x * 0.62, x * 0.62), (1.8, 2.55), (0.0, depth * 0.6))
    box(model, palette.stone.shaded(0.8), (-x - 0.05, x + 0.05), (0.0, 0.06), (depth, depth + 0.36))
    _fire(model, palette, rng, 0.03, depth * 0.55, 1.45)
    model.tops.append(Top((-x, x), (depth * 0.75 + 0.03, depth + 0.06), 1.08))
    model.blocks += [_block(x + 0.05, 1.08, depth + 0.36), _block(x * 0.8, 2.55, depth * 0.75)]
    return model


@furniture("fireplace", "wall")
def iron_stove(rng: np.random.Generator, palette: Palette) -> Model:
    """A cast-iron stove on legs with a window to the fire and a pipe to the ceiling."""
    model, iron = Model(), palette.black.shaded(1.5)
    half, depth, top = rng.uniform(0.28, 0.33), rng.uniform(0.40, 0.46), rng.uniform(0.80, 0.92)
    for x in (-half + 0.05, half - 0.05):
        for z in (0.10, depth + 0.02):
            rod(model, iron, (x, 0.0, z), (x, 0.18, z), 0.025)
    front = depth + 0.06
    _surround_stove(model, iron, half, (0.16, top), (0.06, front))
    box(model, iron, (-half - 0.03, half + 0.03), (top, top + 0.04), (0.04, front + 0.04))
    _fire(model, palette, rng, 0.30, front - 0.10, 0.85)
    lathe(model, iron, [(0.075, top), (0.075, 2.55)], (0.0, 0.0, 0.22), 10)
    rod(model, palette.brass, (half - 0.06, 0.42, front + 0.03), (half - 0.06, 0.56, front + 0.03), 0.012)
    return model


def _surround_stove(model: Model, iron: Material, half: float, y: Range, z: Range) -> None:
    """The stove's case, with an opening for the window."""
    glow = Material(None, (0.42, 0.16, 0.06), glow=0.7)
    box(model, iron, (-half, half), (y[0], 0.30), z)
    box(model, iron, (-half, half), (0.66, y[1]), z)
    for a, b in ((-half, -half + 0.07), (half - 0.07, half)):
        box(model, iron, (a, b), (0.30, 0.66), z)
    box(model, glow, (-half + 0.07, half - 0.07), (0.30, 0.66), (z[0], z[0] + 0.05))
    box(model, iron, (-half + 0.07, half - 0.07), (0.64, 0.66), z)
