"""Turns triangles into solid spans over a grid of columns, as Recast does: conservative, merged where they touch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.grid import MAX_SPAN_CELLS, Grid
from leo_agent.envs.navmesh.baking.integer_geometry import copy_row
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
    least_up = np.cos(np.float32(max_slope_deg) / np.float32(180) * np.float32(np.pi))
    first = np.full(grid.width * grid.depth, _NONE, np.int32)
    return _laid_out(first, _fill_columns(grid, vertices, faces, least_up, climb, first))


@kernel
def _fill_columns(
    grid: Grid, vertices: np.ndarray, faces: np.ndarray, least_up: np.float32, climb: int, first: np.ndarray
) -> np.ndarray:
    """Insert the parts of triangles in each column into a list of spans that begins at row first[column].

    Returns:
        The spans (P, 2) int32: bottom, top and whether it is walkable in one number; row of the next one. Memory that
        is not written is not taken from the system, so there is room for many before the array has to grow.
    """
    polygons = np.empty((5 * _MOST_CORNERS, 3), np.float32)
    remaining, strip, spare = 0, _MOST_CORNERS, 2 * _MOST_CORNERS  # where they begin
    inverse = np.float32(1) / grid.cell_size
    spans = np.empty((2 * len(first) + grid.width, 2), np.int32)
    used = 0
    for face in range(len(faces)):
        for corner in range(3):
            copy_row(polygons, remaining + corner, vertices, faces[face, corner])
        size = 3
        walkable = _upwards(polygons, remaining) > least_up  # NaN, of a triangle without area, is not
        # Along z: the triangle is cut into strips, one a row of columns.
        near, far = _extent(polygons, remaining, size, 2)
        front, back = int((near - grid.lowest[2]) * inverse), int((far - grid.lowest[2]) * inverse)
        last = min(max(back, 0), grid.depth - 1)
        for z in range(min(max(front, -1), grid.depth - 1), last + 1):
            border = grid.lowest[2] + np.float32(z) * grid.cell_size + grid.cell_size
            if z == last and _all_below(polygons, remaining, size, 2, border):
                strip_size = size
                strip, remaining = remaining, strip
            else:
                strip_size, size = _split(polygons, remaining, size, 2, border, strip, spare)
                remaining, spare = spare, remaining
            if strip_size < 3 or z < 0:
                continue
            if used + grid.width > len(spans):
                spans = _grown(spans)
            place = (z, strip, strip_size)
            used = _fill_row(grid, polygons, place, walkable, climb, first, spans, used)
    return spans[:used]


@inlined
def _fill_row(
    grid: Grid,
    polygons: np.ndarray,
    place: tuple[int, int, int],
    walkable: bool | np.bool_,
    climb: int,
    first: np.ndarray,
    spans: np.ndarray,
    used: int,
) -> int:
    """Insert the parts of one strip, `place` = (row of columns, where it begins, its size); the rows in use."""
    z, strip, size = place
    # two polygons that the cuts along z leave free, and the strip's own
    rest, part, spare = strip, 3 * _MOST_CORNERS, 4 * _MOST_CORNERS
    inverse = np.float32(1) / grid.cell_size
    near, far = _extent(polygons, rest, size, 0)
    left, right = int((near - grid.lowest[0]) * inverse), int((far - grid.lowest[0]) * inverse)
    if right < 0 or left >= grid.width:
        return used
    last = min(max(right, 0), grid.width - 1)
    for x in range(min(max(left, -1), grid.width - 1), last + 1):
        border = grid.lowest[0] + np.float32(x) * grid.cell_size + grid.cell_size
        if x == last and _all_below(polygons, rest, size, 0, border):
            part_size = size
            part, rest = rest, part
        else:
            part_size, size = _split(polygons, rest, size, 0, border, part, spare)
            rest, spare = spare, rest
        if part_size < 3 or x < 0:
            continue
        # The cells from the lowest to the highest corner of the part are solid.
        low, high = _extent(polygons, part, part_size, 1)
        used = _insert(first, spans, used, x + z * grid.width, _cells_between(grid, low, high), walkable, climb)
    return used


@inlined
def _upwards(polygons: np.ndarray, start: int) -> np.float32:
    """How much the normal of a triangle points up, from -1 to 1, in the order of Recast's arithmetic.

    So a slope of exactly the limit falls on the same side.
    """
    first_x, first_y, first_z = polygons[start, 0], polygons[start, 1], polygons[start, 2]
    ax, ay, az = polygons[start + 1, 0] - first_x, polygons[start + 1, 1] - first_y, polygons[start + 1, 2] - first_z
    bx, by, bz = polygons[start + 2, 0] - first_x, polygons[start + 2, 1] - first_y, polygons[start + 2, 2] - first_z
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    up: np.float32 = y * (np.float32(1) / np.sqrt(x * x + y * y + z * z))
    return up


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
    walkable: bool | np.bool_,
    climb: int,
) -> int:
    """Add a span from a bottom to a top to a column, swallowing those it touches; the number of rows in use."""
    bottom, top = extent_y
    before, here, row = _NONE, first[column], _NONE
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
            row = here
        here = following
    if row == _NONE:
        row = used
        used += 1
    spans[row, 0] = bottom << _BOTTOM_SHIFT | top << _TOP_SHIFT | (1 if walkable else 0)
    spans[row, 1] = here
    if before == _NONE:
        first[column] = row
    else:
        spans[before, 1] = row
    return used


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


@inlined
def _extent(polygons: np.ndarray, start: int, size: int, axis: int) -> tuple[np.float32, np.float32]:
    """(lowest, highest) coordinate of a polygon."""
    low, high = polygons[start, axis], polygons[start, axis]
    for row in range(start + 1, start + size):
        low, high = min(low, polygons[row, axis]), max(high, polygons[row, axis])
    return low, high


@inlined
def _all_below(polygons: np.ndarray, start: int, size: int, axis: int, border: np.float32) -> bool:
    """Whether nothing of a polygon is beyond a plane across an axis, so that there is nothing to cut."""
    below = True
    for row in range(start, start + size):
        below = below and border - polygons[row, axis] >= 0
    return below


@inlined
def _split(
    polygons: np.ndarray, start: int, size: int, axis: int, border: np.float32, below: int, above: int
) -> tuple[int, int]:
    """Cut a convex polygon at a plane across an axis; corners on the plane belong to both halves; their sizes.

    Args:
        polygons: corners of several polygons.
        start: the row where the one to cut begins.
        size: its corners.
        axis: 2; or 0, and then nobody asks for z any more.
        border: where the plane is.
        below: the row where the half below begins that is written.
        above: likewise.
    """
    below_end, above_end = below, above
    before = start + size - 1
    x_before, y_before, z_before = polygons[before, 0], polygons[before, 1], polygons[before, 2]
    gap_before = border - polygons[before, axis]
    for here in range(start, start + size):
        x, y, z = polygons[here, 0], polygons[here, 1], polygons[here, 2]
        gap = border - polygons[here, axis]
        crossing = (gap >= 0) != (gap_before >= 0)
        if crossing:
            share = gap_before / (gap_before - gap)
            cut_x, cut_y = x_before + (x - x_before) * share, y_before + (y - y_before) * share
            cut_z = z_before + (z - z_before) * share if axis == 2 else z
            below_end = _append(polygons, below_end, cut_x, cut_y, cut_z)
            above_end = _append(polygons, above_end, cut_x, cut_y, cut_z)
        if gap > 0 or (gap == 0 and not crossing):
            below_end = _append(polygons, below_end, x, y, z)
        if gap < 0 or (gap == 0 and not crossing):
            above_end = _append(polygons, above_end, x, y, z)
        x_before, y_before, z_before, gap_before = x, y, z, gap
    return below_end - below, above_end - above


@inlined
def _append(polygons: np.ndarray, row: int, x: np.float32, y: np.float32, z: np.float32) -> int:
    """Write a corner; the next row."""
    polygons[row, 0], polygons[row, 1], polygons[row, 2] = x, y, z
    return row + 1
