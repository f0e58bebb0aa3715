"""Pictures that hang on walls, the view out of windows, screens and rugs."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.textures.noise import Image, blend, edge, fractal, pixel_grid, tint
from leo_agent.envs.procedural.houses.textures.registry import texture

_WIDE = (96, 128)


def _ridge(rng: np.random.Generator, width: int, height: float, rough: float) -> Image:
    """Heights (W,) of a line of hills or tree tops."""
    ridge: Image = height + rough * fractal(rng, 2, width, 1.3)[0]
    return ridge


def _scenery(rng: np.random.Generator, size: tuple[int, int]) -> Image:
    """Sky, a sun, two lines of hills, a meadow or a lake."""
    x, y = pixel_grid(*size)
    low, high = [((1.0, 0.80, 0.55), (0.35, 0.45, 0.75)), ((0.80, 0.90, 1.0), (0.30, 0.55, 0.90))][rng.integers(2)]
    image = blend(np.broadcast_to(np.array(low), (*size, 3)), high, (y - 0.45) * 1.8)
    sun_x, sun_y = rng.uniform(0.2, 0.8), rng.uniform(0.70, 0.85)
    aspect = size[1] / size[0]
    image = blend(image, (1.0, 0.95, 0.70), edge(np.hypot((x - sun_x) * aspect, y - sun_y) - 0.07, 0.04))
    image = blend(image, (0.45, 0.50, 0.65), edge(y - _ridge(rng, size[1], 0.58, 0.07), 0.015))
    image = blend(image, (0.20, 0.36, 0.26), edge(y - _ridge(rng, size[1], 0.44, 0.04), 0.015))
    ground = [(0.45, 0.58, 0.22), (0.30, 0.52, 0.72)][rng.integers(2)]
    image = blend(image, ground, edge(y - 0.33, 0.01))
    return image * (1.0 + 0.05 * fractal(rng, *size, 0.6))[..., None]


@texture("picture_landscape")
def picture_landscape(rng: np.random.Generator) -> Image:
    """A painted landscape."""
    return _scenery(rng, _WIDE)


@texture("picture_sea")
def picture_sea(rng: np.random.Generator) -> Image:
    """A sailing boat on the sea."""
    x, y = pixel_grid(*_WIDE)
    image = blend(np.broadcast_to(np.array((0.92, 0.88, 0.80)), (*_WIDE, 3)), (0.45, 0.68, 0.88), y)
    waves = 0.05 * np.sin(y * 90.0 + 3.0 * fractal(rng, *_WIDE, 1.4, stretch=4.0))
    image = blend(image, tint(0.55 + waves, (0.30, 0.62, 0.85)), edge(y - 0.42, 0.01))
    left = rng.uniform(0.3, 0.6)
    hull = (np.abs(x - left) < 0.13 - (0.36 - y) * 0.5) & (y > 0.30) & (y < 0.37)
    sail = (x > left) & (y > 0.39) & (x - left < (0.85 - y) * 0.36) & (y < 0.85)
    jib = (x < left - 0.012) & (y > 0.39) & (left - x < (0.78 - y) * 0.26) & (y < 0.78)
    image = blend(image, (0.35, 0.16, 0.10), hull * 1.0)
    image = blend(image, (0.98, 0.97, 0.92), sail * 1.0)
    return blend(image, (0.80, 0.25, 0.20), jib * 1.0)


@texture("picture_portrait")
def picture_portrait(rng: np.random.Generator) -> Image:
    """Head and shoulders before a dark ground."""
    size = (128, 96)
    x, y = pixel_grid(*size)
    x = (x - 0.5) * 0.75
    ground = np.array([(0.30, 0.22, 0.15), (0.22, 0.30, 0.30), (0.45, 0.20, 0.18)][rng.integers(3)])
    image = tint(0.9 + 0.15 * fractal(rng, *size, 1.6), ground)
    coat = rng.uniform(0.10, 0.55, 3)
    image = blend(image, coat, edge(np.hypot(x / 0.32, (y - 0.02) / 0.33) - 1.0, 0.06))
    skin = np.array((0.92, 0.72, 0.58)) * rng.uniform(0.55, 1.0)
    hair = np.array([(0.15, 0.10, 0.07), (0.45, 0.28, 0.12), (0.60, 0.58, 0.55)][rng.integers(3)])
    image = blend(image, skin, edge(np.maximum(np.abs(x) - 0.055, np.abs(y - 0.38) - 0.08), 0.02))
    image = blend(image, hair, edge(np.hypot(x / 0.155, (y - 0.64) / 0.20) - 1.0, 0.08))
    image = blend(image, skin, edge(np.hypot(x / 0.125, (y - 0.59) / 0.17) - 1.0, 0.06))
    for side in (-0.05, 0.05):
        image = blend(image, (0.10, 0.08, 0.08), edge(np.hypot((x - side) / 0.018, (y - 0.62) / 0.012) - 1.0, 0.4))
    return blend(image, (0.65, 0.28, 0.25), edge(np.hypot(x / 0.04, (y - 0.51) / 0.012) - 1.0, 0.4))


@texture("picture_flowers")
def picture_flowers(rng: np.random.Generator) -> Image:
    """A vase with flowers."""
    size = (128, 96)
    x, y = pixel_grid(*size)
    x = (x - 0.5) * 0.75
    image = tint(1.0 + 0.05 * fractal(rng, *size, 1.4), (0.86, 0.80, 0.66))
    image = blend(image, (0.52, 0.36, 0.24), edge(y - 0.18, 0.01))
    vase = rng.uniform(0.2, 0.8, 3)
    image = blend(image, vase, edge(np.hypot(x / 0.11, (y - 0.26) / 0.16) - 1.0, 0.05))
    for _ in range(16):
        cx, cy = rng.uniform(-0.24, 0.24), rng.uniform(0.48, 0.88)
        stem = np.abs(x - cx * (y - 0.38) / (cy - 0.38)) < 0.006
        image = blend(image, (0.18, 0.38, 0.15), stem * (y > 0.36) * (y < cy))
        color = np.array(
            [(0.85, 0.20, 0.25), (0.95, 0.75, 0.20), (0.90, 0.55, 0.70), (0.95, 0.95, 0.92)][rng.integers(4)]
        )
        away, turn = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
        image = blend(image, color, edge(away - 0.045 - 0.013 * np.cos(5.0 * turn), 0.01))
        image = blend(image, (0.75, 0.50, 0.10), edge(away - 0.014, 0.006))
    return image


@texture("picture_abstract")
def picture_abstract(rng: np.random.Generator) -> Image:
    """Coloured fields between black bars, or circles over each other."""
    size = (128, 128)
    x, y = pixel_grid(*size)
    colors = [(0.85, 0.12, 0.10), (0.10, 0.25, 0.65), (0.95, 0.80, 0.12), (0.96, 0.95, 0.92), (0.10, 0.10, 0.10)]
    image = np.broadcast_to(np.array((0.95, 0.93, 0.88)), (*size, 3)).copy()
    if rng.random() < 0.5:
        cuts = [np.sort(np.concatenate([[0.0, 1.0], rng.uniform(0.12, 0.88, 3)])) for _ in range(2)]
        column, row = np.searchsorted(cuts[0], x) - 1, np.searchsorted(cuts[1], y) - 1
        fields = rng.choice([0, 1, 2, 3, 3, 3], (5, 5))
        squares: Image = np.array(colors)[fields[row, column]]
        for cut in cuts[0][1:-1]:
            squares[np.abs(x - cut) < 0.016] = 0.06
        for cut in cuts[1][1:-1]:
            squares[np.abs(y - cut) < 0.016] = 0.06
        return squares
    for _ in range(9):
        radius, cx, cy = rng.uniform(0.06, 0.28), *rng.random(2)
        image = blend(image, colors[rng.integers(5)], 0.85 * edge(np.hypot(x - cx, y - cy) - radius, 0.012))
    return image


@texture("window_view")
def window_view(rng: np.random.Generator) -> Image:
    """What is outside: sky with clouds, trees, a lawn."""
    size = (160, 128)
    _, y = pixel_grid(*size)
    clouds = np.clip(0.3 + 0.35 * fractal(rng, *size, 1.5, stretch=0.5), 0.0, 1.0)
    image = blend(np.broadcast_to(np.array((0.80, 0.91, 1.0)), (*size, 3)), (0.45, 0.70, 0.98), y)
    image = blend(image, (1.0, 1.0, 1.0), clouds * y)
    trees = edge(y - _ridge(rng, size[1], 0.42, 0.07), 0.02)
    image = blend(image, tint(0.85 + 0.22 * fractal(rng, *size, 0.8), (0.28, 0.45, 0.24)), trees)
    return blend(image, tint(0.9 + 0.08 * fractal(rng, *size, 0.4), (0.48, 0.66, 0.30)), edge(y - 0.24, 0.02))


@texture("screen_film")
def screen_film(rng: np.random.Generator) -> Image:
    """A film still with black bars."""
    image = _scenery(rng, (72, 128)) * 0.9
    image[:6] = image[-6:] = 0.02
    return image


@texture("screen_desktop")
def screen_desktop(rng: np.random.Generator) -> Image:
    """A computer's desktop: icons, a window with lines of text, a task bar."""
    size = (72, 128)
    x, _ = pixel_grid(*size)
    image = blend(np.broadcast_to(np.array((0.10, 0.25, 0.50)), (*size, 3)), (0.35, 0.65, 0.80), x)
    image[4:58, 44:118] = 0.95
    image[4:9, 44:118] = (0.25, 0.30, 0.40)
    for row in range(13, 55, 5):
        image[row : row + 2, 49 : 49 + int(rng.integers(25, 64))] = 0.35
    for row in range(6, 48, 12):
        image[row : row + 7, 6:14] = rng.uniform(0.4, 1.0, 3)
    image[66:] = 0.08
    image[68:70, 4:40:6] = 0.8
    return image


@texture("screen_off")
def screen_off(rng: np.random.Generator) -> Image:
    """Black glass with the reflection of a window."""
    size = (72, 128)
    x, y = pixel_grid(*size)
    image = np.full((*size, 3), 0.045)
    pane = (np.abs(x + 0.25 * y - rng.uniform(0.55, 0.8)) < 0.10) & (y > 0.45) & (y < 0.92)
    return blend(image, (0.20, 0.23, 0.27), pane * 0.7)


@texture("rug_oriental")
def rug_oriental(rng: np.random.Generator) -> Image:
    """A carpet with borders and a medallion."""
    size = (128, 192)
    x, y = pixel_grid(*size)
    u, v = np.abs(x - 0.5) * 2.0, np.abs(y - 0.5) * 2.0
    rim = np.minimum((1.0 - u) * 1.5, 1.0 - v)
    ground, border = [
        ((0.55, 0.12, 0.12), (0.14, 0.16, 0.32)),
        ((0.15, 0.22, 0.42), (0.55, 0.14, 0.12)),
        ((0.30, 0.34, 0.26), (0.52, 0.36, 0.20)),
    ][rng.integers(3)]
    image = np.broadcast_to(np.array(ground), (*size, 3))
    motif = (np.cos(u * 30.0) * np.cos(v * 22.0) > 0.55) & (rim > 0.3)
    image = blend(image, (0.80, 0.68, 0.45), motif * 0.6)
    medallion = u * 1.5 / 1.1 + v + 0.06 * np.cos(12.0 * np.arctan2(v, u * 1.5 + 1e-6))
    image = blend(image, border, edge(medallion - 0.75, 0.03))
    image = blend(image, (0.85, 0.74, 0.52), edge(np.abs(medallion - 0.55) - 0.04, 0.02))
    image = blend(image, border, edge(rim - 0.26, 0.01))
    image = blend(image, (0.82, 0.70, 0.48), (np.sin((x + y) * 80.0) > 0.2) * (rim > 0.10) * (rim < 0.19) * 0.9)
    image = blend(image, (0.85, 0.76, 0.58), edge(np.abs(rim - 0.25) - 0.012, 0.01) + edge(rim - 0.03, 0.01))
    return image * (0.93 + 0.06 * fractal(rng, *size, 0.3))[..., None]


@texture("rug_modern")
def rug_modern(rng: np.random.Generator) -> Image:
    """A carpet with a lattice of lines."""
    size = (128, 192)
    x, y = pixel_grid(*size)
    pale, dark = np.array((0.90, 0.87, 0.80)), rng.uniform(0.2, 0.5, 3)
    lattice = np.abs(np.sin((x * 1.5 + y) * math.pi * 5.0)) * np.abs(np.sin((x * 1.5 - y) * math.pi * 5.0))
    image = blend(np.broadcast_to(pale, (*size, 3)), dark, edge(lattice - 0.14, 0.06))
    return image * (0.93 + 0.06 * fractal(rng, *size, 0.3))[..., None]


@texture("rug_stripes")
def rug_stripes(rng: np.random.Generator) -> Image:
    """A carpet with stripes of three colours across it."""
    size = (128, 192)
    colors = np.array([(0.88, 0.84, 0.76), rng.uniform(0.15, 0.75, 3), rng.uniform(0.15, 0.75, 3)])
    image = np.broadcast_to(colors[[0, 1, 0, 2, 0, 1, 2, 1, 0, 2, 0, 1]].repeat(16, axis=0), (128, 192, 3))
    return image * (0.93 + 0.06 * fractal(rng, *size, 0.3))[..., None]
