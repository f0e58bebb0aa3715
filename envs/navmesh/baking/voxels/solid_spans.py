"""Turns triangles into solid spans over a grid of columns, as Recast does: conservative, merged where they touch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.grid import MAX_SPAN_CELLS, Grid
from leo_agent.envs.navmesh.baking.integer_geometry import copy_row, extent
from leo_agent.envs.navmesh.compiled import inlined, kernel

_FRAGMENTS_AT_ONCE = 1 << 22
_MOST_CORNERS = 12  # of a triangle clipped to one column


class SolidSpans(NamedTuple):
    """Solid intervals of height; those of column c are rows column_start[c]:column_start[c + 1], lowest first.

    Recast's heightfield (rcHeightfield), in flat arrays.
    """

    column_start: np.ndarray  # (columns + 1,) int32
    bottom: np.ndarray  # (S,) int32 cells above the grid's floor
    top: np.ndarray  # (S,) int32 cells; what could be stood on is here
    walkable: np.ndarray  # (S,) bool


def fill_spans(grid: Grid, vertices: np.ndarray, faces: np.ndarray, max_slope_deg: float, climb: int) -> SolidSpans:
    """Spans of all triangles; their order matters where a flat and a steep one end in the same cell.

    A triangle can be walked on if its normal points up, counter-clockwise corners, within max_slope_deg of the
    vertical. Where spans merge whose tops are at most `climb` cells apart, either's being walkable counts.
    """
    corners = vertices[faces]
    walkable = _walkable(corners, max_slope_deg)
    starts = np.zeros(grid.width * grid.depth + 1, np.int32)
    spans = SolidSpans(starts, np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.bool_))
    bounds = np.cumsum(_most_fragments(grid, corners))
    first = 0
    while first < len(faces):
        taken = bounds[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(bounds, taken + _FRAGMENTS_AT_ONCE, side="right")))
        fragments = np.empty((int(bounds[last - 1] - taken), 4), np.int32)
        count = _cut_triangles(grid, corners[first:last], walkable[first:last], fragments)
        spans = _merge(grid, spans, fragments[:count], climb)
        first = last
    return spans


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


def _most_fragments(grid: Grid, corners: np.ndarray) -> np.ndarray:
    """An upper bound (F,) int64 of the columns that each triangle touches."""
    counts = np.ones(len(corners), np.int64)
    for axis, columns in ((0, grid.width), (2, grid.depth)):
        extent = corners[:, :, axis].max(axis=1) - corners[:, :, axis].min(axis=1)
        counts *= np.minimum((extent / grid.cell_size).astype(np.int64) + 3, columns)
    return counts


def _merge(grid: Grid, spans: SolidSpans, fragments: np.ndarray, climb: int) -> SolidSpans:
    """Insert fragments (N, 4: column, bottom, top, walkable) one after the other."""
    columns = grid.width * grid.depth
    owner = np.repeat(np.arange(columns, dtype=np.int32), np.diff(spans.column_start))
    before = np.stack([owner, spans.bottom, spans.top, spans.walkable.astype(np.int32)], axis=1)
    rows = np.concatenate([before, fragments])
    merged = np.empty((len(rows), 3), np.int32)
    starts = np.empty(columns + 1, np.int32)
    count = _insert_all(rows, _order_by_column(rows[:, 0], columns), climb, merged, starts)
    bottom, top, walkable = (np.ascontiguousarray(column) for column in merged[:count].T)
    return SolidSpans(starts, bottom, top, walkable != 0)


@kernel
def _order_by_column(owner: np.ndarray, columns: int) -> np.ndarray:
    """Rows ordered by their column, those of one column as they came (a counting sort)."""
    following = np.zeros(columns + 1, np.int64)
    for column in owner:
        following[column + 1] += 1
    for column in range(columns):
        following[column + 1] += following[column]
    order = np.empty(len(owner), np.int64)
    for row in range(len(owner)):
        order[following[owner[row]]] = row
        following[owner[row]] += 1
    return order


@kernel
def _insert_all(rows: np.ndarray, order: np.ndarray, climb: int, merged: np.ndarray, starts: np.ndarray) -> int:
    """Write the merged spans of all columns to `merged` (N, 3) and where each column begins; their number."""
    end = 0
    position = 0
    for column in range(len(starts) - 1):
        starts[column] = end
        while position < len(order) and rows[order[position], 0] == column:
            row = order[position]
            end = _insert(merged, starts[column], end, rows[row, 1], rows[row, 2], rows[row, 3], climb)
            position += 1
    starts[-1] = end
    return end


@inlined
def _insert(merged: np.ndarray, start: int, end: int, bottom: int, top: int, walkable: int, climb: int) -> int:
    """Add a span to the sorted rows start:end, swallowing those it touches; the new end."""
    at = start
    while at < end and merged[at, 1] < bottom:
        at += 1
    behind = at
    while behind < end and merged[behind, 0] <= top:
        bottom = min(bottom, merged[behind, 0])
        top = max(top, merged[behind, 1])
        if top - merged[behind, 1] <= climb:
            walkable = max(walkable, merged[behind, 2])
        behind += 1
    shift = at + 1 - behind
    if shift > 0:
        for row in range(end, at, -1):
            copy_row(merged, row, merged, row - 1)
    elif shift < 0:
        for row in range(behind, end):
            copy_row(merged, row + shift, merged, row)
    merged[at, 0], merged[at, 1], merged[at, 2] = bottom, top, walkable
    return end + shift


@kernel
def _cut_triangles(grid: Grid, corners: np.ndarray, walkable: np.ndarray, fragments: np.ndarray) -> int:
    """Cut triangles (F, 3, 3) into the part of each column, and write column, bottom, top, walkable; their number."""
    remaining = np.empty((_MOST_CORNERS, 3), np.float32)
    strip = np.empty((_MOST_CORNERS, 3), np.float32)
    part = np.empty((_MOST_CORNERS, 3), np.float32)
    spare = np.empty((_MOST_CORNERS, 3), np.float32)
    inverse = np.float32(1) / grid.cell_size
    count = 0
    for face in range(len(corners)):
        # 1. Along z: the triangle is cut into strips, one a row of columns.
        size = 3
        for row in range(3):
            copy_row(remaining, row, corners[face], row)
        near, far = extent(remaining, size, 2)
        first, last = int((near - grid.lowest[2]) * inverse), int((far - grid.lowest[2]) * inverse)
        for z in range(min(max(first, -1), grid.depth - 1), min(max(last, 0), grid.depth - 1) + 1):
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
            for x in range(min(max(left, -1), grid.width - 1), min(max(right, 0), grid.width - 1) + 1):
                border = grid.lowest[0] + np.float32(x) * grid.cell_size + grid.cell_size
                part_size, strip_size = _split(strip, strip_size, 0, border, part, spare)
                strip, spare = spare, strip
                if part_size < 3 or x < 0:
                    continue
                # 3. The cells from the lowest to the highest corner of the part are solid.
                near, far = extent(part, part_size, 1)
                fragments[count, 0] = x + z * grid.width
                fragments[count, 1], fragments[count, 2] = _cells_between(grid, near, far)
                fragments[count, 3] = walkable[face]
                count += 1
    return count


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
