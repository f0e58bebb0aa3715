"""Bedrooms."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.houses.furniture import Furniture, make, pick
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.placement import Arrangement, Piece, RoomSpace, dressed
from leo_agent.envs.procedural.houses.plan import Wall
from leo_agent.envs.procedural.houses.rooms.fittings import (
    at_corner,
    at_middle,
    hang_curtains,
    hang_pictures,
    on_long_wall,
    put_on_tops,
    rug,
    stand_plants,
)
from leo_agent.envs.procedural.houses.rooms.groups import desk_set, with_lamp
from leo_agent.envs.procedural.houses.rooms.registry import room


@room("bedroom")
def furnish_bedroom(space: RoomSpace, palette: Palette) -> None:
    """A bed with bedside tables, wardrobe, chest of drawers, clothes; sometimes a desk, a chair, a television."""
    rng = space.rng
    bed_wall = _place_bed(space, palette)
    space.at_wall(Arrangement.of(pick(rng, palette, "cabinet", "wardrobe")), on_long_wall)
    chest = pick(rng, palette, "chest_of_drawers", "low" if rng.random() < 0.65 else "tall")
    chest_spot = space.at_wall(Arrangement.of(chest), at_middle)
    if rng.random() < 0.45:
        space.at_wall(Arrangement.of(pick(rng, palette, "clothes", "rack")), at_corner)
    if rng.random() < 0.4:
        space.at_wall(desk_set(rng, palette), on_long_wall)
    elif rng.random() < 0.6:
        chair = pick(rng, palette, "chair", "lounge")
        space.at_wall(Arrangement((Piece(chair), *dressed(chair, rng, palette, 0.5))), at_corner, gap=0.08)
    if rng.random() < 0.45:
        space.at_wall(Arrangement.of(pick(rng, palette, "stool", "low")), gap=0.03)
    if rng.random() < 0.25:
        space.at_wall(Arrangement.of(pick(rng, palette, "gym_equipment", "small")), at_corner)
    stand_plants(space, palette, int(rng.integers(0, 2)))
    _hang(space, palette, bed_wall, chest_spot is not None)
    put_on_tops(space, palette, (("clothes", "folded"), ("objects", "books"), ("objects", "vase")), 2)


def _place_bed(space: RoomSpace, palette: Palette) -> tuple[Wall, float] | None:
    """The largest bed that fits, its head at a wall; returns the wall and the place on it."""
    rng = space.rng
    wide = space.room.rect.area > 9.5 and rng.random() < 0.8
    for use, tables in (("double", 2), ("double", 1), ("single", 2), ("single", 1), ("single", 0)):
        if use == "double" and not wide:
            continue
        bed = pick(rng, palette, "bed", use)
        width, _, depth = (float(length) for length in bed.model.size)
        pieces = [Piece(bed), *dressed(bed, rng, palette, 1.0)]
        for side in ((-1.0, 1.0), (float(rng.choice([-1.0, 1.0])),), ())[2 - tables]:
            table = make("bedside_table", rng, palette)
            away = side * (width / 2.0 + 0.04 + float(table.model.size[0]) / 2.0)
            pieces += with_lamp(rng, palette, table, (away, 0.0, 0.0))
        if use == "double" and tables == 2 and rng.random() < 0.4:
            pieces.append(Piece(pick(rng, palette, "seating", "bed end"), (0.0, 0.0, depth + 0.06)))
        spot = space.at_wall(Arrangement(tuple(pieces)), at_middle)
        if spot is not None and spot.wall is not None:
            if rng.random() < 0.7:
                rug(space, width + 1.0, 1.5, spot.wall.point(spot.along, depth * 0.72), spot.yaw)
            return spot.wall, spot.along
    return None


def _hang(space: RoomSpace, palette: Palette, bed: tuple[Wall, float] | None, chest: bool) -> None:
    """What hangs on the walls: a television opposite the bed, a coat, curtains, pictures."""
    rng = space.rng
    if bed is not None and rng.random() < 0.45:
        opposite = [wall for wall in space.walls if abs(abs(wall.yaw - bed[0].yaw) - np.pi) < 0.1]
        space.hang(pick(rng, palette, "tv_monitor", "wall"), 1.1, lambda wall, along: abs(along), opposite)
    if rng.random() < 0.5:
        hang_coats(space, palette)
    hang_curtains(space, palette)
    first = bed if bed is not None else (None, 0.0)
    hang_pictures(space, palette, int(rng.integers(1, 4)), *first)


def hang_coats(space: RoomSpace, palette: Palette) -> None:
    """Clothes on a hook or a board with hooks, their tops 1.75 m above the floor."""
    coats: Furniture = pick(space.rng, palette, "clothes", "hook")
    space.hang(coats, 1.75 - float(coats.model.bounds[1, 1]))
