"""Tidies the regions of the floor: drops those too small to matter and joins small ones to a neighbour."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh.baking.grid import CellSettings
from leo_agent.envs.navmesh.baking.regions.boundaries import trace_boundaries
from leo_agent.envs.navmesh.baking.regions.watershed import watershed
from leo_agent.envs.navmesh.baking.voxels.floor import Floor, border_distance, inner_places, smoothed

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
    """Region (N,) int32 of every place from 1, 0 where there is none."""
    # 1. Basins of the distance to walls.
    distance = border_distance(floor.neighbours, inner_places(floor))
    deepest = int(distance.max(initial=0))
    basins, count = watershed(floor, smoothed(floor.neighbours, distance), deepest)
    if count > _MOST_REGIONS:
        raise InputError(
            f"navmesh: found {count} regions of floor; expected at most {_MOST_REGIONS}: choose larger cells"
        )
    # 2. Small ones go: dropped where nothing is beside them, else joined.
    regions = _describe(floor, basins, count)
    _drop_small(regions, cells.region_area)
    _join_small(regions, cells.merged_area)
    # 3. Those that are left are numbered from 1, in the order of their first basin.
    numbers = np.array([region.number for region in regions], np.int32)
    kept, first = np.unique(numbers, return_index=True)
    kept = kept[np.argsort(first)]
    renumbered = np.zeros(count + 1, np.int32)
    renumbered[kept[kept > 0]] = np.arange(1, np.count_nonzero(kept) + 1)
    of_places: np.ndarray = renumbered[numbers][basins]
    return of_places


def _describe(floor: Floor, basins: np.ndarray, count: int) -> list[_Region]:
    """What is known of each basin; entry 0 stands for the void."""
    sizes = np.bincount(basins, minlength=count + 1)
    regions = [_Region(number, int(size)) for number, size in enumerate(sizes)]
    walks = trace_boundaries(floor, basins)
    for start, end in zip(walks.starts[:-1], walks.starts[1:], strict=True):
        region = regions[basins[walks.places[start]]]
        if not region.neighbours:
            region.neighbours = _without_repeats(walks.regions_across[start:end].tolist())
    for low, high in _stacked_pairs(floor, basins):
        regions[low].stacked.add(high)
        regions[high].stacked.add(low)
        if low == high:
            regions[low].overlaps_itself = True
    return regions


def _stacked_pairs(floor: Floor, basins: np.ndarray) -> list[list[int]]:
    """Pairs of basins that share a column."""
    columns = np.repeat(np.arange(len(floor.column_start) - 1), np.diff(floor.column_start))
    deepest = int(np.diff(floor.column_start).max(initial=0))
    pairs = [np.empty((0, 2), basins.dtype)]
    for shift in range(1, deepest):
        both = (columns[shift:] == columns[:-shift]) & (basins[shift:] > 0) & (basins[:-shift] > 0)
        pairs.append(np.unique(np.stack([basins[:-shift][both], basins[shift:][both]], axis=1), axis=0))
    unique: list[list[int]] = np.unique(np.concatenate(pairs), axis=0).tolist()
    return unique


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
