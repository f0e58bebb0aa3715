"""Nearest place on the mesh and nearest wall, by the rules of Detour's findNearestPoly and findDistanceToWall."""

from __future__ import annotations

import numpy as np

from envs.objectnav.navmesh.compiled import kernel
from envs.objectnav.navmesh.geometry import (
    INFINITY,
    LARGEST,
    ONE,
    ZERO,
    MeshArrays,
    closest_on_height_edges,
    segment_distance,
    set_height,
)

_PICK_X_M, _PICK_Y_M, _PICK_Z_M = np.float32(2), np.float32(4), np.float32(2)  # half extents of the nearest search


@kernel
def _quantised_box(mesh: MeshArrays, center: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    """The search box round a point in cells of the bounding-volume tree; False if it misses the tile."""
    pick = (_PICK_X_M, _PICK_Y_M, _PICK_Z_M)
    frame = mesh.frame
    for axis in range(3):
        box_low, box_high = center[axis] - pick[axis], center[axis] + pick[axis]
        if axis != 1:
            tile = frame[9] if axis == 0 else frame[10]
            if np.floor((box_low - frame[6 + axis]) / tile) > ZERO:
                return False
            if np.floor((box_high - frame[6 + axis]) / tile) < ZERO:
                return False
        box_low = min(max(box_low, frame[axis]), frame[3 + axis]) - frame[axis]
        box_high = min(max(box_high, frame[axis]), frame[3 + axis]) - frame[axis]
        low[axis] = np.int32(frame[11] * box_low) & 0xFFFE
        high[axis] = np.int32(frame[11] * box_high + ONE) | 1
    return True


@kernel
def project(mesh: MeshArrays, point: np.ndarray, out: np.ndarray) -> int:
    """Nearest walkable polygon within half extents (2, 4, 2) m, or -1; out receives the nearest point on it."""
    low, high = np.empty(3, np.int32), np.empty(3, np.int32)
    if not (np.isfinite(point[0]) and np.isfinite(point[1]) and np.isfinite(point[2])):
        return -1
    if not _quantised_box(mesh, point, low, high):
        return -1
    climb = mesh.frame[12]
    best, best_polygon = LARGEST, -1
    candidate = np.empty(3, np.float32)
    node, count = 0, len(mesh.bv_index)
    while node < count:
        box = mesh.bv_bounds[node]
        overlap = low[0] <= box[3] and high[0] >= box[0] and low[1] <= box[4] and high[1] >= box[1]
        overlap = overlap and low[2] <= box[5] and high[2] >= box[2]
        polygon = mesh.bv_index[node]
        node += 1 if overlap or polygon >= 0 else -polygon
        if not overlap or polygon < 0 or not mesh.polygon_walkable[polygon]:
            continue
        candidate[:] = point
        if set_height(mesh, polygon, point, candidate):
            offset = abs(point[1] - candidate[1]) - climb  # above a polygon, a step up or down costs nothing
            squared = offset * offset if offset > ZERO else ZERO
        else:
            closest_on_height_edges(mesh, polygon, point, True, candidate)
            x, y, z = point[0] - candidate[0], point[1] - candidate[1], point[2] - candidate[2]
            squared = x * x + y * y + z * z
        if squared < best:
            best, best_polygon = squared, polygon
            out[:] = candidate
    return best_polygon


@kernel
def project_all(mesh: MeshArrays, points: np.ndarray, polygons: np.ndarray, projections: np.ndarray) -> None:
    """`project` of every row of (K, 3) points into (K,) polygons and (K, 3) projections."""
    for row in range(len(points)):
        polygons[row] = project(mesh, points[row], projections[row])


@kernel
def wall_distance(mesh: MeshArrays, point: np.ndarray, limit: np.float32) -> np.float32:
    """Distance in the XZ plane from the projected point to the nearest wall, at most limit; inf off the mesh."""
    center = np.empty(3, np.float32)
    start = project(mesh, point, center)
    if start < 0:
        return INFINITY
    best = np.float32(limit) * np.float32(limit)
    seen = np.zeros(len(mesh.polygon_sizes), np.bool_)
    queue = np.empty(len(mesh.polygon_sizes), np.int32)
    queue[0] = start
    seen[start] = True
    head, queued = 0, 1
    while head < queued:
        here = queue[head]
        head += 1
        size = mesh.polygon_sizes[here]
        for edge in range(size):
            a = mesh.vertices[mesh.polygon_vertices[here, edge]]
            b = mesh.vertices[mesh.polygon_vertices[here, (edge + 1) % size]]
            there = mesh.polygon_neighbours[here, edge]
            if there >= 0 and seen[there]:
                continue
            squared, _ = segment_distance(center, a, b)
            if squared > best:
                continue
            if there < 0:
                best = squared
            else:
                seen[there] = True
                queue[queued] = there
                queued += 1
    return np.sqrt(best)
