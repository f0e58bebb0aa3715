"""Kitchens and bathrooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leo_agent.envs.procedural.houses.furniture import Furniture, make, pick
from leo_agent.envs.procedural.houses.furniture.cabinets import wall_cabinet_of_width
from leo_agent.envs.procedural.houses.furniture.kitchen import UNIT, WORKTOP_Y, counter_run
from leo_agent.envs.procedural.houses.furniture.textiles import bath_mat
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.placement import Arrangement, Piece, RoomSpace, Spot
from leo_agent.envs.procedural.houses.plan import Wall
from leo_agent.envs.procedural.houses.rooms.fittings import (
    at_corner,
    at_middle,
    hang_pictures,
    put_on_tops,
    stand_plants,
)
from leo_agent.envs.procedural.houses.rooms.groups import dining_set
from leo_agent.envs.procedural.houses.rooms.registry import room
from leo_agent.envs.procedural.houses.shapes import Model, box

_ABOVE_WORKTOP_M = 0.52


@room("kitchen")
def furnish_kitchen(space: RoomSpace, palette: Palette) -> None:
    """A row of counter, sink, cooker and refrigerator with cabinets above; an island with stools or a table."""
    rng = space.rng
    for units in (5, 4, 3, 2):
        row = _row(rng, palette, units)
        spot = space.at_wall(row.arrangement, lambda wall, along: 0.5 * at_corner(wall, along) - 0.4 * wall.length)
        if spot is not None:
            _above(space, palette, row, spot)
            break
    island = None
    if space.room.rect.area > 9.0 and rng.random() < 0.5:
        island = space.in_middle(_island(rng, palette))
    if island is None:
        for small in (False, True):
            if space.room.rect.area > (11.0, 7.0)[small] and space.in_middle(dining_set(rng, palette, small)):
                break
    if rng.random() < 0.4:
        space.at_wall(Arrangement.of(pick(rng, palette, "counter", "kitchen")), at_corner)
    if rng.random() < 0.35:
        space.at_wall(Arrangement.of(pick(rng, palette, "cabinet", "display")), at_corner)
    if rng.random() < 0.5:
        space.at_wall(Arrangement.of(pick(rng, palette, "stool", "low" if rng.random() < 0.5 else "bar")), gap=0.02)
    space.hang(pick(rng, palette, "towel", "wall"), 0.8)
    put_on_tops(space, palette, (("objects", "worktop"), ("objects", "kitchen"), ("plant", "table")), 4)
    space.hang(pick(rng, palette, "objects", "clock"), 1.85, at_middle)
    stand_plants(space, palette, int(rng.integers(0, 2)))
    hang_pictures(space, palette, int(rng.integers(0, 3)))


@dataclass(frozen=True, eq=False)
class _Row:
    """The row of a kitchen."""

    arrangement: Arrangement
    cooker_x: float  # the cooker's middle
    worktops: list[tuple[float, float]]  # middle and width of each


def _row(rng: np.random.Generator, palette: Palette, units: int) -> _Row:
    """Refrigerator, worktop with sink, cooker, worktop: `units` base units in all, in this order or mirrored."""
    with_sink = max(2, units - 1)
    behind = units - with_sink
    total = (2 + units) * UNIT
    flip = -1.0 if rng.random() < 0.5 else 1.0
    pieces, worktops = [], []
    left = -total / 2.0

    def put(furniture: Furniture, width: float, y: float = 0.0) -> float:
        nonlocal left
        middle = flip * (left + width / 2.0)
        pieces.append(Piece(furniture, (middle, y, 0.0)))
        left += width
        return middle

    put(make("refrigerator", rng, palette), UNIT)
    sink_x = float(rng.uniform(-0.1, 0.1)) * (with_sink - 2)
    run = counter_run(rng, palette, with_sink, (sink_x - 0.39, sink_x + 0.39))
    middle = put(Furniture("kitchen_counter", "counter", run), with_sink * UNIT)
    worktops.append((middle, with_sink * UNIT))
    pieces.append(Piece(make("steel_sink", rng, palette), (middle + sink_x, WORKTOP_Y, 0.0), solid=False))
    cooker_x = put(make("cooker", rng, palette), UNIT)
    if behind:
        run = counter_run(rng, palette, behind)
        worktops.append((put(Furniture("kitchen_counter", "counter", run), behind * UNIT), behind * UNIT))
    return _Row(Arrangement(tuple(pieces)), cooker_x, worktops)


def _above(space: RoomSpace, palette: Palette, row: _Row, spot: Spot) -> None:
    """A tiled strip of wall, cabinets over the worktops where no window is, and a hood over the cooker."""
    wall = spot.wall
    if wall is None:
        return
    for middle, width in [*row.worktops, (row.cooker_x, UNIT)]:
        strip = Model()
        y = (WORKTOP_Y, WORKTOP_Y + _ABOVE_WORKTOP_M)
        box(strip, palette.wall_tile, (-width / 2.0, width / 2.0), y, (0.0, 0.008), ["back"])
        windows = [hole for hole in wall.holes if hole.opening.kind == "window"]
        along = spot.along + middle
        if not any(hole.start < along + width / 2.0 and hole.end > along - width / 2.0 for hole in windows):
            space.lay(strip, wall.point(along), wall.yaw)
    for middle, width in row.worktops:
        for part in (
            ((middle, width),)
            if width < 1.3
            else ((middle - width / 4.0, width / 2.0), (middle + width / 4.0, width / 2.0))
        ):
            cabinet = Furniture("wall_cabinet", "cabinet", wall_cabinet_of_width(palette, part[1] - 0.004))
            at = Spot(wall.point(spot.along + part[0]), wall.yaw)
            space.at_spot(Arrangement((Piece(cabinet, (0.0, WORKTOP_Y + _ABOVE_WORKTOP_M, 0.0)),)), [at])
    hood = make("extractor_hood", space.rng, palette)
    at = Spot(wall.point(spot.along + row.cooker_x), wall.yaw)
    space.at_spot(Arrangement((Piece(hood, (0.0, WORKTOP_Y + 0.68, 0.0)),)), [at])


def _island(rng: np.random.Generator, palette: Palette) -> Arrangement:
    """An island with two or three bar stools under its overhang, around the origin."""
    island = pick(rng, palette, "counter", "island")
    width, _, depth = (float(length) for length in island.model.size)
    name = pick(rng, palette, "stool", "bar").name
    pieces = [Piece(island, (0.0, 0.0, -depth / 2.0))]
    count = 2 if width < 1.6 else 3
    for k in range(count):
        stool = make(name, rng, palette)
        x = (k + 0.5) * width / count - width / 2.0
        pieces.append(Piece(stool, (x, 0.0, -depth / 2.0 - 0.26), float(rng.uniform(-0.3, 0.3))))
    return Arrangement(tuple(pieces))


@room("bathroom")
def furnish_bathroom(space: RoomSpace, palette: Palette) -> None:
    """Bathtub or shower or both, toilet, washbasin with mirror, towels, a cabinet."""
    rng = space.rng
    area = space.room.rect.area
    _first_that_fits(space, palette, "toilet", lambda wall, along: 0.3 * at_corner(wall, along) + rng.uniform(0.0, 0.4))
    bathing = ["bathtub", "shower"] if rng.random() < 0.55 else ["shower", "bathtub"]
    placed = _first_that_fits(space, palette, bathing[0], at_corner)
    basin = _basin_spot(space, palette)
    if not placed or area > 5.5:
        _first_that_fits(space, palette, bathing[1], at_corner)
    if basin is not None and basin.wall is not None:
        space.lay(bath_mat(palette, rng), basin.wall.point(basin.along, 0.55), basin.yaw)
    if rng.random() < 0.7:
        space.at_wall(Arrangement.of(pick(rng, palette, "cabinet", "bath")), at_corner)
    for _ in range(int(rng.integers(1, 4))):
        space.hang(pick(rng, palette, "towel", "wall"), 0.75)
    if rng.random() < 0.4:
        space.at_wall(Arrangement.of(pick(rng, palette, "stool", "low")))
    put_on_tops(space, palette, (("towel", "stack"), ("plant", "table")), 2)
    if rng.random() < 0.3:
        stand_plants(space, palette, 1)


def _first_that_fits(space: RoomSpace, palette: Palette, category: str, prefer: Callable[[Wall, float], float]) -> bool:
    """Put in a piece of a category; another kind of it where the first does not fit."""
    return any(space.at_wall(Arrangement.of(pick(space.rng, palette, category, "bath")), prefer) for _ in range(3))


def _basin_spot(space: RoomSpace, palette: Palette) -> Spot | None:
    """A washbasin with a mirror above it; without a mirror where no wall is free above."""
    rng = space.rng
    basin = pick(rng, palette, "sink", "bath")
    mirror = Piece(pick(rng, palette, "mirror", "bath"), (0.0, 1.14, 0.0))
    return space.at_wall(Arrangement.of(basin, mirror), at_middle) or space.at_wall(Arrangement.of(basin))
