"""One step of an agent on the mesh: Detour's moveAlongSurface and habitat-sim 0.3.4's step filter around it."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.compiled import inlined, kernel
from leo_agent.envs.navmesh.geometry import (
    BORDER,
    DEGENERATE_AREA,
    HALF,
    LARGEST,
    ONE,
    ZERO,
    MeshArrays,
    Point,
    as_point,
    corner_point,
    inside_polygon,
    interpolate,
    segment_distance,
    straight_distance,
    surface_height,
)
from leo_agent.envs.navmesh.projection import project

COLLISION_SLACK_M2 = 1e-5  # on squared lengths
MAX_MOVE_NODES = 64
MAX_MOVE_QUEUE = 48
_SEARCH_SLACK_M = np.float32(0.001)
_NUDGE_M = np.float32(1e-4)


@kernel
def _walk_to(mesh: MeshArrays, start_polygon: int, start: Point, end: Point, parent: np.ndarray) -> tuple[int, Point]:
    """(last polygon, point reached) of a move along the surface that slides along walls; (-1, start) if it cannot.

    Breadth-first over polygons that touch the circle round the segment. parent (P,) must be -1 on entry and leads from
    the last polygon back to the first, which is its own parent.
    """
    center = interpolate(start, end, HALF)
    radius = straight_distance(start, end) / np.float32(2) + _SEARCH_SLACK_M
    radius_squared = radius * radius
    best, best_polygon, best_point = LARGEST, -1, start
    known = np.empty(MAX_MOVE_NODES, np.int32)  # touched, though maybe never queued: they use up the node pool
    known[0] = start_polygon
    queue = np.empty(MAX_MOVE_NODES, np.int32)
    queue[0] = start_polygon
    known_count, queued, head = 1, 1, 0
    parent[start_polygon] = start_polygon
    while head < queued:
        here = queue[head]
        head += 1
        if inside_polygon(mesh, here, end):
            return here, end
        size = mesh.polygon_sizes[here]
        edge = size - 1
        for following in range(size):
            a, b = corner_point(mesh, here, edge), corner_point(mesh, here, following)
            there = mesh.polygon_neighbours[here, edge]
            edge = following
            if there < 0:
                squared, t = segment_distance(end, a, b)
                if squared < best:
                    best, best_polygon, best_point = squared, here, interpolate(a, b, t)
                continue
            slot = 0
            while slot < known_count and known[slot] != there:
                slot += 1
            if slot == MAX_MOVE_NODES:
                continue
            if slot == known_count:
                known[slot] = there
                known_count += 1
            near = segment_distance(center, a, b)[0] <= radius_squared
            if near and parent[there] < 0 and queued - head < MAX_MOVE_QUEUE:
                parent[there] = here
                queue[queued] = there
                queued += 1
    return best_polygon, best_point


@inlined
def _wall_hit(a: Point, b: Point, start: Point, end: Point) -> tuple[bool, np.float32]:
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
def _stop_at_wall(mesh: MeshArrays, last: int, start: Point, end: Point, parent: np.ndarray, arrival: Point) -> Point:
    """Where the segment start to end meets a border of the polygons walked through; arrival if it meets none.

    Of several borders the one nearest to the end counts, in habitat-sim 0.3.4; of equals the first on the way.
    """
    best = LARGEST
    polygon = last
    while True:
        for edge in range(mesh.polygon_sizes[polygon] - 1, -1, -1):  # from last to first, so that equals give way
            if mesh.polygon_neighbours[polygon, edge] != BORDER:
                continue
            a, b = corner_point(mesh, polygon, edge), corner_point(mesh, polygon, edge + 1)
            crosses, t = _wall_hit(a, b, start, end)
            if not crosses:
                continue
            hit = interpolate(a, b, t)
            x, z = end[0] - hit[0], end[2] - hit[2]
            squared = x * x + z * z
            if squared <= best:
                best, arrival = squared, hit
        if parent[polygon] == polygon:
            return arrival
        polygon = parent[polygon]


@kernel
def _nudge_into(mesh: MeshArrays, polygon: int, point: Point) -> Point:
    """Move a point 0.1 mm towards the middle of a polygon, off an infinitely thin wall between two islands."""
    x, y, z = ZERO, ZERO, ZERO
    for corner in range(mesh.polygon_sizes[polygon]):
        here = corner_point(mesh, polygon, corner)
        x, y, z = x + here[0], y + here[1], z + here[2]
    size = np.float32(mesh.polygon_sizes[polygon])
    center = (x / size, y / size, z / size)
    distance = straight_distance(point, center)
    return (
        point[0] + _NUDGE_M * ((center[0] - point[0]) / distance),
        point[1] + _NUDGE_M * ((center[1] - point[1]) / distance),
        point[2] + _NUDGE_M * ((center[2] - point[2]) / distance),
    )


@kernel
def _filter_step(mesh: MeshArrays, start: Point, end: Point, slide: bool) -> Point:
    """habitat-sim's step filter: where a step from start towards end arrives (see NavMesh.try_step)."""
    # 1. Both ends on the mesh, on one island.
    start_polygon, start_on_mesh = project(mesh, start)
    end_polygon, _ = project(mesh, end)
    if start_polygon < 0 or end_polygon < 0:
        return start
    island = mesh.polygon_island[start_polygon]
    if mesh.polygon_island[end_polygon] != island:
        return start
    # 2. Along the surface, sliding; without sliding back to the wall that was met.
    parent = np.full(len(mesh.polygon_sizes), -1, np.int32)
    last, arrival = _walk_to(mesh, start_polygon, start_on_mesh, end, parent)
    if last < 0:
        return start
    if not slide:
        arrival = _stop_at_wall(mesh, last, start_on_mesh, end, parent, arrival)
    # 3. Onto the floor, and off a wall behind which another island begins.
    if inside_polygon(mesh, last, arrival):
        arrival = (arrival[0], surface_height(mesh, last, arrival), arrival[2])
    polygon, _ = project(mesh, arrival)
    if polygon < 0 or mesh.polygon_island[polygon] != island:
        arrival = _nudge_into(mesh, last, arrival)
    return arrival


@kernel
def take_step(mesh: MeshArrays, position: np.ndarray, wanted: np.ndarray, slide: bool, arrival: np.ndarray) -> bool:
    """Filter a step between (3,) arrays into arrival (3,); whether habitat-sim's agent says that it collided.

    The agent is already at the wanted place when it is shifted by what the filter took away, so it ends at
    wanted + (arrival - wanted), rounded to float32 (see NavMesh.move).
    """
    start, end = as_point(position), as_point(wanted)
    reached = _filter_step(mesh, start, end, slide)
    asked, moved = ZERO, ZERO
    for axis in range(3):
        arrival[axis] = reached[axis]
        asked += (end[axis] - start[axis]) * (end[axis] - start[axis])
        moved += (reached[axis] - start[axis]) * (reached[axis] - start[axis])
    return bool(np.float64(moved) + COLLISION_SLACK_M2 < np.float64(asked))
