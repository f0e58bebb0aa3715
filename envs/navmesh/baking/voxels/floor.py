"""Finds where an agent can stand among solid spans, how those places join, and how far they are from their border."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.grid import CellSettings, Grid
from leo_agent.envs.navmesh.baking.voxels.solid_spans import SolidSpans
from leo_agent.envs.navmesh.compiled import inlined, kernel
from leo_agent.envs.navmesh.file_layout import NavMeshSettings

STEP_X, STEP_Z = (-1, 0, 1, 0), (0, 1, 0, -1)  # the four directions; the next one is a quarter turn
_OPEN_SKY = 0xFFFF  # cells; where nothing is above
_MOST_CLEARANCE = 255
_MOST_LAYERS = 63  # of a column, that places beside it are joined to: Recast numbers them in six bits
_FAR = 0xFFFF


class Floor(NamedTuple):
    """Places to stand, column by column (x fastest), lowest first; N of them.

    Recast's compact heightfield (rcCompactHeightfield).
    """

    width: int  # columns along x
    column_start: np.ndarray  # (columns + 1,) int32
    height: np.ndarray  # (N,) int16 cells
    neighbours: np.ndarray  # (N, 4) int32 place that can be stepped to in each direction, -1 = none
    walkable: np.ndarray  # (N,) bool; False where the agent's body would not fit


def filter_spans(spans: SolidSpans, grid: Grid, cells: CellSettings, settings: NavMeshSettings) -> SolidSpans:
    """Correct which tops can be stood on by what is around them: Recast's three filters, each where it is set."""
    walkable = spans.walkable
    if settings.filter_low_hanging_obstacles:
        walkable = _with_low_steps(spans, cells.agent_climb)
    if settings.filter_ledge_spans:
        walkable = _without_ledges(spans, walkable, (grid.width, grid.depth, cells.agent_height, cells.agent_climb))
    if settings.filter_walkable_low_height_spans:
        walkable = _without_low_ceilings(spans, walkable, cells.agent_height)
    return spans._replace(walkable=walkable)


@inlined
def _ceiling(spans: SolidSpans, span: int, end: int) -> int:
    """What is above a span of a column that ends before row `end`."""
    return int(spans.bottom[span + 1]) if span + 1 < end else _OPEN_SKY


@kernel
def _with_low_steps(spans: SolidSpans, climb: int) -> np.ndarray:
    """Walkable (S,), with steep or thin things an agent steps onto from the walkable span right below them."""
    walkable = spans.walkable.copy()
    for column in range(len(spans.column_start) - 1):
        for span in range(spans.column_start[column] + 1, spans.column_start[column + 1]):
            if spans.walkable[span - 1] and abs(spans.top[span] - spans.top[span - 1]) <= climb:
                walkable[span] = True
    return walkable


@kernel
def _without_low_ceilings(spans: SolidSpans, walkable: np.ndarray, agent_height: int) -> np.ndarray:
    """Walkable (S,) where the agent can stand upright."""
    left = walkable.copy()
    for column in range(len(spans.column_start) - 1):
        end = spans.column_start[column + 1]
        for span in range(spans.column_start[column], end):
            if _ceiling(spans, span, end) - spans.top[span] < agent_height:
                left[span] = False
    return left


@kernel
def _without_ledges(spans: SolidSpans, walkable: np.ndarray, limits: tuple[int, int, int, int]) -> np.ndarray:
    """Walkable (S,) less what is beside a drop deeper than the climb, or where neighbours are further apart than that.

    Args:
        spans: all spans.
        walkable: (S,) of them.
        limits: width and depth of the grid in columns, height and climb of the agent in cells.
    """
    width, depth, _, climb = limits
    left = walkable.copy()
    for z in range(depth):
        for x in range(width):
            end = spans.column_start[x + z * width + 1]
            for span in range(spans.column_start[x + z * width], end):
                if not walkable[span]:
                    continue
                here = int(spans.top[span])
                deepest, lowest, highest = _OPEN_SKY, here, here
                for direction in range(4):
                    other_x, other_z = x + STEP_X[direction], z + STEP_Z[direction]
                    if other_x < 0 or other_z < 0 or other_x >= width or other_z >= depth:
                        deepest = min(deepest, -climb - here)
                        continue
                    reach = (here, _ceiling(spans, span, end))
                    drop, low, high = _beside(spans, other_x + other_z * width, reach, limits)
                    deepest, lowest, highest = min(deepest, drop), min(lowest, low), max(highest, high)
                left[span] = deepest >= -climb and highest - lowest <= climb
    return left


@inlined
def _beside(
    spans: SolidSpans, column: int, reach: tuple[int, int], limits: tuple[int, int, int, int]
) -> tuple[int, int, int]:
    """(deepest drop, lowest top in reach, highest one) in the column beside a span, from `reach` = (top, ceiling)."""
    here, ceiling = reach
    _, _, agent_height, climb = limits
    deepest, lowest, highest = _OPEN_SKY, here, here
    first, end = spans.column_start[column], spans.column_start[column + 1]
    for other in range(first - 1, end):  # the first one stands for the void under the column
        floor = int(spans.top[other]) if other >= first else -climb
        if min(ceiling, _ceiling(spans, other, end)) - max(here, floor) <= agent_height:
            continue
        deepest = min(deepest, floor - here)
        if other >= first and abs(floor - here) <= climb:
            lowest, highest = min(lowest, floor), max(highest, floor)
    return deepest, lowest, highest


def build_floor(spans: SolidSpans, grid: Grid, cells: CellSettings) -> Floor:
    """Keep the spans that can be stood on and join those an agent can step between."""
    column_start, height, clearance = _standing(spans, int(np.count_nonzero(spans.walkable)))
    limits = (grid.width, grid.depth, cells.agent_height, cells.agent_climb)
    neighbours = _joined(column_start, height, clearance, limits)
    return Floor(grid.width, column_start, height, neighbours, np.ones(len(height), np.bool_))


@kernel
def _standing(spans: SolidSpans, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(where the places of each column begin, their height, the free cells above up to 255) of the `count` walkable."""
    column_start = np.empty(len(spans.column_start), np.int32)
    height, clearance = np.empty(count, np.int16), np.empty(count, np.uint8)
    place = 0
    for column in range(len(spans.column_start) - 1):
        column_start[column] = place
        end = spans.column_start[column + 1]
        for span in range(spans.column_start[column], end):
            if spans.walkable[span]:
                height[place] = spans.top[span]
                clearance[place] = min(max(_ceiling(spans, span, end) - spans.top[span], 0), _MOST_CLEARANCE)
                place += 1
    column_start[-1] = place
    return column_start, height, clearance


@kernel
def _joined(
    column_start: np.ndarray, height: np.ndarray, clearance: np.ndarray, limits: tuple[int, int, int, int]
) -> np.ndarray:
    """The neighbours (N, 4) of all places."""
    width, depth, agent_height, climb = limits
    neighbours = np.full((len(height), 4), -1, np.int32)
    for z in range(depth):
        for x in range(width):
            for place in range(column_start[x + z * width], column_start[x + z * width + 1]):
                here, free = np.int64(height[place]), np.int64(clearance[place])
                for direction in range(4):
                    other_x, other_z = x + STEP_X[direction], z + STEP_Z[direction]
                    if other_x < 0 or other_z < 0 or other_x >= width or other_z >= depth:
                        continue
                    column = other_x + other_z * width
                    first = column_start[column]
                    for other in range(first, min(column_start[column + 1], first + _MOST_LAYERS)):
                        there = np.int64(height[other])
                        top = min(here + free, there + np.int64(clearance[other]))
                        if top - max(here, there) >= agent_height and abs(there - here) <= climb:
                            neighbours[place, direction] = other
                            break
    return neighbours


def erode(floor: Floor, radius: int) -> Floor:
    """Take away the places nearer to a border than `radius` cells."""
    return floor._replace(walkable=floor.walkable & (border_distance(floor) >= 2 * radius))


@kernel
def border_distance(floor: Floor) -> np.ndarray:
    """Distance (N,) uint16 to the nearest place by the border, in half cells: 2 a step, 3 a diagonal one.

    By the border is what has not four neighbours that are as walkable as itself. Two sweeps (Rosenfeld and Pfaltz 1966
    with Borgefors' weights): each place learns from those before it, then from those after it.
    """
    count = len(floor.walkable)
    neighbours = floor.neighbours
    distance = np.zeros(count, np.uint16)
    for place in range(count):
        inner = True
        for direction in range(4):
            other = neighbours[place, direction]
            inner = inner and other >= 0 and floor.walkable[other] == floor.walkable[place]
        if inner:
            distance[place] = _FAR
    for sweep in range(2):
        for step in range(count):
            place = step if sweep == 0 else count - 1 - step
            own = np.int64(distance[place])
            for side in range(2):
                straight = (0, 3, 2, 1)[2 * sweep + side]
                turned = (3, 2, 1, 0)[2 * sweep + side]
                other = neighbours[place, straight]
                if other < 0:
                    continue
                own = min(own, np.int64(distance[other]) + 2)
                diagonal = neighbours[other, turned]
                if diagonal >= 0:
                    own = min(own, np.int64(distance[diagonal]) + 3)
            distance[place] = own
    return distance


@kernel
def smoothed(neighbours: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The mean of distances (N,) uint16 over the nine places around; those near the border stay as they are."""
    result = distance.copy()
    for place in range(len(distance)):
        own = np.int64(distance[place])
        if own <= 2:
            continue
        total = own
        for direction in range(4):
            other = neighbours[place, direction]
            if other < 0:
                total += 2 * own
                continue
            total += np.int64(distance[other])
            diagonal = neighbours[other, (direction + 1) % 4]
            total += np.int64(distance[diagonal]) if diagonal >= 0 else own
        result[place] = (total + 5) // 9
    return result
