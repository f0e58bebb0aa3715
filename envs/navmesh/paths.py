"""Shortest paths as Recast/Detour 1.6.0 finds them for habitat-sim: A* over edge midpoints, then string pulling.

The limits on nodes and polygons are habitat-sim's, since they decide what counts as reachable.
"""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.compiled import inlined, kernel
from leo_agent.envs.navmesh.geometry import (
    HALF,
    INFINITY,
    LARGEST,
    ONE,
    ZERO,
    MeshArrays,
    Point,
    as_point,
    corner_point,
    inside_polygon,
    interpolate,
    point_at,
    same_point,
    segment_distance,
    set_row,
    straight_distance,
    turn_area,
)
from leo_agent.envs.navmesh.heap import find_slot, pop, sift_up
from leo_agent.envs.navmesh.projection import project

MAX_SEARCH_NODES = 2048
MAX_PATH_POLYGONS = 256
_HEURISTIC_SCALE = np.float32(0.999)
_NEAR_PORTAL_SQUARED = np.float32(0.001) * np.float32(0.001)


@kernel
def _clamp_to_polygon(mesh: MeshArrays, polygon: int, point: Point) -> Point:
    """The point itself if it is in the polygon seen from above, else the nearest point of the polygon's outline."""
    if inside_polygon(mesh, polygon, point):
        return point
    best, closest = LARGEST, point
    for corner in range(mesh.polygon_sizes[polygon]):
        a, b = corner_point(mesh, polygon, corner), corner_point(mesh, polygon, corner + 1)
        squared, t = segment_distance(point, a, b)
        if squared < best:
            best, closest = squared, interpolate(a, b, t)
    return closest


@inlined
def _portal(mesh: MeshArrays, polygon: int, neighbour: int) -> tuple[Point, Point]:
    """(left, right) end of the first edge of the polygon that leads to the neighbour."""
    edge = 0
    while mesh.polygon_neighbours[polygon, edge] != neighbour:
        edge += 1
    return corner_point(mesh, polygon, edge), corner_point(mesh, polygon, edge + 1)


@inlined
def _portal_middle(mesh: MeshArrays, polygon: int, neighbour: int) -> Point:
    left, right = _portal(mesh, polygon, neighbour)
    return (left[0] + right[0]) * HALF, (left[1] + right[1]) * HALF, (left[2] + right[2]) * HALF


@inlined
def _costs(to_entry: np.float32, to_end: np.float32, is_last: bool) -> tuple[np.float32, np.float32]:
    """(cost so far, total with what is still expected) of a polygon entered after `to_entry` metres."""
    if is_last:
        return to_entry + to_end, to_entry + to_end
    return to_entry, to_entry + to_end * _HEURISTIC_SCALE


@kernel
def _trace_back(parent: np.ndarray, last: int, corridor: np.ndarray) -> int:
    """Fill the corridor from the first polygon to the last; its length, 0 if it is too long for Detour."""
    length, node = 0, last
    while node >= 0:
        length += 1
        node = parent[node]
    if length > MAX_PATH_POLYGONS:
        return 0
    node = last
    for slot in range(length - 1, -1, -1):
        corridor[slot] = node
        node = parent[node]
    return length


@kernel
def _find_corridor(
    mesh: MeshArrays, start: Point, start_polygon: int, end: Point, end_polygon: int, corridor: np.ndarray
) -> int:
    """A* over midpoints of edges (dtNavMeshQuery::findPath); fills corridor, returns its length, 0 for no answer."""
    if start_polygon == end_polygon:
        corridor[0] = start_polygon
        return 1
    count = len(mesh.polygon_sizes)
    state = np.zeros(count, np.uint8)  # 0 unseen, 1 open, 2 closed
    cost, total = np.empty(count, np.float32), np.empty(count, np.float32)
    parent = np.empty(count, np.int32)
    position = np.empty((count, 3), np.float32)
    heap = np.empty(min(count, MAX_SEARCH_NODES), np.int32)
    set_row(position, start_polygon, start)
    cost[start_polygon] = ZERO
    total[start_polygon] = straight_distance(start, end) * _HEURISTIC_SCALE
    parent[start_polygon] = -1
    state[start_polygon] = 1
    heap[0] = start_polygon
    heap_size, seen, exhausted = 1, 1, False
    while heap_size > 0:  # close the open polygon of the least total, reach its neighbours over it if that is shorter
        here = heap[0]
        pop(heap, heap_size, total)
        heap_size -= 1
        state[here] = 2
        if here == end_polygon:
            break
        for edge in range(mesh.polygon_sizes[here]):
            there = mesh.polygon_neighbours[here, edge]
            if there < 0 or there == parent[here]:
                continue
            if state[there] == 0:
                if seen == MAX_SEARCH_NODES:
                    exhausted = True
                    continue
                seen += 1
                set_row(position, there, _portal_middle(mesh, here, there))
            way = straight_distance(point_at(position, here), point_at(position, there))
            to_end = straight_distance(point_at(position, there), end)
            new_cost, new_total = _costs(cost[here] + way, to_end, there == end_polygon)
            if state[there] != 0 and new_total >= total[there]:
                continue
            cost[there], total[there], parent[there] = new_cost, new_total, here
            slot = heap_size if state[there] != 1 else find_slot(heap, there)
            heap_size = max(heap_size, slot + 1)
            state[there] = 1
            sift_up(heap, slot, there, total)
    if exhausted or state[end_polygon] != 2:  # out of nodes: Detour has a partial path, which habitat-sim refuses
        return 0
    return _trace_back(parent, end_polygon, corridor)


@inlined
def _append(points: np.ndarray, count: int, point: Point) -> int:
    """Add a corner unless it repeats the last one; the new count."""
    if count > 0 and same_point(point_at(points, count - 1), point):
        return count
    if count < len(points):
        set_row(points, count, point)
    return count + 1


@kernel
def _pull_string(
    mesh: MeshArrays, start: Point, end: Point, corridor: np.ndarray, length: int, points: np.ndarray
) -> int:
    """Shortest path inside a corridor (funnel); fills points, returns how many, more than fit if it overflowed."""
    # From the apex the funnel of what can be seen gets narrower from portal to portal; where it would turn inside out,
    # its side becomes a corner of the path and the next apex (dtNavMeshQuery::findStraightPath).
    apex = _clamp_to_polygon(mesh, corridor[0], start)
    last = _clamp_to_polygon(mesh, corridor[length - 1], end)
    count = _append(points, 0, apex)
    funnel_left, funnel_right = apex, apex
    left_index, right_index = 0, 0
    index = 0
    while index < length and length > 1 and count <= len(points):
        left, right = last, last
        if index + 1 < length:
            left, right = _portal(mesh, corridor[index], corridor[index + 1])
            if index == 0 and segment_distance(apex, left, right)[0] < _NEAR_PORTAL_SQUARED:
                index += 1
                continue
        corner_index = -1
        # 1. The right side moves in, or crosses the left one: then the left one is a corner.
        if turn_area(apex, funnel_right, right) <= ZERO:
            if same_point(apex, funnel_right) or turn_area(apex, funnel_left, right) > ZERO:
                funnel_right, right_index = right, index
            else:
                apex, corner_index = funnel_left, left_index
        # 2. The left side likewise.
        if corner_index < 0 and turn_area(apex, funnel_left, left) >= ZERO:
            if same_point(apex, funnel_left) or turn_area(apex, funnel_right, left) < ZERO:
                funnel_left, left_index = left, index
            else:
                apex, corner_index = funnel_right, right_index
        # 3. A corner: start again from it, with the portal behind the one that it belongs to.
        if corner_index >= 0:
            count = _append(points, count, apex)
            funnel_left, funnel_right = apex, apex
            left_index, right_index, index = corner_index, corner_index, corner_index
        index += 1
    return _append(points, count, last)


@inlined
def _coincide(a: Point, b: Point) -> bool:
    """Fuzzy equality of habitat-sim's vector library (1e-5, relative above 1)."""
    for axis in range(3):
        difference = abs(a[axis] - b[axis])
        largest = max(abs(a[axis]), abs(b[axis]))
        if difference >= np.float32(1e-5) * max(largest, ONE):
            return False
    return True


@kernel
def _path_between(
    mesh: MeshArrays,
    start: Point,
    start_polygon: int,
    start_on_mesh: Point,
    end: Point,
    end_polygon: int,
    end_on_mesh: Point,
    points: np.ndarray,
) -> tuple[np.float32, int]:
    """(length in metres, number of points) of one path between projected points; (inf, 0) if there is none."""
    if _coincide(start_on_mesh, end_on_mesh):
        set_row(points, 0, start_on_mesh)
        set_row(points, 1, end_on_mesh)
        return ZERO, 2
    if mesh.polygon_island[start_polygon] != mesh.polygon_island[end_polygon]:
        return INFINITY, 0
    corridor = np.empty(MAX_PATH_POLYGONS, np.int32)
    length = _find_corridor(mesh, start_on_mesh, start_polygon, end_on_mesh, end_polygon, corridor)
    if length == 0:
        return INFINITY, 0
    count = _pull_string(mesh, start, end, corridor, length, points)
    if count > len(points):
        return INFINITY, 0
    distance = ZERO
    for row in range(1, count):
        distance += straight_distance(point_at(points, row - 1), point_at(points, row))
    return distance, count


@kernel
def nearest_goal(
    mesh: MeshArrays,
    position: np.ndarray,
    ends: np.ndarray,
    end_polygons: np.ndarray,
    ends_on_mesh: np.ndarray,
    bounds: np.ndarray,
    keeps_all: bool,
    points: np.ndarray,
) -> tuple[np.float32, int, int]:
    """(distance, number of points, row of ends) of the path to the nearest of (K, 3) projected ends, else (inf, 0, -1).

    Ends are tried in order of a lower bound until that exceeds the best path found, as MultiGoalShortestPath does.
    bounds (K,) float32 holds what is known from before, zeros if nothing; it is raised to the straight line, and to
    the path where that was the best so far, as MultiGoalShortestPath keeps it, or (keeps_all) to every path found.
    points (MAX_PATH_POLYGONS, 3) receives the corners.
    """
    best, best_count, best_row = INFINITY, 0, -1
    start = as_point(position)
    start_polygon, start_on_mesh = project(mesh, start)
    if start_polygon < 0:
        return best, best_count, best_row
    trial = np.empty_like(points)
    waiting = np.empty(len(ends), np.bool_)
    for row in range(len(ends)):
        bounds[row] = max(bounds[row], straight_distance(start, point_at(ends, row)))
        waiting[row] = end_polygons[row] >= 0
    while True:
        row = -1
        nearest = best
        for other in range(len(ends)):
            if waiting[other] and bounds[other] < nearest:
                row, nearest = other, bounds[other]
        if row < 0:
            return best, best_count, best_row
        waiting[row] = False
        end, end_on_mesh = point_at(ends, row), point_at(ends_on_mesh, row)
        distance, count = _path_between(
            mesh, start, start_polygon, start_on_mesh, end, end_polygons[row], end_on_mesh, trial
        )
        if keeps_all or distance < best:
            bounds[row] = distance
        if distance < best:
            best, best_count, best_row = distance, count, row
            for corner in range(count):  # a slice assignment would take two seconds to compile
                set_row(points, corner, point_at(trial, corner))
