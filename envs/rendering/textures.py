"""Textures with their mip maps in one array, and trilinear samples of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from envs.rendering.compiled import inlined
from envs.rendering.mesh import WRAPS, Texture

REPEAT, MIRROR = WRAPS.index("repeat"), WRAPS.index("mirror")
# A colour as four 16-bit lanes of one number: red, blue, green from the lowest on. Weights that add up to 256 keep
# the weighted sum of several colours inside the lanes.
LANES = np.uint64(0x00FF00FF00FF00FF)
HALF = np.uint64(0x0080008000800080)
RED_BLUE, GREEN = np.uint64(0x00FF00FF), np.uint64(0xFF)
BYTE = np.uint64(8)
WORD = np.uint64(32)


class TextureSet(NamedTuple):
    """The mip maps of T textures; level l of a texture is row first_level + l of `levels`."""

    texels: NDArray[np.uint32]  # red | green << 8 | blue << 16, rows of all levels one after the other
    levels: NDArray[np.int64]  # (L, 3) first texel, width, height
    first_level: NDArray[np.int32]  # (T + 1,)
    wraps: NDArray[np.uint8]  # (T, 2) index into WRAPS along u and v


def make_texture_set(textures: Sequence[Texture]) -> TextureSet:
    """Build the mip maps down to one texel."""
    pieces, levels, first_level = [np.zeros(0, np.uint32)], [], [0]
    offset = 0
    for texture in textures:
        for level in _mip_maps(texture.pixels):
            height, width = level.shape[:2]
            channels = level.reshape(-1, 3).astype(np.uint32)
            pieces.append(channels[:, 0] | channels[:, 1] << 8 | channels[:, 2] << 16)
            levels.append((offset, width, height))
            offset += width * height
        first_level.append(len(levels))
    wraps = [[WRAPS.index(texture.wrap_u), WRAPS.index(texture.wrap_v)] for texture in textures]
    return TextureSet(
        np.concatenate(pieces),
        np.array(levels, np.int64).reshape(-1, 3),
        np.array(first_level, np.int32),
        np.array(wraps, np.uint8).reshape(-1, 2),
    )


def _mip_maps(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The texture and its means over ever larger areas, each level half as wide and high, rounded down."""
    levels = [np.ascontiguousarray(pixels)]
    while max(levels[-1].shape[:2]) > 1:
        height, width = levels[-1].shape[:2]
        size = (max(width // 2, 1), max(height // 2, 1))
        levels.append(np.asarray(Image.fromarray(levels[-1]).resize(size, Image.Resampling.BOX)))
    return levels


@inlined
def _fold(position: float, size: float, wrap: int) -> float:
    """A coordinate in texels brought into the texture."""
    if wrap == REPEAT:
        return position - math.floor(position / size) * size
    if wrap == MIRROR:
        position -= math.floor(position / (2.0 * size)) * 2.0 * size
        return size - abs(size - position)
    return min(max(position, 0.0), size)


@inlined
def _neighbours(position: float, size: int, wrap: int) -> tuple[int, int, np.uint64]:
    """The texels on both sides of a coordinate inside the texture, and the weight of the second in 1/256."""
    below = math.floor(position - 0.5)
    weight = np.uint64((position - 0.5 - below) * 256.0 + 0.5)
    low = int(below)
    high = low + 1
    if wrap == REPEAT:
        low = size - 1 if low < 0 else low
        high = 0 if high >= size else high
    # For the other wraps; and whatever the coordinate is, no texel outside is read.
    return min(max(low, 0), size - 1), min(max(high, 0), size - 1), weight


@inlined
def _lanes(texel: np.uint32) -> np.uint64:
    color = np.uint64(texel)
    return (color & RED_BLUE) | ((color >> BYTE) & GREEN) << WORD


@inlined
def _bilinear(textures: TextureSet, level: int, u: float, v: float, wrap_u: int, wrap_v: int) -> np.uint64:
    """The lanes of a level's colour at u, v in texels of that level."""
    offset, width, height = textures.levels[level]
    left, right, across = _neighbours(u, width, wrap_u)
    top, bottom, down = _neighbours(v, height, wrap_v)
    both = (across * down) >> BYTE
    upper, lower = offset + top * width, offset + bottom * width
    total = _lanes(textures.texels[upper + left]) * (np.uint64(256) - across - down + both)
    total += _lanes(textures.texels[upper + right]) * (across - both)
    total += _lanes(textures.texels[lower + left]) * (down - both)
    total += _lanes(textures.texels[lower + right]) * both
    return ((total + HALF) >> BYTE) & LANES


@inlined
def sample(textures: TextureSet, texture: int, u: float, v: float, footprint: float) -> np.uint64:
    """The lanes of a texture's colour at u, v in texels of its first level.

    footprint: square of the texels that one pixel spans along its longer axis.
    """
    first, last = textures.first_level[texture], textures.first_level[texture + 1] - 1
    wrap_u, wrap_v = textures.wraps[texture]
    width, height = float(textures.levels[first, 1]), float(textures.levels[first, 2])
    u, v = _fold(u, width, wrap_u), _fold(v, height, wrap_v)
    if footprint <= 1.0:
        return _bilinear(textures, first, u, v, wrap_u, wrap_v)
    detail = min(0.5 * math.log2(footprint), float(last - first))
    lower = min(max(int(detail), 0), last - first)
    level = first + lower
    scale_u, scale_v = float(textures.levels[level, 1]) / width, float(textures.levels[level, 2]) / height
    near = _bilinear(textures, level, u * scale_u, v * scale_v, wrap_u, wrap_v)
    blend = np.uint64((detail - lower) * 256.0)
    if level == last or blend == np.uint64(0):
        return near
    scale_u, scale_v = float(textures.levels[level + 1, 1]) / width, float(textures.levels[level + 1, 2]) / height
    far = _bilinear(textures, level + 1, u * scale_u, v * scale_v, wrap_u, wrap_v)
    return ((near * (np.uint64(256) - blend) + far * blend + HALF) >> BYTE) & LANES
