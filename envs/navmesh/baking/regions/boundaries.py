"""Walks around regions of the floor: the sides of places that separate one region from what is beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.voxels.floor import STEP_X, STEP_Z, Floor
from leo_agent.envs.navmesh.compiled import kernel

_ALL_SIDES = 15
_MOST_STEPS = 39999  # after which Recast breaks off a walk; the next one begins at a side that is left


@dataclass(frozen=True)
class Boundaries:
    """Walks along boundaries, each keeping its region on the same hand; walk w is rows starts[w]:starts[w + 1]."""

    starts: np.ndarray  # (W + 1,) int64
    places: np.ndarray  # (B,) int32 place inside
    columns: np.ndarray  # (B,) int32 column of the place
    directions: np.ndarray  # (B,) int8 side of the place that is crossed by the boundary
    across: np.ndarray  # (B,) int32 place beyond, -1 = none
    regions_across: np.ndarray  # (B,) uint16 region beyond, 0 = none


def all_boundaries(floor: Floor, regions: np.ndarray) -> Boundaries:
    """All boundaries of regions (N,) in the order of their first place, but those around a single place."""
    sides, total = _find_sides(floor.neighbours, regions)
    return _trace(floor, regions, sides, _Walks.of_size(total), every=True)


def first_boundaries(floor: Floor, regions: np.ndarray) -> Boundaries:
    """Of each region (N,) the boundary from its first place on: its outline, or a hole."""
    sides, total = _find_sides(floor.neighbours, regions)
    return _trace(floor, regions, sides, _Walks.of_size(total + _MOST_STEPS), every=False)


class _Walks(NamedTuple):
    """Where walks are written to."""

    starts: np.ndarray
    places: np.ndarray
    columns: np.ndarray
    directions: np.ndarray

    @classmethod
    def of_size(cls, size: int) -> _Walks:
        dtypes = (np.int64, np.int32, np.int32, np.int8)
        return cls(*(np.empty(size + 1, dtype) for dtype in dtypes))


def _trace(floor: Floor, regions: np.ndarray, sides: np.ndarray, walks: _Walks, every: bool) -> Boundaries:
    count = _walk_all(floor, regions, sides, walks, every)
    end = walks.starts[count]
    starts, places = walks.starts[: count + 1].copy(), walks.places[:end].copy()
    columns, directions = walks.columns[:end].copy(), walks.directions[:end].copy()
    across = floor.neighbours[places, directions]
    beyond = np.where(across >= 0, regions[across], 0).astype(regions.dtype)
    return Boundaries(starts, places, columns, directions, across, beyond)


@kernel
def _find_sides(neighbours: np.ndarray, regions: np.ndarray) -> tuple[np.ndarray, int]:
    """(sides of each place (N,) uint8 beyond which its region ends, a bit each; how many there are)."""
    sides = np.zeros(len(regions), np.uint8)
    total = 0
    for place in range(len(regions)):
        if regions[place] == 0:
            continue
        for direction in range(4):
            other = neighbours[place, direction]
            if other < 0 or regions[other] != regions[place]:
                sides[place] |= 1 << direction
                total += 1
    return sides, total


@kernel
def _walk_all(floor: Floor, regions: np.ndarray, sides: np.ndarray, walks: _Walks, every: bool) -> int:
    """Write the walks and where they begin; their number.

    Of every walk the sides are taken away, so that the next begins at one that is left.
    """
    seen = np.zeros(1 << 16, np.bool_)
    count, end = 0, 0
    for column in range(len(floor.column_start) - 1):
        for place in range(floor.column_start[column], floor.column_start[column + 1]):
            if sides[place] == 0 or (every and sides[place] == _ALL_SIDES) or (not every and seen[regions[place]]):
                continue
            seen[regions[place]] = True
            walks.starts[count] = end
            count += 1
            end = _walk(floor, sides, place, column, walks, end, every)
    walks.starts[count] = end
    return count


@kernel
def _walk(floor: Floor, sides: np.ndarray, first: int, column: int, walks: _Walks, end: int, taking: bool) -> int:
    """Write one walk behind row `end`, and take its sides away if asked; the new end."""
    first_direction = 0
    while sides[first] >> first_direction & 1 == 0:
        first_direction += 1
    place, direction = first, first_direction
    for _ in range(_MOST_STEPS):
        if sides[place] >> direction & 1 != 0:
            walks.places[end], walks.columns[end], walks.directions[end] = place, column, direction
            end += 1
            if taking:
                sides[place] &= ~(1 << direction)
            direction = (direction + 1) % 4
        else:
            following = floor.neighbours[place, direction]
            if following < 0:  # a side that was taken before
                break
            place = following
            column += STEP_X[direction] + STEP_Z[direction] * floor.width
            direction = (direction + 3) % 4
        if place == first and direction == first_direction:
            break
    return end
