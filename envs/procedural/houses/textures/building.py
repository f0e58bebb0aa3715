"""Textures of a house's shell: plaster, floors, tiles, brick, carpet."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.textures.noise import Image, fractal, grain, tint
from leo_agent.envs.procedural.houses.textures.registry import texture

_SIZE = 256


@texture("plaster")
def plaster(rng: np.random.Generator) -> Image:
    """Painted wall: nearly even, with the roller's grain."""
    return tint(0.975 + 0.012 * fractal(rng, 128, 128, 0.4) + 0.008 * fractal(rng, 128, 128, 1.6))


@texture("wallpaper_stripes")
def wallpaper_stripes(rng: np.random.Generator) -> Image:
    """Broad stripes with a thin line in them."""
    x = np.arange(128) % 64
    lightness = np.where(x < 32, 0.98, 0.88)
    lightness[(x == 15) | (x == 16)] = 0.80
    return tint(np.broadcast_to(lightness, (128, 128)) + 0.01 * fractal(rng, 128, 128, 0.5))


@texture("planks")
def planks(rng: np.random.Generator) -> Image:
    """Floor boards, eight in the height of the image, each of its own tone."""
    rows, lightness = 8, np.empty((_SIZE, _SIZE))
    step = _SIZE // rows
    for row in range(rows):
        board = grain(rng, step, _SIZE) * rng.uniform(0.86, 1.04)
        joint = int(rng.integers(_SIZE))
        second = np.roll(grain(rng, step, _SIZE) * rng.uniform(0.86, 1.04), joint, axis=1)
        board[:, : _SIZE // 2] = second[:, : _SIZE // 2]
        board = np.roll(board, joint, axis=1)
        board[:, [joint - 1, (joint + _SIZE // 2) % _SIZE]] *= 0.62
        board[0] *= 0.62
        lightness[row * step : (row + 1) * step] = board
    return tint(lightness)


@texture("herringbone")
def herringbone(rng: np.random.Generator) -> Image:
    """Parquet of short blocks laid in a weave of squares."""
    block, strips = _SIZE // 4, 4
    lightness = np.empty((_SIZE, _SIZE))
    for row in range(4):
        for column in range(4):
            square = np.concatenate(
                [grain(rng, block // strips, block) * rng.uniform(0.86, 1.04) for _ in range(strips)]
            )
            square[:: block // strips] *= 0.7
            square[:, 0] *= 0.7
            turned = square.T if (row + column) % 2 else square
            lightness[row * block : (row + 1) * block, column * block : (column + 1) * block] = turned
    return tint(lightness)


def _tiles(rng: np.random.Generator, count: int, spread: float, grout: float, offset: bool = False) -> Image:
    """`count` x `count` tiles with their own tones; `offset` shifts every second row by half a tile."""
    step = _SIZE // count
    tones = 1.0 - spread * rng.random((count, count))
    lightness = np.kron(tones, np.ones((step, step))) + 0.012 * fractal(rng, _SIZE, _SIZE, 1.5)
    line = np.arange(_SIZE) % step
    width = max(2, _SIZE // 128)
    lightness[line < width] = grout
    joint = np.broadcast_to(line < width, (_SIZE, _SIZE)).copy()
    if offset:
        odd = (np.arange(_SIZE) // step) % 2 == 1
        joint[odd] = np.roll(joint[odd], step // 2, axis=1)
    lightness[joint] = grout
    return tint(np.minimum(lightness, 1.0))


@texture("tiles")
def tiles(rng: np.random.Generator) -> Image:
    """Square tiles with pale joints."""
    return _tiles(rng, 4, 0.05, 0.80)


@texture("small_tiles")
def small_tiles(rng: np.random.Generator) -> Image:
    """A mosaic of small tiles of lively tones."""
    return _tiles(rng, 16, 0.22, 0.86)


@texture("checkered_tiles")
def checkered_tiles(rng: np.random.Generator) -> Image:
    """Dark and pale tiles in turn."""
    image = _tiles(rng, 4, 0.05, 0.72)
    row, column = np.indices((_SIZE, _SIZE)) // (_SIZE // 4)
    image[(row + column) % 2 == 1] *= 0.45
    return image


@texture("brick")
def brick(rng: np.random.Generator) -> Image:
    """Bricks in running bond, ten courses."""
    rows, columns = 10, 4
    step, length = 25.6, _SIZE / columns
    y, x = np.indices((_SIZE, _SIZE), np.float64)
    row = np.floor(y / step).astype(int)
    shifted = x + (row % 2) * length / 2.0
    column = (np.floor(shifted / length).astype(int)) % columns
    tone = rng.uniform(0.72, 1.0, (rows, columns))[row, column] + 0.05 * fractal(rng, _SIZE, _SIZE, 1.0)
    red = tint(tone, (1.0, 0.97, 0.95))
    mortar = (y % step < 3.0) | (shifted % length < 3.0)
    red[mortar] = np.array([1.30, 1.45, 1.5]) * 0.62
    return red


@texture("stone")
def stone(rng: np.random.Generator) -> Image:
    """Rubble wall: rounded stones of their own tones in mortar."""
    count = 30
    centers = rng.random((count, 2)) * _SIZE
    y, x = np.indices((_SIZE, _SIZE), np.float64)
    dx, dy = np.abs(x[..., None] - centers[:, 0]), np.abs(y[..., None] - centers[:, 1])
    distance = np.hypot(np.minimum(dx, _SIZE - dx), 1.5 * np.minimum(dy, _SIZE - dy))
    nearest = np.sort(distance, axis=-1)[..., :2]
    tone = rng.uniform(0.55, 1.0, count)[distance.argmin(axis=-1)] + 0.06 * fractal(rng, _SIZE, _SIZE, 1.2)
    return tint(np.where(nearest[..., 1] - nearest[..., 0] < 7.0, 0.45, tone))


@texture("carpet")
def carpet(rng: np.random.Generator) -> Image:
    """Short pile."""
    return tint(0.90 + 0.055 * fractal(rng, 128, 128, 0.15) + 0.02 * fractal(rng, 128, 128, 1.4))


@texture("concrete")
def concrete(rng: np.random.Generator) -> Image:
    """Smoothed cement with clouds."""
    return tint(0.90 + 0.035 * fractal(rng, 128, 128, 1.7) + 0.015 * fractal(rng, 128, 128, 0.3))
