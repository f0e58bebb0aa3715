"""Textures with their mip maps in one array, and trilinear samples of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leo_agent.envs.rendering.compiled import inlined
from leo_agent.envs.rendering.mesh import WRAPS, Texture

REPEAT, MIRROR = WRAPS.index("repeat"), WRAPS.index("mirror")
# A colour as four 16-bit lanes of one number: red, blue, green from the lowest on. Weights that add up to 256 keep
# the weighted sum of several colours inside the lanes.
LANES = np.uint64(0x00FF00FF00FF00FF)
HALF = np.uint64(0x0080008000800080)
RED_BLUE, GREEN = np.uint64(0x00FF00FF), np.uint64(0xFF)
BYTE = np.uint64(8)
WORD = np.uint64(32)
# Folded coordinates count in parts of 2^32 of the texture's side, the end of which is the last part.
LAST = 0xFFFFFFFF
SIDE = float(LAST)


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
            pieces.append((channels[:, 0] | channels[:, 1] << 8 | channels[:, 2] << 16).astype(np.uint32))
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
    levels = [pixels]
    # Each level is rounded by itself: the roundings of all before it would brighten it.
    channels = [Image.fromarray(pixels[..., channel].astype(np.float32)) for channel in range(3)]
    while max(channels[0].size) > 1:
        width, height = channels[0].size
        size = (max(width // 2, 1), max(height // 2, 1))
        channels = [channel.resize(size, Image.Resampling.BOX) for channel in channels]
        levels.append((np.stack([np.asarray(channel) for channel in channels], axis=-1) + 0.5).astype(np.uint8))
    return levels


@inlined
def fold(position: float, wrap: int) -> np.int64:
    """A texture coordinate brought into the texture, in 1/2^32 of its side."""
    if wrap == REPEAT:
        position -= np.floor(position)
    elif wrap == MIRROR:
        position = 1.0 - abs(1.0 - (position - 2.0 * np.floor(0.5 * position)))
    else:
        position = min(max(position, 0.0), 1.0)
    return np.int64(position * SIDE)


@inlined
def find_details(footprints: NDArray[np.float32], details: NDArray[np.int32]) -> None:
    """The mip level of each pixel in 1/256, from the square of the texels that it spans along its longer axis."""
    bits = footprints.view(np.int32)
    for column in range(len(details)):
        # log2 of a float32: exponent + log2(1 + t) with t the mantissa's part behind the point; the parabola is exact
        # at t = 0 and 1 and at most 0.008 off between.
        t = np.float32(bits[column] & 0x7FFFFF) * np.float32(2.0**-23)
        fraction = t * (np.float32(1.343) - np.float32(0.343) * t)
        log2 = np.float32((bits[column] >> 23) - 127) + fraction
        details[column] = np.int32(np.float32(128.0) * max(log2, np.float32(0.0)))


@inlined
def _neighbours(position: int, size: int, wrap: int) -> tuple[int, int, np.uint64]:
    """The texels on both sides of a folded coordinate, and the weight of the second in 1/256."""
    place = (((position & LAST) * size + (1 << 23)) >> 24) - 128
    low = place >> 8
    high = low + 1
    if low < 0:
        low = size - 1 if wrap == REPEAT else 0
    if high >= size:
        high = 0 if wrap == REPEAT else size - 1
    return low, high, np.uint64(place & 255)


@inlined
def _lanes(texel: np.uint32) -> np.uint64:
    color = np.uint64(texel)
    return (color & RED_BLUE) | ((color >> BYTE) & GREEN) << WORD


@inlined
def _bilinear(textures: TextureSet, level: np.uint64, u: int, v: int, wrap_u: int, wrap_v: int) -> np.uint64:
    width, height = textures.levels[level, 1], textures.levels[level, 2]
    left, right, across = _neighbours(u, width, wrap_u)
    top, bottom, down = _neighbours(v, height, wrap_v)
    both = (across * down) >> BYTE
    upper = textures.levels[level, 0] + top * width
    lower = textures.levels[level, 0] + bottom * width
    total = _lanes(textures.texels[np.uint64(upper + left)]) * (np.uint64(256) - across - down + both)
    total += _lanes(textures.texels[np.uint64(upper + right)]) * (across - both)
    total += _lanes(textures.texels[np.uint64(lower + left)]) * (down - both)
    total += _lanes(textures.texels[np.uint64(lower + right)]) * both
    return ((total + HALF) >> BYTE) & LANES


@inlined
def sample(textures: TextureSet, texture: int, u: int, v: int, detail: int) -> np.uint64:
    """The lanes of a texture's colour at folded coordinates u, v; detail: the mip level in 1/256."""
    wrap_u, wrap_v = textures.wraps[texture, 0], textures.wraps[texture, 1]
    first, last = np.uint64(textures.first_level[texture]), np.uint64(textures.first_level[texture + 1]) - np.uint64(1)
    level = min(first + np.uint64(detail >> 8), last)
    near = _bilinear(textures, level, u, v, wrap_u, wrap_v)
    blend = np.uint64(detail & 255)
    if blend == np.uint64(0) or level == last:
        return near
    far = _bilinear(textures, level + np.uint64(1), u, v, wrap_u, wrap_v)
    return ((near * (np.uint64(256) - blend) + far * blend + HALF) >> BYTE) & LANES
