"""Sofas: straight, with a chaise longue, small and tufted.

Sizes: seat height 0.40 to 0.48 m, depth 0.80 to 1.0 m, height 0.66 to 0.92 m; two seats 1.5 to 1.8 m, three 1.9 to 2.3
m wide (IKEA EKTORP 2.18 x 0.88 x 0.88 m, KLIPPAN 1.80 x 0.88 x 0.66 m; chesterfields 2.0 x 0.9 x 0.75 m).
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import four_legs
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, ball, rod, soft_box, span


def _body(
    model: Model, cloth: Material, palette: Palette, size: tuple[float, float, float], arm: float, arm_top: float
) -> None:
    """Frame, arms and back of a sofa of that width, depth and height."""
    half, depth, top = size[0] / 2.0, *size[1:]
    four_legs(model, palette.dark_wood, (-half + 0.05, half - 0.05), (0.05, depth - 0.05), (0.0, 0.11), 0.06, 0.045)
    soft_box(model, cloth, (-half + 0.02, half - 0.02), (0.10, 0.29), (0.04, depth - 0.02), 0.03)
    soft_box(model, cloth, (-half + 0.02, half - 0.02), (0.12, top), (0.0, 0.20), 0.06)
    for side in (-1.0, 1.0):
        x = span(side * half, side * (half - arm))
        soft_box(model, cloth, x, (0.11, arm_top), (0.03, depth - 0.03), 0.05)


def _cushions(model: Model, cloth: Material, inner: float, seats: int, depth: float, top: float) -> None:
    """Loose seat and back cushions between -inner and inner."""
    each = 2.0 * inner / seats
    for i in range(seats):
        x = (-inner + i * each + 0.004, -inner + (i + 1) * each - 0.004)
        soft_box(model, cloth, x, (0.28, 0.45), (0.20, depth + 0.01), 0.05)
        back = Model()
        soft_box(back, cloth, x, (0.0, top - 0.40), (0.0, 0.18), 0.06)
        model.add(back, (0.0, 0.42, 0.18), pitch=-0.10)
        model.cushions.append(((x[0] + x[1]) / 2.0, 0.63, 0.46, -0.35))


@furniture("sofa", "wall")
def three_seat_sofa(rng: np.random.Generator, palette: Palette) -> Model:
    """A sofa with three seat cushions between broad arms."""
    model = Model()
    cloth = palette.leather if rng.random() < 0.2 else palette.sofa
    width, depth, top = rng.uniform(1.95, 2.25), rng.uniform(0.86, 0.94), rng.uniform(0.78, 0.86)
    arm = rng.uniform(0.14, 0.22)
    _body(model, cloth, palette, (width, depth, top), arm, 0.60)
    _cushions(model, cloth, width / 2.0 - arm, 3, depth, top)
    return model


@furniture("sofa", "small")
def two_seat_sofa(rng: np.random.Generator, palette: Palette) -> Model:
    """A small sofa with slim arms."""
    model = Model()
    width, depth, top = rng.uniform(1.48, 1.75), rng.uniform(0.80, 0.88), rng.uniform(0.74, 0.82)
    _body(model, palette.sofa, palette, (width, depth, top), 0.12, 0.56)
    _cushions(model, palette.sofa, width / 2.0 - 0.12, 2, depth, top)
    return model


@furniture("sofa", "wall")
def chesterfield(rng: np.random.Generator, palette: Palette) -> Model:
    """A leather sofa whose arms are as high as its back, rolled outwards and buttoned."""
    model, leather = Model(), palette.leather
    width, depth, top = rng.uniform(1.9, 2.15), rng.uniform(0.86, 0.92), rng.uniform(0.70, 0.76)
    half = width / 2.0
    _body(model, leather, palette, (width, depth, top - 0.06), 0.20, top - 0.06)
    for side in (-1.0, 1.0):
        x = side * (half - 0.11)
        rod(model, leather, (x, top - 0.09, 0.02), (x, top - 0.09, depth - 0.02), 0.11, 10)
    soft_box(model, leather, (-half + 0.05, half - 0.05), (top - 0.19, top + 0.02), (0.0, 0.21), 0.10)
    inner = half - 0.20
    for i in range(2):
        seat = (-inner + i * inner + 0.004, -inner + (i + 1) * inner - 0.004)
        soft_box(model, leather, seat, (0.28, 0.44), (0.20, depth), 0.05)
    for row, y in enumerate((0.50, 0.60)):
        for button in np.arange(-inner + 0.12 + 0.1 * row, inner - 0.05, 0.2).tolist():
            ball(model, leather.shaded(0.6), (button, y, 0.205), 0.014)
    model.cushions += [(-inner * 0.6, 0.60, 0.36, -0.35), (inner * 0.6, 0.60, 0.36, -0.35)]
    return model


@furniture("sofa", "wall")
def corner_sofa(rng: np.random.Generator, palette: Palette) -> Model:
    """A sofa that continues on one side as a chaise longue."""
    model, cloth = Model(), palette.sofa
    width, depth, top = rng.uniform(2.2, 2.5), rng.uniform(0.86, 0.92), rng.uniform(0.76, 0.84)
    long, side = rng.uniform(1.45, 1.6), float(rng.choice([-1.0, 1.0]))
    half = width / 2.0
    _body(model, cloth, palette, (width, depth, top), 0.16, 0.56)
    inner = half - 0.16
    chaise = span(side * inner, side * (inner - 0.66))
    four_legs(
        model, palette.dark_wood, (chaise[0] + 0.05, chaise[1] - 0.05), (long - 0.2, long - 0.05), (0.0, 0.11), 0.05
    )
    soft_box(model, cloth, chaise, (0.10, 0.29), (depth - 0.1, long - 0.02), 0.03)
    rest = span(side * (inner - 0.66), -side * inner)
    soft_box(model, cloth, (chaise[0] + 0.004, chaise[1] - 0.004), (0.28, 0.45), (0.20, long), 0.05)
    each = (rest[1] - rest[0]) / 2.0
    spans = [(rest[0] + i * each + 0.004, rest[0] + (i + 1) * each - 0.004) for i in range(2)]
    for x in spans:
        soft_box(model, cloth, x, (0.28, 0.45), (0.20, depth + 0.01), 0.05)
    for x in [*spans, (chaise[0] + 0.004, chaise[1] - 0.004)]:
        back = Model()
        soft_box(back, cloth, x, (0.0, top - 0.40), (0.0, 0.18), 0.06)
        model.add(back, (0.0, 0.42, 0.18), pitch=-0.10)
        model.cushions.append(((x[0] + x[1]) / 2.0, 0.63, 0.46, -0.35))
    model.blocks.append(np.array([(-half, 0.0, 0.0), (half, top, depth + 0.01)]))
    model.blocks.append(np.array([(chaise[0], 0.0, 0.0), (chaise[1], 0.46, long)]))
    return model
