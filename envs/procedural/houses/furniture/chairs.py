"""Chairs for the table, the desk and the living room.

Sizes: seat height 0.43 to 0.47 m, width 0.40 to 0.50 m, height of dining chairs 0.80 to 1.0 m (Neufert, Architects'
Data; IKEA STEFAN 0.42 x 0.49 x 0.90 m, LISABO 0.45 x 0.50 x 0.78 m); office chair 0.62 x 0.60 x 1.1 to 1.3 m (IKEA
MARKUS); armchairs 0.68 to 0.85 m wide and 0.80 to 1.0 m high (IKEA POÄNG, STRANDMON 0.82 x 0.96 x 1.01 m).
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import four_legs, splayed_legs
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Model, ball, box, lathe, leg, rod, soft_box, span, tube


def _slanted_back(model: Model, post: float, width: float, z: float, seat: float, top: float, palette: Palette) -> None:
    """Two back posts from the floor to the top, leaning back above the seat."""
    for side in (-1.0, 1.0):
        x = side * (width / 2.0 - post / 2.0)
        leg(model, palette.wood, (x, z + 0.03), (x, z + 0.05), (0.0, seat), post, post * 0.8)
        leg(model, palette.wood, (x, z + 0.05), (x, z), (seat, top), post * 0.8, post)


@furniture("chair", "dining")
def ladder_back_chair(rng: np.random.Generator, palette: Palette) -> Model:
    """A wooden chair with slats across its back."""
    model, wood = Model(), palette.wood
    width, depth, top = rng.uniform(0.42, 0.46), rng.uniform(0.46, 0.50), rng.uniform(0.86, 0.96)
    half = width / 2.0
    _slanted_back(model, 0.036, width, 0.018, 0.44, top, palette)
    for x in (-half + 0.02, half - 0.02):
        leg(model, wood, (x, depth - 0.02), (x, depth - 0.02), (0.0, 0.43), 0.036, 0.028)
        box(model, wood, (x - 0.009, x + 0.009), (0.18, 0.205), (0.06, depth - 0.04))
    box(model, wood, (-half + 0.02, half - 0.02), (0.37, 0.425), (depth - 0.03, depth - 0.012))
    box(model, wood, (-half, half), (0.43, 0.455), (0.045, depth))
    if rng.random() < 0.5:
        soft_box(model, palette.armchair, (-half + 0.02, half - 0.02), (0.455, 0.49), (0.07, depth - 0.02), 0.02)
    count = int(rng.integers(3, 5))
    for i in range(count):
        y = 0.58 + (top - 0.64) * i / (count - 1)
        z = 0.068 - 0.05 * (y - 0.44) / (top - 0.44)
        box(model, wood, (-half + 0.03, half - 0.03), (y, y + 0.055), (z - 0.022, z - 0.004))
    return model


@furniture("chair", "dining")
def spindle_chair(rng: np.random.Generator, palette: Palette) -> Model:
    """A Windsor chair: splayed legs, round spindles under a bent rail."""
    model, wood = Model(), palette.dark_wood if rng.random() < 0.5 else palette.wood
    width, depth, top = rng.uniform(0.44, 0.48), rng.uniform(0.46, 0.50), rng.uniform(0.84, 0.94)
    half = width / 2.0
    for side in (-1.0, 1.0):
        for z, foot in ((0.10, 0.03), (depth - 0.09, depth - 0.02)):
            rod(model, wood, (side * (half - 0.02), 0.0, foot), (side * (half - 0.08), 0.43, z), 0.017, 6)
    rod(model, wood, (-half + 0.05, 0.20, depth * 0.5), (half - 0.05, 0.20, depth * 0.5), 0.011, 6)
    soft_box(model, wood, (-half, half), (0.43, 0.465), (0.04, depth), 0.016)
    rail = []
    for angle in np.linspace(-1.0, 1.0, 7):
        x = angle * (half - 0.03)
        z = 0.03 + 0.07 * angle**2
        rail.append((x, top - 0.05 * angle**2, z))
        rod(model, wood, (x * 0.85, 0.46, 0.085 + 0.06 * angle**2), rail[-1], 0.009, 5)
    tube(model, wood, rail, 0.018)
    return model


@furniture("chair", "dining")
def upholstered_chair(rng: np.random.Generator, palette: Palette) -> Model:
    """A dining chair with padded seat and high padded back."""
    model, cloth = Model(), palette.armchair
    width, depth, top = rng.uniform(0.44, 0.50), rng.uniform(0.52, 0.58), rng.uniform(0.92, 1.02)
    half = width / 2.0
    four_legs(model, palette.dark_wood, (-half + 0.01, half - 0.01), (0.05, depth - 0.01), (0.0, 0.40), 0.042, 0.030)
    soft_box(model, cloth, (-half, half), (0.38, 0.48), (0.04, depth), 0.03)
    back = Model()
    soft_box(back, cloth, (-half, half), (0.0, top - 0.46), (0.0, 0.085), 0.035)
    model.add(back, (0.0, 0.45, 0.085), pitch=-0.14)
    return model


@furniture("chair", "dining")
def shell_chair(rng: np.random.Generator, palette: Palette) -> Model:
    """A moulded shell on four splayed wooden legs."""
    model = Model()
    shell = palette.white.tinted(palette.accent(rng))
    width, depth, top = rng.uniform(0.45, 0.49), rng.uniform(0.50, 0.54), rng.uniform(0.79, 0.85)
    half = width / 2.0
    splayed_legs(model, palette.wood, (-half, half), (0.03, depth), (0.0, 0.42), 0.034, 0.09)
    soft_box(model, shell, (-half, half), (0.42, 0.455), (0.06, depth), 0.017)
    back = Model()
    soft_box(back, shell, (-half, half), (0.0, top - 0.44), (0.0, 0.03), 0.015)
    model.add(back, (0.0, 0.43, 0.10), pitch=-0.24)
    for side in (-1.0, 1.0):
        soft_box(model, shell, (side * half - 0.014, side * half + 0.014), (0.43, 0.56), (0.07, depth * 0.75), 0.012)
    return model


@furniture("chair", "desk")
def office_chair(rng: np.random.Generator, palette: Palette) -> Model:
    """A swivel chair on a five-star foot with castors and armrests."""
    model = Model()
    cloth = palette.leather if rng.random() < 0.4 else palette.armchair.shaded(0.75)
    width, top, middle = rng.uniform(0.48, 0.52), rng.uniform(1.05, 1.22), 0.32
    for spoke in range(5):
        angle = 2.0 * math.pi * spoke / 5.0 + 0.3
        x, z = 0.29 * math.sin(angle), middle + 0.29 * math.cos(angle)
        leg(model, palette.black, (x, z), (0.0, middle), (0.07, 0.12), 0.06, 0.035)
        ball(model, palette.black, (x, 0.03, z), 0.03)
    rod(model, palette.chrome, (0.0, 0.09, middle), (0.0, 0.42, middle), 0.028, 8)
    box(model, palette.black, (-0.12, 0.12), (0.40, 0.43), (middle - 0.12, middle + 0.12))
    soft_box(model, cloth, (-width / 2.0, width / 2.0), (0.43, 0.52), (0.10, 0.60), 0.035)
    back = Model()
    soft_box(back, cloth, (-width / 2.0 + 0.02, width / 2.0 - 0.02), (0.0, top - 0.62), (0.0, 0.08), 0.035)
    model.add(back, (0.0, 0.62, 0.06), pitch=-0.1)
    box(model, palette.black, (-0.035, 0.035), (0.44, 0.80), (0.04, 0.07))
    for side in (-1.0, 1.0):
        x = side * (width / 2.0 + 0.035)
        tube(model, palette.black, [(x * 0.8, 0.45, 0.30), (x, 0.50, 0.30), (x, 0.68, 0.30)], 0.015)
        soft_box(model, palette.black, (x - 0.035, x + 0.035), (0.68, 0.71), (0.17, 0.44), 0.015)
    return model


@furniture("chair", "lounge")
def armchair(rng: np.random.Generator, palette: Palette) -> Model:
    """A deep upholstered chair with arms and a loose seat cushion."""
    model = Model()
    cloth = palette.leather if rng.random() < 0.35 else palette.armchair
    width, depth, top = rng.uniform(0.76, 0.86), rng.uniform(0.78, 0.88), rng.uniform(0.82, 0.95)
    half, arm = width / 2.0, rng.uniform(0.11, 0.15)
    four_legs(model, palette.dark_wood, (-half + 0.04, half - 0.04), (0.05, depth - 0.04), (0.0, 0.13), 0.05, 0.035)
    soft_box(model, cloth, (-half + 0.02, half - 0.02), (0.12, 0.30), (0.05, depth - 0.02), 0.03)
    soft_box(model, cloth, (-half + arm, half - arm), (0.29, 0.45), (0.16, depth), 0.05)
    for side in (-1.0, 1.0):
        x = span(side * half, side * (half - arm))
        soft_box(model, cloth, x, (0.13, 0.60), (0.04, depth - 0.04), 0.05)
    soft_box(model, cloth, (-half + 0.02, half - 0.02), (0.14, top), (0.0, 0.17), 0.06)
    soft_box(model, cloth, (-half + arm, half - arm), (0.43, top + 0.02), (0.12, 0.27), 0.06)
    model.cushions.append((0.0, 0.62, 0.36, -0.3))
    return model


@furniture("chair", "lounge")
def wing_chair(rng: np.random.Generator, palette: Palette) -> Model:
    """A high-backed armchair with wings beside the head."""
    model, cloth = Model(), palette.armchair
    width, depth, top = rng.uniform(0.76, 0.84), rng.uniform(0.84, 0.94), rng.uniform(1.0, 1.08)
    half = width / 2.0
    splayed_legs(model, palette.dark_wood, (-half + 0.04, half - 0.04), (0.05, depth - 0.03), (0.0, 0.20), 0.045, 0.02)
    soft_box(model, cloth, (-half + 0.03, half - 0.03), (0.18, 0.33), (0.04, depth - 0.02), 0.03)
    soft_box(model, cloth, (-half + 0.12, half - 0.12), (0.32, 0.47), (0.18, depth), 0.05)
    soft_box(model, cloth, (-half + 0.08, half - 0.08), (0.20, top), (0.0, 0.19), 0.06)
    for side in (-1.0, 1.0):
        x = span(side * half, side * (half - 0.13))
        soft_box(model, cloth, x, (0.19, 0.62), (0.08, depth - 0.05), 0.055)
        x = span(side * (half - 0.02), side * (half - 0.11))
        soft_box(model, cloth, x, (0.58, top - 0.03), (0.05, 0.34), 0.04)
    model.cushions.append((0.0, 0.62, 0.29, -0.3))
    return model


@furniture("chair", "lounge")
def cantilever_chair(rng: np.random.Generator, palette: Palette) -> Model:
    """A bentwood easy chair: a slung cushion between two wooden hoops."""
    model, wood = Model(), palette.wood
    width = rng.uniform(0.66, 0.70)
    for side in (-1.0, 1.0):
        x = side * (width / 2.0 - 0.03)
        hoop = [(0.06, 0.04), (0.50, 0.02), (0.78, 0.05), (0.80, 0.20), (0.74, 0.46), (0.60, 0.57), (0.18, 0.53)]
        for (z0, y0), (z1, y1) in itertools.pairwise(hoop):
            rod(model, wood, (x, y0, z0), (x, y1, z1), 0.024, 6)
    for z, y in ((0.10, 0.05), (0.30, 0.30), (0.66, 0.38)):
        rod(model, wood, (-width / 2.0 + 0.03, y, z), (width / 2.0 - 0.03, y, z), 0.018, 6)
    half = width / 2.0 - 0.06
    seat, back = Model(), Model()
    soft_box(seat, palette.armchair, (-half, half), (0.0, 0.10), (0.0, 0.54), 0.04)
    model.add(seat, (0.0, 0.34, 0.24), pitch=-0.14)
    soft_box(back, palette.armchair, (-half, half), (0.0, 0.64), (0.0, 0.10), 0.04)
    model.add(back, (0.0, 0.36, 0.22), pitch=-0.32)
    lathe(model, wood, [(0.0, 0.0), (0.02, 0.0), (0.02, 0.02), (0.0, 0.02)], (0.0, 0.0, 0.40), 6)
    return model
