"""Offices, rooms for exercise, laundry rooms and hallways."""

from __future__ import annotations

import math

from leo_agent.envs.procedural.houses.furniture import make, pick
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.placement import Arrangement, Piece, RoomSpace, dressed
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
from leo_agent.envs.procedural.houses.rooms.groups import desk_set
from leo_agent.envs.procedural.houses.rooms.registry import room
from leo_agent.envs.procedural.houses.rooms.sleeping import hang_coats


@room("office")
def furnish_office(space: RoomSpace, palette: Palette) -> None:
    """One or two desks, bookcases, a cabinet, a place to sit."""
    rng = space.rng
    space.at_wall(desk_set(rng, palette), at_middle)
    if rng.random() < 0.3:
        space.at_wall(desk_set(rng, palette), on_long_wall)
    for _ in range(int(rng.integers(1, 3))):
        space.at_wall(Arrangement.of(pick(rng, palette, "shelving", "books")), on_long_wall)
    if rng.random() < 0.5:
        sofa = pick(rng, palette, "sofa", "small")
        space.at_wall(Arrangement((Piece(sofa), *dressed(sofa, rng, palette, 0.7))), at_middle)
    else:
        chair = pick(rng, palette, "chair", "lounge")
        space.at_wall(Arrangement((Piece(chair), *dressed(chair, rng, palette, 0.6))), at_corner, gap=0.06)
    category, use = ("chest_of_drawers", "tall") if rng.random() < 0.5 else ("cabinet", "sideboard")
    space.at_wall(Arrangement.of(pick(rng, palette, category, use)), on_long_wall)
    if rng.random() < 0.5:
        rug(
            space,
            2.0,
            1.3,
            space.room.rect.center,
            0.0 if space.room.rect.width > space.room.rect.depth else math.pi / 2,
        )
    if rng.random() < 0.3:
        space.at_wall(Arrangement.of(pick(rng, palette, "stool", "low")), gap=0.03)
    stand_plants(space, palette, int(rng.integers(0, 3)))
    hang_curtains(space, palette, 0.5)
    put_on_tops(space, palette, (("objects", "books"), ("plant", "table"), ("objects", "vase")), 3)
    hang_pictures(space, palette, int(rng.integers(1, 4)))


@room("gym")
def furnish_gym(space: RoomSpace, palette: Palette) -> None:
    """Machines along the walls, a mirror, a television, a bench, towels."""
    rng = space.rng
    treadmill = make("treadmill", rng, palette)
    # Its console is at the wall, its belt ends in the room.
    turned = Arrangement((Piece(treadmill, (0.0, 0.0, float(treadmill.model.bounds[1, 2])), math.pi),))
    machines = [turned, *(Arrangement.of(make(name, rng, palette)) for name in ("weight_bench", "exercise_bike"))]
    machines += [Arrangement.of(make(name, rng, palette)) for name in ("dumbbell_rack", "exercise_ball")]
    for index in rng.permutation(len(machines))[: int(rng.integers(3, 6))]:
        space.at_wall(machines[index], gap=0.05)
    for _ in range(int(rng.integers(1, 3))):
        space.hang(pick(rng, palette, "mirror", "hall"), 0.35, at_middle)
    if rng.random() < 0.6:
        space.hang(pick(rng, palette, "tv_monitor", "wall"), 1.25, at_middle)
    if rng.random() < 0.7:
        category, use = ("seating", "hall") if rng.random() < 0.5 else ("stool", "low")
        space.at_wall(Arrangement.of(pick(rng, palette, category, use)))
    space.hang(pick(rng, palette, "towel", "wall"), 0.75)
    stand_plants(space, palette, int(rng.integers(0, 2)))
    hang_pictures(space, palette, 1)


@room("laundry_room")
def furnish_laundry_room(space: RoomSpace, palette: Palette) -> None:
    """Washing machine, tub, rack with linen, clothes to dry."""
    rng = space.rng
    machine = pick(rng, palette, "appliances", "laundry")
    pieces = [Piece(machine)]
    if rng.random() < 0.6:
        second = pick(rng, palette, "appliances", "laundry")
        pieces.append(Piece(second, (0.61, 0.0, 0.0)))
    space.at_wall(Arrangement(tuple(pieces)), on_long_wall)
    if rng.random() < 0.7:
        space.at_wall(Arrangement.of(pick(rng, palette, "sink", "laundry")), at_middle)
    space.at_wall(Arrangement.of(pick(rng, palette, "shelving", "linen")), at_corner)
    if rng.random() < 0.7:
        space.at_wall(Arrangement.of(pick(rng, palette, "clothes", "rack")))
    else:
        hang_coats(space, palette)
    if rng.random() < 0.5:
        space.at_wall(Arrangement.of(pick(rng, palette, "stool", "low")))
    put_on_tops(space, palette, (("towel", "stack"), ("clothes", "folded")), 3)
    space.hang(pick(rng, palette, "towel", "wall"), 0.8)


@room("hallway")
def furnish_hallway(space: RoomSpace, palette: Palette) -> None:
    """Coats, a shoe cabinet, something narrow to sit or put keys on, a mirror, pictures."""
    rng = space.rng
    hang_coats(space, palette)
    space.at_wall(Arrangement.of(pick(rng, palette, "cabinet", "hall")), reach=False)
    for category, use, share in (("table", "console", 0.6), ("seating", "hall", 0.7)):
        if rng.random() < share:
            seat = pick(rng, palette, category, use)
            space.at_wall(Arrangement((Piece(seat), *dressed(seat, rng, palette, 0.7))), reach=False)
    if rng.random() < 0.6:
        space.hang(pick(rng, palette, "mirror", "hall"), 0.4)
    if rng.random() < 0.4:
        space.at_wall(Arrangement.of(pick(rng, palette, "objects", "hall")), at_corner, reach=False)
    stand_plants(space, palette, int(rng.integers(0, 2)))
    put_on_tops(space, palette, (("objects", "vase"), ("plant", "table"), ("lighting", "table")), 1)
    hang_pictures(space, palette, int(rng.integers(2, 5)))
