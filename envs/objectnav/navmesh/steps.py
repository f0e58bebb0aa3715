"""One step of an agent on the mesh: Detour's moveAlongSurface and habitat-sim 0.3.4's step filter around it."""

from __future__ import annotations

import numpy as np

from envs.objectnav.navmesh.compiled import kernel
from envs.objectnav.navmesh.geometry import (
    BORDER,
    DEGENERATE_AREA,
    HALF,
    LARGEST,
    ONE,
    ZERO,
    MeshArrays,
    inside_polygon,
    interpolate,
    segment_distance,
    set_height,
    straight_distance,
)
from envs.objectnav.navmesh.projection import project

COLLISION_SLACK_M2 = 1e-5  # on squared lengths
MAX_MOVE_NODES = 64
MAX_MOVE_QUEUE = 48
_SEARCH_SLACK_M = np.float32(0.001)
_NUDGE_M = np.float32(1e-4)


@kernel
def _walk_to(
    mesh: MeshArrays,
    start_polygon: int,
    start: np.ndarray,
    end: np.ndarray,
    result: np.ndarray,
    parent: np.ndarray,
) -> int:
    """Move along the surface, sliding along walls; the polygon where that ends, -1 if it cannot start.

    Breadth-first over polygons that touch the circle round the segment. parent (P,) must be -1 on entry and leads from
    the last polygon back to the first, which is its own parent.
    """
    center = np.empty(3, np.float32)
    interpolate(center, start, end, HALF)
    radius = straight_distance(start, end) / np.float32(2) + _SEARCH_SLACK_M
    radius_squared = radius * radius
    result[:] = start
    best, best_polygon = LARGEST, -1
    known = np.empty(MAX_MOVE_NODES, np.int32)  # touched, though maybe never queued: they use up the node pool
    known[0] = start_polygon
    known_count, queued, head = 1, 1, 0
    order = np.empty(MAX_MOVE_NODES, np.int32)
    order[0] = start_polygon
    parent[start_polygon] = start_polygon
    while head < queued:
        here = order[head]
        head += 1
        if inside_polygon(mesh, here, end):
            result[:] = end
            return here
        size = mesh.polygon_sizes[here]
        edge = size - 1
        for following in range(size):
            a = mesh.vertices[mesh.polygon_vertices[here, edge]]
            b = mesh.vertices[mesh.polygon_vertices[here, following]]
            there = mesh.polygon_neighbours[here, edge]
            edge = following
            if there < 0:
                squared, t = segment_distance(end, a, b)
                if squared < best:
                    best, best_polygon = squared, here
                    interpolate(result, a, b, t)
                continue
            slot = 0
            while slot < known_count and known[slot] != there:
                slot += 1
            if slot == known_count:
                if known_count == MAX_MOVE_NODES:
                    continue
                known[known_count] = there
                known_count += 1
            if parent[there] >= 0 or segment_distance(center, a, b)[0] > radius_squared:
                continue
            if queued - head < MAX_MOVE_QUEUE:
                parent[there] = here
                order[queued] = there
                queued += 1
    return best_polygon


@kernel
def _wall_hit(a: np.ndarray, b: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[bool, np.float32]:
    """(whether the segments ab and start-end cross in the XZ plane, where on ab)."""
    along_x, along_z = b[0] - a[0], b[2] - a[2]
    step_x, step_z = end[0] - start[0], end[2] - start[2]
    x, z = a[0] - start[0], a[2] - start[2]
    scale = along_x * step_z - along_z * step_x
    if abs(scale) < DEGENERATE_AREA:
        return False, ZERO
    on_wall = (step_x * z - step_z * x) / scale
    on_step = (along_x * z - along_z * x) / scale
    return bool(ZERO <= on_wall <= ONE and ZERO <= on_step <= ONE), on_wall


@kernel
def _stop_at_wall(
    mesh: MeshArrays, polygon: int, start: np.ndarray, end: np.ndarray, parent: np.ndarray, result: np.ndarray
) -> None:
    """Put result where the segment start to end meets a border of the polygons walked through.

    Of several borders the one nearest to the end counts, in habitat-sim 0.3.4; of equals the first on the way.
    """
    best = LARGEST
    here = polygon
    hit = np.empty(3, np.float32)
    while True:
        size = mesh.polygon_sizes[here]
        for edge in range(size - 1, -1, -1):  # backwards along the way and round each polygon: equals give way
            if mesh.polygon_neighbours[here, edge] != BORDER:
                continue
            a = mesh.vertices[mesh.polygon_vertices[here, edge]]
            b = mesh.vertices[mesh.polygon_vertices[here, (edge + 1) % size]]
            crosses, t = _wall_hit(a, b, start, end)
            if not crosses:
                continue
            interpolate(hit, a, b, t)
            x, z = end[0] - hit[0], end[2] - hit[2]
            squared = x * x + z * z
            if squared <= best:
                best = squared
                result[:] = hit
        if parent[here] == here:
            return
        here = parent[here]


@kernel
def _nudge_into(mesh: MeshArrays, polygon: int, point: np.ndarray) -> None:
    """Move a point 0.1 mm towards the middle of a polygon, off an infinitely thin wall between two islands."""
    size = mesh.polygon_sizes[polygon]
    center = np.zeros(3, np.float32)
    for corner in range(size):
        for axis in range(3):
            center[axis] += mesh.vertices[mesh.polygon_vertices[polygon, corner], axis]
    for axis in range(3):
        center[axis] /= np.float32(size)
    distance = straight_distance(point, center)
    for axis in range(3):
        point[axis] += _NUDGE_M * ((center[axis] - point[axis]) / distance)


@kernel
def try_step(mesh: MeshArrays, start: np.ndarray, end: np.ndarray, slide: bool, result: np.ndarray) -> None:
    """habitat-sim's step filter: where a step from start towards end arrives (see NavMesh.try_step)."""
    result[:] = start
    start_on_mesh, end_on_mesh = np.empty(3, np.float32), np.empty(3, np.float32)
    start_polygon = project(mesh, start, start_on_mesh)
    end_polygon = project(mesh, end, end_on_mesh)
    if start_polygon < 0 or end_polygon < 0:
        return
    island = mesh.polygon_island[start_polygon]
    if mesh.polygon_island[end_polygon] != island:
        return
    parent = np.full(len(mesh.polygon_sizes), -1, np.int32)
    arrival = np.empty(3, np.float32)
    last = _walk_to(mesh, start_polygon, start_on_mesh, end, arrival, parent)
    if last < 0:
        return
    result[:] = arrival
    if not slide:
        _stop_at_wall(mesh, last, start_on_mesh, end, parent, result)
    set_height(mesh, last, result, result)
    polygon = project(mesh, result, end_on_mesh)
    if polygon < 0 or mesh.polygon_island[polygon] != island:
        _nudge_into(mesh, last, result)


@kernel
def move(mesh: MeshArrays, start: np.ndarray, wanted: np.ndarray, slide: bool, arrival: np.ndarray) -> bool:
    """Step filter and collision test of habitat-sim's agent; returns whether it collided.

    The agent is already at the wanted place when it is shifted by what the filter took away, which rounds in float32.
    """
    try_step(mesh, start, wanted, slide, arrival)
    asked, moved = ZERO, ZERO
    for axis in range(3):
        asked += (wanted[axis] - start[axis]) * (wanted[axis] - start[axis])
        moved += (arrival[axis] - start[axis]) * (arrival[axis] - start[axis])
        arrival[axis] = wanted[axis] + (arrival[axis] - wanted[axis])
    return bool(np.float64(moved) + COLLISION_SLACK_M2 < np.float64(asked))
