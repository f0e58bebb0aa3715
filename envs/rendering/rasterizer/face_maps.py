"""The linear functions over faces (texture coordinates, planes, vertex colours) along rows of the picture."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.rendering.compiled import inlined
from leo_agent.envs.rendering.rasterizer.triangles import Projection
from leo_agent.envs.rendering.surfaces import Surfaces


@inlined
def along_row(
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
