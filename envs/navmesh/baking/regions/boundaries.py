"""Walks around regions of the floor: the sides of places that separate one region from what is beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leo_agent.envs.navmesh.baking.voxels.floor import Floor
from leo_agent.envs.navmesh.compiled import kernel


@dataclass(frozen=True)
class Boundaries:
    """Closed walks, each keeping its region on the same hand; walk w is rows starts[w]:starts[w + 1]."""

    starts: np.ndarray  # (W + 1,) int64
    places: np.ndarray  # (B,) int32 place inside
    directions: np.ndarray  # (B,) int32 side of the place that is crossed by the boundary
    across: np.ndarray  # (B,) int32 place beyond, -1 = none
    regions_across: np.ndarray  # (B,) int32 region beyond, 0 = none


def trace_boundaries(floor: Floor, regions: np.ndarray) -> Boundaries:
    """All boundaries of regions (N,) in the order of their first place; a region's first one is its outline or a hole.

    A region's first walk begins at its first place.
    """
    beyond = np.append(regions, 0)[floor.neighbours]  # neighbour -1 is the appended one
    sides = (beyond != regions[:, None]) & (regions != 0)[:, None]
    total = int(sides.sum())
    places, directions = np.empty(total, np.int32), np.empty(total, np.int32)
    starts = np.empty(total + 1, np.int64)
    count = _walk_all(floor.neighbours, sides, places, directions, starts)
    across = floor.neighbours[places, directions]
    return Boundaries(starts[: count + 1], places, directions, across, beyond[places, directions])


@kernel
def _walk_all(
    neighbours: np.ndarray, sides: np.ndarray, places: np.ndarray, directions: np.ndarray, starts: np.ndarray
) -> int:
    """Write the walks and where they begin; their number."""
    done = np.zeros(sides.shape, np.bool_)
    walks, end = 0, 0
    for first in range(len(sides)):
        first_direction = 0
        while first_direction < 4 and (done[first, first_direction] or not sides[first, first_direction]):
            first_direction += 1
        if first_direction == 4:
            continue
        starts[walks] = end
        walks += 1
        place, direction = first, first_direction
        while True:
            if sides[place, direction]:
                done[place, direction] = True
                places[end], directions[end] = place, direction
                end += 1
                direction = (direction + 1) % 4
            else:
                place = neighbours[place, direction]
                direction = (direction + 3) % 4
            if place == first and direction == first_direction:
                break
    starts[walks] = end
    return walks
