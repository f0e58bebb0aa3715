"""Outlines of regions as polygons in cells: corners where neighbours change, and as many between as the error asks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leo_agent.envs.navmesh.baking.grid import CellSettings
from leo_agent.envs.navmesh.baking.integer_geometry import at
from leo_agent.envs.navmesh.baking.regions.boundaries import all_boundaries
from leo_agent.envs.navmesh.baking.voxels.floor import Floor
from leo_agent.envs.navmesh.compiled import inlined, kernel

_WALL_BIT = 1 << 16  # beside the region number: the place across cannot be walked on


@dataclass(frozen=True)
class Contour:
    """A closed polygon around a region, or around a hole in it."""

    corners: np.ndarray  # (C, 3) int64 x, height, z in cells
    region: int

    @property
    def is_hole(self) -> bool:
        """Holes run the other way round; one of a cell or two counts as an outline, as in Recast."""
        return _twice_area(self.corners) <= -3


@kernel
def _twice_area(corners: np.ndarray) -> int:
    """Of a polygon seen from above, in cells; negative where it runs the other way round."""
    area = 0
    for row in range(len(corners)):
        (x, z), (x_before, z_before) = at(corners, row), at(corners, row - 1)
        area += x * z_before - x_before * z
    return area


def find_contours(floor: Floor, regions: np.ndarray, max_error: float, cells: CellSettings) -> list[Contour]:
    """Simplified contours of regions (N,), off by at most max_error cells beside walls."""
    walks = all_boundaries(floor, regions)
    points = _corner_points(floor, walks.places, walks.columns, walks.directions)
    walls = (walks.across >= 0) & ~floor.walkable[walks.across]
    codes = walks.regions_across.astype(np.int32) + _WALL_BIT * walls
    contours = []
    for start, end in zip(walks.starts[:-1], walks.starts[1:], strict=True):
        ring = points[start:end]
        chosen = simplify(ring[:, 0].copy(), ring[:, 2].copy(), codes[start:end], max_error, cells.edge_length)
        corners = _without_doubles(ring[chosen])
        if len(corners) >= 3:
            contours.append(Contour(corners, int(regions[walks.places[start]])))
    return contours


@kernel
def _corner_points(floor: Floor, places: np.ndarray, columns: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The grid corner (B, 3) at which each side of a walk begins, as high as the highest place that meets there."""
    points = np.empty((len(places), 3), np.int64)
    for row in range(len(places)):
        place, side = places[row], np.int64(directions[row])
        turned = (side + 1) % 4
        highest = np.int64(floor.height[place])
        for first, second in ((side, turned), (turned, side)):
            other = floor.neighbours[place, first]
            if other >= 0:
                highest = max(highest, np.int64(floor.height[other]))
                diagonal = floor.neighbours[other, second]
                if diagonal >= 0:
                    highest = max(highest, np.int64(floor.height[diagonal]))
        points[row, 0] = columns[row] % floor.width + (1 if side in (1, 2) else 0)
        points[row, 1] = highest
        points[row, 2] = columns[row] // floor.width + (1 if side in (0, 1) else 0)
    return points


def _without_doubles(corners: np.ndarray) -> np.ndarray:
    """Corners less those at the same x and z as the next one."""
    left = corners.tolist()
    row = 0
    while row < len(left):
        following = left[(row + 1) % len(left)]
        if left[row][0] == following[0] and left[row][2] == following[2]:
            del left[row]
        row += 1
    return np.array(left, np.int64).reshape(-1, 3)


@kernel
def simplify(x: np.ndarray, z: np.ndarray, codes: np.ndarray, max_error: float, edge_length: int) -> np.ndarray:
    """Rows of a ring of points to keep.

    Kept are the points where what lies across changes, then (Douglas and Peucker 1973) the furthest one off each wall
    until none is too far off, then the middle ones of walls that are too long.

    Args:
        x: (R,) cells.
        z: (R,) cells.
        codes: (R,) what lies across the side that begins at each point.
        max_error: cells that a point may be off.
        edge_length: cells that a wall may be long; 0 = any length.
    """
    count = len(x)
    kept = np.empty(count + 2, np.int64)
    size = 0
    # 1. Where the neighbour changes; an island without neighbours starts from two opposite corners.
    alone = True
    for code in codes:
        alone = alone and code % _WALL_BIT == 0
    if not alone:
        for row in range(count):
            if codes[row] != codes[(row + 1) % count]:
                kept[size] = row
                size += 1
    if size == 0:
        first, last = 0, 0
        for row in range(count):
            if x[row] < x[first] or (x[row] == x[first] and z[row] < z[first]):
                first = row
            if x[row] > x[last] or (x[row] == x[last] and z[row] > z[last]):
                last = row
        kept[0], kept[1] = first, last
        size = 2
    # 2. Between them the points that lie furthest off.
    at = 0
    while at < size:
        furthest = _furthest(x, z, codes, kept[at], kept[(at + 1) % size], max_error)
        size, at = _insert(kept, size, at, furthest)
    # 3. Long walls are split in the middle.
    at = 0
    while edge_length > 0 and at < size:
        middle = _middle(x, z, codes, kept[at], kept[(at + 1) % size], edge_length)
        size, at = _insert(kept, size, at, middle)
    return kept[:size].copy()


@inlined
def _insert(kept: np.ndarray, size: int, at: int, row: int) -> tuple[int, int]:
    """Put a row behind position `at`, or go on to the next position if row is -1; (size, position)."""
    if row < 0:
        return size, at + 1
    for position in range(size, at + 1, -1):
        kept[position] = kept[position - 1]
    kept[at + 1] = row
    return size + 1, at


@kernel
def _furthest(x: np.ndarray, z: np.ndarray, codes: np.ndarray, start: int, end: int, max_error: float) -> int:
    """The point furthest off the wall from start to end, if beyond max_error; -1 if none, or if it is no wall."""
    count = len(x)
    forwards = x[end] > x[start] or (x[end] == x[start] and z[end] > z[start])
    if not forwards:  # so that the line is cut alike seen from both sides
        start, end = end, start
    step = 1 if forwards else count - 1
    row = (start + step) % count
    if codes[row] % _WALL_BIT != 0 and codes[row] < _WALL_BIT:
        return -1
    worst, found = np.float32(0), -1
    while row != end:
        squared = _squared_distance(x[row], z[row], x[start], z[start], x[end], z[end])
        if squared > worst:
            worst, found = squared, row
        row = (row + step) % count
    limit = np.float32(max_error)
    return found if worst > limit * limit else -1


@inlined
def _squared_distance(x: int, z: int, x0: int, z0: int, x1: int, z1: int) -> np.float32:
    """Of a point to a segment, in float32 so that ties break as in Recast."""
    along_x, along_z = np.float32(x1 - x0), np.float32(z1 - z0)
    squared = along_x * along_x + along_z * along_z
    share = along_x * np.float32(x - x0) + along_z * np.float32(z - z0)
    if squared > 0:
        share /= squared
    share = min(max(share, np.float32(0)), np.float32(1))
    dx = np.float32(x0) + share * along_x - np.float32(x)
    dz = np.float32(z0) + share * along_z - np.float32(z)
    return dx * dx + dz * dz


@kernel
def _middle(x: np.ndarray, z: np.ndarray, codes: np.ndarray, start: int, end: int, edge_length: int) -> int:
    """The middle point of a wall from start to end that is longer than edge_length; -1 if it is not."""
    count = len(x)
    dx, dz = x[end] - x[start], z[end] - z[start]
    between = (end - start) % count
    if codes[(start + 1) % count] % _WALL_BIT != 0 or dx * dx + dz * dz <= edge_length * edge_length or between < 2:
        return -1
    forwards = dx > 0 or (dx == 0 and dz > 0)
    return (start + (between if forwards else between + 1) // 2) % count
