"""Televisions and computer monitors.

Sizes: 16:9 screens of 32 to 65 inches are 0.73 x 0.43 to 1.45 x 0.83 m outside, monitors of 24 and 27 inches 0.54 x
0.32 and 0.61 x 0.36 m; old tube sets 0.55 x 0.48 x 0.48 m.
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, box, leg, panel, rod, soft_box, span


def _screen(
    model: Model, palette: Palette, rng: np.random.Generator, width: float, y: float, z: float, texture: str
) -> None:
    """A flat screen whose lower edge is at y and whose front is at z."""
    half, height, rim = width / 2.0, width * 0.575, 0.014
    box(model, palette.black, (-half, half), (y, y + height), (z - 0.035, z))
    glow = 0.1 if texture == "screen_off" else 0.75
    picture = Material(f"{texture}#{int(rng.integers(3))}", glow=glow)
    panel(model, picture, (-half + rim, half - rim), (y + rim * 1.6, y + height - rim), z + 0.002)


def _shown(rng: np.random.Generator) -> str:
    return "screen_film" if rng.random() < 0.75 else "screen_off"


@furniture("tv_monitor", "bench")
def television(rng: np.random.Generator, palette: Palette) -> Model:
    """A television on two feet, for on top of a bench."""
    model = Model()
    width = rng.uniform(0.90, 1.30)
    _screen(model, palette, rng, width, 0.07, 0.15, _shown(rng))
    for side in (-1.0, 1.0):
        x = side * width * 0.32
        for z in (0.02, 0.26):
            leg(model, palette.black, (x + side * 0.02, z), (x, 0.13), (0.0, 0.08), 0.022)
    return model


@furniture("tv_monitor", "bench")
def pedestal_television(rng: np.random.Generator, palette: Palette) -> Model:
    """A television on a middle foot with a plate."""
    model = Model()
    width = rng.uniform(0.75, 1.1)
    _screen(model, palette, rng, width, 0.10, 0.15, _shown(rng))
    soft_box(model, palette.grey, (-width * 0.24, width * 0.24), (0.0, 0.02), (0.02, 0.26), 0.01)
    box(model, palette.grey, (-0.05, 0.05), (0.015, 0.16), (0.10, 0.13))
    return model


@furniture("tv_monitor", "wall")
def wall_television(rng: np.random.Generator, palette: Palette) -> Model:
    """A television on the wall; its lower edge is at y = 0."""
    model = Model()
    width = rng.uniform(0.80, 1.25)
    box(model, palette.grey, (-0.12, 0.12), (width * 0.2, width * 0.4), (0.0, 0.03))
    _screen(model, palette, rng, width, 0.0, 0.065, _shown(rng))
    return model


@furniture("tv_monitor", "desk")
def computer_monitor(rng: np.random.Generator, palette: Palette) -> Model:
    """A monitor on its stand with keyboard and mouse before it."""
    model = Model()
    width = rng.uniform(0.54, 0.66)
    _screen(model, palette, rng, width, 0.13, 0.13, "screen_desktop")
    soft_box(model, palette.black, (-0.12, 0.12), (0.0, 0.015), (0.02, 0.21), 0.007)
    rod(model, palette.black, (0.0, 0.01, 0.08), (0.0, 0.25, 0.08), 0.02)
    box(model, palette.grey, (-0.22, 0.22), (0.0, 0.018), (0.30, 0.44))
    for row in range(4):
        box(model, palette.black, (-0.21, 0.21), (0.018, 0.024), (0.308 + 0.032 * row, 0.334 + 0.032 * row))
    soft_box(model, palette.black, (0.27, 0.33), (0.0, 0.03), (0.32, 0.42), 0.014)
    return model


@furniture("tv_monitor", "bench")
def tube_television(rng: np.random.Generator, palette: Palette) -> Model:
    """An old television with a deep wooden case, knobs and an aerial."""
    model = Model()
    half, height, depth = rng.uniform(0.28, 0.33), 0.47, 0.36
    box(model, palette.dark_wood, (-half, half), (0.03, height), (0.0, depth))
    box(model, palette.black, (-half + 0.03, half - 0.15), (0.07, height - 0.04), (depth, depth + 0.012))
    panel(
        model,
        Material(f"{_shown(rng)}#1", glow=0.4),
        (-half + 0.055, half - 0.175),
        (0.09, height - 0.06),
        depth + 0.014,
    )
    for y in (0.36, 0.26):
        rod(model, palette.brass, (half - 0.075, y, depth), (half - 0.075, y, depth + 0.03), 0.03, 9)
    for y in (0.10, 0.13, 0.16):
        box(model, palette.black, (half - 0.12, half - 0.03), (y, y + 0.012), (depth, depth + 0.004))
    for side in (-1.0, 1.0):
        rod(model, palette.chrome, (0.0, height, 0.15), (side * 0.22, height + 0.34, 0.15), 0.005, 4)
        box(
            model,
            palette.black,
            span(side * half * 0.8, side * half * 0.6),
            (0.0, 0.03),
            (0.05, depth - 0.05),
        )
    return model
