"""Compiled geometry of one polygon or segment, in float32 as Detour computes, so that ties break alike.

Points are tuples of three float32 (arrays would be counted references in every call), metres, Y up; "seen from above"
means in the XZ plane. A polygon is an index, -1 for none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.compiled import inlined, kernel

Point = tuple[np.float32, np.float32, np.float32]

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
    triangle_corners: np.ndarray  # (3 T, 3) float32
    triangle_edges: np.ndarray  # (T, 3) uint8
    bv_bounds: np.ndarray  # (N, 6) int32
    bv_index: np.ndarray  # (N,) int64
    frame: np.ndarray  # (13,) float32: bounds min 0:3, max 3:6, tile origin 6:9, tile x and z size 9:11, grid, climb


@inlined
def point_at(points: np.ndarray, row: int) -> Point:
    """One row of (K, 3) points."""
    return points[row, 0], points[row, 1], points[row, 2]


@inlined
def as_point(position: np.ndarray) -> Point:
    """A (3,) array as a point."""
    return position[0], position[1], position[2]


@inlined
def set_row(points: np.ndarray, row: int, point: Point) -> None:
    points[row, 0], points[row, 1], points[row, 2] = point


@inlined
def straight_distance(a: Point, b: Point) -> np.float32:
    x = b[0] - a[0]
    y = b[1] - a[1]
    z = b[2] - a[2]
    distance: np.float32 = np.sqrt(x * x + y * y + z * z)
    return distance


@inlined
def same_point(a: Point, b: Point) -> bool:
    x = b[0] - a[0]
    y = b[1] - a[1]
    z = b[2] - a[2]
    return bool(x * x + y * y + z * z < _SAME_POINT_SQUARED)


@inlined
def interpolate(a: Point, b: Point, t: np.float32) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


@inlined
def turn_area(a: Point, b: Point, c: Point) -> np.float32:
    """Twice the signed area of a triangle in the XZ plane; positive when c lies right of a to b seen from above."""
    return (c[0] - a[0]) * (b[2] - a[2]) - (b[0] - a[0]) * (c[2] - a[2])


@inlined
def segment_distance(point: Point, p: Point, q: Point) -> tuple[np.float32, np.float32]:
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


@inlined
def corner_point(mesh: MeshArrays, polygon: int, corner: int) -> Point:
    """A corner of a polygon; the corner after the last is the first."""
    if corner == mesh.polygon_sizes[polygon]:
        corner = 0
    return point_at(mesh.vertices, mesh.polygon_vertices[polygon, corner])


@inlined
def inside_polygon(mesh: MeshArrays, polygon: int, point: Point) -> bool:
    """Whether a point is in a polygon seen from above (crossing number)."""
    inside = False
    size = mesh.polygon_sizes[polygon]
    before = corner_point(mesh, polygon, size - 1)
    for corner in range(size):
        here = corner_point(mesh, polygon, corner)
        if (here[2] > point[2]) != (before[2] > point[2]):
            crossing = (before[0] - here[0]) * (point[2] - here[2]) / (before[2] - here[2]) + here[0]
            if point[0] < crossing:
                inside = not inside
        before = here
    return inside


@inlined
def closest_on_height_edges(mesh: MeshArrays, polygon: int, point: Point, only_outline: bool) -> Point:
    """Nearest point, seen from above, on the edges of the height triangles; the point itself if there is no edge."""
    best = LARGEST
    best_triangle, best_edge, best_t = -1, 0, ZERO
    for triangle in range(mesh.triangle_base[polygon], mesh.triangle_base[polygon + 1]):
        for following in range(3):
            edge = 2 if following == 0 else following - 1
            kind = mesh.triangle_edges[triangle, edge]
            if kind == 0 or (only_outline and kind != 2):
                continue
            a = point_at(mesh.triangle_corners, 3 * triangle + edge)
            b = point_at(mesh.triangle_corners, 3 * triangle + following)
            squared, t = segment_distance(point, a, b)
            if squared < best:
                best, best_triangle, best_edge, best_t = squared, triangle, edge, t
    if best_triangle < 0:
        return point
    a = point_at(mesh.triangle_corners, 3 * best_triangle + best_edge)
    b = point_at(mesh.triangle_corners, 3 * best_triangle + (0 if best_edge == 2 else best_edge + 1))
    return interpolate(a, b, best_t)


@inlined
def _height_in_triangle(mesh: MeshArrays, triangle: int, point: Point) -> tuple[bool, np.float32]:
    """(whether the point is in the triangle seen from above, height of the triangle there)."""
    a = point_at(mesh.triangle_corners, 3 * triangle)
    b = point_at(mesh.triangle_corners, 3 * triangle + 1)
    c = point_at(mesh.triangle_corners, 3 * triangle + 2)
    ac_x, ac_y, ac_z = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    ab_x, ab_y, ab_z = b[0] - a[0], b[1] - a[1], b[2] - a[2]
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
def surface_height(mesh: MeshArrays, polygon: int, point: Point) -> np.float32:
    """Height of the polygon at a point inside it."""
    for triangle in range(mesh.triangle_base[polygon], mesh.triangle_base[polygon + 1]):
        found, height = _height_in_triangle(mesh, triangle, point)
        if found:
            return height
    # on an edge between triangles, or in one too thin to test
    return closest_on_height_edges(mesh, polygon, point, False)[1]
