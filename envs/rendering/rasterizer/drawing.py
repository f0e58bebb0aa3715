"""Draws the visible clusters of all bodies into a band: transform, reject, clip, fill."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.rendering.compiled import inlined, kernel
from leo_agent.envs.rendering.rasterizer.band import Band, clear_band, is_hidden, mark_drawn
from leo_agent.envs.rendering.rasterizer.clipping import GUARD_BAND_PX, fill_clipped, to_subpixels
from leo_agent.envs.rendering.rasterizer.clusters import Clusters
from leo_agent.envs.rendering.rasterizer.triangles import Corners, Projection, fill_triangle
from leo_agent.envs.rendering.rasterizer.visibility import Sight, order_visible

# No cluster has more vertices: three for each of its faces.
CORNERS_LIMIT = 256


def make_corners() -> Corners:
    """The working arrays for the vertices of one cluster."""
    return Corners(
        np.empty((3, CORNERS_LIMIT)),
        np.empty(CORNERS_LIMIT, np.int64),
        np.empty(CORNERS_LIMIT, np.int64),
        np.empty(CORNERS_LIMIT, np.bool_),
        np.empty((2, 9, 3)),
        np.empty((2, 9), np.int64),
    )


@inlined
def _project(clusters: Clusters, cluster: int, projection: Projection, corners: Corners) -> None:
    """Bring a cluster's vertices to the camera frame and to the screen."""
    first, last = clusters.vertex_start[cluster], clusters.vertex_start[cluster + 1]
    body_x, body_y = clusters.vertices[0, first:last], clusters.vertices[1, first:last]
    body_z, matrix = clusters.vertices[2, first:last], projection.matrices[clusters.bodies[cluster]]
    # Without a branch in the loop, several vertices are transformed by one instruction.
    for i in range(len(body_x)):
        vx, vy, vz = np.float64(body_x[i]), np.float64(body_y[i]), np.float64(body_z[i])
        x = matrix[0, 0] * vx + matrix[0, 1] * vy + matrix[0, 2] * vz + matrix[0, 3]
        y = matrix[1, 0] * vx + matrix[1, 1] * vy + matrix[1, 2] * vz + matrix[1, 3]
        z = matrix[2, 0] * vx + matrix[2, 1] * vy + matrix[2, 2] * vz + matrix[2, 3]
        corners.points[0, i], corners.points[1, i], corners.points[2, i] = x, y, z
        before = max(z, projection.near)
        column, row = (
            projection.center_x + projection.focal_x * x / before,
            projection.center_y + projection.focal_y * y / before,
        )
        corners.needs_clip[i] = (z < projection.near) | (max(abs(column), abs(row)) > GUARD_BAND_PX)
        corners.columns[i] = to_subpixels(min(max(column, -GUARD_BAND_PX), GUARD_BAND_PX))
        corners.rows[i] = to_subpixels(min(max(row, -GUARD_BAND_PX), GUARD_BAND_PX))


@inlined
def _draw_face(
    a: int, b: int, c: int, corners: Corners, front_only: bool, face: np.int32, projection: Projection, band: Band
) -> None:
    depth_a, depth_b, depth_c = corners.points[2, a], corners.points[2, b], corners.points[2, c]
    if corners.needs_clip[a] | corners.needs_clip[b] | corners.needs_clip[c]:
        if max(depth_a, depth_b, depth_c) > projection.near:
            fill_clipped(corners, a, b, c, front_only, face, projection, band)
        return
    fill_triangle(
        corners.columns[a],
        corners.rows[a],
        corners.columns[b],
        corners.rows[b],
        corners.columns[c],
        corners.rows[c],
        min(depth_a, depth_b, depth_c),
        max(depth_a, depth_b, depth_c),
        corners,
        a,
        b,
        c,
        front_only,
        face,
        projection,
        band,
    )


@kernel
def draw_band(clusters: Clusters, projection: Projection, sight: Sight, corners: Corners, band: Band) -> None:
    """Draw what can be seen in a band.

    The result is the same for a row whatever rows are in the band: clusters come in the same order, and only what is
    hidden is left out.
    """
    clear_band(band, np.float32(1.0 / projection.far))
    for i in range(order_visible(clusters, projection, band, sight)):
        cluster = sight.order[i]
        left, right = sight.pixel_bounds[cluster, 0], sight.pixel_bounds[cluster, 1]
        first, last = sight.pixel_bounds[cluster, 2], sight.pixel_bounds[cluster, 3]
        if is_hidden(band, left, right, first, last, sight.highest[cluster]):
            continue
        _project(clusters, cluster, projection, corners)
        for face in range(np.uint64(clusters.face_start[cluster]), np.uint64(clusters.face_start[cluster + 1])):
            a, b, c = clusters.corners[face, 0], clusters.corners[face, 1], clusters.corners[face, 2]
            _draw_face(a, b, c, corners, clusters.front_only[face], clusters.face_numbers[face], projection, band)
        mark_drawn(band, left, right, first, last)
