"""Heights of the floor under one polygon, on the grid, from the polygon's own storey."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.integer_geometry import extent
from leo_agent.envs.navmesh.baking.voxels.floor import STEP_X, STEP_Z, Floor
from leo_agent.envs.navmesh.compiled import inlined, kernel

_UNKNOWN = -1
_FAR_UP = 1 << 30


class HeightPatch(NamedTuple):
    """Heights of the columns around one polygon."""

    floor: Floor
    regions: np.ndarray  # (N,) uint16 region of each place
    region: int | np.int64  # the polygon's
    x: int  # first column, and how many
    z: int
    width: int
    depth: int
    heights: np.ndarray  # (depth, width) int16 cells, -1 where nothing was reached; (0, 0) where looked up one by one
    missed: np.ndarray  # (1,) bool: a height was asked for that takes the whole patch to know


@kernel
def thin_patch(floor: Floor, regions: np.ndarray, region: int | np.int64, ring: np.ndarray) -> HeightPatch:
    """Heights that are looked up as they are asked for, while they are in the region or right beside it.

    Of a large polygon few are asked for. Where one is further off, `missed` is set, and it takes `filled_patch`.

    Args:
        floor: all places to stand.
        regions: (N,) region of each place.
        region: the polygon's.
        ring: (C, 3) the polygon's corners: x, height, z in cells.
    """
    left, right = extent(ring, len(ring), 0)
    near, far = extent(ring, len(ring), 2)
    depth = (len(floor.column_start) - 1) // floor.width
    x, end_x = max(left - 1, 0), min(right + 1, floor.width)
    z, end_z = max(near - 1, 0), min(far + 1, depth)
    nothing = np.empty((0, 0), np.int16)
    return HeightPatch(floor, regions, region, x, z, end_x - x, end_z - z, nothing, np.zeros(1, np.bool_))


@kernel
def filled_patch(thin: HeightPatch, ring: np.ndarray) -> HeightPatch:
    """The same with all heights.

    Heights of the region itself count; what it leaves open is filled from its edges over places joined to them. Where
    the region has no place there, all is filled from the middle of the polygon.
    """
    patch, queue, count = _own_heights(thin)
    if count < 0:
        column, place = _middle_place(patch, ring)
        if place < 0:
            return patch
        width = patch.floor.width
        patch.heights[column // width - patch.z, column % width - patch.x] = patch.floor.height[place]
        queue[0, 0], queue[0, 1] = column, place
        count = 1
    _fill(patch, queue, count)
    return patch


@inlined
def _own_place(patch: HeightPatch, row: int, column: int) -> int:
    """The place of the patch's region in one of its columns, -1 if there is none."""
    number = patch.x + column + (patch.z + row) * patch.floor.width
    for place in range(patch.floor.column_start[number], patch.floor.column_start[number + 1]):
        if patch.regions[place] == patch.region:
            return place
    return -1


@kernel
def _looked_up(patch: HeightPatch, row: int, column: int) -> int:
    """The height that `filled_patch` has there; -1 and a note if it cannot be told from the columns right beside."""
    own = _own_place(patch, row, column)
    if own >= 0:
        return int(patch.floor.height[own])
    for direction in (1, 2, 0, 3):  # to here from the columns beside, in the order in which these spread
        other_row, other_column = row - STEP_Z[direction], column - STEP_X[direction]
        if not (0 <= other_row < patch.depth and 0 <= other_column < patch.width):
            continue
        beside = _own_place(patch, other_row, other_column)
        if beside >= 0 and patch.floor.neighbours[beside, direction] >= 0:
            return int(patch.floor.height[patch.floor.neighbours[beside, direction]])
    patch.missed[0] = True
    return _UNKNOWN


@kernel
def _own_heights(thin: HeightPatch) -> tuple[HeightPatch, np.ndarray, int]:
    """(heights of the region alone; column and place of those beside other regions; their number, -1 if no height)."""
    floor, regions, region = thin.floor, thin.regions, thin.region
    heights = np.full((thin.depth, thin.width), _UNKNOWN, np.int16)
    queue = np.empty((heights.size + 1, 2), np.int32)
    count = 0
    found = False
    for row in range(thin.depth):
        for column in range(thin.width):
            place = _own_place(thin, row, column)
            if place < 0:
                continue
            heights[row, column] = floor.height[place]
            found = True
            for direction in range(4):
                other = floor.neighbours[place, direction]
                if other >= 0 and regions[other] != region:
                    queue[count, 0] = thin.x + column + (thin.z + row) * floor.width
                    queue[count, 1] = place
                    count += 1
                    break
    patch = HeightPatch(floor, regions, region, thin.x, thin.z, thin.width, thin.depth, heights, thin.missed)
    return patch, queue, count if found else -1


@kernel
def _fill(patch: HeightPatch, queue: np.ndarray, count: int) -> None:
    """Spread heights breadth first from the queued columns and places."""
    floor = patch.floor
    head = 0
    while head < count:
        column, place = queue[head]
        x, z = column % floor.width, column // floor.width
        head += 1
        for direction in range(4):
            other = floor.neighbours[place, direction]
            if other < 0:
                continue
            row, line = z + STEP_Z[direction] - patch.z, x + STEP_X[direction] - patch.x
            inside = 0 <= row < patch.depth and 0 <= line < patch.width
            if inside and patch.heights[row, line] == _UNKNOWN:
                patch.heights[row, line] = floor.height[other]
                queue[count, 0] = column + STEP_X[direction] + STEP_Z[direction] * floor.width
                queue[count, 1] = other
                count += 1


@kernel
def _middle_place(patch: HeightPatch, ring: np.ndarray) -> tuple[int, int]:
    """(column, place) in the middle of a polygon on its storey, walked to from a corner; -1 if there is none at all."""
    floor = patch.floor
    number, place = _corner_place(patch, ring)
    if place < 0:
        return number, place
    middle_x, middle_z = 0, 0
    for corner in range(len(ring)):
        middle_x += ring[corner, 0]
        middle_z += ring[corner, 2]
    middle_x, middle_z = middle_x // len(ring), middle_z // len(ring)
    seen = np.zeros(patch.heights.shape, np.bool_)
    stack = np.empty((4 * patch.heights.size + 1, 2), np.int32)
    stack[0, 0], stack[0, 1] = number, place
    height = 1
    while height > 0:
        height -= 1
        number, place = stack[height]
        x, z = number % floor.width, number // floor.width
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
            inside = 0 <= row < patch.depth and 0 <= column < patch.width
            if other >= 0 and inside and not seen[row, column]:
                seen[row, column] = True
                stack[height, 0] = number + STEP_X[direction] + STEP_Z[direction] * floor.width
                stack[height, 1] = other
                height += 1
    return number, place


@kernel
def _corner_place(patch: HeightPatch, ring: np.ndarray) -> tuple[int, int]:
    """(column, place) nearest in height to a corner of the polygon, in one of nine columns around it; -1 if none."""
    floor = patch.floor
    found_column, found, nearest = -1, -1, _FAR_UP
    around = ((0, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
    for corner in range(len(ring)):
        for shift_x, shift_z in around:
            x, z = ring[corner, 0] + shift_x, ring[corner, 2] + shift_z
            row, column = z - patch.z, x - patch.x
            if not (0 <= row < patch.depth and 0 <= column < patch.width):
                continue
            number = x + z * floor.width
            for place in range(floor.column_start[number], floor.column_start[number + 1]):
                apart = abs(ring[corner, 1] - floor.height[place])
                if apart < nearest:
                    found_column, found, nearest = number, place, apart
    return found_column, found


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
    inverse = np.float32(1) / cell[0]
    column = int(np.floor(x * inverse + np.float32(0.01))) - patch.x
    row = int(np.floor(z * inverse + np.float32(0.01))) - patch.z
    column = min(max(column, 0), patch.width - 1)
    row = min(max(row, 0), patch.depth - 1)
    if patch.heights.size == 0:
        return _looked_up(patch, row, column)
    best = int(patch.heights[row, column])
    for ring in range(1, radius + 1):
        if best != _UNKNOWN:
            return best
        nearest = np.float32(np.inf)
        for step in range(8 * ring):
            shift_x, shift_z = ring, step % (2 * ring) + 1 - ring
            for _ in range(step // (2 * ring)):
                shift_x, shift_z = -shift_z, shift_x
            other_row, other_column = row + shift_z, column + shift_x
            if not (0 <= other_row < patch.depth and 0 <= other_column < patch.width):
                continue
            height = int(patch.heights[other_row, other_column])
            apart = abs(np.float32(height) * cell[1] - y)
            if height != _UNKNOWN and apart < nearest:
                best, nearest = height, apart
    if best != _UNKNOWN:
        return best
    own: int = round(y / cell[1])
    return own
