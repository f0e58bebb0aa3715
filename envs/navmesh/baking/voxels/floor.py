"""Finds where an agent can stand among solid spans, how those places join, and how far they are from their border."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.grid import CellSettings, Grid
from leo_agent.envs.navmesh.baking.voxels.solid_spans import SolidSpans
from leo_agent.envs.navmesh.compiled import kernel
from leo_agent.envs.navmesh.file_layout import NavMeshSettings

STEP_X, STEP_Z = (-1, 0, 1, 0), (0, 1, 0, -1)  # the four directions; the next one is a quarter turn
_OPEN_SKY = 0xFFFF  # cells; where nothing is above
_MOST_CLEARANCE = 255
_FAR = 0xFFFF


class Floor(NamedTuple):
    """Places to stand, column by column (x fastest), lowest first; N of them.

    Recast's compact heightfield (rcCompactHeightfield).
    """

    column_start: np.ndarray  # (columns + 1,) int32
    x: np.ndarray  # (N,) int32 column
    z: np.ndarray  # (N,) int32 column
    height: np.ndarray  # (N,) int32 cells
    neighbours: np.ndarray  # (N, 4) int32 place that can be stepped to in each direction, -1 = none
    walkable: np.ndarray  # (N,) bool; False where the agent's body would not fit


def filter_spans(spans: SolidSpans, grid: Grid, cells: CellSettings, settings: NavMeshSettings) -> SolidSpans:
    """Correct which tops can be stood on by what is around them: Recast's three filters, each where it is set."""
    walkable = spans.walkable
    if settings.filter_low_hanging_obstacles:
        walkable = walkable | _low_steps(spans, walkable, cells.agent_climb)
    ceiling = _ceilings(spans)
    if settings.filter_ledge_spans:
        ledges = _ledges(spans, walkable, ceiling, grid.width, grid.depth, cells.agent_height, cells.agent_climb)
        walkable = walkable & ~ledges
    if settings.filter_walkable_low_height_spans:
        walkable = walkable & (ceiling - spans.top >= cells.agent_height)
    return spans._replace(walkable=walkable)


def _same_column(spans: SolidSpans) -> np.ndarray:
    """Whether the row after each one (S - 1,) is of the same column."""
    same = np.ones(max(len(spans.top) - 1, 0), np.bool_)
    borders = spans.column_start[1:-1]
    same[borders[(borders > 0) & (borders < len(spans.top))] - 1] = False
    return same


def _low_steps(spans: SolidSpans, walkable: np.ndarray, climb: int) -> np.ndarray:
    """Steep or thin things an agent steps onto from the walkable span right below them."""
    step = np.abs(np.diff(spans.top)) <= climb
    low: np.ndarray = np.append(False, _same_column(spans) & walkable[:-1] & step)[: len(spans.top)] & ~walkable
    return low


def _ceilings(spans: SolidSpans) -> np.ndarray:
    ceiling = np.full(len(spans.top), _OPEN_SKY, np.int32)
    same = np.nonzero(_same_column(spans))[0]
    ceiling[same] = spans.bottom[same + 1]
    return ceiling


@kernel
def _ledges(
    spans: SolidSpans, walkable: np.ndarray, ceiling: np.ndarray, width: int, depth: int, agent_height: int, climb: int
) -> np.ndarray:
    """Spans (S,) beside a drop deeper than the climb, or between neighbours further apart than the climb."""
    found = np.zeros(len(spans.top), np.bool_)
    for column in range(width * depth):
        for span in range(spans.column_start[column], spans.column_start[column + 1]):
            if not walkable[span]:
                continue
            here = spans.top[span]
            deepest, lowest, highest = _OPEN_SKY, here, here
            for direction in range(4):
                x = column % width + STEP_X[direction]
                z = column // width + STEP_Z[direction]
                if x < 0 or z < 0 or x >= width or z >= depth:
                    deepest = min(deepest, -climb - here)
                    continue
                first, end = spans.column_start[x + z * width], spans.column_start[x + z * width + 1]
                for other in range(first - 1, end):  # the first one stands for the void under the column
                    floor = spans.top[other] if other >= first else -climb
                    roof = spans.bottom[other + 1] if other + 1 < end else _OPEN_SKY
                    if min(ceiling[span], roof) - max(here, floor) <= agent_height:
                        continue
                    deepest = min(deepest, floor - here)
                    if other >= first and abs(floor - here) <= climb:
                        lowest, highest = min(lowest, floor), max(highest, floor)
            found[span] = deepest < -climb or highest - lowest > climb
    return found


def build_floor(spans: SolidSpans, grid: Grid, cells: CellSettings) -> Floor:
    """Keep the spans that can be stood on and join those an agent can step between."""
    kept = np.nonzero(spans.walkable)[0]
    counts = np.append(0, np.cumsum(spans.walkable))
    column_start = counts[spans.column_start].astype(np.int32)
    columns = np.repeat(np.arange(grid.width * grid.depth, dtype=np.int32), np.diff(column_start))
    height = spans.top[kept]
    clearance = np.clip(_ceilings(spans)[kept] - height, 0, _MOST_CLEARANCE)
    x, z = columns % grid.width, columns // grid.width
    neighbours = np.full((len(kept), 4), -1, np.int32)
    limits = (grid.width, grid.depth, cells.agent_height, cells.agent_climb)
    _join(column_start, x, z, height, clearance.astype(np.int32), limits, neighbours)
    return Floor(column_start, x, z, height, neighbours, np.ones(len(kept), np.bool_))


@kernel
def _join(
    column_start: np.ndarray,
    xs: np.ndarray,
    zs: np.ndarray,
    height: np.ndarray,
    clearance: np.ndarray,
    limits: tuple[int, int, int, int],
    neighbours: np.ndarray,
) -> None:
    width, depth, agent_height, climb = limits
    for place in range(len(xs)):
        for direction in range(4):
            x, z = xs[place] + STEP_X[direction], zs[place] + STEP_Z[direction]
            if x < 0 or z < 0 or x >= width or z >= depth:
                continue
            for other in range(column_start[x + z * width], column_start[x + z * width + 1]):
                bottom = max(height[place], height[other])
                top = min(height[place] + clearance[place], height[other] + clearance[other])
                if top - bottom >= agent_height and abs(height[other] - height[place]) <= climb:
                    neighbours[place, direction] = other
                    break


def erode(floor: Floor, radius: int) -> Floor:
    """Take away the places nearer to a border than `radius` cells."""
    inner = np.all(floor.neighbours >= 0, axis=1)
    return floor._replace(walkable=floor.walkable & (border_distance(floor.neighbours, inner) >= 2 * radius))


def inner_places(floor: Floor) -> np.ndarray:
    """Places (N,) with four neighbours that are as walkable as themselves."""
    same = floor.walkable[floor.neighbours] == floor.walkable[:, None]
    inner: np.ndarray = np.all((floor.neighbours >= 0) & same, axis=1)
    return inner


@kernel
def border_distance(neighbours: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Distance (N,) int32 to the nearest place that is not inner, in half cells: 2 a step, 3 a diagonal one.

    Two sweeps (Rosenfeld and Pfaltz 1966 with Borgefors' weights): each place learns from those before it, then from
    those after it.
    """
    count = len(inner)
    distance = np.zeros(count, np.int32)
    for place in range(count):
        if inner[place]:
            distance[place] = _FAR
    for sweep in range(2):
        for step in range(count):
            place = step if sweep == 0 else count - 1 - step
            for side in range(2):
                straight = (0, 3, 2, 1)[2 * sweep + side]
                turned = (3, 2, 1, 0)[2 * sweep + side]
                other = neighbours[place, straight]
                if other < 0:
                    continue
                distance[place] = min(distance[place], distance[other] + 2)
                diagonal = neighbours[other, turned]
                if diagonal >= 0:
                    distance[place] = min(distance[place], distance[diagonal] + 3)
    return distance


@kernel
def smoothed(neighbours: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The mean of distances (N,) over the nine places around each; those near the border stay as they are."""
    result = distance.copy()
    for place in range(len(distance)):
        own = distance[place]
        if own <= 2:
            continue
        total = own
        for direction in range(4):
            other = neighbours[place, direction]
            if other < 0:
                total += 2 * own
                continue
            total += distance[other]
            diagonal = neighbours[other, (direction + 1) % 4]
            total += distance[diagonal] if diagonal >= 0 else own
        result[place] = (total + 5) // 9
    return result
