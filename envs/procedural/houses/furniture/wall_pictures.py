"""Framed pictures, mirrors and clocks on walls; their lower edge is at y = 0, their back at z = 0.

Sizes: frames 0.40 x 0.50 to 1.0 x 0.70 m (IKEA RIBBA, BJÖRKSTA), mirrors 0.40 to 0.60 m wide.
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, box, panel, rod

_PANE = Material("mirror", glow=0.3)


def _frame(model: Model, material: Material, half: float, height: float, rim: float, out: float) -> None:
    """Four bars around a rectangle."""
    for x in ((-half, -half + rim), (half - rim, half)):
        box(model, material, x, (0.0, height), (0.0, out))
    for y in ((0.0, rim), (height - rim, height)):
        box(model, material, (-half + rim, half - rim), y, (0.0, out))


def _framed(rng: np.random.Generator, palette: Palette, motif: str, width: float, height: float) -> Model:
    model = Model()
    frame = [palette.dark_wood, palette.black, palette.white, palette.brass, palette.wood][rng.integers(5)]
    half, rim = width / 2.0, rng.uniform(0.022, 0.04)
    # Pictures hang apart from each other.
    model.blocks.append(np.array([(-half - 0.09, -0.05, 0.0), (half + 0.09, height + 0.05, 0.03)]))
    _frame(model, frame, half, height, rim, 0.03)
    border = rim
    if rng.random() < 0.5:  # a mount of white card around the picture
        panel(model, palette.white, (-half + rim, half - rim), (rim, height - rim), 0.012)
        border = rim + 0.14 * min(width, height)
    picture = Material(f"{motif}#{int(rng.integers(4))}", glow=0.08)
    panel(model, picture, (-half + border, half - border), (border, height - border), 0.016)
    return model


@furniture("picture", "wall")
def landscape_picture(rng: np.random.Generator, palette: Palette) -> Model:
    """A painted landscape, broad."""
    width = rng.uniform(0.65, 1.1)
    return _framed(rng, palette, "picture_landscape", width, width * 0.72)


@furniture("picture", "wall")
def sea_picture(rng: np.random.Generator, palette: Palette) -> Model:
    """A sailing boat."""
    width = rng.uniform(0.55, 0.9)
    return _framed(rng, palette, "picture_sea", width, width * 0.76)


@furniture("picture", "wall")
def portrait_picture(rng: np.random.Generator, palette: Palette) -> Model:
    """A portrait, upright."""
    height = rng.uniform(0.6, 0.85)
    return _framed(rng, palette, "picture_portrait", height * 0.76, height)


@furniture("picture", "wall")
def flower_picture(rng: np.random.Generator, palette: Palette) -> Model:
    """A vase with flowers, upright."""
    height = rng.uniform(0.5, 0.75)
    return _framed(rng, palette, "picture_flowers", height * 0.76, height)


@furniture("picture", "wall")
def abstract_picture(rng: np.random.Generator, palette: Palette) -> Model:
    """A square abstract painting."""
    side = rng.uniform(0.5, 0.85)
    return _framed(rng, palette, "picture_abstract", side, side)


@furniture("mirror", "bath")
def wall_mirror(rng: np.random.Generator, palette: Palette) -> Model:
    """A mirror in a slim frame."""
    model = Model()
    half, height = rng.uniform(0.24, 0.32), rng.uniform(0.65, 0.85)
    _frame(model, palette.chrome, half, height, 0.02, 0.02)
    panel(model, _PANE, (-half + 0.02, half - 0.02), (0.02, height - 0.02), 0.012)
    return model


@furniture("mirror", "hall")
def long_mirror(rng: np.random.Generator, palette: Palette) -> Model:
    """A tall mirror in a wooden frame."""
    model = Model()
    half, height = rng.uniform(0.22, 0.28), rng.uniform(1.3, 1.55)
    _frame(model, palette.wood, half, height, 0.045, 0.03)
    panel(model, _PANE, (-half + 0.04, half - 0.04), (0.04, height - 0.04), 0.014)
    return model


@furniture("objects", "clock")
def wall_clock(rng: np.random.Generator, palette: Palette) -> Model:
    """A round wall clock with hands."""
    model = Model()
    radius = rng.uniform(0.14, 0.18)
    rod(model, palette.black, (0.0, radius, 0.0), (0.0, radius, 0.03), radius, 18)
    rod(model, palette.ceramic, (0.0, radius, 0.03), (0.0, radius, 0.034), radius * 0.9, 18)
    for k in range(12):
        angle = np.pi * k / 6.0
        s, c = float(np.sin(angle)), float(np.cos(angle))
        rod(
            model,
            palette.black,
            (s * radius * 0.72, radius + c * radius * 0.72, 0.036),
            (s * radius * 0.82, radius + c * radius * 0.82, 0.036),
            0.005,
            4,
        )
    for angle, length in ((rng.uniform(0, 6.28), 0.5), (rng.uniform(0, 6.28), 0.72)):
        tip = (float(np.sin(angle)) * radius * length, radius + float(np.cos(angle)) * radius * length, 0.04)
        rod(model, palette.black, (0.0, radius, 0.04), tip, 0.006, 4)
    return model
