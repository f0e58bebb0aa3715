"""Heights of the floor under one polygon, on the grid, from the polygon's own storey."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.integer_geometry import extent
from leo_agent.envs.navmesh.baking.voxels.floor import STEP_X, STEP_Z, Floor
from leo_agent.envs.navmesh.compiled import kernel

_UNKNOWN = -1
_FAR_UP = 1 << 30


class HeightPatch(NamedTuple):
    """Heights (depth, width) int32 cells of the columns from (x, z) on; -1 where nothing was reached."""

    x: int
    z: int
    heights: np.ndarray


def height_patch(
    floor: Floor, regions: np.ndarray, region: int, ring: np.ndarray, size: tuple[int, int]
) -> HeightPatch:
    """Heights around a polygon of a region.

    Heights of the region itself count; what it leaves open is filled from its edges over places joined to them. Where
    the region has no place there, all is filled from the middle of the polygon.

    Args:
        floor: all places to stand.
        regions: (N,) region of each place.
        region: the polygon's.
        ring: (C, 3) the polygon's corners: x, height, z in cells.
        size: columns of the grid along x and z.
    """
    patch, queue, count = _own_heights(floor, regions, region, ring, size)
    if (patch.heights == _UNKNOWN).all():
        queue[0] = _middle_place(floor, ring, size, patch)
        if queue[0] < 0:
            return patch
        patch.heights[floor.z[queue[0]] - patch.z, floor.x[queue[0]] - patch.x] = floor.height[queue[0]]
        count = 1
    _fill(floor, patch, queue, count)
    return patch


@kernel
def _own_heights(
    floor: Floor, regions: np.ndarray, region: int, ring: np.ndarray, size: tuple[int, int]
) -> tuple[HeightPatch, np.ndarray, int]:
    """(heights of the region alone, its places beside other regions, how many those are)."""
    left, right = extent(ring, len(ring), 0)
    near, far = extent(ring, len(ring), 2)
    x, end_x = max(left - 1, 0), min(right + 1, size[0])
    z, end_z = max(near - 1, 0), min(far + 1, size[1])
    heights = np.full((end_z - z, end_x - x), _UNKNOWN, np.int32)
    queue = np.empty(heights.size + 1, np.int32)
    count = 0
    for row in range(heights.shape[0]):
        for column in range(heights.shape[1]):
            number = x + column + (z + row) * size[0]
            for place in range(floor.column_start[number], floor.column_start[number + 1]):
                if regions[place] != region:
                    continue
                heights[row, column] = floor.height[place]
                for direction in range(4):
                    other = floor.neighbours[place, direction]
                    if other >= 0 and regions[other] != region:
                        queue[count] = place
                        count += 1
                        break
                break
    return HeightPatch(x, z, heights), queue, count


@kernel
def _fill(floor: Floor, patch: HeightPatch, queue: np.ndarray, count: int) -> None:
    """Spread heights breadth first from the queued places."""
    head = 0
    while head < count:
        place = queue[head]
        head += 1
        for direction in range(4):
            other = floor.neighbours[place, direction]
            if other < 0:
                continue
            row, column = floor.z[other] - patch.z, floor.x[other] - patch.x
            inside = 0 <= row < patch.heights.shape[0] and 0 <= column < patch.heights.shape[1]
            if inside and patch.heights[row, column] == _UNKNOWN:
                patch.heights[row, column] = floor.height[other]
                queue[count] = other
                count += 1


@kernel
def _middle_place(floor: Floor, ring: np.ndarray, size: tuple[int, int], patch: HeightPatch) -> int:
    """The place in the middle of a polygon on its storey, walked to from a corner; -1 if there is no place at all."""
    place = _corner_place(floor, ring, size, patch)
    if place < 0:
        return -1
    middle_x, middle_z = 0, 0
    for corner in range(len(ring)):
        middle_x += ring[corner, 0]
        middle_z += ring[corner, 2]
    middle_x, middle_z = middle_x // len(ring), middle_z // len(ring)
    seen = np.zeros(patch.heights.shape, np.bool_)
    stack = np.empty(4 * patch.heights.size + 1, np.int32)
    stack[0] = place
    height = 1
    while height > 0:
        height -= 1
        place = stack[height]
        x, z = floor.x[place], floor.z[place]
        if x == middle_x and z == middle_z:
            break
        direct = 2 if middle_x > x else 0
        if x == middle_x:
            direct = 1 if middle_z > z else 3
        for step in range(4):
            # straight to the middle comes last here, and first when it is taken from the stack
            direction = direct if step == 3 else (3 if step == direct else step)
            other = floor.neighbours[place, direction]
            row, column = z + STEP_Z[direction] - patch.z, x + STEP_X[direction] - patch.x
            inside = 0 <= row < patch.heights.shape[0] and 0 <= column < patch.heights.shape[1]
            if other >= 0 and inside and not seen[row, column]:
                seen[row, column] = True
                stack[height] = other
                height += 1
    return place


@kernel
def _corner_place(floor: Floor, ring: np.ndarray, size: tuple[int, int], patch: HeightPatch) -> int:
    """The place nearest in height to a corner of the polygon, in one of the nine columns around it; -1 if none."""
    found, nearest = -1, _FAR_UP
    around = ((0, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
    for corner in range(len(ring)):
        for shift_x, shift_z in around:
            x, z = ring[corner, 0] + shift_x, ring[corner, 2] + shift_z
            row, column = z - patch.z, x - patch.x
            if not (0 <= row < patch.heights.shape[0] and 0 <= column < patch.heights.shape[1]):
                continue
            number = x + z * size[0]
            for place in range(floor.column_start[number], floor.column_start[number + 1]):
                apart = abs(ring[corner, 1] - floor.height[place])
                if apart < nearest:
                    found, nearest = place, apart
    return found


@kernel
def height_at(patch: HeightPatch, x: np.float32, y: np.float32, z: np.float32, cell: np.ndarray, radius: int) -> int:
    """Height in cells at a point.

    Where it is unknown, the known one nearest to y in the first square ring around that has any; y itself if there is
    none.

    Args:
        patch: the known heights.
        x: metres from the grid's corner, as y and z.
        y: its height as far as known.
        z: the other way along the ground.
        cell: (2,) size and height of a cell, metres.
        radius: rings that are looked at.
    """
    heights = patch.heights
    inverse = np.float32(1) / cell[0]
    column = int(np.floor(x * inverse + np.float32(0.01))) - patch.x
    row = int(np.floor(z * inverse + np.float32(0.01))) - patch.z
    column = min(max(column, 0), heights.shape[1] - 1)
    row = min(max(row, 0), heights.shape[0] - 1)
    best: int = heights[row, column]
    for ring in range(1, radius + 1):
        if best != _UNKNOWN:
            return best
        nearest = np.float32(np.inf)
        for step in range(8 * ring):
            shift_x, shift_z = ring, step % (2 * ring) + 1 - ring
            for _ in range(step // (2 * ring)):
                shift_x, shift_z = -shift_z, shift_x
            other_row, other_column = row + shift_z, column + shift_x
            if not (0 <= other_row < heights.shape[0] and 0 <= other_column < heights.shape[1]):
                continue
            height = heights[other_row, other_column]
            apart = abs(np.float32(height) * cell[1] - y)
            if height != _UNKNOWN and apart < nearest:
                best, nearest = height, apart
    if best != _UNKNOWN:
        return best
    own: int = round(y / cell[1])
    return own
