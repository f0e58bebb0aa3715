"""Nearest place on the mesh and nearest wall, by the rules of Detour's findNearestPoly and findDistanceToWall."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.compiled import inlined, kernel
from leo_agent.envs.navmesh.geometry import (
    INFINITY,
    LARGEST,
    ONE,
    ZERO,
    MeshArrays,
    Point,
    as_point,
    closest_on_height_edges,
    corner_point,
    inside_polygon,
    point_at,
    segment_distance,
    set_row,
    surface_height,
)

_HALF_WIDTH_M = np.float32(2)  # of the box in which the nearest polygon is sought, in x and z
_HALF_HEIGHT_M = np.float32(4)


@inlined
def _cells(mesh: MeshArrays, axis: int, low: np.float32, high: np.float32) -> tuple[np.integer, np.integer]:
    """First and last cell of a range of coordinates, cut to the tile, in the grid of the bounding-volume tree."""
    lowest, highest = mesh.frame[axis], mesh.frame[3 + axis]
    first = mesh.frame[11] * (min(max(low, lowest), highest) - lowest)
    last = mesh.frame[11] * (min(max(high, lowest), highest) - lowest)
    return np.int32(first) & 0xFFFE, np.int32(last + ONE) | 1


@inlined
def _touches_tile(mesh: MeshArrays, point: Point) -> bool:
    x, z = point[0] - mesh.frame[6], point[2] - mesh.frame[8]
    return bool(
        np.floor((x - _HALF_WIDTH_M) / mesh.frame[9]) <= ZERO <= np.floor((x + _HALF_WIDTH_M) / mesh.frame[9])
        and np.floor((z - _HALF_WIDTH_M) / mesh.frame[10]) <= ZERO <= np.floor((z + _HALF_WIDTH_M) / mesh.frame[10])
    )


@inlined
def _offset_from(mesh: MeshArrays, polygon: int, point: Point) -> tuple[np.float32, Point]:
    """(squared distance that ranks polygons, nearest point on this one)."""
    if inside_polygon(mesh, polygon, point):
        closest = (point[0], surface_height(mesh, polygon, point), point[2])
        offset = abs(point[1] - closest[1]) - mesh.frame[12]  # above a polygon, a step up or down costs nothing
        return (offset * offset if offset > ZERO else ZERO), closest
    closest = closest_on_height_edges(mesh, polygon, point, True)
    x, y, z = point[0] - closest[0], point[1] - closest[1], point[2] - closest[2]
    return x * x + y * y + z * z, closest


@kernel
def project(mesh: MeshArrays, point: Point) -> tuple[int, Point]:
    """(nearest walkable polygon within half extents (2, 4, 2) m, nearest point on it), or (-1, the point itself)."""
    best, best_polygon, best_point = LARGEST, -1, point
    if not (np.isfinite(point[0]) and np.isfinite(point[1]) and np.isfinite(point[2])):
        return best_polygon, best_point
    if not _touches_tile(mesh, point):
        return best_polygon, best_point
    low_x, high_x = _cells(mesh, 0, point[0] - _HALF_WIDTH_M, point[0] + _HALF_WIDTH_M)
    low_y, high_y = _cells(mesh, 1, point[1] - _HALF_HEIGHT_M, point[1] + _HALF_HEIGHT_M)
    low_z, high_z = _cells(mesh, 2, point[2] - _HALF_WIDTH_M, point[2] + _HALF_WIDTH_M)
    bounds = mesh.bv_bounds
    node, count = 0, len(mesh.bv_index)
    while node < count:
        overlap = low_x <= bounds[node, 3] and high_x >= bounds[node, 0]
        overlap = overlap and low_y <= bounds[node, 4] and high_y >= bounds[node, 1]
        overlap = overlap and low_z <= bounds[node, 5] and high_z >= bounds[node, 2]
        polygon = mesh.bv_index[node]
        node += 1 if overlap or polygon >= 0 else -polygon
        if overlap and polygon >= 0 and mesh.polygon_walkable[polygon]:
            squared, closest = _offset_from(mesh, polygon, point)
            if squared < best:
                best, best_polygon, best_point = squared, polygon, closest
    return best_polygon, best_point


@kernel
def project_all(mesh: MeshArrays, points: np.ndarray, polygons: np.ndarray, projections: np.ndarray) -> None:
    """`project` of every row of (K, 3) points into (K,) polygons and (K, 3) projections."""
    for row in range(len(points)):
        polygon, closest = project(mesh, point_at(points, row))
        polygons[row] = polygon
        set_row(projections, row, closest)


@kernel
def wall_distance(mesh: MeshArrays, position: np.ndarray, limit: np.float32) -> np.float32:
    """Distance in the XZ plane from a projected position (3,) to the nearest wall, at most limit; inf off the mesh."""
    start, center = project(mesh, as_point(position))
    if start < 0:
        return INFINITY
    best = limit * limit
    seen = np.zeros(len(mesh.polygon_sizes), np.bool_)
    queue = np.empty(len(mesh.polygon_sizes), np.int32)
    queue[0] = start
    seen[start] = True
    head, queued = 0, 1
    while head < queued:
        here = queue[head]
        head += 1
        for edge in range(mesh.polygon_sizes[here]):
            there = mesh.polygon_neighbours[here, edge]
            if there >= 0 and seen[there]:
                continue
            a, b = corner_point(mesh, here, edge), corner_point(mesh, here, edge + 1)
            squared, _ = segment_distance(center, a, b)
            if squared > best:
                continue
            if there < 0:
                best = squared
            else:
                seen[there] = True
                queue[queued] = there
                queued += 1
    distance: np.float32 = np.sqrt(best)
    return distance
