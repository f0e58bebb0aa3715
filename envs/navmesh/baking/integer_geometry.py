"""Tests of points, lines and polygons seen from above, exact in cells (O'Rourke, Computational Geometry in C)."""

from __future__ import annotations

from typing import Any

import numpy as np

from leo_agent.envs.navmesh.compiled import inlined

Cell = tuple[int, int]  # x, z


@inlined
def turn(a: Cell, b: Cell, c: Cell) -> int:
    """Twice the signed area of a triangle; negative where c is on the inner side of a to b, an outline's edge."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


@inlined
def cross_inside(a: Cell, b: Cell, c: Cell, d: Cell) -> bool:
    """Whether segments ab and cd cross at a point inside both."""
    c_side, d_side, a_side, b_side = turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)
    if c_side == 0 or d_side == 0 or a_side == 0 or b_side == 0:
        return False
    return (c_side < 0) != (d_side < 0) and (a_side < 0) != (b_side < 0)


@inlined
def on_segment(a: Cell, b: Cell, c: Cell) -> bool:
    """Whether c is on the segment ab, its ends included."""
    if turn(a, b, c) != 0:
        return False
    axis = 0 if a[0] != b[0] else 1
    return min(a[axis], b[axis]) <= c[axis] <= max(a[axis], b[axis])


@inlined
def meet(a: Cell, b: Cell, c: Cell, d: Cell) -> bool:
    """Whether segments ab and cd share a point."""
    touching = on_segment(a, b, c) or on_segment(a, b, d) or on_segment(c, d, a) or on_segment(c, d, b)
    return touching or cross_inside(a, b, c, d)


@inlined
def in_corner(before: Cell, corner: Cell, after: Cell, point: Cell, loose: bool) -> bool:
    """Whether a polygon's corner opens towards a point; loose: its own edges count where it is convex."""
    slack = 1 if loose else 0
    if turn(before, corner, after) <= 0:
        return turn(corner, point, before) < slack and turn(point, corner, after) < slack
    return not (turn(corner, point, after) <= 0 and turn(point, corner, before) <= 0)


@inlined
def extent(points: np.ndarray, count: int, axis: int) -> tuple[Any, Any]:
    """(lowest, highest) coordinate of the first `count` points."""
    low, high = points[0, axis], points[0, axis]
    for row in range(1, count):
        low, high = min(low, points[row, axis]), max(high, points[row, axis])
    return low, high


@inlined
def copy_row(target: np.ndarray, row: int, source: np.ndarray, source_row: int) -> None:
    """What target[row] = source[source_row] does, which takes numba seconds to compile."""
    for column in range(target.shape[1]):
        target[row, column] = source[source_row, column]


@inlined
def at(corners: np.ndarray, row: int) -> Cell:
    """Row of corners (C, 3: x, height, z) as a cell."""
    return corners[row, 0], corners[row, 2]
