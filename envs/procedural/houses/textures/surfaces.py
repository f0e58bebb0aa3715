"""Textures of furniture: wood, cloth, leather, stone tops, metal, leaves."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.textures.noise import Image, blend, fractal, grain, pixel_grid, tint
from leo_agent.envs.procedural.houses.textures.registry import texture

_SIZE = 128


@texture("wood")
def wood(rng: np.random.Generator) -> Image:
    """Planed wood, fibres along the rows."""
    return tint(grain(rng, _SIZE, _SIZE))


@texture("weave")
def weave(rng: np.random.Generator) -> Image:
    """Plain upholstery cloth."""
    y, x = np.indices((_SIZE, _SIZE))
    thread = 0.5 + 0.5 * np.sin(x * np.pi / 2.0) * np.sin(y * np.pi / 2.0)
    return tint(0.84 + 0.12 * thread + 0.03 * fractal(rng, _SIZE, _SIZE, 0.8))


@texture("knit")
def knit(rng: np.random.Generator) -> Image:
    """Chunky ribs of a knitted blanket or pullover."""
    y, x = np.indices((_SIZE, _SIZE))
    rib = np.abs(np.sin(x * np.pi / 8.0))
    stitch = 0.5 + 0.5 * np.sin((y + 3.0 * np.abs((x % 16) - 8.0)) * np.pi / 4.0)
    return tint(0.70 + 0.18 * rib + 0.10 * stitch + 0.02 * fractal(rng, _SIZE, _SIZE, 0.5))


@texture("terry")
def terry(rng: np.random.Generator) -> Image:
    """Towelling with a flat woven border across it."""
    lightness = 0.90 + 0.07 * fractal(rng, _SIZE, _SIZE, 0.2)
    lightness[96:104] = 0.76
    lightness[108:111] = 0.76
    return tint(lightness)


@texture("leather")
def leather(rng: np.random.Generator) -> Image:
    """Creased leather."""
    creases = np.abs(fractal(rng, _SIZE, _SIZE, 1.0))
    return tint(0.96 - 0.12 * np.exp(-((creases / 0.18) ** 2)) + 0.03 * fractal(rng, _SIZE, _SIZE, 1.6))


@texture("striped_cloth")
def striped_cloth(rng: np.random.Generator) -> Image:
    """Cloth with white stripes."""
    x = np.arange(_SIZE)
    width = int(rng.choice([8, 16, 32]))
    striped = tint(np.full((_SIZE, _SIZE), 0.92))
    striped[:, (x // width) % 2 == 1] = (1.6, 1.6, 1.6)
    return striped * (0.62 + 0.02 * fractal(rng, _SIZE, _SIZE, 0.5))[..., None]


@texture("plaid")
def plaid(rng: np.random.Generator) -> Image:
    """Checked shirt or blanket cloth."""
    x = np.arange(_SIZE)
    bands = np.where((x // 16) % 2 == 0, 1.0, 0.66)
    bands[(x % 32 == 7) | (x % 32 == 8)] = 0.45
    return tint(np.minimum.outer(bands, bands) * 0.6 + 0.2 * np.add.outer(bands, bands))


@texture("dots")
def dots(rng: np.random.Generator) -> Image:
    """Cloth with pale dots."""
    y, x = np.indices((_SIZE, _SIZE))
    away = np.hypot(x % 32 - 16.0, (y + 16 * ((x // 32) % 2)) % 32 - 16.0)
    return np.where((away < 6.0)[..., None], (1.0, 1.0, 1.0), (0.68, 0.68, 0.68))


@texture("marble")
def marble(rng: np.random.Generator) -> Image:
    """Pale stone with veins."""
    veins = np.exp(-((fractal(rng, _SIZE, _SIZE, 1.6) / 0.12) ** 2))
    return tint(0.98 - 0.26 * veins + 0.015 * fractal(rng, _SIZE, _SIZE, 0.6))


@texture("granite")
def granite(rng: np.random.Generator) -> Image:
    """Speckled worktop."""
    return tint(0.80 + 0.13 * fractal(rng, _SIZE, _SIZE, 0.25) + 0.03 * fractal(rng, _SIZE, _SIZE, 1.2))


@texture("metal")
def metal(rng: np.random.Generator) -> Image:
    """Brushed steel with a broad shine."""
    x, _ = pixel_grid(_SIZE, _SIZE)
    shine = 0.07 * np.cos(2.0 * np.pi * x)
    return tint(0.88 + 0.025 * fractal(rng, _SIZE, _SIZE, 0.5, stretch=20.0) + shine)


@texture("wicker")
def wicker(rng: np.random.Generator) -> Image:
    """Basketwork."""
    y, x = np.indices((_SIZE, _SIZE))
    over = ((x // 16) + (y // 8)) % 2
    round_x, round_y = np.sin((x % 16) * np.pi / 16.0), np.sin((y % 8) * np.pi / 8.0)
    return tint(np.where(over == 1, 0.62 + 0.34 * round_x, 0.52 + 0.36 * round_y))


@texture("leaf")
def leaf(rng: np.random.Generator) -> Image:
    """A leaf seen whole: base below, a pale middle vein and side veins."""
    x, y = pixel_grid(_SIZE, 64)
    middle = np.abs(x - 0.5) * 2.0
    side = np.abs(np.sin((y * 9.0 - middle * 2.2) * np.pi)) < 0.13
    lightness = 0.72 + 0.16 * y + 0.05 * fractal(rng, _SIZE, 64, 1.0) - 0.08 * middle
    green = tint(lightness, (0.95, 1.0, 0.9))
    return blend(green, (1.0, 1.15, 0.75), 0.75 * (middle < 0.07) + 0.4 * side)


@texture("blade")
def blade(rng: np.random.Generator) -> Image:
    """A stiff upright leaf: cross bands and a yellow rim."""
    x, y = pixel_grid(_SIZE, 64)
    bands = np.sin(y * 40.0 + 1.6 * fractal(rng, _SIZE, 64, 1.2, stretch=3.0))
    green = tint(0.72 + 0.2 * bands * 0.7, (0.9, 1.0, 0.88))
    return blend(green, (1.5, 1.3, 0.75), 1.0 * (np.abs(x - 0.5) > 0.40))


@texture("bark")
def bark(rng: np.random.Generator) -> Image:
    """A trunk."""
    return tint(0.82 + 0.12 * fractal(rng, _SIZE, _SIZE, 0.9, stretch=0.2))


@texture("mirror")
def mirror(rng: np.random.Generator) -> Image:
    """A pale pane with slanting streaks of light, since nothing is reflected."""
    x, y = pixel_grid(_SIZE, 64)
    image = blend(tint(np.full((_SIZE, 64), 0.86), (0.80, 0.90, 0.95)), (0.62, 0.72, 0.78), 1.0 - y)
    along = x * 0.5 + y
    return blend(image, (0.97, 0.99, 1.0), 0.8 * (np.abs(along - 0.95) < 0.09) + 0.8 * (np.abs(along - 0.72) < 0.035))


@texture("books")
def books(rng: np.random.Generator) -> Image:
    """A shelf board's length of book backs of many colours and heights."""
    image = np.full((128, 256, 3), 0.10)
    colors = np.array(
        [
            (0.55, 0.14, 0.12),
            (0.13, 0.25, 0.45),
            (0.85, 0.80, 0.68),
            (0.16, 0.36, 0.22),
            (0.78, 0.55, 0.18),
            (0.30, 0.18, 0.30),
            (0.70, 0.70, 0.72),
            (0.12, 0.12, 0.14),
            (0.80, 0.38, 0.20),
        ]
    )
    left = 0
    while left < 256:
        width, top = int(rng.integers(9, 22)), int(rng.integers(0, 42))
        back = colors[rng.integers(len(colors))] * rng.uniform(0.85, 1.15)
        right = min(left + width, 256)
        image[top:, left:right] = back
        image[top:, left : left + 1] *= 0.5
        band = top + int(rng.integers(12, 30))
        image[band : band + 5, left + 2 : right - 2] = np.where(back.mean() > 0.5, 0.2, 0.85)
        left += width
    return image
