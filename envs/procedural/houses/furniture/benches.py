"""Stools, and seating without a back: benches, ottomans and window seats.

Sizes: stools 0.43 to 0.47 m, bar stools 0.62 to 0.75 m high; benches 1.0 to 1.4 x 0.35 to 0.45 m; ottomans 0.5 to 0.8 m
across and 0.40 to 0.45 m high (Neufert; IKEA BEKVÄM 0.43 x 0.39 x 0.50 m, HEMNES bench 0.85 x 0.32 x 0.65 m).
"""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import four_legs, splayed_legs, three_legs
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Model, Top, ball, box, lathe, rod, soft_box, tube


@furniture("stool", "bar")
def wooden_bar_stool(rng: np.random.Generator, palette: Palette) -> Model:
    """A high stool: round seat, four slanted legs, a ring for the feet."""
    model, wood = Model(), palette.wood
    y, radius, spread = rng.uniform(0.64, 0.74), 0.17, 0.19
    lathe(
        model,
        wood,
        [(0.0, y - 0.04), (radius, y - 0.04), (radius, y - 0.01), (radius - 0.02, y), (0.0, y - 0.008)],
        (0.0, 0.0, spread),
        14,
    )
    ring = []
    for k in range(4):
        angle = math.pi * (0.25 + 0.5 * k)
        s, c = math.sin(angle), math.cos(angle)
        rod(
            model,
            wood,
            (spread * 1.25 * s, 0.0, spread + spread * 1.25 * c),
            (0.11 * s, y - 0.04, spread + 0.11 * c),
            0.017,
            7,
        )
        share = 0.23 / y
        away = spread * 1.25 * (1 - share) + 0.11 * share
        ring.append((away * s, 0.23, spread + away * c))
    for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
        rod(model, wood, start, end, 0.011, 6)
    return model


@furniture("stool", "bar")
def swivel_bar_stool(rng: np.random.Generator, palette: Palette) -> Model:
    """A padded round seat on a chromed column with a broad foot and a foot ring."""
    model = Model()
    y, radius = rng.uniform(0.66, 0.75), rng.uniform(0.17, 0.20)
    z = 0.21
    lathe(
        model,
        palette.chrome,
        [(0.0, 0.0), (0.20, 0.0), (0.20, 0.012), (0.05, 0.035), (0.026, 0.06), (0.026, y - 0.09)],
        (0.0, 0.0, z),
        14,
    )
    lathe(
        model,
        palette.leather,
        [(0.0, y - 0.09), (radius - 0.02, y - 0.09), (radius, y - 0.05), (radius - 0.02, y - 0.005), (0.0, y)],
        (0.0, 0.0, z),
        14,
    )
    ring = [(0.13 * math.sin(a), 0.28, z + 0.13 * math.cos(a)) for a in np.linspace(0.0, 2.0 * math.pi, 13)]
    tube(model, palette.chrome, ring, 0.010)
    rod(model, palette.chrome, (-0.13, 0.28, z), (0.13, 0.28, z), 0.010)
    return model


@furniture("stool", "low")
def three_leg_stool(rng: np.random.Generator, palette: Palette) -> Model:
    """A low milking stool."""
    model, wood = Model(), palette.wood if rng.random() < 0.5 else palette.dark_wood
    y, radius = rng.uniform(0.42, 0.46), rng.uniform(0.16, 0.19)
    lathe(
        model, wood, [(0.0, y - 0.04), (radius, y - 0.04), (radius, y), (radius, y), (0.0, y)], (0.0, 0.0, radius), 14
    )
    three_legs(model, wood, (radius, 0.09), y - 0.04, radius, 0.019)
    return model


@furniture("stool", "low")
def step_stool(rng: np.random.Generator, palette: Palette) -> Model:
    """A wooden stool with a step below its seat."""
    model, wood = Model(), palette.wood
    four_legs(model, wood, (-0.20, 0.20), (0.0, 0.30), (0.0, 0.47), 0.04)
    box(model, wood, (-0.215, 0.215), (0.47, 0.50), (-0.01, 0.31))
    four_legs(model, wood, (-0.20, 0.20), (0.30, 0.40), (0.0, 0.23), 0.03)
    box(model, wood, (-0.205, 0.205), (0.23, 0.255), (0.12, 0.42))
    return model


@furniture("stool", "low")
def padded_stool(rng: np.random.Generator, palette: Palette) -> Model:
    """A dressing-table stool: square cushion on four turned-out legs."""
    model = Model()
    half, y = rng.uniform(0.20, 0.23), rng.uniform(0.44, 0.48)
    splayed_legs(model, palette.dark_wood, (-half, half), (0.0, 2.0 * half), (0.0, y - 0.10), 0.035, 0.05)
    soft_box(model, palette.armchair, (-half + 0.02, half - 0.02), (y - 0.12, y), (0.02, 2.0 * half - 0.02), 0.04)
    return model


@furniture("seating", "hall")
def slatted_bench(rng: np.random.Generator, palette: Palette) -> Model:
    """A wooden bench with slats for a seat and a shelf below."""
    model, wood = Model(), palette.wood
    half, depth, y = rng.uniform(0.48, 0.62), rng.uniform(0.32, 0.36), rng.uniform(0.43, 0.46)
    four_legs(model, wood, (-half, half), (0.0, depth), (0.0, y - 0.025), 0.05)
    for z in np.linspace(0.0, depth - 0.065, 4):
        box(model, wood, (-half - 0.01, half + 0.01), (y - 0.025, y), (float(z), float(z) + 0.065))
    for z in np.linspace(0.02, depth - 0.07, 3):
        box(model, wood.shaded(0.9), (-half + 0.02, half - 0.02), (0.15, 0.17), (float(z), float(z) + 0.05))
    model.tops.append(Top((-half + 0.05, half - 0.05), (0.03, depth - 0.03), y))
    return model


@furniture("seating", "bed end")
def upholstered_bench(rng: np.random.Generator, palette: Palette) -> Model:
    """A padded bench on slim legs, as at the foot of a bed."""
    model = Model()
    half, depth, y = rng.uniform(0.50, 0.68), rng.uniform(0.38, 0.44), rng.uniform(0.44, 0.48)
    metal = palette.brass if rng.random() < 0.5 else palette.black
    for x in (-half + 0.06, half - 0.06):
        tube(
            model,
            metal,
            [(x, y - 0.13, 0.05), (x, 0.015, 0.05), (x, 0.015, depth - 0.05), (x, y - 0.13, depth - 0.05)],
            0.016,
        )
    soft_box(model, palette.armchair, (-half, half), (y - 0.14, y), (0.0, depth), 0.05)
    for x in np.linspace(-half + 0.15, half - 0.15, 5):
        for z in (depth * 0.3, depth * 0.7):
            ball(model, palette.armchair.shaded(0.7), (float(x), y - 0.002, z), 0.016, 0.008)
    return model


@furniture("seating", "lounge")
def ottoman(rng: np.random.Generator, palette: Palette) -> Model:
    """A round or square upholstered block to sit or put feet on."""
    model = Model()
    cloth = palette.blanket if rng.random() < 0.4 else palette.armchair
    size, y = rng.uniform(0.55, 0.75), rng.uniform(0.40, 0.44)
    if rng.random() < 0.5:
        r = size / 2.0
        lathe(model, palette.dark_wood, [(0.0, 0.0), (r * 0.9, 0.0), (r * 0.9, 0.05)], (0.0, 0.0, r), 16)
        lathe(
            model, cloth, [(r * 0.97, 0.04), (r, 0.10), (r, y - 0.06), (r * 0.9, y), (0.0, y + 0.01)], (0.0, 0.0, r), 16
        )
        ball(model, cloth.shaded(0.6), (0.0, y + 0.01, r), 0.02, 0.012)
    else:
        four_legs(
            model, palette.dark_wood, (-size / 2.0 + 0.04, size / 2.0 - 0.04), (0.04, size - 0.04), (0.0, 0.10), 0.04
        )
        soft_box(model, cloth, (-size / 2.0, size / 2.0), (0.09, y), (0.0, size), 0.06)
    return model


@furniture("seating", "hall")
def storage_bench(rng: np.random.Generator, palette: Palette) -> Model:
    """A chest bench with panelled front and a cushion on its lid."""
    model = Model()
    half, depth = rng.uniform(0.45, 0.60), rng.uniform(0.36, 0.40)
    body = palette.white if rng.random() < 0.5 else palette.wood
    box(model, body, (-half, half), (0.0, 0.40), (0.0, depth))
    for x in np.linspace(-half, half, 4)[:-1]:
        third = 2.0 * half / 3.0
        box(model, body.shaded(0.9), (float(x) + 0.04, float(x) + third - 0.04), (0.07, 0.34), (depth, depth + 0.012))
    soft_box(model, palette.blanket, (-half, half), (0.40, 0.47), (0.0, depth + 0.01), 0.03)
    model.cushions.append((-half + 0.25, 0.66, 0.10, -0.2))
    return model
