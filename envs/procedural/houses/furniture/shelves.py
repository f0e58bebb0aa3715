"""Bookcases and racks.

Sizes: bookcases 0.28 m deep, 0.80 to 1.2 m wide, 1.75 to 2.02 m high (IKEA BILLY 0.80 x 0.28 x 2.02 m); racks 0.36 to
0.42 m deep.
"""

from __future__ import annotations

import itertools

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import four_legs
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, Range, Top, ball, box, panel, soft_box


@furniture("shelving", "books")
def bookcase(rng: np.random.Generator, palette: Palette) -> Model:
    """A bookcase with rows of books and some things between them."""
    model, wood = Model(), palette.wood if rng.random() < 0.6 else palette.white
    width, depth, top = float(rng.choice([0.8, 1.0, 1.2])), 0.28, rng.uniform(1.75, 2.02)
    x = (-width / 2.0, width / 2.0)
    for a in (x[0], x[1] - 0.025):
        box(model, wood, (a, a + 0.025), (0.0, top), (0.0, depth))
    box(model, wood.shaded(0.8), (x[0] + 0.025, x[1] - 0.025), (0.0, top), (0.0, 0.012))
    levels = np.linspace(0.07, top - 0.02, 6)
    for y in levels:
        box(model, wood, (x[0] + 0.025, x[1] - 0.025), (float(y), float(y) + 0.022), (0.0, depth))
    for number, (low, high) in enumerate(itertools.pairwise(levels)):
        _fill_shelf(model, rng, palette, (x[0] + 0.03, x[1] - 0.03), (float(low) + 0.022, float(high)), number)
    return model


def _fill_shelf(model: Model, rng: np.random.Generator, palette: Palette, x: Range, y: Range, number: int) -> None:
    """A row of books over most of a board, and a vase or a box in the rest."""
    books = Material(f"books#{number % 3}", tile_m=1.0)
    length = (x[1] - x[0]) * rng.uniform(0.45, 0.95)
    start = x[0] if rng.random() < 0.5 else x[1] - length
    height = min((y[1] - y[0]) * 0.9, 0.27)
    panel(model, books, (start, start + length), (y[0], y[0] + height), 0.22)
    box(
        model,
        palette.black.shaded(1.6),
        (start, start + length),
        (y[0], y[0] + height * 0.82),
        (0.05, 0.215),
        ["front"],
    )
    free = (x[0], start) if start > x[0] else (start + length, x[1])
    if free[1] - free[0] > 0.16:
        middle = (free[0] + free[1]) / 2.0
        color = palette.ceramic.tinted(palette.accent(rng))
        if rng.random() < 0.5:
            ball(model, color, (middle, y[0] + 0.07, 0.14), 0.065, 0.07)
        else:
            box(model, color, (middle - 0.06, middle + 0.06), (y[0], y[0] + 0.14), (0.08, 0.22))


@furniture("shelving", "linen")
def steel_rack(rng: np.random.Generator, palette: Palette) -> Model:
    """An open rack of four boards with baskets and folded linen."""
    model = Model()
    width, depth, top = rng.uniform(0.7, 0.95), rng.uniform(0.36, 0.42), rng.uniform(1.5, 1.75)
    x = (-width / 2.0, width / 2.0)
    four_legs(model, palette.steel, x, (0.0, depth), (0.0, top), 0.03)
    basket = Material("wicker", (0.72, 0.52, 0.32), 0.3)
    for number, y in enumerate(np.linspace(0.12, top - 0.02, 4)):
        level = float(y)
        box(model, palette.steel, x, (level - 0.02, level), (0.0, depth))
        if number == 3:
            model.tops.append(Top((x[0] + 0.05, x[1] - 0.05), (0.05, depth - 0.05), level))
            continue
        box(model, basket, (x[0] + 0.06, -0.02), (level, level + 0.2), (0.05, depth - 0.03))
        for fold in range(3):
            cloth = palette.linen if fold % 2 else palette.linen.tinted(palette.accent(rng))
            soft_box(
                model,
                cloth,
                (0.04, x[1] - 0.06),
                (level + 0.055 * fold, level + 0.055 * (fold + 1)),
                (0.05, depth - 0.04),
                0.02,
            )
    return model
