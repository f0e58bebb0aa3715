"""Lamps, vases and other small things.

Sizes: floor lamps 1.4 to 1.7 m, table lamps 0.35 to 0.55 m high, shades 0.25 to 0.45 m; vases 0.2 to 0.35 m.
"""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import three_legs
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import LeafShape, Material, Model, ball, box, lathe, leaf, rod, tube


def _shade(
    model: Model, rng: np.random.Generator, palette: Palette, y: float, z: float, radius: float, height: float
) -> None:
    """A lit conical lampshade."""
    cloth = Material("weave", (1.0, 0.93, 0.78), 0.3, two_sided=True, glow=0.8)
    lathe(model, cloth, [(radius, y), (radius * rng.uniform(0.55, 0.85), y + height)], (0.0, 0.0, z), 14)


@furniture("lighting", "floor")
def floor_lamp(rng: np.random.Generator, palette: Palette) -> Model:
    """A standing lamp with a cloth shade."""
    model = Model()
    metal = palette.brass if rng.random() < 0.5 else palette.black
    top, z = rng.uniform(1.35, 1.6), 0.21
    lathe(
        model,
        metal,
        [(0.0, 0.0), (0.15, 0.0), (0.15, 0.015), (0.02, 0.03), (0.012, 0.05), (0.012, top - 0.15)],
        (0.0, 0.0, z),
        12,
    )
    ball(model, palette.lamp, (0.0, top - 0.10, z), 0.045)
    _shade(model, rng, palette, top - 0.20, z, 0.20, 0.28)
    return model


@furniture("lighting", "floor")
def arc_lamp(rng: np.random.Generator, palette: Palette) -> Model:
    """A standing lamp on three legs with a drum shade."""
    model, z = Model(), 0.27
    top = rng.uniform(1.35, 1.5)
    three_legs(model, palette.wood, (0.27, 0.02), top - 0.25, z, 0.017, 6)
    ball(model, palette.lamp, (0.0, top - 0.15, z), 0.045)
    _shade(model, rng, palette, top - 0.27, z, 0.23, 0.27)
    return model


@furniture("lighting", "table")
def table_lamp(rng: np.random.Generator, palette: Palette) -> Model:
    """A lamp with a round ceramic foot."""
    model = Model()
    foot, z = palette.ceramic.tinted(palette.accent(rng)), 0.14
    lathe(
        model,
        foot,
        [(0.06, 0.0), (0.065, 0.01), (0.09, 0.08), (0.07, 0.15), (0.02, 0.19), (0.015, 0.24)],
        (0.0, 0.0, z),
        12,
    )
    ball(model, palette.lamp, (0.0, 0.29, z), 0.04)
    _shade(model, rng, palette, 0.22, z, 0.14, 0.18)
    return model


@furniture("lighting", "desk")
def desk_lamp(rng: np.random.Generator, palette: Palette) -> Model:
    """A jointed lamp with a cone for a head."""
    model = Model()
    metal = palette.white.tinted(palette.accent(rng))
    lathe(model, metal, [(0.0, 0.0), (0.08, 0.0), (0.08, 0.015), (0.0, 0.025)], (0.0, 0.0, 0.10), 12)
    rod(model, metal, (0.0, 0.02, 0.10), (0.0, 0.27, 0.03), 0.010)
    rod(model, metal, (0.0, 0.27, 0.03), (0.0, 0.44, 0.20), 0.010)
    head = Model()
    lathe(head, metal, [(0.075, 0.0), (0.04, 0.09), (0.02, 0.12), (0.0, 0.12)], sides=12)
    lathe(head, palette.lamp, [(0.0, 0.005), (0.07, 0.004)][::-1], sides=12)
    ball(head, palette.lamp, (0.0, 0.02, 0.0), 0.035)
    model.add(head, (0.0, 0.37, 0.24), pitch=-0.5)
    return model


@furniture("lighting", "ceiling")
def pendant_lamp(rng: np.random.Generator, palette: Palette) -> Model:
    """A hanging lamp; the ceiling is at y = 0."""
    model = Model()
    drop = rng.uniform(0.35, 0.55)
    rod(model, palette.black, (0.0, -drop, 0.0), (0.0, 0.0, 0.0), 0.006, 5)
    lathe(model, palette.white, [(0.0, -0.03), (0.06, -0.03), (0.06, 0.0)], sides=10)
    radius = rng.uniform(0.17, 0.24)
    if rng.random() < 0.5:
        ball(model, palette.lamp, (0.0, -drop, 0.0), radius * 0.75)
    else:
        shade = palette.white.tinted(palette.accent(rng))
        outer = Material(None, shade.color, two_sided=True, glow=0.2)
        lathe(model, outer, [(radius, -drop - 0.12), (radius * 0.6, -drop + 0.04), (0.03, -drop + 0.08)], sides=14)
        ball(model, palette.lamp, (0.0, -drop - 0.03, 0.0), 0.06)
    return model


@furniture("lighting", "ceiling")
def ceiling_lamp(rng: np.random.Generator, palette: Palette) -> Model:
    """A flat round lamp on the ceiling, which is at y = 0."""
    model = Model()
    radius = rng.uniform(0.16, 0.22)
    lathe(model, palette.lamp, [(0.0, -0.09), (radius * 0.7, -0.08), (radius, -0.03), (radius, 0.0)], sides=14)
    return model


@furniture("objects", "vase")
def vase(rng: np.random.Generator, palette: Palette) -> Model:
    """A vase with some twigs with leaves."""
    model = Model()
    z, color = 0.09, palette.ceramic.tinted(palette.accent(rng))
    profile = [(0.04, 0.0), (0.075, 0.06), (0.07, 0.13), (0.03, 0.20), (0.035, 0.24), (0.035, 0.24), (0.028, 0.235)]
    lathe(model, color, profile, (0.0, 0.0, z), 12)
    for k in range(5):
        yaw = 1.26 * k
        tip = (0.09 * math.sin(yaw), 0.24 + rng.uniform(0.10, 0.22), z + 0.09 * math.cos(yaw))
        tube(
            model,
            palette.bark,
            [(0.0, 0.2, z), (tip[0] * 0.4, (0.24 + tip[1]) / 2.0, z + (tip[2] - z) * 0.4), tip],
            0.004,
            4,
        )
        for side in (-0.8, 0.0, 0.8):
            leaf(model, palette.leaf, tip, yaw + side, LeafShape(0.5, 0.08, 0.035, 0.8))
    return model


@furniture("objects", "books")
def book_pile(rng: np.random.Generator, palette: Palette) -> Model:
    """Some books lying over each other."""
    model, y = Model(), 0.0
    for _ in range(int(rng.integers(2, 5))):
        thick, half = rng.uniform(0.02, 0.045), rng.uniform(0.09, 0.12)
        one, cover = Model(), palette.white.tinted(palette.accent(rng))
        box(one, cover, (-half, half), (0.0, thick), (-0.08, 0.08))
        box(one, palette.white, (-half + 0.008, half + 0.002), (0.004, thick - 0.004), (-0.076, 0.076))
        model.add(one, (0.0, y, 0.12), yaw=rng.uniform(-0.4, 0.4))
        y += thick
    return model
