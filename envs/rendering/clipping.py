"""Triangles that reach behind the camera or far out of the picture: clipped first, then filled as a fan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from envs.rendering.band import Band
from envs.rendering.compiled import inlined, kernel
from envs.rendering.triangles import SUBPIXELS, Lens, fill_triangle

# Triangles reaching further than this beyond the origin of the image are clipped, to keep the edge functions exact.
GUARD_BAND_PX = 16384.0


@inlined
def to_subpixels(position_px: float) -> int:
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
        p, q = polygon[i], polygon[(i + 1) % count]
        value_p = normal_x * p[0] + normal_y * p[1] + normal_z * p[2] + offset
        value_q = normal_x * q[0] + normal_y * q[1] + normal_z * q[2] + offset
        if value_p >= 0.0:
            clipped[kept] = p
            kept += 1
        if (value_p >= 0.0) != (value_q >= 0.0):
            t = value_p / (value_p - value_q)
            for axis in range(3):
                clipped[kept, axis] = p[axis] + t * (q[axis] - p[axis])
            kept += 1
    return kept


@kernel
def fill_clipped(
    points: NDArray[np.float64], a: int, b: int, c: int, front_only: bool, face: np.int32, lens: Lens, band: Band
) -> None:
    """Clip the triangle of points a, b, c at the near plane and the guard band, and fill what is left."""
    polygon, spare = np.empty((9, 3)), np.empty((9, 3))
    polygon[0], polygon[1], polygon[2] = points[:, a], points[:, b], points[:, c]
    count = _clip(polygon, 3, 0.0, 0.0, 1.0, -lens.near, spare)
    count = _clip(spare, count, lens.focal_x, 0.0, GUARD_BAND_PX + lens.center_x, 0.0, polygon)
    count = _clip(polygon, count, -lens.focal_x, 0.0, GUARD_BAND_PX - lens.center_x, 0.0, spare)
    count = _clip(spare, count, 0.0, lens.focal_y, GUARD_BAND_PX + lens.center_y, 0.0, polygon)
    count = _clip(polygon, count, 0.0, -lens.focal_y, GUARD_BAND_PX - lens.center_y, 0.0, spare)
    if count < 3:
        return
    columns, rows = np.empty(9, np.int64), np.empty(9, np.int64)
    nearest, farthest = spare[0, 2], spare[0, 2]
    for i in range(count):
        x, y, z = spare[i]
        columns[i] = to_subpixels(lens.center_x + lens.focal_x * x / z)
        rows[i] = to_subpixels(lens.center_y + lens.focal_y * y / z)
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
            points,
            a,
            b,
            c,
            front_only,
            face,
            lens,
            band,
        )
