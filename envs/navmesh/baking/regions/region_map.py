"""Tidies the regions of the floor: drops those too small to matter and joins small ones to a neighbour."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh.baking.grid import CellSettings
from leo_agent.envs.navmesh.baking.regions.boundaries import first_boundaries
from leo_agent.envs.navmesh.baking.regions.watershed import watershed
from leo_agent.envs.navmesh.baking.voxels.floor import Floor, border_distance, smoothed
from leo_agent.envs.navmesh.compiled import kernel

_MOST_REGIONS = 0xFFFE


@dataclass
class _Region:
    """One basin. `number` becomes that of the region it was joined to, or 0 when it was dropped."""

    number: int
    size: int  # places
    neighbours: list[int] = field(default_factory=list)  # in the order of its first boundary, 0 = the void
    stacked: set[int] = field(default_factory=set)  # regions above or below some place of it
    overlaps_itself: bool = False


def find_regions(floor: Floor, cells: CellSettings) -> np.ndarray:
    """Region (N,) uint16 of every place from 1, 0 where there is none."""
    # 1. Basins of the distance to walls.
    distance = border_distance(floor)
    deepest = int(distance.max(initial=0))
    basins, count = watershed(floor, smoothed(floor.neighbours, distance), deepest, _MOST_REGIONS)
    if count > _MOST_REGIONS:
        raise InputError(
            f"navmesh: found at least {count} regions of floor; expected at most {_MOST_REGIONS}: choose larger cells"
        )
    # 2. Small ones go: dropped where nothing is beside them, else joined.
    regions = _describe(floor, basins, count)
    _drop_small(regions, cells.region_area)
    _join_small(regions, cells.merged_area)
    # 3. Those that are left are numbered from 1, in the order of their first basin.
    numbers = np.array([region.number for region in regions], np.int32)
    kept, first = np.unique(numbers, return_index=True)
    kept = kept[np.argsort(first)]
    renumbered = np.zeros(count + 1, np.uint16)
    renumbered[kept[kept > 0]] = np.arange(1, np.count_nonzero(kept) + 1)
    of_places: np.ndarray = renumbered[numbers][basins]
    return of_places


def _describe(floor: Floor, basins: np.ndarray, count: int) -> list[_Region]:
    """What is known of each basin; entry 0 stands for the void."""
    sizes = np.bincount(basins, minlength=count + 1)
    regions = [_Region(number, int(size)) for number, size in enumerate(sizes)]
    walks = first_boundaries(floor, basins)
    for start, end in zip(walks.starts[:-1], walks.starts[1:], strict=True):
        across = walks.regions_across[start:end].tolist()
        regions[basins[walks.places[start]]].neighbours = _without_repeats(across)
    for low, high in _stacked_pairs(floor, basins):
        regions[low].stacked.add(high)
        regions[high].stacked.add(low)
        if low == high:
            regions[low].overlaps_itself = True
    return regions


def _stacked_pairs(floor: Floor, basins: np.ndarray) -> list[list[int]]:
    """Pairs of basins that share a column."""
    count = _list_stacked(floor.column_start, basins, np.empty((0, 2), np.int32))
    pairs = np.empty((count, 2), np.int32)
    _list_stacked(floor.column_start, basins, pairs)
    unique: list[list[int]] = np.unique(pairs, axis=0).tolist()
    return unique


@kernel
def _list_stacked(column_start: np.ndarray, basins: np.ndarray, pairs: np.ndarray) -> int:
    """Write as many pairs as there is room for, without those of the column before; how many there are."""
    count = 0
    first, end = 0, 0
    for column in range(len(column_start) - 1):
        if column_start[column + 1] - column_start[column] < 2:
            continue
        before, before_end = first, end
        first, end = column_start[column], column_start[column + 1]
        same = before_end - before == end - first
        for place in range(end - first):
            same = same and basins[before + place] == basins[first + place]
        if same:
            continue
        for low in range(first, end):
            for high in range(low + 1, end):
                if basins[low] > 0 and basins[high] > 0:
                    if count < len(pairs):
                        pairs[count, 0], pairs[count, 1] = basins[low], basins[high]
                    count += 1
    return count


def _without_repeats(ring: list[int]) -> list[int]:
    """A closed sequence with runs of the same number shortened to one."""
    short = [number for number, _ in groupby(ring)]
    return short[:-1] if len(short) > 1 and short[0] == short[-1] else short


def _drop_small(regions: list[_Region], least: int) -> None:
    """Drop groups of regions that hang together and have fewer than `least` places."""
    seen = {0}
    for first in regions[1:]:
        if first.number in seen or first.size == 0:
            continue
        seen.add(first.number)
        group, pending = [], [first]
        while pending:
            region = pending.pop()
            group.append(region)
            for number in region.neighbours:
                if number not in seen:
                    seen.add(number)
                    pending.append(regions[number])
        if sum(region.size for region in group) < least:
            for region in group:
                region.size, region.number = 0, 0


def _join_small(regions: list[_Region], most: int) -> None:
    """Join regions of at most `most` places, and those without a border, to their smallest fitting neighbour."""
    joined = True
    while joined:
        joined = False
        for region in regions[1:]:
            if region.number == 0 or region.size == 0 or region.overlaps_itself:
                continue
            if region.size > most and 0 in region.neighbours:
                continue
            fitting = [regions[number] for number in region.neighbours if _fit(region, regions[number])]
            best = min(fitting, key=lambda other: other.size, default=region)
            # a region that fills a hole of its best neighbour is not on that one's ring, and stays as it is
            if best is not region and region.number in best.neighbours:
                _join(regions, best, region)
                joined = True


def _fit(region: _Region, other: _Region) -> bool:
    """Whether two neighbours make one region without holes that does not lie above itself."""
    return (
        other.number > 0
        and not other.overlaps_itself
        and region.neighbours.count(other.number) <= 1
        and other.neighbours.count(region.number) <= 1
        and other.number not in region.stacked
        and region.number not in other.stacked
    )


def _join(regions: list[_Region], kept: _Region, gone: _Region) -> None:
    """Give all of `gone` to `kept`; the ring of neighbours runs around both."""
    a, b = kept.neighbours.index(gone.number), gone.neighbours.index(kept.number)
    ring = kept.neighbours[a + 1 :] + kept.neighbours[:a] + gone.neighbours[b + 1 :] + gone.neighbours[:b]
    kept.neighbours = _without_repeats(ring)
    kept.stacked |= gone.stacked
    kept.size += gone.size
    gone.neighbours, gone.size = [], 0
    old = gone.number
    for region in regions:
        if region.number == 0:
            continue
        if region.number == old:
            region.number = kept.number
        if old in region.stacked:
            region.stacked = {kept.number if number == old else number for number in region.stacked}
        if old in region.neighbours:
            ring = [kept.number if number == old else number for number in region.neighbours]
            region.neighbours = _without_repeats(ring)
