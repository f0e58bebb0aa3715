"""Compiled geometry of one polygon or segment, in float32 as Detour computes, so that ties break alike.

Positions are (3,) float32, metres, Y up; "seen from above" means in the XZ plane. A polygon is an index, -1 for none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.objectnav.navmesh.compiled import kernel

BORDER = -1  # in polygon_neighbours: nothing behind the edge
DISABLED = -2  # a polygon that is not walkable behind the edge; a wall too, except where a step without sliding stops

ZERO = np.float32(0)
ONE = np.float32(1)
HALF = np.float32(0.5)
INFINITY = np.float32(np.inf)
LARGEST = np.finfo(np.float32).max
DEGENERATE_AREA = np.float32(1e-6)
_SAME_POINT_SQUARED = np.float32((1.0 / 16384.0) ** 2)


class MeshArrays(NamedTuple):
    """What the compiled functions read; P polygons, V vertices, T triangles, N nodes (see file_format.NavMeshFile)."""

    vertices: np.ndarray  # (V, 3) float32
    polygon_vertices: np.ndarray  # (P, 6) int32
    polygon_neighbours: np.ndarray  # (P, 6) int32, BORDER or DISABLED = wall
    polygon_sizes: np.ndarray  # (P,) int32
    polygon_walkable: np.ndarray  # (P,) bool
    polygon_island: np.ndarray  # (P,) int32
    triangle_base: np.ndarray  # (P + 1,) int32
    triangles: np.ndarray  # (T, 3, 3) float32
    triangle_edges: np.ndarray  # (T, 3) uint8
    bv_bounds: np.ndarray  # (N, 6) int32
    bv_index: np.ndarray  # (N,) int64
    frame: np.ndarray  # (13,) float32: bounds min 0:3, max 3:6, tile origin 6:9, tile x and z size 9:11, grid, climb


@kernel
def straight_distance(a: np.ndarray, b: np.ndarray) -> np.float32:
    x = b[0] - a[0]
    y = b[1] - a[1]
    z = b[2] - a[2]
    return np.sqrt(x * x + y * y + z * z)


@kernel
def same_point(a: np.ndarray, b: np.ndarray) -> bool:
    x = b[0] - a[0]
    y = b[1] - a[1]
    z = b[2] - a[2]
    return x * x + y * y + z * z < _SAME_POINT_SQUARED


@kernel
def segment_distance(point: np.ndarray, p: np.ndarray, q: np.ndarray) -> tuple[np.float32, np.float32]:
    """Squared distance in the XZ plane from a point to the segment pq, and where on it (0 to 1) it is closest."""
    along_x = q[0] - p[0]
    along_z = q[2] - p[2]
    x = point[0] - p[0]
    z = point[2] - p[2]
    squared = along_x * along_x + along_z * along_z
    t = along_x * x + along_z * z
    if squared > ZERO:
        t /= squared
    if t < ZERO:
        t = ZERO
    elif t > ONE:
        t = ONE
    x = p[0] + t * along_x - point[0]
    z = p[2] + t * along_z - point[2]
    return x * x + z * z, t


@kernel
def interpolate(out: np.ndarray, a: np.ndarray, b: np.ndarray, t: np.float32) -> None:
    for axis in range(3):
        out[axis] = a[axis] + (b[axis] - a[axis]) * t


@kernel
def turn_area(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.float32:
    """Twice the signed area of a triangle in the XZ plane; positive when c lies right of a to b seen from above."""
    return (c[0] - a[0]) * (b[2] - a[2]) - (b[0] - a[0]) * (c[2] - a[2])


@kernel
def inside_polygon(mesh: MeshArrays, polygon: int, point: np.ndarray) -> bool:
    """Whether a point is in a polygon seen from above (crossing number)."""
    inside = False
    size = mesh.polygon_sizes[polygon]
    before = mesh.polygon_vertices[polygon, size - 1]
    for corner in range(size):
        here = mesh.polygon_vertices[polygon, corner]
        x, z = mesh.vertices[here, 0], mesh.vertices[here, 2]
        x_before, z_before = mesh.vertices[before, 0], mesh.vertices[before, 2]
        if (z > point[2]) != (z_before > point[2]):
            crossing = (x_before - x) * (point[2] - z) / (z_before - z) + x
            if point[0] < crossing:
                inside = not inside
        before = here
    return inside


@kernel
def closest_on_height_edges(
    mesh: MeshArrays, polygon: int, point: np.ndarray, only_outline: bool, out: np.ndarray
) -> None:
    """Nearest point, seen from above, on the edges of the height triangles; out is untouched if there is no edge."""
    best = LARGEST
    best_triangle, best_edge, best_t = -1, 0, ZERO
    for triangle in range(mesh.triangle_base[polygon], mesh.triangle_base[polygon + 1]):
        for step in range(3):
            edge = (step + 2) % 3
            kind = mesh.triangle_edges[triangle, edge]
            if kind == 0 or (only_outline and kind != 2):
                continue
            squared, t = segment_distance(point, mesh.triangles[triangle, edge], mesh.triangles[triangle, step])
            if squared < best:
                best, best_triangle, best_edge, best_t = squared, triangle, edge, t
    if best_triangle >= 0:
        corners = mesh.triangles[best_triangle]
        interpolate(out, corners[best_edge], corners[(best_edge + 1) % 3], best_t)


@kernel
def _height_in_triangle(corners: np.ndarray, point: np.ndarray) -> tuple[bool, np.float32]:
    """(whether the point is in the triangle seen from above, height of the triangle there)."""
    a = corners[0]
    ac_x, ac_y, ac_z = corners[2, 0] - a[0], corners[2, 1] - a[1], corners[2, 2] - a[2]
    ab_x, ab_y, ab_z = corners[1, 0] - a[0], corners[1, 1] - a[1], corners[1, 2] - a[2]
    x, z = point[0] - a[0], point[2] - a[2]
    scale = ac_x * ab_z - ac_z * ab_x
    if abs(scale) < DEGENERATE_AREA:
        return False, ZERO
    u = ab_z * x - ab_x * z
    v = ac_x * z - ac_z * x
    if scale < ZERO:
        scale, u, v = -scale, -u, -v
    if u >= ZERO and v >= ZERO and u + v <= scale:
        return True, a[1] + (ac_y * u + ab_y * v) / scale
    return False, ZERO


@kernel
def set_height(mesh: MeshArrays, polygon: int, point: np.ndarray, out: np.ndarray) -> bool:
    """Set out[1] to the height of the polygon under the point; False, and no change, if it is beside the polygon."""
    if not inside_polygon(mesh, polygon, point):
        return False
    for triangle in range(mesh.triangle_base[polygon], mesh.triangle_base[polygon + 1]):
        found, height = _height_in_triangle(mesh.triangles[triangle], point)
        if found:
            out[1] = height
            return True
    closest = point.copy()  # on an edge between triangles, or a triangle too thin to test
    closest_on_height_edges(mesh, polygon, point, False, closest)
    out[1] = closest[1]
    return True
