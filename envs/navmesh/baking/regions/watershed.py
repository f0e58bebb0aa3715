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
def watershed(floor: Floor, distance: np.ndarray, deepest: int, most_regions: int) -> tuple[np.ndarray, int]:
    """Divides the floor by a watershed (Vincent and Soille 1991), as Recast does.

    Recast looks through all places every eighth level; here each place is sorted by its level once, and what is left
    over from deeper levels is carried along, so that the time grows with the places alone.

    Args:
        floor: the places, N of them.
        distance: (N,) uint16 to the border, smoothed.
        deepest: the largest distance before smoothing.
        most_regions: where more are found, it is given up.

    Returns:
        The region (N,) uint16 of every place from 1, 0 = none; and the number of regions.
    """
    count = len(distance)
    regions = np.zeros(count, np.uint16)
    reach = np.zeros(count, np.uint16)
    order, starts = _by_level(floor.walkable, distance, max(deepest, 1))
    waiting = np.empty(0, np.int32)
    known = 0
    step = 0
    level = (deepest + 1) // _LEVEL * _LEVEL
    end = len(order)
    # 1. From the deepest level to the border: known regions grow into the level, then new ones start in what is left.
    while level > 0:
        level = max(level - _LEVEL, 0)
        start = starts[level // _LEVEL]
        waiting = _collect(regions, order[start:end], waiting)
        end = start
        if step % _LEVELS_SORTED == 0:
            waiting.sort()
        left = _grow(floor, regions, reach, waiting, _ROUNDS_A_LEVEL if level > 0 else count + 1)
        waiting = waiting[:left]
        for row in range(left):
            place = waiting[row]
            if regions[place] == 0 and not _touches_another(floor, regions, place, known + 1):
                known += 1
                if known > most_regions:
                    return regions, known
                _flood(floor, distance, regions, reach, place, max(level - _LEVEL, 0), known)
        step += 1
    # 2. What no flood reached goes to the regions beside it.
    waiting = _collect(regions, order, waiting[:0])
    waiting.sort()
    _grow(floor, regions, reach, waiting, count + 1)
    return regions, known


@kernel
def _by_level(walkable: np.ndarray, distance: np.ndarray, deepest: int) -> tuple[np.ndarray, np.ndarray]:
    """(walkable places by their level, those of one level as they come; where each level begins (deepest + 2,))."""
    starts = np.zeros(deepest // _LEVEL + 2, np.int64)
    for place in range(len(distance)):
        if walkable[place]:
            starts[distance[place] // _LEVEL + 1] += 1
    for level in range(1, len(starts)):
        starts[level] += starts[level - 1]
    following = starts.copy()
    order = np.empty(starts[-1], np.int32)
    for place in range(len(distance)):
        if walkable[place]:
            level = distance[place] // _LEVEL
            order[following[level]] = place
            following[level] += 1
    return order, starts


@kernel
def _collect(regions: np.ndarray, revealed: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The places without a region among those revealed and those left over."""
    found = 0
    places = np.empty(len(revealed) + len(left), np.int32)
    for row in range(len(revealed)):
        if regions[revealed[row]] == 0:
            places[found] = revealed[row]
            found += 1
    for row in range(len(left)):
        if regions[left[row]] == 0:
            places[found] = left[row]
            found += 1
    return places[:found]


@kernel
def _grow(floor: Floor, regions: np.ndarray, reach: np.ndarray, waiting: np.ndarray, most_rounds: int) -> int:
    """Let regions take the waiting places beside them, ring by ring; returns how many are left in `waiting`."""
    left = len(waiting)
    taken = np.empty((left, 3), np.int32)
    for _ in range(most_rounds):
        count, kept = 0, 0
        for row in range(left):
            place = waiting[row]
            nearest, region = np.int64(_OUT_OF_REACH), np.int64(0)
            for direction in range(4):
                other = floor.neighbours[place, direction]
                if other < 0 or regions[other] == 0 or not floor.walkable[other]:
                    continue
                if reach[other] + 2 < nearest:
                    nearest, region = np.int64(reach[other]) + 2, np.int64(regions[other])
            if region > 0:
                taken[count, 0], taken[count, 1], taken[count, 2] = place, region, nearest
                count += 1
            else:
                waiting[kept] = place
                kept += 1
        for row in range(count):
            regions[taken[row, 0]], reach[taken[row, 0]] = taken[row, 1], taken[row, 2]
        left = kept
        if count == 0 or left == 0:
            break
    return left


@kernel
def _flood(
    floor: Floor, distance: np.ndarray, regions: np.ndarray, reach: np.ndarray, start: int, level: int, region: int
) -> None:
    """Fill what is as deep as level around a place with a region, but for what is beside another."""
    stack = np.empty(len(regions), np.int32)
    stack[0] = start
    height = 1
    regions[start], reach[start] = region, 0
    while height > 0:
        height -= 1
        place = stack[height]
        if _touches_another(floor, regions, place, region):
            regions[place] = 0
            continue
        for direction in range(4):
            other = floor.neighbours[place, direction]
            if other < 0 or not floor.walkable[other] or distance[other] < level or regions[other] != 0:
                continue
            regions[other], reach[other] = region, 0
            stack[height] = other
            height += 1


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
