"""Turns the buffers of a band into colour, depth and instance ids; textures are sampled only where they are seen.

Rows are gone through in pieces of one face, then as a whole: loops over whole rows do several pixels an instruction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.compiled import inlined, kernel
from leo_agent.envs.rendering.rasterizer.band import Band
from leo_agent.envs.rendering.rasterizer.face_maps import along_row
from leo_agent.envs.rendering.rasterizer.texturing import Lookups, apply_textures, look_up, product
from leo_agent.envs.rendering.rasterizer.triangles import Projection
from leo_agent.envs.rendering.surfaces import Surfaces
from leo_agent.envs.rendering.textures import TextureSet


class RenderTarget(NamedTuple):
    """Where the rows of a band are written to."""

    image: NDArray[np.uint8]  # (rows, width, 3)
    depth: NDArray[np.float32]  # (rows, width)
    segmentation: NDArray[np.int32]  # (rows, width)


@inlined
def _apply_tints(
    face: int,
    row: int,
    left: int,
    right: int,
    projection: Projection,
    surfaces: Surfaces,
    first_row: int,
    depth: NDArray[np.float32],
    colors: NDArray[np.uint8],
) -> None:
    """Multiply columns left..right - 1 of a row by the face's vertex colours, interpolated in perspective."""
    for channel in range(3):
        constant, start, per_column, _ = along_row(
            surfaces, face, surfaces.first_tint + channel, projection, first_row + row
        )
        for column in range(np.uint64(left), np.uint64(right)):
            tint = constant + depth[column] * (start + per_column * np.float64(np.int64(column)))
            shown = np.uint32(np.int32(min(max(tint, 0.0), 255.0) + 0.5))
            colors[channel, column] = product(colors[channel, column], shown)


@inlined
def _resolve_depth(band: Band, row: int, target: RenderTarget) -> None:
    for column in range(target.depth.shape[1]):
        hit = band.face_index[row, column] >= 0
        target.depth[row, column] = np.float32(1.0) / band.inverse_depth[row, column] if hit else np.float32(0.0)


@inlined
def _write_colors(colors: NDArray[np.uint8], image: NDArray[np.uint8]) -> None:
    """Red, green and blue of a row (3, width), pixel by pixel (width, 3)."""
    for column in range(np.uint64(len(image))):
        image[column, 0], image[column, 1], image[column, 2] = colors[0, column], colors[1, column], colors[2, column]


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
    colors = lookups.colors
    for row in range(len(target.depth)):
        # 1. Depth of the whole row.
        _resolve_depth(band, row, target)
        lookups.first_levels[:] = -1
        first_textured, end_textured = projection.width, 0
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
                colors[0, column], colors[1, column], colors[2, column] = red, green, blue
                target.segmentation[row, column] = instance
            if face >= 0 and len(surfaces.textures) > 0 and surfaces.textures[face] >= 0:
                first_textured, end_textured = min(first_textured, left), right
                look_up(
                    face,
                    left,
                    right,
                    band.first_row + row,
                    target.depth[row],
                    projection,
                    surfaces,
                    textures,
                    lookups,
                )
            if face >= 0 and surfaces.first_tint >= 0:
                _apply_tints(face, row, left, right, projection, surfaces, band.first_row, target.depth[row], colors)
            left = right
        # 3. Textures, from the first column that has one to the last.
        if first_textured < end_textured:
            apply_textures(lookups, textures, first_textured, end_textured)
        _write_colors(colors, target.image[row])
