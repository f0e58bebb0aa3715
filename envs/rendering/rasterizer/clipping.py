"""Triangles that reach behind the camera or far out of the picture: clipped first, then filled as a fan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.compiled import inlined, kernel
from leo_agent.envs.rendering.rasterizer.band import Band
from leo_agent.envs.rendering.rasterizer.triangles import SUBPIXELS, Corners, Projection, fill_triangle

# Triangles reaching further than this beyond the origin of the image are clipped, to keep the edge functions exact.
GUARD_BAND_PX = 16384.0


@inlined
def to_subpixels(position_px: float) -> np.int64:
    """The nearest multiple of 1/256 pixel."""
    return np.int64(np.floor(position_px * SUBPIXELS + 0.5))


@kernel
def _clip(
    polygon: NDArray[np.float64],
    count: int,
    normal_x: float,
    normal_y: float,
    normal_z: float,
    offset: float,
    clipped: NDArray[np.float64],
) -> int:
    """Keep a convex polygon's part with normal . p + offset >= 0 (Sutherland and Hodgman); returns its corner count."""
    kept = 0
    for i in range(count):
        j = (i + 1) % count
        value_p = normal_x * polygon[i, 0] + normal_y * polygon[i, 1] + normal_z * polygon[i, 2] + offset
        value_q = normal_x * polygon[j, 0] + normal_y * polygon[j, 1] + normal_z * polygon[j, 2] + offset
        if value_p >= 0.0:
            for axis in range(3):
                clipped[kept, axis] = polygon[i, axis]
            kept += 1
        if (value_p >= 0.0) != (value_q >= 0.0):
            t = value_p / (value_p - value_q)
            for axis in range(3):
                clipped[kept, axis] = polygon[i, axis] + t * (polygon[j, axis] - polygon[i, axis])
            kept += 1
    return kept


@kernel
def fill_clipped(
    corners: Corners, a: int, b: int, c: int, front_only: bool, face: np.int32, projection: Projection, band: Band
) -> None:
    """Clip the triangle of vertices a, b, c at the near plane and the guard band, and fill what is left."""
    polygon, spare = corners.polygons[0], corners.polygons[1]
    for axis in range(3):
        polygon[0, axis], polygon[1, axis] = corners.points[axis, a], corners.points[axis, b]
        polygon[2, axis] = corners.points[axis, c]
    count = _clip(polygon, 3, 0.0, 0.0, 1.0, -projection.near, spare)
    count = _clip(spare, count, projection.focal_x, 0.0, GUARD_BAND_PX + projection.center_x, 0.0, polygon)
    count = _clip(polygon, count, -projection.focal_x, 0.0, GUARD_BAND_PX - projection.center_x, 0.0, spare)
    count = _clip(spare, count, 0.0, projection.focal_y, GUARD_BAND_PX + projection.center_y, 0.0, polygon)
    count = _clip(polygon, count, 0.0, -projection.focal_y, GUARD_BAND_PX - projection.center_y, 0.0, spare)
    if count < 3:
        return
    columns, rows = corners.outline[0], corners.outline[1]
    nearest, farthest = spare[0, 2], spare[0, 2]
    for i in range(count):
        x, y, z = spare[i, 0], spare[i, 1], spare[i, 2]
        columns[i] = to_subpixels(projection.center_x + projection.focal_x * x / z)
        rows[i] = to_subpixels(projection.center_y + projection.focal_y * y / z)
        nearest, farthest = min(nearest, z), max(farthest, z)
    for i in range(1, count - 1):
        fill_triangle(
            columns[0],
            rows[0],
            columns[i],
            rows[i],
            columns[i + 1],
            rows[i + 1],
            nearest,
            farthest,
            corners,
            a,
            b,
            c,
            front_only,
            face,
            projection,
            band,
        )
