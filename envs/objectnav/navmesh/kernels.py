"""Compiled geometry and search on a navigation mesh, in float32 as Detour computes, so that ties break alike.

All compiled functions share this file because numba's cache watches only the file of the function it stores: an
edited helper elsewhere would leave a stale result on disk.

The rules are those of Recast/Detour 1.6.0 as habitat-sim 0.3.4 uses it (findNearestPoly, findPath, findStraightPath,
moveAlongSurface, findDistanceToWall); the limits on nodes and polygons are theirs too, since they decide what is
reachable. Positions are (3,) float32, metres, Y up. A polygon is an index, -1 for none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

BORDER = -1  # in polygon_neighbours: nothing behind the edge
DISABLED = -2  # a polygon that is not walkable behind the edge; a wall too, except where a step without sliding stops
COLLISION_SLACK_M2 = 1e-5  # on squared lengths
MAX_SEARCH_NODES = 2048
MAX_PATH_POLYGONS = 256
MAX_MOVE_NODES = 64
MAX_MOVE_QUEUE = 48

_ZERO = np.float32(0)
_ONE = np.float32(1)
_HALF = np.float32(0.5)
_INFINITY = np.float32(np.inf)
_LARGEST = np.finfo(np.float32).max
_HEURISTIC_SCALE = np.float32(0.999)
_DEGENERATE_AREA = np.float32(1e-6)
_SEARCH_SLACK_M = np.float32(0.001)
_SAME_POINT_SQUARED = np.float32((1.0 / 16384.0) ** 2)
_NEAR_PORTAL_SQUARED = np.float32(0.001) * np.float32(0.001)
_NUDGE_M = np.float32(1e-4)
_PICK_X_M, _PICK_Y_M, _PICK_Z_M = np.float32(2), np.float32(4), np.float32(2)  # half extents of the nearest search


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


def _kernel(function):  # type: ignore[no-untyped-def]
    return njit(cache=True, error_model="numpy")(function)


@_kernel
def _distance(a, b):
    x = b[0] - a[0]
    y = b[1] - a[1]
    z = b[2] - a[2]
    return np.sqrt(x * x + y * y + z * z)


@_kernel
def _same_point(a, b):
    x = b[0] - a[0]
    y = b[1] - a[1]
    z = b[2] - a[2]
    return x * x + y * y + z * z < _SAME_POINT_SQUARED


@_kernel
def _segment_distance(point, p, q):
    """Squared distance in the XZ plane from a point to the segment pq, and where on it (0 to 1) it is closest."""
    along_x = q[0] - p[0]
    along_z = q[2] - p[2]
    x = point[0] - p[0]
    z = point[2] - p[2]
    squared = along_x * along_x + along_z * along_z
    t = along_x * x + along_z * z
    if squared > _ZERO:
        t /= squared
    if t < _ZERO:
        t = _ZERO
    elif t > _ONE:
        t = _ONE
    x = p[0] + t * along_x - point[0]
    z = p[2] + t * along_z - point[2]
    return x * x + z * z, t


@_kernel
def _interpolate(out, a, b, t):
    for axis in range(3):
        out[axis] = a[axis] + (b[axis] - a[axis]) * t


@_kernel
def _turn(a, b, c):
    """Twice the signed area of a triangle in the XZ plane; positive when c lies right of a to b seen from above."""
    return (c[0] - a[0]) * (b[2] - a[2]) - (b[0] - a[0]) * (c[2] - a[2])


@_kernel
def _inside_polygon(mesh, polygon, point):
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


@_kernel
def _closest_on_height_edges(mesh, polygon, point, only_outline, out):
    """Nearest point, seen from above, on the edges of the height triangles; out is untouched if there is no edge."""
    best = _LARGEST
    best_triangle, best_edge, best_t = -1, 0, _ZERO
    for triangle in range(mesh.triangle_base[polygon], mesh.triangle_base[polygon + 1]):
        for step in range(3):
            edge = (step + 2) % 3
            kind = mesh.triangle_edges[triangle, edge]
            if kind == 0 or (only_outline and kind != 2):
                continue
            squared, t = _segment_distance(point, mesh.triangles[triangle, edge], mesh.triangles[triangle, step])
            if squared < best:
                best, best_triangle, best_edge, best_t = squared, triangle, edge, t
    if best_triangle >= 0:
        corners = mesh.triangles[best_triangle]
        _interpolate(out, corners[best_edge], corners[(best_edge + 1) % 3], best_t)


@_kernel
def _height_in_triangle(corners, point):
    """(whether the point is in the triangle seen from above, height of the triangle there)."""
    a = corners[0]
    ac_x, ac_y, ac_z = corners[2, 0] - a[0], corners[2, 1] - a[1], corners[2, 2] - a[2]
    ab_x, ab_y, ab_z = corners[1, 0] - a[0], corners[1, 1] - a[1], corners[1, 2] - a[2]
    x, z = point[0] - a[0], point[2] - a[2]
    scale = ac_x * ab_z - ac_z * ab_x
    if abs(scale) < _DEGENERATE_AREA:
        return False, _ZERO
    u = ab_z * x - ab_x * z
    v = ac_x * z - ac_z * x
    if scale < _ZERO:
        scale, u, v = -scale, -u, -v
    if u >= _ZERO and v >= _ZERO and u + v <= scale:
        return True, a[1] + (ac_y * u + ab_y * v) / scale
    return False, _ZERO


@_kernel
def _set_height(mesh, polygon, point, out):
    """Set out[1] to the height of the polygon under the point; False, and no change, if it is beside the polygon."""
    if not _inside_polygon(mesh, polygon, point):
        return False
    for triangle in range(mesh.triangle_base[polygon], mesh.triangle_base[polygon + 1]):
        found, height = _height_in_triangle(mesh.triangles[triangle], point)
        if found:
            out[1] = height
            return True
    closest = point.copy()  # on an edge between triangles, or a triangle too thin to test
    _closest_on_height_edges(mesh, polygon, point, False, closest)
    out[1] = closest[1]
    return True


@_kernel
def _quantised_box(mesh, center, low, high):
    """The search box round a point in cells of the bounding-volume tree; False if it misses the tile."""
    pick = (_PICK_X_M, _PICK_Y_M, _PICK_Z_M)
    frame = mesh.frame
    for axis in range(3):
        box_low, box_high = center[axis] - pick[axis], center[axis] + pick[axis]
        if axis != 1:
            tile = frame[9] if axis == 0 else frame[10]
            if np.floor((box_low - frame[6 + axis]) / tile) > _ZERO:
                return False
            if np.floor((box_high - frame[6 + axis]) / tile) < _ZERO:
                return False
        box_low = min(max(box_low, frame[axis]), frame[3 + axis]) - frame[axis]
        box_high = min(max(box_high, frame[axis]), frame[3 + axis]) - frame[axis]
        low[axis] = np.int32(frame[11] * box_low) & 0xFFFE
        high[axis] = np.int32(frame[11] * box_high + _ONE) | 1
    return True


@_kernel
def project(mesh, point, out):
    """Nearest walkable polygon within half extents (2, 4, 2) m, or -1; out receives the nearest point on it."""
    low, high = np.empty(3, np.int32), np.empty(3, np.int32)
    if not (np.isfinite(point[0]) and np.isfinite(point[1]) and np.isfinite(point[2])):
        return -1
    if not _quantised_box(mesh, point, low, high):
        return -1
    climb = mesh.frame[12]
    best, best_polygon = _LARGEST, -1
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
        if _set_height(mesh, polygon, point, candidate):
            offset = abs(point[1] - candidate[1]) - climb  # above a polygon, a step up or down costs nothing
            squared = offset * offset if offset > _ZERO else _ZERO
        else:
            _closest_on_height_edges(mesh, polygon, point, True, candidate)
            x, y, z = point[0] - candidate[0], point[1] - candidate[1], point[2] - candidate[2]
            squared = x * x + y * y + z * z
        if squared < best:
            best, best_polygon = squared, polygon
            out[:] = candidate
    return best_polygon


@_kernel
def project_all(mesh, points, polygons, projections):
    """`project` of every row of (K, 3) points into (K,) polygons and (K, 3) projections."""
    for row in range(len(points)):
        polygons[row] = project(mesh, points[row], projections[row])


@_kernel
def _clamp_to_polygon(mesh, polygon, point, out):
    """The point itself if it is in the polygon seen from above, else the nearest point of the polygon's outline."""
    if _inside_polygon(mesh, polygon, point):
        out[:] = point
        return
    size = mesh.polygon_sizes[polygon]
    best = _LARGEST
    for corner in range(size):
        a = mesh.vertices[mesh.polygon_vertices[polygon, corner]]
        b = mesh.vertices[mesh.polygon_vertices[polygon, (corner + 1) % size]]
        squared, t = _segment_distance(point, a, b)
        if squared < best:
            best = squared
            _interpolate(out, a, b, t)


@_kernel
def _portal(mesh, polygon, neighbour):
    """(left, right) vertex of the first edge of the polygon that leads to the neighbour."""
    size = mesh.polygon_sizes[polygon]
    for edge in range(size):
        if mesh.polygon_neighbours[polygon, edge] == neighbour:
            return mesh.polygon_vertices[polygon, edge], mesh.polygon_vertices[polygon, (edge + 1) % size]
    return -1, -1


@_kernel
def _sift_up(heap, position, node, total):
    while position > 0:
        parent = (position - 1) // 2
        if not total[heap[parent]] > total[node]:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = node


@_kernel
def _pop(heap, size, total):
    """Remove heap[0]: sink the gap to the bottom, then let the last entry rise from there, which fixes tie order."""
    last = heap[size - 1]
    size -= 1
    position = 0
    child = 1
    while child < size:
        if child + 1 < size and total[heap[child]] > total[heap[child + 1]]:
            child += 1
        heap[position] = heap[child]
        position = child
        child = 2 * position + 1
    _sift_up(heap, position, last, total)


@_kernel
def find_corridor(mesh, start, start_polygon, end, end_polygon, corridor):
    """A* over midpoints of polygon edges; fills corridor and returns its length, 0 if Detour would not answer."""
    if start_polygon == end_polygon:
        corridor[0] = start_polygon
        return 1
    count = len(mesh.polygon_sizes)
    state = np.zeros(count, np.uint8)  # 0 unseen, 1 open, 2 closed
    cost, total = np.empty(count, np.float32), np.empty(count, np.float32)
    parent = np.empty(count, np.int32)
    position = np.empty((count, 3), np.float32)
    heap = np.empty(min(count, MAX_SEARCH_NODES), np.int32)
    position[start_polygon] = start
    cost[start_polygon] = _ZERO
    total[start_polygon] = _distance(start, end) * _HEURISTIC_SCALE
    parent[start_polygon] = -1
    state[start_polygon] = 1
    heap[0] = start_polygon
    heap_size, seen, exhausted = 1, 1, False
    while heap_size > 0:
        here = heap[0]
        _pop(heap, heap_size, total)
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
                left, right = _portal(mesh, here, there)
                for axis in range(3):
                    position[there, axis] = (mesh.vertices[left, axis] + mesh.vertices[right, axis]) * _HALF
            new_cost = cost[here] + _distance(position[here], position[there])
            new_total = _ZERO
            if there == end_polygon:
                new_cost = new_cost + _distance(position[there], end)
                new_total = new_cost
            else:
                new_total = new_cost + _distance(position[there], end) * _HEURISTIC_SCALE
            if state[there] != 0 and new_total >= total[there]:
                continue
            cost[there], total[there], parent[there] = new_cost, new_total, here
            slot = heap_size
            if state[there] == 1:
                slot = 0
                while heap[slot] != there:
                    slot += 1
            else:
                heap_size += 1
            state[there] = 1
            _sift_up(heap, slot, there, total)
    if exhausted or state[end_polygon] != 2:
        return 0
    length, node = 0, end_polygon
    while node >= 0:
        length += 1
        node = parent[node]
    if length > MAX_PATH_POLYGONS:
        return 0
    node = end_polygon
    for slot in range(length - 1, -1, -1):
        corridor[slot] = node
        node = parent[node]
    return length


@_kernel
def _append(points, count, point):
    """Add a corner unless it repeats the last one; the new count."""
    if count > 0 and _same_point(points[count - 1], point):
        return count
    if count < len(points):
        points[count] = point
    return count + 1


@_kernel
def pull_string(mesh, start, end, corridor, length, points):
    """Shortest path inside a corridor (funnel); fills points, returns how many, more than fit if it overflowed."""
    apex, last = np.empty(3, np.float32), np.empty(3, np.float32)
    _clamp_to_polygon(mesh, corridor[0], start, apex)
    _clamp_to_polygon(mesh, corridor[length - 1], end, last)
    points[0] = apex
    count = 1
    funnel_left, funnel_right = apex.copy(), apex.copy()
    left_index, right_index = 0, 0
    index = 0
    while index < length and length > 1 and count <= len(points):
        if index + 1 < length:
            left_vertex, right_vertex = _portal(mesh, corridor[index], corridor[index + 1])
            left, right = mesh.vertices[left_vertex], mesh.vertices[right_vertex]
            if index == 0 and _segment_distance(apex, left, right)[0] < _NEAR_PORTAL_SQUARED:
                index += 1
                continue
        else:
            left, right = last, last
        corner_index = -1
        if _turn(apex, funnel_right, right) <= _ZERO:
            if _same_point(apex, funnel_right) or _turn(apex, funnel_left, right) > _ZERO:
                funnel_right[:] = right
                right_index = index
            else:
                apex[:] = funnel_left
                corner_index = left_index
        if corner_index < 0 and _turn(apex, funnel_left, left) >= _ZERO:
            if _same_point(apex, funnel_left) or _turn(apex, funnel_right, left) < _ZERO:
                funnel_left[:] = left
                left_index = index
            else:
                apex[:] = funnel_right
                corner_index = right_index
        if corner_index >= 0:
            count = _append(points, count, apex)
            funnel_left[:] = apex
            funnel_right[:] = apex
            left_index, right_index, index = corner_index, corner_index, corner_index
        index += 1
    return _append(points, count, last)


@_kernel
def _coincide(a, b):
    """Fuzzy equality of habitat-sim's vector library (1e-5, relative above 1)."""
    for axis in range(3):
        difference = abs(a[axis] - b[axis])
        largest = max(abs(a[axis]), abs(b[axis]))
        if difference >= np.float32(1e-5) * max(largest, _ONE):
            return False
    return True


@_kernel
def _path_between(mesh, start, start_polygon, start_on_mesh, end, end_polygon, end_on_mesh, corridor, points):
    """(length in metres, number of points) of one path between projected points; (inf, 0) if there is none."""
    if _coincide(start_on_mesh, end_on_mesh):
        points[0] = start_on_mesh
        points[1] = end_on_mesh
        return _ZERO, 2
    if mesh.polygon_island[start_polygon] != mesh.polygon_island[end_polygon]:
        return _INFINITY, 0
    length = find_corridor(mesh, start_on_mesh, start_polygon, end_on_mesh, end_polygon, corridor)
    if length == 0:
        return _INFINITY, 0
    count = pull_string(mesh, start, end, corridor, length, points)
    if count > len(points):
        return _INFINITY, 0
    distance = _ZERO
    for row in range(1, count):
        distance += _distance(points[row - 1], points[row])
    return distance, count


@_kernel
def nearest_goal(mesh, start, ends, end_polygons, ends_on_mesh, bounds, points):
    """(distance, number of points, row of ends) of the path to the nearest of (K, 3) projected ends, else (inf, 0, -1).

    Ends are tried in order of a lower bound until that exceeds the best path found, as MultiGoalShortestPath does.
    bounds (K,) float32 holds what is known from before, zeros if nothing; it is raised to the straight line, and to
    the path where that was the best so far.
    """
    best, best_count, best_row = _INFINITY, 0, -1
    start_on_mesh = np.empty(3, np.float32)
    start_polygon = project(mesh, start, start_on_mesh)
    if start_polygon < 0:
        return best, best_count, best_row
    corridor = np.empty(MAX_PATH_POLYGONS, np.int32)
    trial = np.empty((MAX_PATH_POLYGONS, 3), np.float32)
    waiting = np.empty(len(ends), np.bool_)
    for row in range(len(ends)):
        bounds[row] = max(bounds[row], _distance(start, ends[row]))
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
        distance, count = _path_between(
            mesh, start, start_polygon, start_on_mesh, ends[row], end_polygons[row], ends_on_mesh[row], corridor, trial
        )
        if distance < best:
            best, best_count, best_row = distance, count, row
            bounds[row] = distance
            points[:count] = trial[:count]


@_kernel
def _walk_to(mesh, start_polygon, start, end, result, parent, order):
    """Move along the surface, sliding along walls; (polygon where it ends, number of polygons looked at).

    Breadth-first over polygons that touch the circle round the segment. parent (P,) must be -1 where unseen on entry;
    order receives the polygons looked at.
    """
    center = np.empty(3, np.float32)
    _interpolate(center, start, end, _HALF)
    radius = _distance(start, end) / np.float32(2) + _SEARCH_SLACK_M
    radius_squared = radius * radius
    result[:] = start
    best, best_polygon = _LARGEST, -1
    known = np.empty(MAX_MOVE_NODES, np.int32)  # touched, though maybe never queued: they use up the node pool
    known[0] = start_polygon
    known_count, queued, head = 1, 1, 0
    order[0] = start_polygon
    parent[start_polygon] = start_polygon
    while head < queued:
        here = order[head]
        head += 1
        if _inside_polygon(mesh, here, end):
            result[:] = end
            return here, head
        size = mesh.polygon_sizes[here]
        edge = size - 1
        for following in range(size):
            a = mesh.vertices[mesh.polygon_vertices[here, edge]]
            b = mesh.vertices[mesh.polygon_vertices[here, following]]
            there = mesh.polygon_neighbours[here, edge]
            edge = following
            if there < 0:
                squared, t = _segment_distance(end, a, b)
                if squared < best:
                    best, best_polygon = squared, here
                    _interpolate(result, a, b, t)
                continue
            slot = 0
            while slot < known_count and known[slot] != there:
                slot += 1
            if slot == known_count:
                if known_count == MAX_MOVE_NODES:
                    continue
                known[known_count] = there
                known_count += 1
            if parent[there] >= 0 or _segment_distance(center, a, b)[0] > radius_squared:
                continue
            if queued - head < MAX_MOVE_QUEUE:
                parent[there] = here
                order[queued] = there
                queued += 1
    return best_polygon, head


@_kernel
def _wall_hit(a, b, start, end):
    """(whether the segments ab and start-end cross in the XZ plane, where on ab)."""
    along_x, along_z = b[0] - a[0], b[2] - a[2]
    step_x, step_z = end[0] - start[0], end[2] - start[2]
    x, z = a[0] - start[0], a[2] - start[2]
    scale = along_x * step_z - along_z * step_x
    if abs(scale) < _DEGENERATE_AREA:
        return False, _ZERO
    on_wall = (step_x * z - step_z * x) / scale
    on_step = (along_x * z - along_z * x) / scale
    return _ZERO <= on_wall <= _ONE and _ZERO <= on_step <= _ONE, on_wall


@_kernel
def _stop_at_wall(mesh, polygon, start, end, parent, result):
    """Put result where the segment start to end meets a border of the polygons walked through.

    Of several borders the one nearest to the end counts, in habitat-sim 0.3.4; of equals the first on the way.
    """
    best = _LARGEST
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
            _interpolate(hit, a, b, t)
            x, z = end[0] - hit[0], end[2] - hit[2]
            squared = x * x + z * z
            if squared <= best:
                best = squared
                result[:] = hit
        if parent[here] == here:
            return
        here = parent[here]


@_kernel
def try_step(mesh, start, end, slide, result):
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
    order = np.empty(MAX_MOVE_NODES, np.int32)
    arrival = np.empty(3, np.float32)
    last, _ = _walk_to(mesh, start_polygon, start_on_mesh, end, arrival, parent, order)
    if last < 0:
        return
    result[:] = arrival
    if not slide:
        _stop_at_wall(mesh, last, start_on_mesh, end, parent, result)
    _set_height(mesh, last, result, result)
    polygon = project(mesh, result, end_on_mesh)
    if polygon < 0 or mesh.polygon_island[polygon] != island:
        _nudge_into(mesh, last, result)


@_kernel
def _nudge_into(mesh, polygon, point):
    """Move a point 0.1 mm towards the middle of a polygon, off an infinitely thin wall between two islands."""
    size = mesh.polygon_sizes[polygon]
    center = np.zeros(3, np.float32)
    for corner in range(size):
        for axis in range(3):
            center[axis] += mesh.vertices[mesh.polygon_vertices[polygon, corner], axis]
    for axis in range(3):
        center[axis] /= np.float32(size)
    distance = _distance(point, center)
    for axis in range(3):
        point[axis] += _NUDGE_M * ((center[axis] - point[axis]) / distance)


@_kernel
def move(mesh, start, wanted, slide, arrival):
    """Step filter and collision test of habitat-sim's agent; returns whether it collided.

    The agent is already at the wanted place when it is shifted by what the filter took away, which rounds in float32.
    """
    try_step(mesh, start, wanted, slide, arrival)
    asked, moved = _ZERO, _ZERO
    for axis in range(3):
        asked += (wanted[axis] - start[axis]) * (wanted[axis] - start[axis])
        moved += (arrival[axis] - start[axis]) * (arrival[axis] - start[axis])
        arrival[axis] = wanted[axis] + (arrival[axis] - wanted[axis])
    return np.float64(moved) + COLLISION_SLACK_M2 < np.float64(asked)


@_kernel
def wall_distance(mesh, point, limit):
    """Distance in the XZ plane from the projected point to the nearest wall, at most limit; inf off the mesh."""
    center = np.empty(3, np.float32)
    start = project(mesh, point, center)
    if start < 0:
        return _INFINITY
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
            squared, _ = _segment_distance(center, a, b)
            if squared > best:
                continue
            if there < 0:
                best = squared
            else:
                seen[there] = True
                queue[queued] = there
                queued += 1
    return np.sqrt(best)
