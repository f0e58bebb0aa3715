"""Fills single triangles into a band: the pixels that OpenGL would cover, with exact inverse depths.

Camera frame: x right, y down, z forward (so z is the depth). Vertices are snapped to 1/256 pixel, a pixel is covered
where its centre lies inside, ties on edges go to the top-left rule, so that neighbouring triangles neither overlap nor
leave gaps. Inverse depth is affine in the image, hence exact at every pixel. A pixel's value depends on its triangle
and the picture alone, not on the band, so that bands can be drawn in any number and order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.compiled import inlined
from leo_agent.envs.rendering.rasterizer.band import TIE, Band

SUBPIXELS = 256
HALF_PIXEL = 128
# Where an edge meets a row is a quotient of integers, the divisor at most 2^31: a whole number of columns, or at least
# 2^-31 away from one. Inside the picture it is computed with an error below 2^-38, and rounded with this tolerance.
ON_EDGE = 2.0**-34


class Projection(NamedTuple):
    """A pinhole camera, and where the bodies are in its frame."""

    focal_x: float  # pixels
    focal_y: float
    center_x: float
    center_y: float
    near: float  # metres
    far: float
    width: int  # pixels
    matrices: NDArray[np.float64]  # (bodies, 3, 4) from the frame of each body to the camera frame


class Corners(NamedTuple):
    """The vertices of a cluster in the camera frame and on the screen."""

    points: NDArray[np.float64]  # (3, N)
    columns: NDArray[np.int64]  # (N,) 1/256 pixel
    rows: NDArray[np.int64]  # (N,) 1/256 pixel
    needs_clip: NDArray[np.bool_]  # (N,) columns and rows do not hold
    polygons: NDArray[np.float64]  # (2, 9, 3) for clipping
    outline: NDArray[np.int64]  # (2, 9) for clipping, 1/256 pixel


@inlined
def _inverse_depth_plane(
    corners: Corners, a: int, b: int, c: int, projection: Projection
) -> tuple[float, float, float, bool]:
    """Inverse depth of a plane through three points is slope_x * column + slope_y * row + offset.

    The last is False if the plane contains the camera.
    """
    ax, ay, az = corners.points[0, a], corners.points[1, a], corners.points[2, a]
    ux, uy, uz = corners.points[0, b] - ax, corners.points[1, b] - ay, corners.points[2, b] - az
    vx, vy, vz = corners.points[0, c] - ax, corners.points[1, c] - ay, corners.points[2, c] - az
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    distance = nx * ax + ny * ay + nz * az
    if distance == 0.0:
        return 0.0, 0.0, 0.0, False
    slope_x, slope_y = nx / (projection.focal_x * distance), ny / (projection.focal_y * distance)
    return slope_x, slope_y, nz / distance - slope_x * projection.center_x - slope_y * projection.center_y, True


@inlined
def _edge(ax: int, ay: int, bx: int, by: int, first_row: int) -> tuple[float, float, float]:
    """Edge a to b: its value at column 0 of first_row (less the tie rule), growth a row, fall a column.

    All three are integers below 2^48 (units of 1/256 pixel squared), hence exact.
    """
    dx, dy = bx - ax, by - ay
    top_left = dy < 0 or (dy == 0 and dx > 0)
    value = dx * (first_row * SUBPIXELS + HALF_PIXEL - ay) - dy * (HALF_PIXEL - ax) - (0 if top_left else 1)
    return float(value), float(dx * SUBPIXELS), float(dy * SUBPIXELS)


@inlined
def _narrow(value: float, fall: float, per_fall: float, left: float, right: float) -> tuple[float, float]:
    """The part of columns left..right where value - fall * column >= 0."""
    if fall > 0.0:
        right = min(right, np.floor(value * per_fall + ON_EDGE))
    elif fall < 0.0:
        left = max(left, np.ceil(value * per_fall - ON_EDGE))
    elif value < 0.0:
        right = left - 1.0
    return left, right


@inlined
def _fill_span(
    band: Band,
    row: int,
    left: int,
    right: int,
    start: np.float32,
    step: np.float32,
    lowest: np.float32,
    highest: np.float32,
    face: np.int32,
) -> None:
    """Depth-test and write columns left..right of one row of the band."""
    # Only with unsigned indices does the compiler know that they need no wrapping, and do many pixels at once.
    for i in range(np.uint64(right + 1 - left)):
        column = np.uint64(left) + i
        inverse = min(max(start + step * np.float32(np.int32(i)), lowest), highest)
        held = band.inverse_depth[row, column]
        tied = abs(inverse - held) <= held * TIE
        nearer = (face < band.face_index[row, column]) if tied else (inverse > held)
        band.inverse_depth[row, column] = inverse if nearer else band.inverse_depth[row, column]
        band.face_index[row, column] = face if nearer else band.face_index[row, column]


@inlined
def fill_triangle(
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    x2: int,
    y2: int,
    nearest: float,
    farthest: float,
    corners: Corners,
    a: int,
    b: int,
    c: int,
    front_only: bool,
    face: np.int32,
    projection: Projection,
    band: Band,
) -> None:
    """Fill a triangle of these screen corners (1/256 pixel) in the plane of a, b, c, kept within nearest, farthest."""
    # 1. The rows and columns whose pixel centres it can cover; nothing to do where there are none.
    first_row = max(band.first_row, (min(y0, y1, y2) + HALF_PIXEL - 1) >> 8)
    last_row = min(band.first_row + len(band.inverse_depth) - 1, (max(y0, y1, y2) - HALF_PIXEL) >> 8)
    first_column = max(0, (min(x0, x1, x2) + HALF_PIXEL - 1) >> 8)
    last_column = min(projection.width - 1, (max(x0, x1, x2) - HALF_PIXEL) >> 8)
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if first_column > last_column or first_row > last_row or area == 0 or (front_only and area > 0):
        return
    # 2. Inverse depth over the picture, and the three edge functions (Pineda 1988), whose signs say what is inside.
    slope_x, slope_y, offset, solid = _inverse_depth_plane(corners, a, b, c, projection)
    if not solid:
        return
    if area < 0:
        x1, y1, x2, y2 = x2, y2, x1, y1
    value_0, growth_0, fall_0 = _edge(x0, y0, x1, y1, first_row)
    value_1, growth_1, fall_1 = _edge(x1, y1, x2, y2, first_row)
    value_2, growth_2, fall_2 = _edge(x2, y2, x0, y0, first_row)
    per_fall_0, per_fall_1, per_fall_2 = 1.0 / fall_0, 1.0 / fall_1, 1.0 / fall_2
    step, lowest, highest = np.float32(slope_x), np.float32(1.0 / farthest), np.float32(1.0 / nearest)
    # 3. Row by row: the columns inside all three edges.
    for row in range(first_row, last_row + 1):
        left, right = _narrow(value_0, fall_0, per_fall_0, float(first_column), float(last_column))
        left, right = _narrow(value_1, fall_1, per_fall_1, left, right)
        left, right = _narrow(value_2, fall_2, per_fall_2, left, right)
        if left <= right:
            start = np.float32(slope_x * (left + 0.5) + slope_y * (row + 0.5) + offset)
            _fill_span(band, row - band.first_row, int(left), int(right), start, step, lowest, highest, face)
        value_0 += growth_0
        value_1 += growth_1
        value_2 += growth_2
