"""Triangulates a polygon with points inside, seen from above: Delaunay, grown edge by edge from the outline."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.baking.integer_geometry import copy_row
from leo_agent.envs.navmesh.compiled import inlined, kernel

_OPEN, _OUTSIDE = -1, -2  # in place of a face: not yet known, none
_LEAST_AREA = np.float32(1e-5)
_CIRCLE_INNER, _CIRCLE_OUTER = np.float32(1) - np.float32(1e-3), np.float32(1) + np.float32(1e-3)
_TWO = np.float32(2)


@inlined
def flat_turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.float32:
    """Twice the signed area of a triangle in the XZ plane."""
    area: np.float32 = (b[0] - a[0]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[0] - a[0])
    return area


@inlined
def flat_distance(a: np.ndarray, b: np.ndarray) -> np.float32:
    distance: np.float32 = np.sqrt((b[0] - a[0]) * (b[0] - a[0]) + (b[2] - a[2]) * (b[2] - a[2]))
    return distance


@kernel
def triangulate_points(points: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Triangles (T, 3) int64, rows of points.

    Faces are completed on both sides of each edge in turn, with the point whose circle holds no other.

    Args:
        points: (K, 3) float32.
        outline: (H,) rows of points around the convex polygon.
    """
    edges = np.empty((10 * len(points), 4), np.int64)  # start, end, face on the left, face on the right
    count = 0
    for row in range(len(outline)):
        count = _add(edges, count, outline[row - 1], outline[row], _OUTSIDE)
    faces = 0
    at = 0
    while at < count:
        for side in (2, 3):
            if edges[at, side] == _OPEN:
                start, end = (edges[at, 0], edges[at, 1]) if side == 2 else (edges[at, 1], edges[at, 0])
                count, faces = _complete(points, edges, count, faces, at, start, end)
        at += 1
    return _faces_of_edges(edges[:count], faces)


@kernel
def _complete(
    points: np.ndarray, edges: np.ndarray, count: int, faces: int, at: int, start: int, end: int
) -> tuple[int, int]:
    """Find the face on the open side of an edge, from start to end; (number of edges, number of faces)."""
    tip = _best_tip(points, edges[:count], start, end)
    if tip < 0:
        _set_face(edges, at, start, end, _OUTSIDE)
        return count, faces
    _set_face(edges, at, start, end, faces)
    for new_start, new_end in ((tip, start), (end, tip)):
        known = _find(edges[:count], new_start, new_end)
        if known >= 0:
            _set_face(edges, known, new_start, new_end, faces)
        else:
            count = _add(edges, count, new_start, new_end, faces)
    return count, faces + 1


@kernel
def _best_tip(points: np.ndarray, edges: np.ndarray, start: int, end: int) -> int:
    """The point on the left of an edge whose circle through both ends is empty; -1 if none is on that side."""
    tip = -1
    center = np.zeros(3, np.float32)
    radius = np.float32(0)
    for point in range(len(points)):
        if point in (start, end) or not flat_turn(points[start], points[end], points[point]) > _LEAST_AREA:
            continue
        if tip >= 0:
            distance = flat_distance(center, points[point])
            if distance > radius * _CIRCLE_OUTER:
                continue
            on_circle = not distance < radius * _CIRCLE_INNER
            if on_circle and (_crosses(points, edges, start, point) or _crosses(points, edges, end, point)):
                continue
        tip = point
        radius = _circle(points[start], points[end], points[point], center)
    return tip


@inlined
def _circle(a: np.ndarray, b: np.ndarray, c: np.ndarray, center: np.ndarray) -> np.float32:
    """Write the centre of the circle through three points; its radius."""
    bx, bz, cx, cz = b[0] - a[0], b[2] - a[2], c[0] - a[0], c[2] - a[2]
    area = bx * cz - bz * cx
    if abs(area) <= np.float32(1e-6):
        center[0], center[2] = a[0], a[2]
        return np.float32(0)
    b_squared, c_squared = bx * bx + bz * bz, cx * cx + cz * cz
    x = (b_squared * cz - c_squared * bz) / (_TWO * area)
    z = (c_squared * bx - b_squared * cx) / (_TWO * area)
    center[0], center[2] = x + a[0], z + a[2]
    radius: np.float32 = np.sqrt(x * x + z * z)
    return radius


@kernel
def _crosses(points: np.ndarray, edges: np.ndarray, start: int, end: int) -> bool:
    """Whether the line between two points crosses an edge that shares no end with it."""
    for edge in range(len(edges)):
        a, b = edges[edge, 0], edges[edge, 1]
        if a in (start, end) or b in (start, end):
            continue
        end_side = flat_turn(points[a], points[b], points[end])
        start_side = flat_turn(points[a], points[b], points[start])
        if end_side * start_side < 0:
            side = flat_turn(points[start], points[end], points[a])
            if side * (side + start_side - end_side) < 0:
                return True
    return False


@kernel
def _find(edges: np.ndarray, start: int, end: int) -> int:
    for edge in range(len(edges)):
        a, b = edges[edge, 0], edges[edge, 1]
        if (a == start and b == end) or (a == end and b == start):
            return edge
    return -1


@inlined
def _add(edges: np.ndarray, count: int, start: int, end: int, left_face: int) -> int:
    """Append an edge while there is room; the number of edges."""
    if count == len(edges):
        return count
    edges[count, 0], edges[count, 1], edges[count, 2], edges[count, 3] = start, end, left_face, _OPEN
    return count + 1


@inlined
def _set_face(edges: np.ndarray, edge: int, start: int, end: int, face: int) -> None:
    """Note the face on the left of start to end, unless one is known there."""
    if edges[edge, 0] == start and edges[edge, 1] == end and edges[edge, 2] == _OPEN:
        edges[edge, 2] = face
    elif edges[edge, 1] == start and edges[edge, 0] == end and edges[edge, 3] == _OPEN:
        edges[edge, 3] = face


@kernel
def _faces_of_edges(edges: np.ndarray, faces: int) -> np.ndarray:
    """Corners (T, 3) of the faces whose three edges are all there."""
    triangles = np.full((faces, 3), -1, np.int64)
    for edge in range(len(edges)):
        for side in (3, 2):
            face = edges[edge, side]
            if face < 0:
                continue
            start, end = (edges[edge, 0], edges[edge, 1]) if side == 3 else (edges[edge, 1], edges[edge, 0])
            if triangles[face, 0] == -1:
                triangles[face, 0], triangles[face, 1] = start, end
            elif triangles[face, 0] == end:
                triangles[face, 2] = start
            elif triangles[face, 1] == start:
                triangles[face, 2] = end
    whole = 0
    for face in range(faces):
        if triangles[face, 0] >= 0 and triangles[face, 2] >= 0:
            copy_row(triangles, whole, triangles, face)
            whole += 1
    return triangles[:whole].copy()


@kernel
def triangulate_outline(points: np.ndarray, outline: np.ndarray, corner_count: int) -> np.ndarray:
    """Triangles (T, 3) int64 of a convex polygon without points inside: a strip from its sharpest ear on.

    Args:
        points: (K, 3) float32.
        outline: (H,) rows of points around the polygon.
        corner_count: rows below it are the polygon's corners, the others points on its edges.
    """
    count = len(outline)
    first, shortest = 0, np.float32(np.inf)
    for row in range(count):
        if outline[row] >= corner_count:
            continue
        a, b, c = points[outline[row - 1]], points[outline[row]], points[outline[(row + 1) % count]]
        around = flat_distance(a, b) + flat_distance(b, c) + flat_distance(c, a)
        if around < shortest:
            first, shortest = row, around
    triangles = np.empty((count - 2, 3), np.int64)
    left, right = (first + 1) % count, (first - 1) % count
    triangles[0, 0], triangles[0, 1], triangles[0, 2] = outline[first], outline[left], outline[right]
    for done in range(1, len(triangles)):
        next_left, next_right = (left + 1) % count, (right - 1) % count
        a, b = points[outline[left]], points[outline[right]]
        c, d = points[outline[next_left]], points[outline[next_right]]
        go_left = flat_distance(a, c) + flat_distance(c, b) < flat_distance(b, d) + flat_distance(a, d)
        tip = next_left if go_left else next_right
        triangles[done, 0], triangles[done, 1], triangles[done, 2] = outline[left], outline[tip], outline[right]
        left, right = (tip, right) if go_left else (left, tip)
    return triangles
