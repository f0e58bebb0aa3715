"""Cushions, towels, clothes and curtains.

Sizes: cushions 0.40 to 0.50 m square, bed pillows 0.50 x 0.70 to 0.80 m; bath towels 0.70 x 1.40 m, hand towels 0.50 x
1.0 m (folded once over a rail); shirts 0.55 m across and 0.70 m long, coats to 1.1 m (clothes size M, EN 13402).
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import (
    Material,
    Model,
    Pleats,
    ball,
    box,
    lathe,
    pillow,
    pleated,
    prism,
    rod,
    sheet,
    soft_box,
    span,
    tube,
)

_CLOTHES = (
    (0.20, 0.28, 0.48),
    (0.75, 0.20, 0.20),
    (0.92, 0.91, 0.88),
    (0.18, 0.18, 0.20),
    (0.36, 0.50, 0.34),
    (0.60, 0.48, 0.36),
    (0.50, 0.60, 0.75),
    (0.85, 0.66, 0.30),
)


@furniture("cushion", "sofa")
def square_cushion(rng: np.random.Generator, palette: Palette) -> Model:
    """A square cushion, standing; its middle is at the origin."""
    model = Model()
    side = rng.uniform(0.40, 0.48)
    kind = str(rng.choice(["weave", "striped_cloth", "dots", "knit", "plaid"]))
    pillow(model, Material(kind, palette.accent(rng), 0.4), (side, side, 0.17), (0.0, 0.0, 0.0))
    return model


@furniture("cushion", "sofa")
def long_cushion(rng: np.random.Generator, palette: Palette) -> Model:
    """An oblong cushion with a stripe across it, standing; its middle is at the origin."""
    model = Model()
    color = palette.accent(rng)
    pillow(model, Material("weave", color, 0.3), (rng.uniform(0.50, 0.58), 0.34, 0.15), (0.0, 0.0, 0.0))
    return model


@furniture("cushion", "bed")
def bed_pillow(rng: np.random.Generator, palette: Palette) -> Model:
    """A pale bed pillow; its middle is at the origin."""
    model = Model()
    pillow(model, palette.linen, (rng.uniform(0.60, 0.70), rng.uniform(0.42, 0.50), 0.18), (0.0, 0.0, 0.0))
    return model


def _towel_cloth(rng: np.random.Generator, palette: Palette) -> Material:
    color = palette.accent(rng) if rng.random() < 0.7 else (0.95, 0.94, 0.91)
    return Material("terry", color, 0.6, two_sided=True)


@furniture("towel", "wall")
def railed_towel(rng: np.random.Generator, palette: Palette) -> Model:
    """A towel folded over a rail on the wall; the rail is at the top."""
    model, cloth = Model(), _towel_cloth(rng, palette)
    half, long, short = rng.uniform(0.22, 0.30), rng.uniform(0.55, 0.68), rng.uniform(0.35, 0.5)
    top = long + 0.02
    rod(model, palette.chrome, (-half - 0.07, top, 0.07), (half + 0.07, top, 0.07), 0.010)
    for x in (-half - 0.06, half + 0.06):
        rod(model, palette.chrome, (x, top, 0.0), (x, top, 0.07), 0.014)
    box(model, cloth, (-half, half), (top - long, top + 0.005), (0.078, 0.092))
    box(model, cloth, (-half, half), (top - short, top + 0.005), (0.045, 0.06))
    box(model, cloth, (-half, half), (top + 0.004, top + 0.016), (0.045, 0.092))
    return model


@furniture("towel", "wall")
def hooked_towel(rng: np.random.Generator, palette: Palette) -> Model:
    """A towel that hangs in folds from one hook."""
    model, cloth = Model(), _towel_cloth(rng, palette)
    length = rng.uniform(0.70, 0.85)
    tube(model, palette.chrome, [(0.0, length, 0.0), (0.0, length, 0.05), (0.0, length + 0.03, 0.065)], 0.008)
    pleated(model, cloth, (-0.05, 0.05), (0.0, length), 0.06, Pleats(3, 0.045, gathered=4.2))
    ball(model, cloth, (0.0, length, 0.05), 0.04, 0.03)
    return model


@furniture("towel", "stack")
def towel_stack(rng: np.random.Generator, palette: Palette) -> Model:
    """Three folded towels over each other."""
    model = Model()
    half, depth = rng.uniform(0.15, 0.18), 0.24
    for k in range(3):
        soft_box(
            model, _towel_cloth(rng, palette), (-half, half), (0.065 * k, 0.065 * (k + 1)), (0.01 * k, depth), 0.019
        )
    return model


def shirt(model: Model, material: Material, x: float, top: float, z: float, length: float, thick: float = 0.05) -> None:
    """A shirt or coat on a hanger that faces +z: body, sleeves hanging down, collar."""
    half = 0.21
    prism(
        model,
        material,
        [
            (x - half * 0.95, top - length),
            (x + half * 0.95, top - length),
            (x + half, top - 0.06),
            (x + 0.07, top),
            (x - 0.07, top),
            (x - half, top - 0.06),
        ],
        (z - thick, z + thick),
    )
    for side in (-1.0, 1.0):
        sleeve = [
            (x + side * (half - 0.02), top - 0.05),
            (x + side * (half + 0.13), top - min(length, 0.60) * 0.9),
            (x + side * (half + 0.03), top - min(length, 0.60) * 0.95),
            (x + side * (half - 0.06), top - 0.22),
        ]
        prism(model, material.shaded(0.93), sleeve if side < 0 else sleeve[::-1], (z - thick * 0.7, z + thick * 0.7))
    soft_box(
        model,
        material.shaded(0.85),
        (x - 0.075, x + 0.075),
        (top - 0.02, top + 0.035),
        (z - thick * 0.9, z + thick * 0.9),
        0.02,
    )
    box(
        model, material.shaded(0.72), (x - 0.006, x + 0.006), (top - length, top - 0.02), (z + thick, z + thick + 0.002)
    )
    for y in np.arange(top - 0.12, top - length + 0.06, -0.13):
        box(
            model,
            material.shaded(0.5),
            (x + 0.01, x + 0.026),
            (float(y), float(y) + 0.016),
            (z + thick, z + thick + 0.006),
        )


def _garment(rng: np.random.Generator) -> Material:
    color = _CLOTHES[rng.integers(len(_CLOTHES))]
    return Material(str(rng.choice(["weave", "plaid", "striped_cloth", "knit", "weave"])), color, 0.35)


@furniture("clothes", "hook")
def hanging_coat(rng: np.random.Generator, palette: Palette) -> Model:
    """A coat on a hanger that hangs from a hook on the wall."""
    model = Model()
    length = rng.uniform(0.85, 1.05)
    tube(
        model, palette.black, [(0.0, length + 0.10, 0.0), (0.0, length + 0.10, 0.10), (0.0, length + 0.13, 0.11)], 0.008
    )
    tube(
        model,
        palette.dark_wood,
        [(-0.17, length - 0.03, 0.09), (0.0, length + 0.06, 0.09), (0.17, length - 0.03, 0.09)],
        0.010,
    )
    shirt(model, _garment(rng), 0.0, length, 0.09, length)
    return model


@furniture("clothes", "hook")
def hooked_jackets(rng: np.random.Generator, palette: Palette) -> Model:
    """A board with four hooks, on which jackets and a bag hang."""
    model, length = Model(), 0.72
    box(model, palette.wood, (-0.45, 0.45), (length + 0.02, length + 0.12), (0.0, 0.02))
    for x in (-0.33, -0.11, 0.11, 0.33):
        tube(
            model, palette.black, [(x, length + 0.06, 0.02), (x, length + 0.04, 0.07), (x, length + 0.08, 0.085)], 0.008
        )
    for x in (-0.24, 0.22):
        shirt(model, _garment(rng), x, length + 0.03, 0.10, rng.uniform(0.60, 0.72), 0.055)
    return model


@furniture("clothes", "rack")
def garment_rack(rng: np.random.Generator, palette: Palette) -> Model:
    """A rail on two uprights with shirts and coats side by side, and shoes below."""
    model = Model()
    half, top, middle = rng.uniform(0.45, 0.60), rng.uniform(1.5, 1.65), 0.25
    metal = palette.black if rng.random() < 0.5 else palette.chrome
    for x in (-half, half):
        rod(model, metal, (x, 0.03, middle), (x, top, middle), 0.014)
        rod(model, metal, (x, 0.02, 0.02), (x, 0.02, 0.48), 0.016)
    rod(model, metal, (-half, top, middle), (half, top, middle), 0.014)
    rod(model, metal, (-half, 0.14, middle), (half, 0.14, middle), 0.010)
    for x in np.linspace(-half + 0.10, half - 0.10, int(rng.integers(5, 8))):
        one = Model()
        shirt(one, _garment(rng), 0.0, 0.0, 0.0, rng.uniform(0.65, 1.0), 0.03)
        model.add(one, (float(x), top - 0.10, middle), yaw=np.pi / 2.0 + rng.uniform(-0.3, 0.3))
        tube(
            model,
            metal,
            [(float(x), top - 0.08, middle), (float(x), top - 0.02, middle), (float(x), top + 0.012, middle)],
            0.005,
            5,
        )
    return model


@furniture("clothes", "folded")
def folded_clothes(rng: np.random.Generator, palette: Palette) -> Model:
    """A pile of folded pullovers and shirts."""
    model = Model()
    y = 0.0
    for _ in range(int(rng.integers(3, 6))):
        thick, half = rng.uniform(0.045, 0.07), rng.uniform(0.13, 0.16)
        cloth = _garment(rng)
        soft_box(model, cloth, (-half, half), (y, y + thick), (0.0, rng.uniform(0.27, 0.31)), 0.019)
        prism(model, cloth.shaded(0.8), [(-0.05, 0.0), (0.05, 0.0), (0.02, 0.05), (-0.02, 0.05)], (0.0, 0.005))
        y += thick * 0.95
    model.surfaces = [part for part in model.surfaces if len(part.vertices) > 8]
    return model


@furniture("curtain", "window")
def curtain_pair(rng: np.random.Generator, palette: Palette) -> Model:
    """Curtains drawn aside under a rod, for a window 1.4 m wide."""
    return curtains(palette, 1.4, 2.15)


def curtains(palette: Palette, width: float, top: float) -> Model:
    """Curtains on both sides of a window of that width, from a rod at `top` almost to the floor."""
    model = Model()
    half, cloth = width / 2.0, min(0.42, width * 0.3)
    rod(model, palette.dark_wood, (-half - cloth * 0.75, top, 0.09), (half + cloth * 0.75, top, 0.09), 0.014)
    for side in (-1.0, 1.0):
        ball(model, palette.dark_wood, (side * (half + cloth * 0.78), top, 0.09), 0.03)
        x = span(side * (half - cloth * 0.3), side * (half + cloth * 0.7))
        pleated(model, palette.curtain, x, (0.04, top), 0.09, Pleats(5, 0.05))
    return model


def bath_mat(palette: Palette, rng: np.random.Generator) -> Model:
    """A soft mat on the floor."""
    model = Model()
    soft_box(model, _towel_cloth(rng, palette), (-0.40, 0.40), (0.0, 0.02), (0.0, 0.52), 0.01)
    return model


def laid_cloth(model: Model, material: Material, x: tuple[float, float], y: float, z: tuple[float, float]) -> None:
    """A flat cloth on a surface at y that shows its texture once."""
    sheet(model, material, [[(x[0], y, z[0]), (x[1], y, z[0])], [(x[0], y, z[1]), (x[1], y, z[1])]], once=True)


@furniture("objects", "hall")
def umbrella_stand(rng: np.random.Generator, palette: Palette) -> Model:
    """A can with two umbrellas."""
    model = Model()
    lathe(
        model,
        palette.black,
        [(0.11, 0.0), (0.12, 0.45), (0.12, 0.45), (0.105, 0.45), (0.0, 0.40)],
        (0.0, 0.0, 0.13),
        10,
    )
    for x, lean in ((-0.03, -0.04), (0.04, 0.06)):
        lathe(
            model,
            palette.white.tinted(palette.accent(rng)),
            [(0.012, 0.1), (0.035, 0.5), (0.015, 0.72), (0.0, 0.73)],
            (x, 0.0, 0.13),
            7,
        )
        tube(
            model,
            palette.dark_wood,
            [(x, 0.7, 0.13), (x + lean * 0.2, 0.82, 0.13), (x + lean, 0.86, 0.13), (x + lean * 1.5, 0.80, 0.13)],
            0.01,
        )
    return model
