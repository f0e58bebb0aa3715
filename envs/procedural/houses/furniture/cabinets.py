"""Cabinets, wardrobes and chests of drawers.

Sizes: wardrobes 0.58 to 0.66 m deep, 1.95 to 2.36 m high, 0.5 m a door (IKEA PAX 1.50 x 0.60 x 2.01/2.36 m); sideboards
1.2 to 1.8 x 0.40 to 0.45 x 0.70 to 0.85 m; television benches 1.2 to 1.8 x 0.40 x 0.40 to 0.55 m (BESTA); shoe cabinets
0.18 to 0.25 m deep (HEMNES 0.89 x 0.22 x 1.27 m); chests of drawers 0.80 to 1.6 x 0.45 to 0.50 x 0.78 to 1.3 m (MALM
0.80 x 0.48 x 0.78 and 1.60 x 0.48 x 0.78 m, HEMNES 0.58 x 0.40 x 1.31 m).
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import Front, bar_handle, doors, drawers, four_legs, knob
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, Range, Top, box, lathe


def _body(model: Model, material: Material, width: float, y: Range, depth: float) -> Range:
    x = (-width / 2.0, width / 2.0)
    box(model, material, x, y, (0.0, depth))
    model.tops.append(Top((x[0] + 0.03, x[1] - 0.03), (0.04, depth - 0.05), y[1]))
    return x


@furniture("cabinet", "wardrobe")
def wardrobe(rng: np.random.Generator, palette: Palette) -> Model:
    """A high wardrobe with hinged doors on a plinth."""
    model = Model()
    count, depth, top = int(rng.choice([2, 3, 3])), rng.uniform(0.56, 0.60), rng.uniform(1.95, 2.2)
    body = palette.white if rng.random() < 0.5 else palette.wood
    width = count * 0.5
    box(model, body.shaded(0.7), (-width / 2.0 + 0.01, width / 2.0 - 0.01), (0.0, 0.07), (0.01, depth - 0.03))
    x = _body(model, body, width, (0.07, top), depth)
    front = Front(body.shaded(0.97), palette.steel, (x[0] + 0.005, x[1] - 0.005), (0.08, top - 0.02), depth)
    doors(model, front, count, framed=rng.random() < 0.6)
    box(model, body, (x[0] - 0.015, x[1] + 0.015), (top, top + 0.03), (0.0, depth + 0.035))
    return model


@furniture("cabinet", "wardrobe")
def drawer_wardrobe(rng: np.random.Generator, palette: Palette) -> Model:
    """A wardrobe with two doors above two wide drawers."""
    model, wood = Model(), palette.dark_wood if rng.random() < 0.5 else palette.wood
    width, depth, top = rng.uniform(1.0, 1.2), rng.uniform(0.55, 0.60), rng.uniform(1.9, 2.1)
    four_legs(model, wood, (-width / 2.0, width / 2.0), (0.0, depth), (0.0, 0.12), 0.06)
    x = _body(model, wood, width, (0.10, top), depth)
    front = Front(wood.shaded(1.12), palette.brass, (x[0] + 0.02, x[1] - 0.02), (0.62, top - 0.04), depth)
    doors(model, front, 2, framed=True)
    front = Front(wood.shaded(1.12), palette.brass, (x[0] + 0.02, x[1] - 0.02), (0.13, 0.60), depth)
    drawers(model, front, 2, 1, knobs=True)
    box(model, wood, (x[0] - 0.03, x[1] + 0.03), (top, top + 0.05), (0.0, depth + 0.04))
    return model


@furniture("cabinet", "sideboard")
def sideboard(rng: np.random.Generator, palette: Palette) -> Model:
    """A low cabinet on legs with doors and a column of drawers."""
    model, wood = Model(), palette.wood
    width, depth, top = rng.uniform(1.2, 1.6), rng.uniform(0.40, 0.45), rng.uniform(0.72, 0.84)
    four_legs(
        model,
        palette.dark_wood,
        (-width / 2.0 + 0.03, width / 2.0 - 0.03),
        (0.03, depth - 0.03),
        (0.0, 0.17),
        0.04,
        0.025,
    )
    x = _body(model, wood, width, (0.16, top), depth)
    third = width / 3.0
    doors(model, Front(palette.front, palette.steel, (x[0] + 0.015, x[0] + third), (0.18, top - 0.02), depth), 1)
    doors(model, Front(palette.front, palette.steel, (x[1] - third, x[1] - 0.015), (0.18, top - 0.02), depth), 1)
    front = Front(palette.front, palette.steel, (x[0] + third, x[1] - third), (0.18, top - 0.02), depth)
    drawers(model, front, 3, 1, knobs=False)
    return model


@furniture("cabinet", "display")
def display_cabinet(rng: np.random.Generator, palette: Palette) -> Model:
    """A cabinet with doors below and open shelves with crockery above."""
    model = Model()
    body = palette.white if rng.random() < 0.5 else palette.wood
    width, depth, top = rng.uniform(0.9, 1.1), rng.uniform(0.38, 0.42), rng.uniform(1.8, 2.0)
    x = (-width / 2.0, width / 2.0)
    box(model, body, x, (0.0, 0.82), (0.0, depth))
    front = Front(body.shaded(0.95), palette.brass, (x[0] + 0.02, x[1] - 0.02), (0.08, 0.79), depth)
    doors(model, front, 2, framed=True)
    box(model, body, (x[0] - 0.02, x[1] + 0.02), (0.82, 0.85), (0.0, depth + 0.03))
    back = depth - 0.08
    for a in (x[0], x[1] - 0.03):
        box(model, body, (a, a + 0.03), (0.85, top), (0.0, back))
    box(model, body.shaded(0.85), (x[0] + 0.03, x[1] - 0.03), (0.85, top), (0.0, 0.015))
    for y in np.linspace(0.85, top, 4)[1:]:
        box(model, body, (x[0] + 0.03, x[1] - 0.03), (float(y) - 0.025, float(y)), (0.0, back))
    box(model, body, (x[0] - 0.02, x[1] + 0.02), (top, top + 0.04), (0.0, back + 0.03))
    for y in np.linspace(0.85, top, 4)[:-1]:
        for cx in np.linspace(x[0] + 0.14, x[1] - 0.14, 4):
            china = palette.ceramic if rng.random() < 0.7 else palette.ceramic.tinted(palette.accent(rng))
            height = rng.uniform(0.08, 0.18)
            profile = [(0.035, 0.0), (0.055, height * 0.6), (0.04, height), (0.0, height)]
            lathe(model, china, profile, (float(cx), float(y), back * 0.5), 7)
    return model


@furniture("cabinet", "tv")
def tv_bench(rng: np.random.Generator, palette: Palette) -> Model:
    """A low bench with doors at both ends and an open middle, for a television."""
    model, wood = Model(), palette.dark_wood if rng.random() < 0.5 else palette.wood
    width, depth, top = rng.uniform(1.3, 1.8), rng.uniform(0.38, 0.44), rng.uniform(0.45, 0.55)
    x = (-width / 2.0, width / 2.0)
    four_legs(model, palette.black, (x[0] + 0.03, x[1] - 0.03), (0.03, depth - 0.03), (0.0, 0.11), 0.04)
    third = width / 3.0
    for a, b in ((x[0], x[0] + third), (x[1] - third, x[1])):
        box(model, wood, (a, b), (0.10, top - 0.025), (0.0, depth))
        doors(model, Front(palette.front, palette.steel, (a + 0.01, b - 0.01), (0.115, top - 0.03), depth), 1)
    box(model, wood, (x[0] + third, x[1] - third), (0.10, 0.125), (0.0, depth))
    box(model, wood.shaded(0.7), (x[0] + third, x[1] - third), (0.125, top - 0.025), (0.0, 0.015))
    box(model, palette.black, (-0.19, 0.19), (0.125, 0.19), (0.08, depth - 0.06))
    box(model, wood, (x[0] - 0.01, x[1] + 0.01), (top - 0.025, top), (0.0, depth + 0.02))
    model.tops.append(Top((x[0] + 0.03, x[1] - 0.03), (0.04, depth - 0.03), top))
    return model


@furniture("cabinet", "hall")
def shoe_cabinet(rng: np.random.Generator, palette: Palette) -> Model:
    """A shallow cabinet with tilting flaps, for shoes."""
    model = Model()
    body = palette.white if rng.random() < 0.6 else palette.wood
    width, depth, rows = rng.uniform(0.75, 0.95), rng.uniform(0.20, 0.24), int(rng.integers(2, 4))
    top = 0.10 + rows * 0.38
    x = _body(model, body, width, (0.06, top), depth)
    four_legs(model, body, x, (0.0, depth), (0.0, 0.07), 0.04)
    for row in range(rows):
        y = (0.09 + row * 0.38, 0.09 + (row + 1) * 0.38 - 0.02)
        box(model, body.shaded(0.93), (x[0] + 0.02, x[1] - 0.02), y, (depth, depth + 0.016), ["back"])
        knob(model, palette.black, 0.0, y[1] - 0.06, depth + 0.016)
    return model


@furniture("cabinet", "bath")
def bathroom_cabinet(rng: np.random.Generator, palette: Palette) -> Model:
    """A tall narrow cabinet for a bathroom, on short feet."""
    model = Model()
    body = palette.white if rng.random() < 0.7 else palette.wood
    width, depth, top = rng.uniform(0.36, 0.44), rng.uniform(0.30, 0.36), rng.uniform(1.5, 1.8)
    x = _body(model, body, width, (0.10, top), depth)
    four_legs(model, palette.chrome, x, (0.0, depth), (0.0, 0.10), 0.03)
    front = Front(body.shaded(0.96), palette.chrome, (x[0] + 0.01, x[1] - 0.01), (0.11, 0.68), depth)
    doors(model, front, 1, framed=True)
    front = Front(body.shaded(0.96), palette.chrome, (x[0] + 0.01, x[1] - 0.01), (0.95, top - 0.01), depth)
    doors(model, front, 1, framed=True)
    front = Front(body.shaded(0.96), palette.chrome, (x[0] + 0.01, x[1] - 0.01), (0.69, 0.94), depth)
    drawers(model, front, 1, 1, knobs=False)
    return model


def _chest(
    rng: np.random.Generator, palette: Palette, width: float, depth: float, top: float, rows: int, columns: int
) -> Model:
    model = Model()
    body = [palette.white, palette.wood, palette.dark_wood][rng.integers(3)]
    x = _body(model, body, width, (0.08, top), depth)
    four_legs(model, body.shaded(0.9), x, (0.0, depth), (0.0, 0.09), 0.05, 0.04)
    metal = [palette.brass, palette.black, palette.steel][rng.integers(3)]
    front = Front(body.shaded(1.06), metal, (x[0] + 0.02, x[1] - 0.02), (0.11, top - 0.03), depth)
    drawers(model, front, rows, columns, knobs=rng.random() < 0.6)
    box(model, body, (x[0] - 0.015, x[1] + 0.015), (top, top + 0.025), (0.0, depth + 0.025))
    model.tops[-1] = Top(model.tops[-1].x, model.tops[-1].z, top + 0.025)
    return model


@furniture("chest_of_drawers", "low")
def three_drawer_chest(rng: np.random.Generator, palette: Palette) -> Model:
    """A chest with three or four drawers over each other."""
    return _chest(
        rng,
        palette,
        rng.uniform(0.75, 0.9),
        rng.uniform(0.44, 0.48),
        rng.uniform(0.76, 0.95),
        int(rng.integers(3, 5)),
        1,
    )


@furniture("chest_of_drawers", "low")
def wide_dresser(rng: np.random.Generator, palette: Palette) -> Model:
    """A wide dresser with two columns of drawers."""
    return _chest(rng, palette, rng.uniform(1.3, 1.6), rng.uniform(0.45, 0.50), rng.uniform(0.76, 0.88), 3, 2)


@furniture("chest_of_drawers", "tall")
def tall_chest(rng: np.random.Generator, palette: Palette) -> Model:
    """A narrow tall chest with five or six drawers."""
    return _chest(
        rng,
        palette,
        rng.uniform(0.52, 0.62),
        rng.uniform(0.40, 0.46),
        rng.uniform(1.15, 1.32),
        int(rng.integers(5, 7)),
        1,
    )


@furniture("cabinet", "kitchen wall")
def wall_cabinet(rng: np.random.Generator, palette: Palette) -> Model:
    """A kitchen cabinet that hangs above the worktop; its own bottom is at y = 0."""
    return wall_cabinet_of_width(palette, rng.uniform(0.8, 1.2))


def wall_cabinet_of_width(palette: Palette, width: float) -> Model:
    """A hanging kitchen cabinet of a given width, 0.60 to 0.72 m high and 0.35 m deep (EN 1116)."""
    model = Model()
    box(model, palette.front.shaded(0.94), (-width / 2.0, width / 2.0), (0.0, 0.68), (0.0, 0.33))
    count = max(1, round(width / 0.45))
    each = width / count
    for i in range(count):
        x0, x1 = -width / 2.0 + i * each + 0.003, -width / 2.0 + (i + 1) * each - 0.003
        box(model, palette.front, (x0, x1), (0.004, 0.676), (0.33, 0.348), ["back"])
        hand = x1 - 0.04 if i % 2 == 0 else x0 + 0.04
        bar_handle(model, palette.steel, (hand, 0.05), (hand, 0.17), 0.348)
    return model
