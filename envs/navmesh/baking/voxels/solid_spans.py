"""Turns triangles into solid spans over a grid of columns, as Recast does: conservative, merged where they touch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.grid import MAX_SPAN_CELLS, Grid
from leo_agent.envs.navmesh.baking.integer_geometry import copy_row, extent
from leo_agent.envs.navmesh.compiled import inlined, kernel

_MOST_CORNERS = 12  # of a triangle clipped to one column
_NONE = -1
_BOTTOM_SHIFT, _TOP_SHIFT = 14, 1  # of a span in one number, with 13 bits for a height


class SolidSpans(NamedTuple):
    """Solid intervals of height; those of column c are rows column_start[c]:column_start[c + 1], lowest first.

    Recast's heightfield (rcHeightfield), in flat arrays.
    """

    column_start: np.ndarray  # (columns + 1,) int32
    bottom: np.ndarray  # (S,) int16 cells above the grid's floor
    top: np.ndarray  # (S,) int16 cells; what could be stood on is here
    walkable: np.ndarray  # (S,) bool


def fill_spans(grid: Grid, vertices: np.ndarray, faces: np.ndarray, max_slope_deg: float, climb: int) -> SolidSpans:
    """Spans of all triangles; their order matters where a flat and a steep one end in the same cell.

    A triangle can be walked on if its normal points up, counter-clockwise corners, within max_slope_deg of the
    vertical. Where spans merge whose tops are at most `climb` cells apart, either's being walkable counts.
    """
    corners = vertices[faces]
    first = np.full(grid.width * grid.depth, _NONE, np.int32)
    listed = _fill_columns(grid, corners, _walkable(corners, max_slope_deg), climb, first)
    return _laid_out(first, listed)


def _walkable(corners: np.ndarray, max_slope_deg: float) -> np.ndarray:
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normals = np.stack([a[:, i] * b[:, j] - a[:, j] * b[:, i] for i, j in ((1, 2), (2, 0), (0, 1))], axis=1)
    squared = normals * normals
    with np.errstate(divide="ignore", invalid="ignore"):
        # the order of Recast's arithmetic: a slope of exactly the limit should fall on the same side
        up = normals[:, 1] * (np.float32(1) / np.sqrt(squared[:, 0] + squared[:, 1] + squared[:, 2]))
    limit = np.cos(np.float32(max_slope_deg) / np.float32(180) * np.float32(np.pi))
    walkable: np.ndarray = up > limit  # NaN, of a triangle without area, is not
    return walkable


@kernel
def _fill_columns(grid: Grid, corners: np.ndarray, walkable: np.ndarray, climb: int, first: np.ndarray) -> np.ndarray:
    """Insert the parts of triangles (F, 3, 3) in each column into a list of spans that begins at row first[column].

    Returns:
        The spans (P, 2) int32: bottom, top and whether it is walkable in one number; row of the next one. Memory that
        is not written is not taken from the system, so there is room for many before the array has to grow.
    """
    remaining = np.empty((_MOST_CORNERS, 3), np.float32)
    strip = np.empty((_MOST_CORNERS, 3), np.float32)
    part = np.empty((_MOST_CORNERS, 3), np.float32)
    spare = np.empty((_MOST_CORNERS, 3), np.float32)
    inverse = np.float32(1) / grid.cell_size
    spans = np.empty((2 * len(first) + grid.width, 2), np.int32)
    used = 0
    for face in range(len(corners)):
        # 1. Along z: the triangle is cut into strips, one a row of columns.
        size = 3
        for row in range(3):
            copy_row(remaining, row, corners[face], row)
        near, far = extent(remaining, size, 2)
        front, back = int((near - grid.lowest[2]) * inverse), int((far - grid.lowest[2]) * inverse)
        for z in range(min(max(front, -1), grid.depth - 1), min(max(back, 0), grid.depth - 1) + 1):
            border = grid.lowest[2] + np.float32(z) * grid.cell_size + grid.cell_size
            strip_size, size = _split(remaining, size, 2, border, strip, spare)
            remaining, spare = spare, remaining
            if strip_size < 3 or z < 0:
                continue
            # 2. Along x: each strip into the parts of its columns.
            near, far = extent(strip, strip_size, 0)
            left, right = int((near - grid.lowest[0]) * inverse), int((far - grid.lowest[0]) * inverse)
            if right < 0 or left >= grid.width:
                continue
            if used + grid.width > len(spans):
                spans = _grown(spans)
            for x in range(min(max(left, -1), grid.width - 1), min(max(right, 0), grid.width - 1) + 1):
                border = grid.lowest[0] + np.float32(x) * grid.cell_size + grid.cell_size
                part_size, strip_size = _split(strip, strip_size, 0, border, part, spare)
                strip, spare = spare, strip
                if part_size < 3 or x < 0:
                    continue
                # 3. The cells from the lowest to the highest corner of the part are solid.
                near, far = extent(part, part_size, 1)
                extent_y = _cells_between(grid, near, far)
                used = _insert(first, spans, used, x + z * grid.width, extent_y, walkable[face], climb)
    return spans[:used]


@kernel
def _grown(spans: np.ndarray) -> np.ndarray:
    """A copy with half as many rows more."""
    larger = np.empty((len(spans) + len(spans) // 2, 2), np.int32)
    for row in range(len(spans)):
        copy_row(larger, row, spans, row)
    return larger


@inlined
def _insert(
    first: np.ndarray,
    spans: np.ndarray,
    used: int,
    column: int,
    extent_y: tuple[int, int],
    walkable: bool,
    climb: int,
) -> int:
    """Add a span from a bottom to a top to a column, swallowing those it touches; the number of rows in use."""
    bottom, top = extent_y
    before, here = _NONE, first[column]
    while here != _NONE:
        packed, following = spans[here, 0], spans[here, 1]
        if packed >> _BOTTOM_SHIFT > top:
            break
        if (packed >> _TOP_SHIFT) & MAX_SPAN_CELLS < bottom:
            before = here
        else:
            bottom = min(bottom, packed >> _BOTTOM_SHIFT)
            top = max(top, (packed >> _TOP_SHIFT) & MAX_SPAN_CELLS)
            if top - ((packed >> _TOP_SHIFT) & MAX_SPAN_CELLS) <= climb:
                walkable = walkable or packed & 1 != 0
            if before == _NONE:
                first[column] = following
            else:
                spans[before, 1] = following
        here = following
    spans[used, 0] = bottom << _BOTTOM_SHIFT | top << _TOP_SHIFT | (1 if walkable else 0)
    spans[used, 1] = here
    if before == _NONE:
        first[column] = used
    else:
        spans[before, 1] = used
    return used + 1


@kernel
def _laid_out(first: np.ndarray, listed: np.ndarray) -> SolidSpans:
    """The listed spans column by column."""
    starts = np.empty(len(first) + 1, np.int32)
    total = 0
    for column in range(len(first)):
        starts[column] = total
        row = first[column]
        while row != _NONE:
            total += 1
            row = listed[row, 1]
    starts[-1] = total
    bottom, top, walkable = np.empty(total, np.int16), np.empty(total, np.int16), np.empty(total, np.bool_)
    end = 0
    for column in range(len(first)):
        row = first[column]
        while row != _NONE:
            packed = listed[row, 0]
            bottom[end], top[end] = packed >> _BOTTOM_SHIFT, (packed >> _TOP_SHIFT) & MAX_SPAN_CELLS
            walkable[end] = packed & 1 != 0
            end += 1
            row = listed[row, 1]
    return SolidSpans(starts, bottom, top, walkable)


@inlined
def _cells_between(grid: Grid, low: np.float32, high: np.float32) -> tuple[int, int]:
    """Cells that a stretch of height (metres, in the grid's bounds) occupies, at least one."""
    inverse = np.float32(1) / grid.cell_height
    extent = grid.highest[1] - grid.lowest[1]
    low = max(low - grid.lowest[1], np.float32(0))
    high = min(high - grid.lowest[1], extent)
    bottom = min(max(int(np.floor(low * inverse)), 0), MAX_SPAN_CELLS)
    return bottom, min(max(int(np.ceil(high * inverse)), bottom + 1), MAX_SPAN_CELLS)


@kernel
def _split(
    polygon: np.ndarray, size: int, axis: int, border: np.float32, below: np.ndarray, above: np.ndarray
) -> tuple[int, int]:
    """Cut a convex polygon at a plane across an axis; corners on the plane belong to both halves; their sizes."""
    below_size, above_size = 0, 0
    before = size - 1
    for here in range(size):
        gap = border - polygon[here, axis]
        gap_before = border - polygon[before, axis]
        crossing = (gap >= 0) != (gap_before >= 0)
        if crossing:
            share = gap_before / (gap_before - gap)
            for i in range(3):
                value = polygon[before, i] + (polygon[here, i] - polygon[before, i]) * share
                below[below_size, i] = value
                above[above_size, i] = value
            below_size += 1
            above_size += 1
        if gap > 0 or (gap == 0 and not crossing):
            copy_row(below, below_size, polygon, here)
            below_size += 1
        if gap < 0 or (gap == 0 and not crossing):
            copy_row(above, above_size, polygon, here)
            above_size += 1
        before = here
    return below_size, above_size
