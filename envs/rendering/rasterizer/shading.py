"""Turns the buffers of a band into colour, depth and instance ids; textures are sampled only where they are seen.

Rows are gone through in pieces of one face, then as a whole: loops over whole rows do several pixels an instruction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.compiled import inlined, kernel
from leo_agent.envs.rendering.rasterizer.band import Band
from leo_agent.envs.rendering.rasterizer.triangles import Projection
from leo_agent.envs.rendering.surfaces import Surfaces
from leo_agent.envs.rendering.textures import TextureSet, find_details, fold, sample

BYTE = np.uint64(255)
GREEN_SHIFT, BLUE_SHIFT = np.uint64(32), np.uint64(16)


class Lookups(NamedTuple):
    """What to look up in textures for the pixels of one row."""

    textures: NDArray[np.int32]  # (width,) row of the texture set, -1 = none
    u: NDArray[np.int64]  # (width,) folded
    v: NDArray[np.int64]  # (width,) folded
    footprints: NDArray[np.float32]  # (width,) square of the texels a pixel spans
    details: NDArray[np.int32]  # (width,) mip level in 1/256


class RenderTarget(NamedTuple):
    """Where the rows of a band are written to."""

    image: NDArray[np.uint8]  # (rows, width, 3)
    depth: NDArray[np.float32]  # (rows, width)
    segmentation: NDArray[np.int32]  # (rows, width)


def make_lookups(width: int) -> Lookups:
    """The working arrays for rows of `width` pixels."""
    return Lookups(
        np.empty(width, np.int32),
        np.empty(width, np.int64),
        np.empty(width, np.int64),
        np.ones(width, np.float32),
        np.empty(width, np.int32),
    )


@inlined
def _along_row(
    surfaces: Surfaces, face: int, which: int, projection: Projection, row: int
) -> tuple[float, float, float, float]:
    """A linear function over a face, as constant + depth * (start + per_column * column) along a row of the picture.

    The fourth number is per_row.
    """
    body = surfaces.bodies[face]
    gx, gy, gz = surfaces.maps[face, which, 0], surfaces.maps[face, which, 1], surfaces.maps[face, which, 2]
    x, constant = _along_axis(projection, body, 0, gx, gy, gz, np.float64(surfaces.maps[face, which, 3]))
    y, constant = _along_axis(projection, body, 1, gx, gy, gz, constant)
    z, constant = _along_axis(projection, body, 2, gx, gy, gz, constant)
    per_column, per_row = x / projection.focal_x, y / projection.focal_y
    start = z + (0.5 - projection.center_x) * per_column + (row + 0.5 - projection.center_y) * per_row
    return constant, start, per_column, per_row


@inlined
def _along_axis(
    projection: Projection, body: int, axis: int, gx: float, gy: float, gz: float, constant: float
) -> tuple[float, float]:
    """A gradient's part along an axis of the camera, and the constant less what the body's offset adds."""
    part = projection.matrices[body, axis, 0] * gx + projection.matrices[body, axis, 1] * gy
    part += projection.matrices[body, axis, 2] * gz
    return part, constant - part * projection.matrices[body, axis, 3]


@inlined
def _look_up(
    face: int,
    row: int,
    left: int,
    right: int,
    projection: Projection,
    surfaces: Surfaces,
    textures: TextureSet,
    lookups: Lookups,
    first_row: int,
    target: RenderTarget,
) -> None:
    """Fill in `lookups` for columns left..right - 1, which show one textured face; footprints are OpenGL's."""
    texture, picture_row = surfaces.textures[face], first_row + row
    wrap_u, wrap_v = textures.wraps[texture, 0], textures.wraps[texture, 1]
    level = textures.first_level[texture]
    width, height = float(textures.levels[level, 1]), float(textures.levels[level, 2])
    u0, u_start, u_column, u_row = _along_row(surfaces, face, 0, projection, picture_row)
    v0, v_start, v_column, v_row = _along_row(surfaces, face, 1, projection, picture_row)
    # The plane's equation gives inverse depth = -(start + per_column * column) / constant, and so its slopes.
    distance, _, n_column, n_row = _along_row(surfaces, face, 2, projection, picture_row)
    slope_column, slope_row = -n_column / distance, -n_row / distance
    for i in range(np.uint64(right - left)):
        column = np.uint64(left) + i
        z = np.float64(target.depth[row, column])
        place = float(left + np.int32(i))
        u_ray, v_ray = u_start + u_column * place, v_start + v_column * place
        lookups.u[column] = fold(u0 + z * u_ray, wrap_u)
        lookups.v[column] = fold(v0 + z * v_ray, wrap_v)
        u_across, u_down = width * (u_column - z * slope_column * u_ray), width * (u_row - z * slope_row * u_ray)
        v_across, v_down = height * (v_column - z * slope_column * v_ray), height * (v_row - z * slope_row * v_ray)
        longer = max(u_across * u_across + v_across * v_across, u_down * u_down + v_down * v_down)
        lookups.footprints[column] = z * z * longer
        lookups.textures[column] = texture


@inlined
def _product(first: np.int64, second: np.int64) -> np.int64:
    """The product of two numbers 0..255 as parts of 255, rounded."""
    product = first * second + 128
    return (product + (product >> 8)) >> 8


@inlined
def _apply_textures(lookups: Lookups, textures: TextureSet, target: RenderTarget, row: int) -> None:
    """Multiply the colours of a row by the textures' where it has any."""
    find_details(lookups.footprints, lookups.details)
    for column in range(len(lookups.textures)):
        texture = lookups.textures[column]
        if texture >= 0:
            color = sample(textures, texture, lookups.u[column], lookups.v[column], lookups.details[column])
            red, green, blue = color & BYTE, (color >> GREEN_SHIFT) & BYTE, (color >> BLUE_SHIFT) & BYTE
            target.image[row, column, 0] = _product(np.int64(target.image[row, column, 0]), np.int64(red))
            target.image[row, column, 1] = _product(np.int64(target.image[row, column, 1]), np.int64(green))
            target.image[row, column, 2] = _product(np.int64(target.image[row, column, 2]), np.int64(blue))


@inlined
def _apply_tints(
    face: int,
    row: int,
    left: int,
    right: int,
    projection: Projection,
    surfaces: Surfaces,
    first_row: int,
    target: RenderTarget,
) -> None:
    """Multiply columns left..right - 1 of a row by the face's vertex colours, interpolated in perspective."""
    for channel in range(3):
        constant, start, per_column, _ = _along_row(
            surfaces, face, surfaces.first_tint + channel, projection, first_row + row
        )
        for column in range(np.uint64(left), np.uint64(right)):
            tint = constant + target.depth[row, column] * (start + per_column * np.float64(np.int64(column)))
            shown = np.int64(min(max(tint, 0.0), 255.0) + 0.5)
            target.image[row, column, channel] = _product(np.int64(target.image[row, column, channel]), shown)


@inlined
def _resolve_depth(band: Band, row: int, target: RenderTarget) -> None:
    for column in range(target.depth.shape[1]):
        hit = band.face_index[row, column] >= 0
        target.depth[row, column] = np.float32(1.0) / band.inverse_depth[row, column] if hit else np.float32(0.0)


@kernel
def shade_band(
    band: Band,
    projection: Projection,
    surfaces: Surfaces,
    textures: TextureSet,
    background: NDArray[np.uint8],
    lookups: Lookups,
    target: RenderTarget,
) -> None:
    """Write the rows of a band, which was drawn with this camera."""
    for row in range(len(target.depth)):
        # 1. Depth of the whole row.
        _resolve_depth(band, row, target)
        lookups.textures[:] = -1
        textured = False
        # 2. Run by run of one face: base colour and id, what to look up in its texture, vertex colours.
        left = 0
        while left < projection.width:
            face, right = band.face_index[row, left], left + 1
            while right < projection.width and band.face_index[row, right] == face:
                right += 1
            red, green, blue, instance = background[0], background[1], background[2], np.int32(0)
            if face >= 0:
                red, green, blue = surfaces.colors[face, 0], surfaces.colors[face, 1], surfaces.colors[face, 2]
                instance = surfaces.ids[face]
            for column in range(np.uint64(left), np.uint64(right)):
                target.image[row, column, 0], target.image[row, column, 1], target.image[row, column, 2] = (
                    red,
                    green,
                    blue,
                )
                target.segmentation[row, column] = instance
            if face >= 0 and len(surfaces.textures) > 0 and surfaces.textures[face] >= 0:
                textured = True
                _look_up(face, row, left, right, projection, surfaces, textures, lookups, band.first_row, target)
            if face >= 0 and surfaces.first_tint >= 0:
                _apply_tints(face, row, left, right, projection, surfaces, band.first_row, target)
            left = right
        # 3. Textures of the whole row.
        if textured:
            _apply_textures(lookups, textures, target, row)
