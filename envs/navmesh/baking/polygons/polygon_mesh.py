"""Divides contours into convex polygons that share corners, and finds what lies behind each edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh.baking.integer_geometry import at, copy_row, cross_inside, in_corner, meet, turn
from leo_agent.envs.navmesh.baking.polygons.contours import Contour
from leo_agent.envs.navmesh.compiled import inlined, kernel
from leo_agent.envs.navmesh.file_layout import EXTERNAL_EDGE, MAX_POLYGON_VERTICES

_MOST_CORNERS = 0xFFFE  # of all polygons: they are numbered in 16 bits
_SAME_HEIGHT = 2  # cells within which corners of neighbouring regions are one


@dataclass(frozen=True)
class PolygonMesh:
    """P convex polygons over V corners."""

    corners: np.ndarray  # (V, 3) int64 x, height, z in cells
    polygons: np.ndarray  # (P, 6) int32 rows of corners, -1 behind the last
    sizes: np.ndarray  # (P,) int32
    neighbours: np.ndarray  # (P, 6) int32 polygon behind the edge from each corner to the next, -1 = border
    regions: np.ndarray  # (P,) int32


def build_polygons(contours: list[Contour], most_corners: int) -> PolygonMesh:
    """Polygons of at most most_corners corners (Recast's rcBuildPolyMesh).

    Raises:
        InputError: there are more polygons or corners than a file can number.
    """
    total = sum(len(contour.corners) for contour in contours)
    if total >= _MOST_CORNERS:
        raise InputError(f"navmesh: found {total} corners; expected fewer than {_MOST_CORNERS}: choose larger cells")
    places: dict[tuple[int, int], list[int]] = {}
    corners: list[list[int]] = []
    polygons, regions = [np.empty((0, MAX_POLYGON_VERTICES), np.int32)], []
    # 1. Each contour for itself: cut into triangles, corners shared with its neighbours, joined to convex polygons.
    for contour in contours:
        triangles = triangulate(contour.corners)
        rows = np.array([_shared_corner(corner, places, corners) for corner in contour.corners.tolist()], np.int32)
        first: dict[int, int] = {}  # of the contour's corners with the same number
        own = np.array([first.setdefault(number, row) for row, number in enumerate(rows.tolist())])
        part = _merge_triangles(own[triangles], contour.corners, most_corners)
        polygons.append(np.where(part >= 0, rows[part], -1))
        regions += [contour.region] * len(part)
    # 2. All together: what lies behind each edge follows from the corners that are shared.
    merged = np.concatenate(polygons)
    if len(merged) >= EXTERNAL_EDGE:
        raise InputError(f"navmesh: found {len(merged)} polygons; expected below {EXTERNAL_EDGE}: choose larger cells")
    sizes = np.count_nonzero(merged >= 0, axis=1).astype(np.int32)
    array = np.array(corners, np.int64).reshape(-1, 3)
    return PolygonMesh(array, merged, sizes, _neighbours(merged, sizes), np.array(regions, np.int32))


def _shared_corner(corner: list[int], places: dict[tuple[int, int], list[int]], corners: list[list[int]]) -> int:
    """The number of a corner, that of an earlier one if it is at the same place."""
    rows = places.setdefault((corner[0], corner[2]), [])
    for row in reversed(rows):
        if abs(corners[row][1] - corner[1]) <= _SAME_HEIGHT:
            return row
    rows.append(len(corners))
    corners.append(corner)
    return rows[-1]


def _neighbours(polygons: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Polygons (P, 6) behind the edges: those that have the same two corners in the other order."""
    waiting: dict[tuple[int, int], list[tuple[int, int]]] = {}
    edges = []
    for polygon, size in enumerate(sizes.tolist()):
        ring = polygons[polygon, :size].tolist()
        edges += [(polygon, edge, ring[edge], ring[(edge + 1) % size]) for edge in range(size)]
    for polygon, edge, start, end in edges:
        if start < end:
            waiting.setdefault((start, end), []).append((polygon, edge))
    behind = np.full(polygons.shape, -1, np.int32)
    for polygon, edge, start, end in edges:
        if start > end and waiting.get((end, start)):
            other, other_edge = waiting[end, start].pop()
            if other != polygon:
                behind[polygon, edge], behind[other, other_edge] = other, polygon
    return behind


@kernel
def triangulate(corners: np.ndarray) -> np.ndarray:
    """Rows (T, 3) of corners (C, 3) of a simple polygon: always cuts the ear whose diagonal is the shortest.

    A polygon that crosses itself gets as many triangles as can be cut from it.
    """
    left = np.arange(len(corners))
    ears = np.zeros(len(corners), np.bool_)
    count = len(corners)
    triangles = np.empty((max(count - 2, 0), 3), np.int64)
    done = 0
    for row in range(count):
        ears[(row + 1) % count] = _is_diagonal(corners, left[:count], row, (row + 2) % count, False)
    while count > 3:
        start = _best_ear(corners, left[:count], ears)
        if start < 0:
            return triangles[:done]
        tip, end = (start + 1) % count, (start + 2) % count
        triangles[done, 0], triangles[done, 1], triangles[done, 2] = left[start], left[tip], left[end]
        done += 1
        count -= 1
        for row in range(tip, count):
            left[row] = left[row + 1]
            ears[row] = ears[row + 1]
        end = tip % count
        start = (end - 1) % count
        ears[start] = _is_diagonal(corners, left[:count], (start - 1) % count, end, False)
        ears[end] = _is_diagonal(corners, left[:count], start, (end + 1) % count, False)
    triangles[done, 0], triangles[done, 1], triangles[done, 2] = left[0], left[1], left[2]
    return triangles[: done + 1]


@kernel
def _best_ear(corners: np.ndarray, left: np.ndarray, ears: np.ndarray) -> int:
    """Where the shortest diagonal begins; if there is none, as edges lie on each other, one that is nearly it."""
    count = len(left)
    for loose in (False, True):
        best, shortest = -1, 0
        for row in range(count):
            tip, end = (row + 1) % count, (row + 2) % count
            if not (_is_diagonal(corners, left, row, end, True) if loose else ears[tip]):
                continue
            a, b = at(corners, left[row]), at(corners, left[(end + 1) % count if loose else end])
            length = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
            if best < 0 or length < shortest:
                best, shortest = row, length
        if best >= 0:
            return best
    return -1


@kernel
def _is_diagonal(corners: np.ndarray, left: np.ndarray, start: int, end: int, loose: bool) -> bool:
    """Whether the line between two corners of the ring `left` runs inside; loose: it may run along edges."""
    count = len(left)
    a, b = at(corners, left[start]), at(corners, left[end])
    before, after = at(corners, left[start - 1]), at(corners, left[(start + 1) % count])
    if not in_corner(before, a, after, b, loose):
        return False
    for row in range(count):
        following = (row + 1) % count
        if row in (start, end) or following in (start, end):
            continue
        c, d = at(corners, left[row]), at(corners, left[following])
        apart = c != a and c != b and d != a and d != b
        if apart and (cross_inside(a, b, c, d) if loose else meet(a, b, c, d)):
            return False
    return True


@kernel
def _merge_triangles(triangles: np.ndarray, corners: np.ndarray, most_corners: int) -> np.ndarray:
    """Polygons (P, 6), -1 behind the last corner: pairs are joined over their longest edge while they stay convex."""
    polygons = np.full((len(triangles), MAX_POLYGON_VERTICES), -1, np.int32)
    count = 0
    for row in range(len(triangles)):
        a, b, c = triangles[row, 0], triangles[row, 1], triangles[row, 2]
        if a != b and b != c and a != c:
            polygons[count, 0], polygons[count, 1], polygons[count, 2] = a, b, c
            count += 1
    gain = np.zeros((count, count), np.int64)  # squared length of the edge over which polygons i < j may be joined
    for i in range(count):
        for j in range(i + 1, count):
            gain[i, j] = _joint(polygons[i], polygons[j], corners, most_corners)[0]
    while count > 1:
        best, kept, gone = 0, 0, 0
        for i in range(count):
            for j in range(i + 1, count):
                if gain[i, j] > best:
                    best, kept, gone = gain[i, j], i, j
        if best == 0:
            break
        _, edge, other_edge = _joint(polygons[kept], polygons[gone], corners, most_corners)
        _join(polygons[kept], polygons[gone], edge, other_edge)
        count -= 1
        copy_row(polygons, gone, polygons, count)
        for changed in (kept, gone):
            for other in range(count):
                if other != changed and changed < count:
                    i, j = min(changed, other), max(changed, other)
                    gain[i, j] = _joint(polygons[i], polygons[j], corners, most_corners)[0]
    return polygons[:count].copy()


@inlined
def _size(polygon: np.ndarray) -> int:
    size = 0
    while size < MAX_POLYGON_VERTICES and polygon[size] >= 0:
        size += 1
    return size


@kernel
def _joint(a: np.ndarray, b: np.ndarray, corners: np.ndarray, most_corners: int) -> tuple[int, int, int]:
    """(squared length of the edge two polygons share, its number in both); length 0 if they cannot be joined."""
    a_size, b_size = _size(a), _size(b)
    if a_size + b_size - 2 > most_corners:
        return 0, -1, -1
    edge, other_edge = -1, -1
    for i in range(a_size):
        for j in range(b_size):
            start, end = a[i], a[(i + 1) % a_size]
            other_start, other_end = b[j], b[(j + 1) % b_size]
            if min(start, end) == min(other_start, other_end) and max(start, end) == max(other_start, other_end):
                edge, other_edge = i, j
                break
    if edge < 0:
        return 0, -1, -1
    first, second = at(corners, a[edge]), at(corners, a[(edge + 1) % a_size])
    before = at(corners, a[(edge - 1) % a_size])
    beyond = at(corners, b[(other_edge + 2) % b_size])
    if turn(before, first, beyond) >= 0:
        return 0, -1, -1
    before = at(corners, b[(other_edge - 1) % b_size])
    beyond = at(corners, a[(edge + 2) % a_size])
    if turn(before, at(corners, b[other_edge]), beyond) >= 0:
        return 0, -1, -1
    return (first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2, edge, other_edge


@kernel
def _join(kept: np.ndarray, gone: np.ndarray, edge: int, other_edge: int) -> None:
    """Put the corners of `gone` into `kept` in place of the edge they share."""
    size, other_size = _size(kept), _size(gone)
    ring = np.full(MAX_POLYGON_VERTICES, -1, np.int32)
    for i in range(size - 1):
        ring[i] = kept[(edge + 1 + i) % size]
    for i in range(other_size - 1):
        ring[size - 1 + i] = gone[(other_edge + 1 + i) % other_size]
    for i in range(MAX_POLYGON_VERTICES):
        kept[i] = ring[i]
