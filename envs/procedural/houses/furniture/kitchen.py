"""Kitchens: counters, sinks in them, cooker, refrigerator, hood, islands; and machines of the laundry.

Sizes: worktops 0.60 to 0.65 m deep and 0.85 to 0.92 m high, units in steps of 0.60 m (EN 1116); islands 0.9 m deep;
sinks 0.80 x 0.45 m; cookers and washing machines 0.60 x 0.60 x 0.85 m; refrigerators 0.60 x 0.65 x 1.75 to 2.0 m.
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import Front, bar_handle, doors, drawers, tap
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import (
    Material,
    Model,
    Range,
    Top,
    ball,
    box,
    lathe,
    panel,
    prism,
    rod,
    span,
)

WORKTOP_Y = 0.90
DEPTH = 0.62
UNIT = 0.60


def counter_run(rng: np.random.Generator, palette: Palette, units: int, hole: Range | None = None) -> Model:
    """Base cabinets of `units` times 0.60 m under a worktop, with a hole over a range of x for a sink."""
    model = Model()
    half = units * UNIT / 2.0
    box(model, palette.grey.shaded(0.5), (-half, half), (0.0, 0.10), (0.0, DEPTH - 0.08))
    box(model, palette.front.shaded(0.9), (-half, half), (0.10, WORKTOP_Y - 0.04), (0.0, DEPTH - 0.04))
    for i in range(units):
        x = (-half + i * UNIT + 0.002, -half + (i + 1) * UNIT - 0.002)
        if rng.random() < 0.4 and (hole is None or not x[0] < sum(hole) / 2.0 < x[1]):
            drawers(model, Front(palette.front, palette.steel, x, (0.11, 0.855), DEPTH - 0.04), 3, 1, knobs=False)
        else:
            doors(model, Front(palette.front, palette.steel, x, (0.11, 0.855), DEPTH - 0.04), 1)
    cuts = [(-half, half)] if hole is None else [(-half, hole[0]), (hole[1], half)]
    for x in cuts:
        box(model, palette.worktop, x, (WORKTOP_Y - 0.04, WORKTOP_Y), (0.0, DEPTH))
        if x[1] - x[0] > 0.25:
            model.tops.append(Top((x[0] + 0.05, x[1] - 0.05), (0.08, DEPTH - 0.12), WORKTOP_Y))
    if hole is not None:
        for z in ((0.0, 0.08), (DEPTH - 0.08, DEPTH)):
            box(model, palette.worktop, hole, (WORKTOP_Y - 0.04, WORKTOP_Y), z)
    return model


@furniture("counter", "kitchen")
def kitchen_counter(rng: np.random.Generator, palette: Palette) -> Model:
    """A row of three or four base units under one worktop."""
    return counter_run(rng, palette, int(rng.integers(3, 5)))


@furniture("counter", "island")
def kitchen_island(rng: np.random.Generator, palette: Palette) -> Model:
    """A free-standing counter whose top overhangs where people sit."""
    model = Model()
    half, depth = rng.uniform(0.65, 0.9), 0.90
    box(model, palette.grey.shaded(0.5), (-half + 0.05, half - 0.05), (0.0, 0.08), (0.30, depth - 0.07))
    box(model, palette.front, (-half + 0.03, half - 0.03), (0.08, WORKTOP_Y - 0.05), (0.28, depth - 0.04))
    front = Front(palette.front, palette.steel, (-half + 0.04, half - 0.04), (0.10, 0.84), depth - 0.04)
    doors(model, front, 3)
    box(model, palette.worktop, (-half, half), (WORKTOP_Y - 0.05, WORKTOP_Y), (0.0, depth))
    model.tops.append(Top((-half + 0.06, half - 0.06), (0.35, depth - 0.08), WORKTOP_Y))
    return model


@furniture("counter", "bar")
def bar_counter(rng: np.random.Generator, palette: Palette) -> Model:
    """A breakfast bar: a narrow high worktop on a panelled front and a steel foot rail."""
    model = Model()
    half, y = rng.uniform(0.6, 0.8), 1.04
    box(model, palette.dark_wood, (-half, half), (0.0, y - 0.05), (0.20, 0.42))
    for x in np.linspace(-half, half, 5)[:-1]:
        box(model, palette.wood, (float(x) + 0.03, float(x) + half / 2.0 - 0.03), (0.12, y - 0.12), (0.42, 0.435))
    box(model, palette.worktop, (-half - 0.03, half + 0.03), (y - 0.05, y), (0.0, 0.50))
    rod(model, palette.brass, (-half, 0.18, 0.50), (half, 0.18, 0.50), 0.02)
    for x in (-half + 0.1, half - 0.1):
        rod(model, palette.brass, (x, 0.18, 0.50), (x, 0.18, 0.42), 0.012)
    model.tops.append(Top((-half, half), (0.06, 0.44), y))
    return model


@furniture("sink", "kitchen")
def steel_sink(rng: np.random.Generator, palette: Palette) -> Model:
    """A steel sink with basin, draining board and tap, to be let into a worktop whose top is at y = 0."""
    model, steel = Model(), palette.steel
    x, z, bottom = (-0.40, 0.40), (0.08, DEPTH - 0.08), -0.17
    side = float(rng.choice([-1.0, 1.0]))
    basin = (-0.36, 0.04) if side < 0 else (-0.04, 0.36)
    drain = (basin[1] + 0.03, x[1]) if side < 0 else (x[0], basin[0] - 0.03)
    rim = 0.012
    box(model, steel, (x[0], basin[0]) if side < 0 else (basin[1], x[1]), (-0.03, rim), z)
    for part in ((z[0], z[0] + 0.05), (z[1] - 0.03, z[1])):
        box(model, steel, basin, (-0.03, rim), part)
    box(model, steel, (basin[1], basin[1] + 0.03) if side < 0 else (basin[0] - 0.03, basin[0]), (-0.03, rim), z)
    inner = (z[0] + 0.05, z[1] - 0.03)
    inside = steel.shaded(0.82)
    box(model, inside, basin, (bottom - 0.01, bottom), inner)
    for a in (basin[0], basin[1]):
        box(model, inside, (a - 0.006, a + 0.006), (bottom, 0.0), inner)
    for a in inner:
        box(model, inside, basin, (bottom, 0.0), (a - 0.006, a + 0.006))
    box(model, steel, drain, (-0.03, rim - 0.004), z)
    for k in np.linspace(z[0] + 0.06, z[1] - 0.06, 6):
        box(
            model,
            steel.shaded(0.75),
            (drain[0] + 0.04, drain[1] - 0.04),
            (rim - 0.004, rim + 0.004),
            (float(k), float(k) + 0.012),
        )
    lathe(
        model,
        palette.black,
        [(0.0, 0.0), (0.035, 0.0), (0.035, 0.004), (0.0, 0.004)],
        (sum(basin) / 2.0, bottom, sum(inner) / 2.0),
        9,
    )
    tap(model, palette.chrome, sum(basin) / 2.0, rim, z[0] + 0.03, 0.24, 0.2)
    return model


@furniture("appliances", "cooker")
def cooker(rng: np.random.Generator, palette: Palette) -> Model:
    """A cooker: four plates, a row of knobs, an oven door with a window."""
    model = Model()
    body = palette.steel if rng.random() < 0.5 else palette.white
    half, depth = 0.298, DEPTH - 0.02
    box(model, body, (-half, half), (0.0, 0.89), (0.0, depth))
    box(model, palette.black, (-half, half), (0.89, 0.905), (0.0, depth + 0.01))
    for x in (-0.14, 0.14):
        for z in (0.17, 0.43):
            plate = [(0.085, 0.0), (0.085, 0.006), (0.085, 0.006), (0.0, 0.006)]
            lathe(model, palette.grey, plate, (x, 0.905, z), 10)
    for k in range(5):
        x = -0.22 + 0.11 * k
        rod(model, palette.black, (x, 0.82, depth), (x, 0.82, depth + 0.03), 0.022, 8)
    box(model, palette.black, (-0.25, 0.25), (0.22, 0.68), (depth, depth + 0.02))
    box(model, palette.glass.shaded(0.35), (-0.20, 0.20), (0.28, 0.58), (depth + 0.02, depth + 0.024))
    bar_handle(model, palette.chrome, (-0.22, 0.715), (0.22, 0.715), depth)
    box(model, body.shaded(0.85), (-0.27, 0.27), (0.06, 0.17), (depth, depth + 0.015))
    if rng.random() < 0.6:
        _pot(model, palette, 0.14, 0.911, 0.43, rng)
    return model


def _pot(model: Model, palette: Palette, x: float, y: float, z: float, rng: np.random.Generator) -> None:
    color = palette.ceramic.tinted(palette.accent(rng)) if rng.random() < 0.5 else palette.steel
    height = rng.uniform(0.09, 0.15)
    lathe(
        model,
        color,
        [(0.0, 0.0), (0.095, 0.0), (0.10, height), (0.10, height), (0.05, height + 0.025), (0.0, height + 0.03)],
        (x, y, z),
        14,
    )
    ball(model, palette.black, (x, y + height + 0.04, z), 0.016)
    for side in (-1.0, 1.0):
        box(
            model,
            palette.black,
            span(x + side * 0.10, x + side * 0.145),
            (y + height - 0.03, y + height - 0.012),
            (z - 0.03, z + 0.03),
        )


@furniture("appliances", "refrigerator")
def refrigerator(rng: np.random.Generator, palette: Palette) -> Model:
    """A refrigerator with a freezer door below or above."""
    model = Model()
    body = palette.steel if rng.random() < 0.5 else palette.white
    half, depth, top = 0.30, rng.uniform(0.60, 0.66), rng.uniform(1.75, 1.95)
    box(model, body.shaded(0.9), (-half, half), (0.03, top), (0.0, depth - 0.05))
    split = 0.68 if rng.random() < 0.6 else top - 0.52
    for y in ((0.06, split - 0.006), (split + 0.006, top)):
        box(model, body, (-half, half), y, (depth - 0.05, depth))
        level = y[0] + 0.08 if y[0] > 0.5 else y[1] - 0.36
        bar_handle(model, palette.chrome, (half - 0.06, level), (half - 0.06, level + 0.28), depth)
    box(model, palette.black, (-half + 0.02, half - 0.02), (0.0, 0.05), (0.04, depth - 0.05))
    return model


@furniture("appliances", "hood")
def extractor_hood(rng: np.random.Generator, palette: Palette) -> Model:
    """A steel hood with its flue; its lower edge is at y = 0."""
    model, steel = Model(), palette.steel
    box(model, steel, (-0.30, 0.30), (0.0, 0.06), (0.0, 0.48))
    corners = [(-0.30, 0.06), (0.30, 0.06), (0.12, 0.26), (-0.12, 0.26)]
    prism(model, steel, corners, (0.0, 0.30))
    box(model, steel, (-0.12, 0.12), (0.26, 0.95), (0.0, 0.26))
    return model


@furniture("appliances", "laundry")
def washing_machine(rng: np.random.Generator, palette: Palette) -> Model:
    """A front loader with a round door and a control strip."""
    model, white = Model(), palette.white
    half, depth, top = 0.298, 0.58, 0.85
    box(model, white, (-half, half), (0.02, top), (0.0, depth))
    box(model, palette.grey, (-half + 0.015, half - 0.015), (top - 0.13, top - 0.02), (depth, depth + 0.006))
    box(model, white.shaded(0.85), (-half + 0.03, -0.10), (top - 0.12, top - 0.03), (depth + 0.006, depth + 0.012))
    rod(model, palette.chrome, (0.05, top - 0.075, depth), (0.05, top - 0.075, depth + 0.03), 0.034, 10)
    rings = ((0.205, 0.035, palette.chrome), (0.165, 0.045, palette.black), (0.14, 0.05, palette.glass.shaded(0.55)))
    for radius, out, material in rings:
        rod(model, material, (0.0, 0.40, depth - 0.01), (0.0, 0.40, depth + out), radius, 16)
    model.tops.append(Top((-half + 0.04, half - 0.04), (0.06, depth - 0.06), top))
    return model


@furniture("sink", "laundry")
def utility_sink(rng: np.random.Generator, palette: Palette) -> Model:
    """A deep square tub on a steel stand with a tap."""
    model, tub = Model(), palette.ceramic
    half, depth, y = 0.28, 0.50, 0.86
    for x in (-half + 0.02, half - 0.02):
        for z in (0.04, depth - 0.04):
            rod(model, palette.steel, (x, 0.0, z), (x, 0.5, z), 0.018)
    bottom = 0.50
    box(model, tub, (-half, half), (bottom, bottom + 0.03), (0.0, depth))
    for side in ((-half, -half + 0.03), (half - 0.03, half)):
        box(model, tub, side, (bottom + 0.03, y), (0.0, depth))
    for end in ((0.0, 0.06), (depth - 0.03, depth)):
        box(model, tub, (-half + 0.03, half - 0.03), (bottom + 0.03, y), end)
    tap(model, palette.chrome, 0.0, y, 0.03, 0.22, 0.18)
    return model


@furniture("objects", "kitchen")
def fruit_bowl(rng: np.random.Generator, palette: Palette) -> Model:
    """A bowl of apples and oranges."""
    model = Model()
    bowl = palette.ceramic.tinted(palette.accent(rng))
    lathe(
        model,
        bowl,
        [
            (0.05, 0.0),
            (0.06, 0.01),
            (0.13, 0.07),
            (0.14, 0.09),
            (0.14, 0.09),
            (0.125, 0.085),
            (0.05, 0.03),
            (0.0, 0.025),
        ],
        (0.0, 0.0, 0.14),
        14,
    )
    colors = ((0.80, 0.14, 0.12), (0.95, 0.55, 0.12), (0.55, 0.72, 0.18), (0.95, 0.82, 0.25))
    for k in range(6):
        angle = 1.1 * k
        away = 0.06 if k < 5 else 0.0
        fruit = Material(None, colors[rng.integers(4)])
        ball(
            model, fruit, (away * np.sin(angle), 0.085 + (0.04 if k == 5 else 0.0), 0.14 + away * np.cos(angle)), 0.038
        )
    return model


@furniture("objects", "worktop")
def coffee_machine(rng: np.random.Generator, palette: Palette) -> Model:
    """An espresso machine with its tray and a cup."""
    model = Model()
    body = palette.black if rng.random() < 0.5 else palette.steel
    box(model, body, (-0.11, 0.11), (0.0, 0.04), (0.0, 0.28))
    box(model, body, (-0.11, 0.11), (0.04, 0.32), (0.0, 0.12))
    box(model, body, (-0.11, 0.11), (0.22, 0.32), (0.12, 0.26))
    box(model, palette.grey, (-0.09, 0.09), (0.04, 0.05), (0.13, 0.27))
    panel(model, palette.grey.shaded(0.6), (-0.08, 0.08), (0.25, 0.30), 0.262)
    for x in (-0.05, 0.05):
        rod(model, palette.chrome, (x, 0.275, 0.26), (x, 0.275, 0.275), 0.014, 8)
    rod(model, palette.chrome, (0.0, 0.17, 0.19), (0.0, 0.22, 0.19), 0.03, 8)
    lathe(
        model,
        palette.ceramic,
        [(0.0, 0.0), (0.025, 0.0), (0.035, 0.06), (0.035, 0.06), (0.0, 0.055)],
        (0.0, 0.042, 0.19),
        9,
    )
    return model
