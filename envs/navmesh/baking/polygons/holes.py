"""Joins the holes of a region to its outline by cuts, so that one closed polygon is left."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.baking.integer_geometry import at, in_corner, meet
from leo_agent.envs.navmesh.baking.polygons.contours import Contour
from leo_agent.envs.navmesh.compiled import kernel

_USED = np.iinfo(np.int64).max


def join_holes(contours: list[Contour]) -> list[Contour]:
    """One contour for each region and its holes; where no cut is free of crossings the hole is left out."""
    outlines: dict[int, int] = {}
    holes: dict[int, list[Contour]] = {}
    joined: list[Contour] = []
    for contour in contours:
        if contour.is_hole:
            holes.setdefault(contour.region, []).append(contour)
        else:
            outlines[contour.region] = len(joined)
            joined.append(contour)
    for region, of_region in holes.items():
        if region in outlines:
            row = outlines[region]
            joined[row] = Contour(_cut_open(joined[row].corners, [hole.corners for hole in of_region]), region)
    return joined


def _cut_open(outline: np.ndarray, holes: list[np.ndarray]) -> np.ndarray:
    """The outline (C, 3) with all holes on it, from the left to the right."""
    holes = sorted(
        (np.roll(hole, -_leftmost(hole), axis=0) for hole in holes), key=lambda hole: (hole[0, 0], hole[0, 2])
    )
    for number, hole in enumerate(holes):
        rest = np.concatenate(holes[number:])
        ends = np.cumsum([len(other) for other in holes[number:]])
        row, hole_row = _find_cut(outline, rest, ends)
        if row >= 0:
            there = [*range(row, len(outline)), *range(row + 1)]
            around = [*range(hole_row, len(hole)), *range(hole_row + 1)]
            outline = np.concatenate([outline[there], hole[around]])
    return outline


def _leftmost(corners: np.ndarray) -> int:
    return int(np.lexsort((corners[:, 2], corners[:, 0]))[0])


@kernel
def _find_cut(outline: np.ndarray, holes: np.ndarray, ends: np.ndarray) -> tuple[int, int]:
    """(row of outline, row of the first hole) to join, the shortest cut of the first corner that has one; -1 if none.

    Args:
        outline: corners (C, 3).
        holes: the corners of this hole and of those still to join, hole h being rows ends[h - 1]:ends[h].
        ends: where each hole ends.
    """
    count = len(outline)
    rows = np.empty(count, np.int64)
    lengths = np.empty(count, np.int64)
    for hole_row in range(ends[0]):
        corner = at(holes, hole_row)
        found = 0
        for row in range(count):
            here = at(outline, row)
            if in_corner(at(outline, row - 1), here, at(outline, (row + 1) % count), corner, False):
                rows[found] = row
                lengths[found] = (here[0] - corner[0]) ** 2 + (here[1] - corner[1]) ** 2
                found += 1
        for _ in range(found):
            nearest = 0
            for candidate in range(1, found):
                if lengths[candidate] < lengths[nearest]:
                    nearest = candidate
            row = rows[nearest]
            lengths[nearest] = _USED
            free = not _crosses(outline, 0, count, at(outline, row), corner)
            start = 0
            for end in ends:
                free = free and not _crosses(holes, start, end, at(outline, row), corner)
                start = end
            if free:
                return row, hole_row
    return -1, -1


@kernel
def _crosses(corners: np.ndarray, start: int, end: int, a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether the segment ab meets an edge of the ring of rows start:end, but for edges that end at a or b."""
    before = at(corners, end - 1)
    for row in range(start, end):
        here = at(corners, row)
        if before != a and before != b and here != a and here != b and meet(a, b, before, here):
            return True
        before = here
    return False
