"""Plants in pots, on the floor and on tables.

Sizes: floor plants 0.9 to 1.9 m high in pots of 0.24 to 0.36 m, table plants 0.2 to 0.45 m in pots of 0.10 to 0.16 m
(labels of Ficus elastica, Ficus benjamina, Dypsis lutescens, Dracaena trifasciata as sold in pots of those diameters).
"""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import LeafShape, Material, Model, ball, lathe, leaf, rod, sheet, tube


def _pot(model: Model, rng: np.random.Generator, palette: Palette, radius: float, height: float) -> float:
    """A pot with soil at the model's middle; returns the height of the soil."""
    clay = Material("concrete", (0.72, 0.40, 0.26), 0.4)
    material = [clay, palette.ceramic, palette.grey, palette.ceramic.tinted(palette.accent(rng))][rng.integers(4)]
    profile = [
        (radius * 0.70, 0.0),
        (radius * 0.96, height),
        (radius, height),
        (radius, height + 0.03),
        (radius * 0.9, height + 0.03),
        (radius * 0.9, height + 0.03),
        (radius * 0.88, height),
    ]
    lathe(model, material, profile, (0.0, 0.0, radius), 12)
    lathe(model, palette.soil, [(radius * 0.89, height), (0.0, height + 0.01)], (0.0, 0.0, radius), 12)
    return height


@furniture("plant", "floor")
def rubber_plant(rng: np.random.Generator, palette: Palette) -> Model:
    """Stems with broad leaves all around."""
    model = Model()
    radius = rng.uniform(0.15, 0.18)
    soil = _pot(model, rng, palette, radius, rng.uniform(0.26, 0.34))
    top = rng.uniform(1.1, 1.6)
    for stem in range(2):
        lean, turn = rng.uniform(0.05, 0.14), rng.uniform(0, 2 * math.pi)
        end = (lean * math.sin(turn), top - 0.2 * stem, radius + lean * math.cos(turn))
        rod(model, palette.bark, (0.0, soil, radius), end, 0.014, 6)
        for k, share in enumerate(np.linspace(0.15, 1.0, 11)):
            base = (share * end[0], soil + share * (end[1] - soil), radius + share * (end[2] - radius))
            leaf(
                model,
                palette.leaf,
                base,
                2.4 * k + turn,
                LeafShape(rng.uniform(0.25, 0.75), rng.uniform(0.26, 0.36), rng.uniform(0.13, 0.17), 0.9),
            )
    return model


@furniture("plant", "floor")
def palm(rng: np.random.Generator, palette: Palette) -> Model:
    """Arching fronds with narrow leaflets on both sides."""
    model = Model()
    radius = rng.uniform(0.15, 0.19)
    soil = _pot(model, rng, palette, radius, rng.uniform(0.28, 0.34))
    reach, rise = rng.uniform(0.42, 0.52), rng.uniform(0.95, 1.25)
    for k in range(8):
        yaw = 2.0 * math.pi * k / 8.0 + rng.uniform(-0.2, 0.2)
        height = rise * rng.uniform(0.75, 1.1)
        t = np.linspace(0.0, 1.0, 7)
        out, up = reach * t**1.6, soil + height * (1.5 * t - 0.62 * t**2)
        spine = [(o * math.sin(yaw), u, radius + o * math.cos(yaw)) for o, u in zip(out, up, strict=True)]
        tube(model, palette.leaf, spine, 0.007, 4)
        for base, share in zip(spine[2:], t[2:], strict=True):
            for side in (-1.0, 1.0):
                leaf(
                    model,
                    palette.leaf,
                    base,
                    yaw + side * 0.95,
                    LeafShape(0.25, 0.26 * (1.25 - 0.6 * share), 0.042, 1.0),
                )
    return model


@furniture("plant", "floor")
def snake_plant(rng: np.random.Generator, palette: Palette) -> Model:
    """Stiff upright blades with yellow rims."""
    model = Model()
    radius = rng.uniform(0.14, 0.18)
    soil = _pot(model, rng, palette, radius, rng.uniform(0.25, 0.32))
    for k in range(13):
        yaw, away = 2.4 * k, radius * 0.68 * math.sqrt((k + 0.5) / 13.0)
        height, half = rng.uniform(0.50, 0.85) * (1.15 - 0.5 * away / radius), 0.034
        lean, twist = rng.uniform(0.08, 0.22), yaw + rng.uniform(0.8, 2.2)
        t = np.linspace(0.0, 1.0, 5)
        center = np.column_stack(
            [(away + lean * t**2) * math.sin(yaw), soil + height * t, radius + (away + lean * t**2) * math.cos(yaw)]
        )
        across = np.array([math.cos(twist), 0.0, -math.sin(twist)])
        width = half * np.array([0.7, 1.0, 1.0, 0.75, 0.03])
        grid = np.stack([center - width[:, None] * across, center, center + width[:, None] * across], axis=1)
        sheet(model, palette.blade, grid[::-1], once=True)
    return model


@furniture("plant", "floor")
def small_tree(rng: np.random.Generator, palette: Palette) -> Model:
    """A weeping fig: a trunk under a round crown of small leaves."""
    model = Model()
    radius = rng.uniform(0.17, 0.20)
    soil = _pot(model, rng, palette, radius, rng.uniform(0.30, 0.36))
    top, crown = rng.uniform(1.35, 1.6), rng.uniform(0.30, 0.38)
    rod(model, palette.bark, (0.0, soil, radius), (0.02, top - 0.1, radius), 0.024, 7)
    inner = palette.leaf.tinted((0.20, 0.38, 0.16))
    ball(model, Material("carpet", inner.color, 0.25), (0.0, top, radius), crown * 0.72, crown * 0.8)
    for k in range(80):
        level = 1.0 - 2.0 * (k + 0.5) / 80.0
        ring, yaw = math.sqrt(1.0 - level**2), 2.39996 * k
        away = crown * rng.uniform(0.60, 0.80)
        base = (away * ring * math.sin(yaw), top + 1.12 * away * level, radius + away * ring * math.cos(yaw))
        leaf(model, palette.leaf, base, yaw + rng.uniform(-0.5, 0.5), LeafShape(0.5 * level + 0.3, 0.18, 0.085, 1.0))
    return model


@furniture("plant", "table")
def potted_herb(rng: np.random.Generator, palette: Palette) -> Model:
    """A small bushy plant in a pot."""
    model = Model()
    radius = rng.uniform(0.065, 0.085)
    soil = _pot(model, rng, palette, radius, rng.uniform(0.09, 0.12))
    for k in range(26):
        yaw, rise = 2.4 * k, 1.35 - 1.1 * k / 26.0
        leaf(
            model,
            palette.leaf,
            (0.0, soil + 0.04 * rng.random(), radius),
            yaw,
            LeafShape(rise, rng.uniform(0.15, 0.22), 0.055, 0.9),
        )
    return model


@furniture("plant", "table")
def flowering_plant(rng: np.random.Generator, palette: Palette) -> Model:
    """A pot plant with coloured blossoms above its leaves."""
    model = Model()
    radius = rng.uniform(0.07, 0.09)
    soil = _pot(model, rng, palette, radius, rng.uniform(0.09, 0.12))
    petal = Material(None, palette.accent(rng), two_sided=True)
    for k in range(14):
        leaf(
            model,
            palette.leaf,
            (0.0, soil, radius),
            2.4 * k,
            LeafShape(rng.uniform(0.2, 0.8), rng.uniform(0.13, 0.18), 0.07, 0.8),
        )
    for k in range(6):
        yaw, away = 2.4 * k + 0.5, 0.03 + 0.012 * k
        tip = (away * math.sin(yaw), soil + rng.uniform(0.17, 0.26), radius + away * math.cos(yaw))
        rod(model, palette.leaf, (0.0, soil, radius), tip, 0.004, 4)
        for p in range(5):
            leaf(model, petal, tip, 2.0 * math.pi * p / 5.0, LeafShape(0.7, 0.055, 0.045, 0.9))
        ball(model, palette.brass, (tip[0], tip[1] + 0.008, tip[2]), 0.013)
    return model
