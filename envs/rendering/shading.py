"""Turns the buffers of a band into colour, depth and instance ids; textures are sampled only where they are seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from envs.rendering.band import Band
from envs.rendering.compiled import inlined, kernel
from envs.rendering.surfaces import Surfaces
from envs.rendering.textures import TextureSet, sample
from envs.rendering.triangles import Lens


@inlined
def _along_row(
    linear: NDArray[np.float32], matrix: NDArray[np.float64], lens: Lens, row: int
) -> tuple[float, float, float, float]:
    """A linear function over a face, as constant + depth * (start + per_column * column) along a row of the picture.

    The fourth number is per_row. matrix (3, 4) takes the frame of the body to the camera frame.
    """
    x = matrix[0, 0] * linear[0] + matrix[0, 1] * linear[1] + matrix[0, 2] * linear[2]
    y = matrix[1, 0] * linear[0] + matrix[1, 1] * linear[1] + matrix[1, 2] * linear[2]
    z = matrix[2, 0] * linear[0] + matrix[2, 1] * linear[1] + matrix[2, 2] * linear[2]
    per_column, per_row = x / lens.focal_x, y / lens.focal_y
    start = z + (0.5 - lens.center_x) * per_column + (row + 0.5 - lens.center_y) * per_row
    return linear[3] - (x * matrix[0, 3] + y * matrix[1, 3] + z * matrix[2, 3]), start, per_column, per_row


@inlined
def _product(first: int, second: int) -> int:
    """The product of two numbers 0..255 as parts of 255, rounded."""
    product = first * second + 128
    return (product + (product >> 8)) >> 8


@inlined
def _shade_textured(
    face: int,
    row: int,
    left: int,
    right: int,
    depth: NDArray[np.float32],
    matrix: NDArray[np.float64],
    lens: Lens,
    surfaces: Surfaces,
    textures: TextureSet,
    image: NDArray[np.uint8],
) -> None:
    """Multiply columns left..right - 1 of a row by the face's texture (in perspective; mip maps as OpenGL's)."""
    maps, texture = surfaces.texel_maps[face], surfaces.textures[face]
    u0, u_start, u_column, u_row = _along_row(maps[0], matrix, lens, row)
    v0, v_start, v_column, v_row = _along_row(maps[1], matrix, lens, row)
    # The plane's equation gives inverse depth = -(start + per_column * column) / constant, and so its slopes.
    distance, _, n_column, n_row = _along_row(maps[2], matrix, lens, row)
    slope_column, slope_row = -n_column / distance, -n_row / distance
    for column in range(left, right):
        z = np.float64(depth[column])
        u_ray, v_ray = u_start + u_column * column, v_start + v_column * column
        u_across, v_across = u_column - z * slope_column * u_ray, v_column - z * slope_column * v_ray
        u_down, v_down = u_row - z * slope_row * u_ray, v_row - z * slope_row * v_ray
        footprint = z * z * max(u_across * u_across + v_across * v_across, u_down * u_down + v_down * v_down)
        color = sample(textures, texture, u0 + z * u_ray, v0 + z * v_ray, footprint)
        image[column, 0] = _product(image[column, 0], int(color & np.uint64(255)))
        image[column, 1] = _product(image[column, 1], int((color >> np.uint64(32)) & np.uint64(255)))
        image[column, 2] = _product(image[column, 2], int((color >> np.uint64(16)) & np.uint64(255)))


@inlined
def _shade_tinted(
    face: int,
    row: int,
    left: int,
    right: int,
    depth: NDArray[np.float32],
    matrix: NDArray[np.float64],
    lens: Lens,
    surfaces: Surfaces,
    image: NDArray[np.uint8],
) -> None:
    """Multiply columns left..right - 1 of a row by the face's vertex colours, interpolated in perspective."""
    for channel in range(3):
        constant, start, per_column, _ = _along_row(surfaces.tints[face, channel], matrix, lens, row)
        for column in range(left, right):
            tint = constant + depth[column] * (start + per_column * column)
            image[column, channel] = _product(image[column, channel], int(min(max(tint, 0.0), 255.0) + 0.5))


@inlined
def _resolve_depth(inverse_depth: NDArray[np.float32], face_index: NDArray[np.int32], depth: NDArray[np.float32]) -> None:
    for column in range(len(depth)):
        hit = face_index[column] >= 0
        depth[column] = np.float32(1.0) / inverse_depth[column] if hit else np.float32(0.0)


@kernel
def shade_band(
    band: Band,
    matrices: NDArray[np.float64],
    lens: Lens,
    surfaces: Surfaces,
    textures: TextureSet,
    background: NDArray[np.uint8],
    image: NDArray[np.uint8],
    depth: NDArray[np.float32],
    segmentation: NDArray[np.int32],
) -> None:
    """Write the rows of a band into image (rows, width, 3), depth and segmentation (rows, width).

    matrices (bodies, 3, 4) are those the band was drawn with.
    """
    for row in range(len(depth)):
        faces, row_depth, row_image = band.face_index[row], depth[row], image[row]
        _resolve_depth(band.inverse_depth[row], faces, row_depth)
        left = 0
        while left < lens.width:
            face, right = faces[left], left + 1
            while right < lens.width and faces[right] == face:
                right += 1
            red, green, blue, instance = background[0], background[1], background[2], np.int32(0)
            if face >= 0:
                red, green, blue = surfaces.colors[face]
                instance = surfaces.ids[face]
            for column in range(left, right):
                row_image[column, 0], row_image[column, 1], row_image[column, 2] = red, green, blue
                segmentation[row, column] = instance
            if face >= 0:
                picture_row, matrix = band.first_row + row, matrices[surfaces.bodies[face]]
                if len(surfaces.textures) > 0 and surfaces.textures[face] >= 0:
                    _shade_textured(
                        face, picture_row, left, right, row_depth, matrix, lens, surfaces, textures, row_image
                    )
                if len(surfaces.tints) > 0:
                    _shade_tinted(face, picture_row, left, right, row_depth, matrix, lens, surfaces, row_image)
            left = right
