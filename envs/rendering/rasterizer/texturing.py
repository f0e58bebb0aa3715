"""Trilinear samples of textures for the pixels of a row.

What does not depend on memory is done for several pixels by an instruction, in loops of its own: only the fetching of
texels goes pixel by pixel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.compiled import inlined
from leo_agent.envs.rendering.rasterizer.face_maps import along_row
from leo_agent.envs.rendering.rasterizer.triangles import Projection
from leo_agent.envs.rendering.surfaces import Surfaces
from leo_agent.envs.rendering.textures import LAST, TextureSet, find_details, fold, place_in_level

# Red and blue as two 16-bit lanes of one number: weights that add up to 256 keep the weighted sum of several colours
# inside the lanes.
RED_BLUE, GREEN = np.uint32(0x00FF00FF), np.uint32(0xFF)
HALVES, HALF = np.uint32(0x00800080), np.uint32(0x80)
BYTE, WORD = np.uint32(8), np.uint32(16)
WHOLE = np.uint32(256)
ONE, BORDERS = np.uint32(1), np.uint32(2)
WEIGHT = np.uint64(255)
NEXT = np.uint64(1)


class Lookups(NamedTuple):
    """What to look up in textures for the pixels of one row, and what was found."""

    first_levels: NDArray[np.int32]  # (width,) row of the texture's first level in the texture set, -1 = no texture
    last_details: NDArray[np.int32]  # (width,) the texture's last mip level in 1/256
    widths: NDArray[np.uint32]  # (width,) of the texture's first level, texels
    heights: NDArray[np.uint32]  # (width,)
    u: NDArray[np.float64]  # (width,) folded
    v: NDArray[np.float64]  # (width,) folded
    footprints: NDArray[np.float32]  # (width,) square of the texels a pixel spans
    details: NDArray[np.int32]  # (width,) mip level in 1/256
    # Of the two levels that a pixel lies between:
    offsets: NDArray[np.uint32]  # (2, width) of the upper left texel in the level
    strides: NDArray[np.uint32]  # (2, width) from a texel to that below
    weights: NDArray[np.uint32]  # (2, width) of the right, and << 8 of the lower texels, in 1/256
    texels: NDArray[np.uint32]  # (8, width) upper left, upper right, lower left, lower right, and so in the second
    colors: NDArray[np.uint8]  # (3, width) red, green, blue of the row: what textures are multiplied with


def make_lookups(width: int) -> Lookups:
    """The working arrays for rows of `width` pixels."""
    return Lookups(
        np.empty(width, np.int32),
        np.zeros(width, np.int32),
        np.zeros(width, np.uint32),
        np.zeros(width, np.uint32),
        np.zeros(width),
        np.zeros(width),
        np.ones(width, np.float32),
        np.empty(width, np.int32),
        np.empty((2, width), np.uint32),
        np.empty((2, width), np.uint32),
        np.empty((2, width), np.uint32),
        np.zeros((8, width), np.uint32),
        np.empty((3, width), np.uint8),
    )


@inlined
def product(first: np.uint8, second: np.uint32) -> np.uint8:
    """The product of two numbers 0..255 as parts of 255, rounded."""
    scaled = np.uint32(np.uint32(np.uint32(first) * second) + HALF)
    return np.uint8(np.uint32(scaled + np.uint32(scaled >> BYTE)) >> BYTE)


@inlined
def look_up(
    face: int,
    left: int,
    right: int,
    picture_row: int,
    depth: NDArray[np.float32],
    projection: Projection,
    surfaces: Surfaces,
    textures: TextureSet,
    lookups: Lookups,
) -> None:
    """Fill in `lookups` for columns left..right - 1, which show one textured face; footprints are OpenGL's."""
    texture = surfaces.textures[face]
    first_level, last_level = textures.first_level[texture], textures.first_level[texture + 1] - 1
    width, height = float(textures.levels[first_level, 1]), float(textures.levels[first_level, 2])
    u0, u_start, u_column, u_row = along_row(surfaces, face, 0, projection, picture_row)
    v0, v_start, v_column, v_row = along_row(surfaces, face, 1, projection, picture_row)
    # The plane's equation gives inverse depth = -(start + per_column * column) / constant, and so its slopes.
    distance, _, n_column, n_row = along_row(surfaces, face, 2, projection, picture_row)
    slope_column, slope_row = -n_column / distance, -n_row / distance
    first_place = float(left)
    for i in range(np.uint64(right - left)):
        column = np.uint64(left) + i
        z = np.float64(depth[column])
        place = first_place + np.float64(np.int32(i))
        u_ray, v_ray = u_start + u_column * place, v_start + v_column * place
        lookups.u[column] = u0 + z * u_ray
        lookups.v[column] = v0 + z * v_ray
        u_across, u_down = width * (u_column - z * slope_column * u_ray), width * (u_row - z * slope_row * u_ray)
        v_across, v_down = height * (v_column - z * slope_column * v_ray), height * (v_row - z * slope_row * v_ray)
        longer = max(u_across * u_across + v_across * v_across, u_down * u_down + v_down * v_down)
        lookups.footprints[column] = z * z * longer
    for pixel in range(np.uint64(left), np.uint64(right)):
        lookups.first_levels[pixel], lookups.last_details[pixel] = first_level, (last_level - first_level) * 256
        lookups.widths[pixel], lookups.heights[pixel] = np.uint32(width), np.uint32(height)
    fold(lookups.u, left, right, textures.wraps[texture, 0])
    fold(lookups.v, left, right, textures.wraps[texture, 1])


@inlined
def _place(lookups: Lookups, first: int, last: int) -> None:
    """Find where columns first..last - 1 lie in both of their levels."""
    all_u, all_v = lookups.u.view(np.uint64), lookups.v.view(np.uint64)
    for column in range(np.uint64(first), np.uint64(last)):
        detail = min(lookups.details[column], lookups.last_details[column])
        lookups.details[column] = detail
        u, v = all_u[column] & LAST, all_v[column] & LAST
        for which in range(2):
            level = np.uint32(np.uint32(detail >> 8) + np.uint32(which))
            # Each level is half as wide and high as the one before it, rounded down.
            width = max(np.uint32(lookups.widths[column] >> level), ONE)
            height = max(np.uint32(lookups.heights[column] >> level), ONE)
            x, y = place_in_level(u, np.uint64(width)), place_in_level(v, np.uint64(height))
            stride = np.uint32(width + BORDERS)
            lookups.strides[which, column] = stride
            lookups.offsets[which, column] = np.uint32(np.uint32(y >> BYTE) * stride) + np.uint32(x >> BYTE)
            lookups.weights[which, column] = np.uint32(x & WEIGHT) | np.uint32(np.uint32(y & WEIGHT) << BYTE)


@inlined
def _fetch_four(
    textures: TextureSet, level: np.uint64, offset: np.uint32, stride: np.uint32, found: NDArray[np.uint32], column: int
) -> None:
    """Copy the texels around a place to a column of `found` (4, width)."""
    upper = np.uint64(textures.levels[level, 0]) + np.uint64(offset)
    lower = upper + np.uint64(stride)
    found[0, column], found[1, column] = textures.texels[upper], textures.texels[upper + NEXT]
    found[2, column], found[3, column] = textures.texels[lower], textures.texels[lower + NEXT]


@inlined
def _fetch(lookups: Lookups, textures: TextureSet, first: int, last: int) -> None:
    """Fetch the texels of columns first..last - 1. Where one level is enough, the other's are left as they are."""
    offsets, strides, near, far = lookups.offsets, lookups.strides, lookups.texels[:4], lookups.texels[4:]
    for column in range(np.uint64(first), np.uint64(last)):
        first_level, detail = lookups.first_levels[column], lookups.details[column]
        if first_level < 0:
            continue
        level = np.uint64(first_level + (detail >> 8))
        _fetch_four(textures, level, offsets[0, column], strides[0, column], near, column)
        if detail & 255:
            _fetch_four(textures, level + NEXT, offsets[1, column], strides[1, column], far, column)


@inlined
def _bilinear(texels: NDArray[np.uint32], column: int, weights: np.uint32) -> tuple[np.uint32, np.uint32]:
    """The weighted mean of four texels (4, width): red and blue in their lanes, and green."""
    across, down = np.uint32(weights & GREEN), np.uint32(weights >> BYTE)
    both = np.uint32(np.uint32(across * down) >> BYTE)
    red_blue, green = HALVES, HALF
    parts = (np.uint32(WHOLE - across - down + both), np.uint32(across - both), np.uint32(down - both), both)
    for i in range(4):
        texel = texels[np.uint64(i), column]
        red_blue = np.uint32(red_blue + np.uint32(np.uint32(texel & RED_BLUE) * parts[i]))
        green = np.uint32(green + np.uint32(np.uint32(np.uint32(texel >> BYTE) & GREEN) * parts[i]))
    return np.uint32(np.uint32(red_blue >> BYTE) & RED_BLUE), np.uint32(green >> BYTE)


@inlined
def _mix(lookups: Lookups, first: int, last: int) -> None:
    """Multiply the colours of columns first..last - 1 by the texels that were fetched for them."""
    weights, colors, near_texels, far_texels = lookups.weights, lookups.colors, lookups.texels[:4], lookups.texels[4:]
    for column in range(np.uint64(first), np.uint64(last)):
        near_red_blue, near_green = _bilinear(near_texels, column, weights[0, column])
        far_red_blue, far_green = _bilinear(far_texels, column, weights[1, column])
        far = np.uint32(lookups.details[column] & 255)
        near = np.uint32(WHOLE - far)
        red_blue = np.uint32(np.uint32(near_red_blue * near) + np.uint32(far_red_blue * far) + HALVES)
        green = np.uint32(np.uint32(near_green * near) + np.uint32(far_green * far) + HALF)
        textured = lookups.first_levels[column] >= 0
        # Times 255 a colour stays as it is.
        red_blue = np.uint32(np.uint32(red_blue >> BYTE) & RED_BLUE) if textured else RED_BLUE
        green = np.uint32(green >> BYTE) if textured else GREEN
        colors[0, column] = product(colors[0, column], np.uint32(red_blue & GREEN))
        colors[1, column] = product(colors[1, column], green)
        colors[2, column] = product(colors[2, column], np.uint32(red_blue >> WORD))


@inlined
def apply_textures(lookups: Lookups, textures: TextureSet, first: int, last: int) -> None:
    """Multiply the colours of columns first..last - 1 by the textures' where there is any."""
    find_details(lookups.footprints, first, last, lookups.details)
    _place(lookups, first, last)
    _fetch(lookups, textures, first, last)
    _mix(lookups, first, last)
