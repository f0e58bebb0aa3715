"""Divides the floor into regions: basins of the distance to the border grow from their deepest places outwards."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.baking.voxels.floor import Floor
from leo_agent.envs.navmesh.compiled import kernel

_LEVEL = 2  # half cells of distance that are flooded at once
_LEVELS_SORTED = 8  # after so many levels the places left over are taken in the order of the floor again
_OUT_OF_REACH = 0xFFFF
_ROUNDS_A_LEVEL = 8  # how far known regions grow before new ones may start


@kernel
def watershed(floor: Floor, distance: np.ndarray, deepest: int) -> tuple[np.ndarray, int]:
    """Divides the floor by a watershed (Vincent and Soille 1991), as Recast does.

    Args:
        floor: the places, N of them.
        distance: (N,) int32 to the border, smoothed.
        deepest: the largest distance before smoothing.

    Returns:
        The region (N,) int32 of every place from 1, 0 = none; and the number of regions.
    """
    count = len(floor.x)
    regions = np.zeros(count, np.int32)
    reach = np.zeros(count, np.int32)
    waiting = np.empty(count, np.int32)
    scratch = np.empty(count, np.int32)
    known = 0
    left = 0
    step = 0
    level = (deepest + 1) // _LEVEL * _LEVEL
    # 1. From the deepest level to the border: known regions grow into the level, then new ones start in what is left.
    while level > 0:
        level = max(level - _LEVEL, 0)
        left = _collect(floor, distance, regions, level, step % _LEVELS_SORTED == 0, waiting, left, scratch)
        left = _grow(floor, regions, reach, waiting, left, _ROUNDS_A_LEVEL if level > 0 else count + 1)
        for row in range(left):
            if regions[waiting[row]] == 0 and _flood(
                floor, distance, regions, reach, waiting[row], level - _LEVEL, known + 1, scratch
            ):
                known += 1
        step += 1
    # 2. What no flood reached goes to the regions beside it.
    left = 0
    for place in range(count):
        if regions[place] == 0 and floor.walkable[place]:
            waiting[left] = place
            left += 1
    _grow(floor, regions, reach, waiting, left, count + 1)
    return regions, known


@kernel
def _collect(
    floor: Floor,
    distance: np.ndarray,
    regions: np.ndarray,
    level: int,
    everything: bool,
    waiting: np.ndarray,
    left: int,
    scratch: np.ndarray,
) -> int:
    """List in `waiting` the places of this level, then those left from the level before; everything = in order."""
    found = 0
    for place in range(len(distance)):
        if regions[place] != 0 or not floor.walkable[place]:
            continue
        own = distance[place] // _LEVEL
        if own == level // _LEVEL or (everything and own > level // _LEVEL):
            scratch[found] = place
            found += 1
    if not everything:
        for row in range(left):
            if regions[waiting[row]] == 0:
                scratch[found] = waiting[row]
                found += 1
    for row in range(found):
        waiting[row] = scratch[row]
    return found


@kernel
def _grow(
    floor: Floor, regions: np.ndarray, reach: np.ndarray, waiting: np.ndarray, left: int, most_rounds: int
) -> int:
    """Let regions take the waiting places beside them, ring by ring; returns how many are left in `waiting`."""
    taken = np.empty((left, 3), np.int32)
    for _ in range(most_rounds):
        count, kept = 0, 0
        for row in range(left):
            place = waiting[row]
            nearest, region = _OUT_OF_REACH, 0
            for direction in range(4):
                other = floor.neighbours[place, direction]
                if other < 0 or not floor.walkable[other] or regions[other] == 0:
                    continue
                if reach[other] + 2 < nearest:
                    nearest, region = reach[other] + 2, regions[other]
            if region > 0:
                taken[count, 0], taken[count, 1], taken[count, 2] = place, region, nearest
                count += 1
            else:
                waiting[kept] = place
                kept += 1
        for row in range(count):
            regions[taken[row, 0]], reach[taken[row, 0]] = taken[row, 1], taken[row, 2]
        left = kept
        if count == 0:
            break
    return left


@kernel
def _flood(
    floor: Floor,
    distance: np.ndarray,
    regions: np.ndarray,
    reach: np.ndarray,
    start: int,
    level: int,
    region: int,
    stack: np.ndarray,
) -> bool:
    """Start a region where no other is beside it, and fill what is as deep as level; whether it has a place."""
    level = max(level, 0)
    stack[0] = start
    height = 1
    regions[start], reach[start] = region, 0
    started = False
    while height > 0:
        height -= 1
        place = stack[height]
        if _touches_another(floor, regions, place, region):
            regions[place] = 0
            continue
        started = True
        for direction in range(4):
            other = floor.neighbours[place, direction]
            if other < 0 or not floor.walkable[other] or distance[other] < level or regions[other] != 0:
                continue
            regions[other], reach[other] = region, 0
            stack[height] = other
            height += 1
    return started


@kernel
def _touches_another(floor: Floor, regions: np.ndarray, place: int, region: int) -> bool:
    """Whether one of the eight places around belongs to another region."""
    for direction in range(4):
        other = floor.neighbours[place, direction]
        if other < 0 or not floor.walkable[other]:
            continue
        if regions[other] != 0 and regions[other] != region:
            return True
        diagonal = floor.neighbours[other, (direction + 1) % 4]
        if diagonal < 0 or not floor.walkable[diagonal]:
            continue
        if regions[diagonal] != 0 and regions[diagonal] != region:
            return True
    return False
