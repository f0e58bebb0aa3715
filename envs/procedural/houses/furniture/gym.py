"""Equipment for exercise at home.

Sizes: treadmills 1.75 to 1.9 x 0.80 x 1.3 to 1.45 m, belt 0.45 to 0.50 m wide; exercise bikes 1.0 to 1.2 x 0.5 x 1.2 to
1.4 m; benches 1.2 x 0.30 m, 0.42 to 0.45 m high (IPF rules: 1.22 m, 0.42 to 0.45 m) with a bar of 1.5 to 1.8 m;
dumbbell racks 0.9 to 1.1 m wide, 0.75 m high (data sheets of NordicTrack, Kettler and Rogue).
"""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, ball, box, panel, rod, soft_box, span, tube


@furniture("gym_equipment", "large")
def treadmill(rng: np.random.Generator, palette: Palette) -> Model:
    """A treadmill: belt between side rails, two uprights, handlebars and a console at its front."""
    model = Model()
    half, length, top = rng.uniform(0.38, 0.42), rng.uniform(1.60, 1.75), rng.uniform(1.25, 1.38)
    box(model, palette.rubber, (-half + 0.10, half - 0.10), (0.10, 0.16), (0.02, length - 0.25))
    for a, b in ((-half, -half + 0.10), (half - 0.10, half)):
        box(model, palette.grey, (a, b), (0.03, 0.18), (0.0, length - 0.25))
    soft_box(model, palette.black.shaded(1.6), (-half, half), (0.03, 0.30), (length - 0.32, length), 0.06)
    for side in (-1.0, 1.0):
        x = side * (half - 0.04)
        tube(
            model,
            palette.grey.shaded(0.6),
            [(x, 0.10, length - 0.14), (x, top - 0.25, length - 0.04), (x, top - 0.10, length - 0.06)],
            0.032,
        )
        tube(
            model,
            palette.black,
            [(x, top - 0.28, length - 0.05), (x, top - 0.20, length - 0.25), (x, top - 0.22, length - 0.55)],
            0.022,
        )
    console = Model()
    soft_box(console, palette.black.shaded(1.6), (-half + 0.02, half - 0.02), (0.0, 0.30), (0.0, 0.06), 0.025)
    screen = Model()
    panel(screen, Material("screen_desktop#2", glow=0.7), (-0.16, 0.16), (0.05, 0.25), 0.0)
    console.add(screen, (0.0, 0.0, -0.002), yaw=math.pi)
    model.add(console, (0.0, top - 0.16, length - 0.12), pitch=0.5)
    box(model, palette.white.tinted(palette.accent(rng)), (-0.05, 0.05), (0.20, 0.24), (length - 0.34, length - 0.30))
    return model


@furniture("gym_equipment", "small")
def exercise_bike(rng: np.random.Generator, palette: Palette) -> Model:
    """A stationary bicycle: flywheel, saddle, handlebars, pedals."""
    model = Model()
    accent = palette.white.tinted(palette.accent(rng))
    for z in (0.06, 0.94):
        rod(model, palette.black, (-0.25, 0.035, z), (0.25, 0.035, z), 0.035)
    rod(model, accent, (0.0, 0.06, 0.06), (0.0, 0.06, 0.94), 0.035)
    tube(model, accent, [(0.0, 0.08, 0.42), (0.0, 0.45, 0.36), (0.0, 0.86, 0.28)], 0.034)
    tube(model, accent, [(0.0, 0.30, 0.42), (0.0, 0.46, 0.62), (0.0, 0.80, 0.80)], 0.034)
    rod(model, palette.grey, (-0.035, 0.36, 0.76), (0.035, 0.36, 0.76), 0.25, 18)
    rod(model, palette.black, (-0.045, 0.36, 0.76), (0.045, 0.36, 0.76), 0.07, 10)
    rod(model, accent, (0.0, 0.06, 0.80), (0.0, 0.36, 0.76), 0.03)
    soft_box(model, palette.black, (-0.11, 0.11), (0.86, 0.92), (0.12, 0.26), 0.03)
    soft_box(model, palette.black, (-0.035, 0.035), (0.865, 0.91), (0.22, 0.42), 0.02)
    rod(model, palette.chrome, (0.0, 0.78, 0.80), (0.0, 1.10, 0.82), 0.028)
    bars = [(-0.20, 1.16, 0.62), (-0.20, 1.12, 0.78), (0.0, 1.10, 0.82), (0.20, 1.12, 0.78), (0.20, 1.16, 0.62)]
    tube(model, palette.black, bars, 0.019)
    box(model, palette.black, (-0.08, 0.08), (1.12, 1.24), (0.83, 0.86))
    rod(model, palette.grey, (-0.06, 0.33, 0.44), (0.06, 0.33, 0.44), 0.10, 12)
    for side in (-1.0, 1.0):
        foot = (side * 0.09, 0.33 - side * 0.15, 0.44 + side * 0.05)
        rod(model, palette.chrome, (side * 0.07, 0.33, 0.44), foot, 0.012)
        box(
            model,
            palette.black,
            span(side * 0.09, side * 0.19),
            (foot[1] - 0.015, foot[1] + 0.015),
            (foot[2] - 0.05, foot[2] + 0.05),
        )
    return model


def _plates(model: Model, palette: Palette, x: float, y: float, z: float, side: float) -> None:
    """Weight plates on a bar's end."""
    for k, (radius, thick) in enumerate(((0.20, 0.045), (0.15, 0.035))):
        start = x + side * (0.055 * k)
        material = palette.black if k else palette.black.shaded(2.4)
        rod(model, material, (start, y, z), (start + side * thick, y, z), radius, 16)


@furniture("gym_equipment", "large")
def weight_bench(rng: np.random.Generator, palette: Palette) -> Model:
    """A padded bench with a loaded barbell on two uprights."""
    model = Model()
    y, rack = 0.44, rng.uniform(0.95, 1.05)
    soft_box(model, palette.leather, (-0.15, 0.15), (y - 0.07, y), (0.12, 1.28), 0.03)
    for z in (0.30, 1.18):
        box(model, palette.grey, (-0.025, 0.025), (0.05, y - 0.06), (z - 0.025, z + 0.025))
        box(model, palette.grey, (-0.25, 0.25), (0.0, 0.05), (z - 0.03, z + 0.03))
    box(model, palette.grey, (-0.03, 0.03), (0.02, 0.07), (0.30, 1.18))
    for side in (-1.0, 1.0):
        x = side * 0.44
        box(model, palette.black, (x - 0.03, x + 0.03), (0.0, rack), (0.18, 0.24))
        box(model, palette.black, (x - 0.03, x + 0.03), (0.0, 0.05), (0.0, 0.50))
        for z in (0.155, 0.265):
            box(model, palette.black, (x - 0.03, x + 0.03), (rack - 0.04, rack + 0.06), (z - 0.012, z + 0.012))
        _plates(model, palette, side * 0.62, rack + 0.025, 0.21, side)
    box(model, palette.black, (-0.44, 0.44), (0.06, 0.11), (0.18, 0.24))
    rod(model, palette.chrome, (-0.85, rack + 0.025, 0.21), (0.85, rack + 0.025, 0.21), 0.016, 8)
    return model


@furniture("gym_equipment", "small")
def dumbbell_rack(rng: np.random.Generator, palette: Palette) -> Model:
    """Three slanted shelves with pairs of dumbbells."""
    model = Model()
    half = rng.uniform(0.46, 0.55)
    for side in (-1.0, 1.0):
        tube(
            model, palette.grey, [(side * half, 0.0, 0.42), (side * half, 0.05, 0.40), (side * half, 0.80, 0.06)], 0.03
        )
        box(model, palette.grey, (side * half - 0.03, side * half + 0.03), (0.0, 0.05), (0.0, 0.48))
    for row, (y, z) in enumerate(((0.18, 0.34), (0.45, 0.22), (0.72, 0.10))):
        box(model, palette.grey.shaded(0.7), (-half, half), (y - 0.02, y), (z - 0.09, z + 0.13))
        count = 6 - row
        for x in np.linspace(-half + 0.10, half - 0.10, count):
            radius, handle = 0.048 + 0.008 * (2 - row), 0.055
            rod(model, palette.chrome, (float(x), y + radius, z - handle), (float(x), y + radius, z + handle), 0.014)
            for end in (-1.0, 1.0):
                rod(
                    model,
                    palette.black,
                    (float(x), y + radius, z + end * handle),
                    (float(x), y + radius, z + end * (handle + 0.05)),
                    radius,
                    6,
                )
    return model


@furniture("gym_equipment", "small")
def exercise_ball(rng: np.random.Generator, palette: Palette) -> Model:
    """A big ball beside two kettlebells on a rolled-out mat."""
    model = Model()
    color = palette.white.tinted(palette.accent(rng))
    soft_box(model, color.shaded(0.7), (-0.85, 0.85), (0.0, 0.012), (0.0, 0.62), 0.006)
    from_ball = Model()
    ball(from_ball, color, (0.0, 0.0, 0.0), 0.31)
    model.add(from_ball, (-0.42, 0.32, 0.33))
    for x in (0.30, 0.58):
        ball(model, palette.black, (x, 0.10, 0.30), 0.10, 0.095)
        tube(
            model,
            palette.grey,
            [(x - 0.06, 0.16, 0.30), (x - 0.05, 0.26, 0.30), (x + 0.05, 0.26, 0.30), (x + 0.06, 0.16, 0.30)],
            0.016,
        )
    return model
