"""Tables: for meals, before the sofa, beside the bed, to work at, along a wall.

Sizes: dining and desk tops 0.72 to 0.76 m high, 0.60 m of edge a person, depth 0.75 to 0.95 m (Neufert; IKEA LISABO
1.40 x 0.78 x 0.74 m); coffee tables 0.38 to 0.46 m high (LACK 0.90 x 0.55 x 0.45 m); bedside tables 0.40 to 0.50 m wide
and 0.50 to 0.60 m high; console tables 0.30 to 0.40 m deep and 0.75 to 0.85 m high; desks 1.2 to 1.6 x 0.60 to 0.75 m
(MICKE, MALM).
"""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import Front, drawers, four_legs, splayed_legs, three_legs
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, Top, box, lathe, leg, span


def _round_top(model: Model, material: Material, radius: float, y: float, thickness: float, z: float) -> None:
    profile = [(0.0, 0.0), (radius - 0.02, 0.0), (radius, thickness), (radius, thickness), (0.0, thickness)]
    lathe(model, material, profile, (0.0, y - thickness, z), sides=20)
    inner = radius * 0.68
    model.tops.append(Top((-inner, inner), (z - inner, z + inner), y))


def _flat_top(
    model: Model, material: Material, x: tuple[float, float], z: tuple[float, float], y: float, thick: float
) -> None:
    box(model, material, x, (y - thick, y), z)
    model.tops.append(Top((x[0] + 0.04, x[1] - 0.04), (z[0] + 0.04, z[1] - 0.04), y))


@furniture("table", "dining")
def four_leg_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A dining table with a frame and a leg under each corner."""
    model, wood = Model(), palette.wood
    width, depth, y = rng.uniform(1.2, 1.8), rng.uniform(0.78, 0.92), rng.uniform(0.73, 0.76)
    x, z = (-width / 2.0, width / 2.0), (0.0, depth)
    _flat_top(model, wood, x, z, y, 0.035)
    four_legs(model, wood, (x[0] + 0.03, x[1] - 0.03), (0.03, depth - 0.03), (0.0, y - 0.035), 0.07, 0.05)
    for a in (0.05, depth - 0.07):
        box(model, wood.shaded(0.93), (x[0] + 0.08, x[1] - 0.08), (y - 0.12, y - 0.035), (a, a + 0.02))
    for a in (x[0] + 0.05, x[1] - 0.07):
        box(model, wood.shaded(0.93), (a, a + 0.02), (y - 0.12, y - 0.035), (0.08, depth - 0.08))
    return model


@furniture("table", "dining")
def pedestal_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A round table on one turned column with feet."""
    model, wood = Model(), palette.dark_wood if rng.random() < 0.5 else palette.wood
    radius, y = rng.uniform(0.48, 0.62), rng.uniform(0.73, 0.76)
    _round_top(model, wood, radius, y, 0.035, radius)
    profile = [(0.05, 0.10), (0.09, 0.16), (0.05, 0.26), (0.045, 0.45), (0.075, 0.58), (0.05, 0.64), (0.14, y - 0.035)]
    lathe(model, wood, profile, (0.0, 0.0, radius), 12)
    for k in range(4):
        angle = math.pi * (0.25 + 0.5 * k)
        reach = radius * 0.68
        foot = (reach * math.sin(angle), radius + reach * math.cos(angle))
        leg(model, wood, foot, (0.05 * math.sin(angle), radius + 0.05 * math.cos(angle)), (0.0, 0.16), 0.07, 0.05)
    return model


@furniture("table", "dining")
def trestle_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A long plank table on two crossed trestles with a beam between them."""
    model, wood = Model(), palette.dark_wood
    width, depth, y = rng.uniform(1.5, 1.9), rng.uniform(0.82, 0.92), 0.75
    _flat_top(model, palette.wood, (-width / 2.0, width / 2.0), (0.0, depth), y, 0.05)
    for side in (-1.0, 1.0):
        x, middle = side * (width / 2.0 - 0.28), depth / 2.0
        for a, b in ((0.08, depth - 0.08), (depth - 0.08, 0.08)):
            leg(model, wood, (x, a), (x, b), (0.0, y - 0.05), 0.07)
        box(model, wood, (x - 0.04, x + 0.04), (y - 0.10, y - 0.05), (0.06, depth - 0.06))
        box(model, wood, span(x, 0.0), (0.34, 0.40), (middle - 0.02, middle + 0.02))
    return model


@furniture("table", "coffee")
def coffee_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A low table with a shelf below its top."""
    model, wood = Model(), palette.wood
    width, depth, y = rng.uniform(0.90, 1.2), rng.uniform(0.50, 0.62), rng.uniform(0.40, 0.46)
    x, z = (-width / 2.0, width / 2.0), (0.0, depth)
    _flat_top(model, wood, x, z, y, 0.045)
    four_legs(model, wood, x, z, (0.0, y - 0.045), 0.055)
    box(model, wood.shaded(0.9), (x[0] + 0.03, x[1] - 0.03), (0.13, 0.15), (0.03, depth - 0.03))
    return model


@furniture("table", "coffee")
def round_coffee_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A low round table on three slanted legs."""
    model = Model()
    radius, y = rng.uniform(0.36, 0.46), rng.uniform(0.38, 0.45)
    top = palette.marble if rng.random() < 0.4 else palette.wood
    _round_top(model, top, radius, y, 0.03, radius)
    three_legs(model, palette.dark_wood, (0.94 * radius, 0.5 * radius), y - 0.03, radius, 0.019)
    return model


@furniture("table", "coffee")
def steel_coffee_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A low table with a stone top on a frame of square steel."""
    model = Model()
    width, depth, y = rng.uniform(0.85, 1.1), rng.uniform(0.52, 0.65), 0.42
    x, z = (-width / 2.0, width / 2.0), (0.0, depth)
    _flat_top(model, palette.marble, x, z, y, 0.03)
    four_legs(model, palette.black, x, z, (0.0, y - 0.03), 0.03)
    for a in (0.0, depth - 0.03):
        box(model, palette.black, x, (0.0, 0.03), (a, a + 0.03))
    return model


@furniture("table", "bedside")
def bedside_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A bedside table on legs with one drawer over an open shelf."""
    model, wood = Model(), palette.wood
    half, depth, y = rng.uniform(0.20, 0.24), rng.uniform(0.36, 0.42), rng.uniform(0.50, 0.58)
    _flat_top(model, wood, (-half, half), (0.0, depth), y, 0.025)
    four_legs(model, wood, (-half, half), (0.0, depth), (0.0, y - 0.02), 0.04, 0.03)
    box(model, wood, (-half + 0.01, half - 0.01), (y - 0.18, y - 0.02), (0.01, depth - 0.02))
    front = Front(palette.front, palette.brass, (-half + 0.03, half - 0.03), (y - 0.17, y - 0.03), depth - 0.02)
    drawers(model, front, 1, 1, knobs=True)
    box(model, wood.shaded(0.9), (-half + 0.01, half - 0.01), (0.14, 0.16), (0.01, depth - 0.01))
    return model


@furniture("table", "side")
def side_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A small table with a round top on a slim foot."""
    model = Model()
    radius, y = rng.uniform(0.20, 0.26), rng.uniform(0.50, 0.60)
    metal = palette.brass if rng.random() < 0.5 else palette.black
    _round_top(model, palette.marble if rng.random() < 0.5 else palette.dark_wood, radius, y, 0.022, radius)
    profile = [(0.0, 0.0), (radius * 0.72, 0.0), (radius * 0.72, 0.015), (0.03, 0.04), (0.016, 0.10), (0.016, y - 0.02)]
    lathe(model, metal, profile, (0.0, 0.0, radius), 12)
    return model


@furniture("table", "console")
def console_table(rng: np.random.Generator, palette: Palette) -> Model:
    """A narrow table for along a wall, with two drawers."""
    model, wood = Model(), palette.dark_wood
    width, depth, y = rng.uniform(0.90, 1.2), rng.uniform(0.28, 0.33), rng.uniform(0.76, 0.84)
    x = (-width / 2.0, width / 2.0)
    _flat_top(model, wood, x, (0.0, depth), y, 0.03)
    four_legs(model, wood, (x[0] + 0.02, x[1] - 0.02), (0.01, depth - 0.01), (0.0, y - 0.03), 0.045, 0.028)
    box(model, wood, (x[0] + 0.03, x[1] - 0.03), (y - 0.16, y - 0.03), (0.02, depth - 0.03))
    front = Front(wood.shaded(1.2), palette.brass, (x[0] + 0.06, x[1] - 0.06), (y - 0.15, y - 0.04), depth - 0.03)
    drawers(model, front, 1, 2, knobs=True)
    return model


@furniture("table", "desk")
def pedestal_desk(rng: np.random.Generator, palette: Palette) -> Model:
    """A desk with a stack of drawers on one side."""
    model, wood = Model(), palette.wood
    width, depth, y = rng.uniform(1.2, 1.5), rng.uniform(0.60, 0.72), 0.74
    x, side = (-width / 2.0, width / 2.0), float(rng.choice([-1.0, 1.0]))
    _flat_top(model, wood, x, (0.0, depth), y, 0.03)
    stack = span(side * (x[1] - 0.03), side * (x[1] - 0.42))
    box(model, wood, stack, (0.04, y - 0.03), (0.04, depth - 0.05))
    front = Front(palette.front, palette.steel, (stack[0] + 0.01, stack[1] - 0.01), (0.06, y - 0.05), depth - 0.05)
    drawers(model, front, 4, 1, knobs=False)
    panel_x = span(-side * (x[1] - 0.03), -side * (x[1] - 0.06))
    box(model, wood, panel_x, (0.0, y - 0.03), (0.04, depth - 0.05))
    box(
        model,
        wood.shaded(0.9),
        span(stack[0] if side > 0 else stack[1], panel_x[0]),
        (0.35, y - 0.03),
        (0.05, 0.07),
    )
    return model


@furniture("table", "desk")
def legged_desk(rng: np.random.Generator, palette: Palette) -> Model:
    """A plain desk on steel or wooden legs."""
    model = Model()
    width, depth, y = rng.uniform(1.2, 1.6), rng.uniform(0.62, 0.75), 0.73
    x = (-width / 2.0, width / 2.0)
    _flat_top(model, palette.wood, x, (0.0, depth), y, 0.03)
    if rng.random() < 0.5:
        four_legs(model, palette.grey, (x[0] + 0.02, x[1] - 0.02), (0.02, depth - 0.02), (0.0, y - 0.03), 0.045)
        box(model, palette.grey, (x[0] + 0.06, x[1] - 0.06), (y - 0.07, y - 0.03), (0.03, 0.06))
    else:
        splayed_legs(model, palette.dark_wood, x, (0.0, depth), (0.0, y - 0.03), 0.05, 0.10)
        box(model, palette.dark_wood, (x[0] + 0.15, x[1] - 0.15), (y - 0.10, y - 0.03), (0.12, depth - 0.12))
    return model
