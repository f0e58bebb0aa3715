"""Textures with their mip maps in one array, and where in it a sample lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leo_agent.envs.rendering.compiled import inlined
from leo_agent.envs.rendering.mesh import WRAPS, Texture

REPEAT, MIRROR = WRAPS.index("repeat"), WRAPS.index("mirror")
# Folded coordinates count in parts of 2^32 of the texture's side, the end of which is the last part. As 2^52 more than
# themselves they are the low 32 bits of a float64: processors cannot turn several float64 into integers at once.
LAST = np.uint64(0xFFFFFFFF)
SIDE = float(LAST)
FIXED = 2.0**52
HALF_PART, PART_BITS, HALF_TEXEL = np.uint64(1 << 23), np.uint64(24), np.uint64(128)


class TextureSet(NamedTuple):
    """The mip maps of T textures; level l of a texture is row first_level + l of `levels`.

    Around each level lies a border of one texel, what its wraps show there: so every sample has its four neighbours.
    """

    texels: NDArray[np.uint32]  # red | green << 8 | blue << 16, rows of all levels one after the other, with borders
    levels: NDArray[np.int64]  # (L, 3) first texel of the border, width and height without it
    first_level: NDArray[np.int32]  # (T + 1,)
    wraps: NDArray[np.uint8]  # (T, 2) index into WRAPS along u and v


def make_texture_set(textures: Sequence[Texture]) -> TextureSet:
    """Build the mip maps down to one texel."""
    pieces, levels, first_level = [np.zeros(0, np.uint32)], [], [0]
    offset = 0
    for texture in textures:
        for level in _mip_maps(texture.pixels):
            height, width = level.shape[:2]
            red, green, blue = np.moveaxis(level.astype(np.uint32), -1, 0)
            packed = _with_border((red | green << 8 | blue << 16).astype(np.uint32), texture)
            pieces.append(packed.ravel())
            levels.append((offset, width, height))
            offset += packed.size
        first_level.append(len(levels))
    wraps = [[WRAPS.index(texture.wrap_u), WRAPS.index(texture.wrap_v)] for texture in textures]
    return TextureSet(
        np.concatenate(pieces),
        np.array(levels, np.int64).reshape(-1, 3),
        np.array(first_level, np.int32),
        np.array(wraps, np.uint8).reshape(-1, 2),
    )


def _with_border(texels: NDArray[np.uint32], texture: Texture) -> NDArray[np.uint32]:
    """A level (H, W) with what lies one texel outside it: its other end where it repeats, else the nearest texel."""
    for axis, wrap in enumerate((texture.wrap_v, texture.wrap_u)):
        widths = [(1, 1) if i == axis else (0, 0) for i in range(2)]
        texels = np.pad(texels, widths, mode="wrap" if wrap == "repeat" else "edge")
    return texels


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
def fold(positions: NDArray[np.float64], first: int, last: int, wrap: int) -> None:
    """Bring texture coordinates first..last - 1 into the texture, as `FIXED` + whole parts 1/2^32 of its side."""
    # A loop for each wrap: one with a choice in it would do one coordinate at a time.
    if wrap == REPEAT:
        for i in range(np.uint64(first), np.uint64(last)):
            position = positions[i] - np.floor(positions[i])
            positions[i] = np.floor(position * SIDE) + FIXED
    elif wrap == MIRROR:
        for i in range(np.uint64(first), np.uint64(last)):
            position = 1.0 - abs(1.0 - (positions[i] - 2.0 * np.floor(0.5 * positions[i])))
            positions[i] = np.floor(position * SIDE) + FIXED
    else:
        for i in range(np.uint64(first), np.uint64(last)):
            positions[i] = np.floor(min(max(positions[i], 0.0), 1.0) * SIDE) + FIXED


@inlined
def find_details(footprints: NDArray[np.float32], first: int, last: int, details: NDArray[np.int32]) -> None:
    """The mip level of pixels first..last - 1 in 1/256, from the square of the texels along the longer axis of each."""
    bits = footprints.view(np.int32)
    for column in range(np.uint64(first), np.uint64(last)):
        # log2 of a float32: exponent + log2(1 + t) with t the mantissa's part behind the point; the parabola is exact
        # at t = 0 and 1 and at most 0.008 off between.
        t = np.float32(bits[column] & 0x7FFFFF) * np.float32(2.0**-23)
        fraction = t * (np.float32(1.343) - np.float32(0.343) * t)
        log2 = np.float32((bits[column] >> 23) - 127) + fraction
        details[column] = np.int32(np.float32(128.0) * max(log2, np.float32(0.0)))


@inlined
def place_in_level(part: np.uint64, size: np.uint64) -> np.uint64:
    """Where a folded coordinate, in 1/2^32 of the side, lies in a level with its border, in 1/256 texel.

    The whole texels are the first neighbour, the rest is the weight of the second.
    """
    return ((part * size + HALF_PART) >> PART_BITS) + HALF_TEXEL
