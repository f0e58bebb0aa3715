"""Living rooms and dining rooms."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture import Furniture, pick
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.placement import Arrangement, Piece, RoomSpace, Spot, dressed
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
from leo_agent.envs.procedural.houses.rooms.groups import dining_set, television_wall, with_lamp
from leo_agent.envs.procedural.houses.rooms.registry import room

_ORNAMENTS = (("objects", "vase"), ("objects", "books"), ("plant", "table"), ("lighting", "table"))


@room("living_room")
def furnish_living_room(space: RoomSpace, palette: Palette) -> None:
    """A television wall and a sofa before it, chairs, fireplace, shelves; a dining table where there is room."""
    rng = space.rng
    sofa_spot = _television_then_sofa(space, palette) if rng.random() < 0.5 else None
    if all(piece.category != "sofa" for piece in space.placed):
        sofa_spot = _sofa_then_television(space, palette)
    if rng.random() < 0.6:
        space.at_wall(Arrangement.of(pick(rng, palette, "fireplace", "wall")), at_middle)
    if space.room.rect.area > 24.0:
        space.in_middle(dining_set(rng, palette, small=False))
    for use, share in (("bookcase", 0.75), ("display", 0.5), ("sideboard", 0.6)):
        if rng.random() < share:
            category, name = ("shelving", "books") if use == "bookcase" else ("cabinet", use)
            space.at_wall(Arrangement.of(pick(rng, palette, category, name)), on_long_wall)
    if rng.random() < 0.35:
        space.at_wall(Arrangement.of(pick(rng, palette, "gym_equipment", "small")), at_corner)
    if rng.random() < 0.7:
        space.at_wall(Arrangement.of(pick(rng, palette, "lighting", "floor")), at_corner)
    if rng.random() < 0.5:
        space.at_wall(Arrangement.of(pick(rng, palette, "seating", "lounge")), gap=0.05)
    stand_plants(space, palette, int(rng.integers(1, 4)))
    hang_curtains(space, palette)
    put_on_tops(space, palette, _ORNAMENTS, 4)
    wall = sofa_spot.wall if sofa_spot is not None else None
    hang_pictures(space, palette, int(rng.integers(2, 5)), wall, sofa_spot.along if sofa_spot is not None else 0.0)


def _television_then_sofa(space: RoomSpace, palette: Palette) -> Spot | None:
    """A television at a wall, and a sofa that faces it from the other wall or from the middle of the room."""
    rng, rect = space.rng, space.room.rect
    television = space.at_wall(
        television_wall(rng, palette), lambda wall, along: 0.4 * at_middle(wall, along) + rng.uniform(0.0, 1.0)
    )
    if television is None or television.wall is None:
        return None
    wall = television.wall
    across = rect.depth if abs(math.cos(wall.yaw)) > 0.5 else rect.width
    for use in ("wall", "small"):
        sofa = pick(rng, palette, "sofa", use)
        group, table_middle = _sofa_group(space, palette, sofa)
        spots = [
            Spot(wall.point(television.along + shift, back), wall.yaw + math.pi)
            for back in _distances(across, float(sofa.model.size[2]))
            for shift in (0.0, 0.25, -0.25, 0.5, -0.5)
        ]
        spot = space.at_spot(group, spots, reach=True)
        if spot is not None:
            _around_sofa(space, palette, sofa, spot, table_middle)
            return _against(space, spot)
    return None


def _sofa_then_television(space: RoomSpace, palette: Palette) -> Spot | None:
    """A sofa at a wall, and a television opposite, or elsewhere, unless there is one."""
    rng = space.rng
    spot = None
    for use in ("wall", "small", "small"):
        sofa = pick(rng, palette, "sofa", use)
        group, table_middle = _sofa_group(space, palette, sofa)
        spot = space.at_wall(group, at_middle)
        if spot is None and use == "small":
            table_middle = 0.0
            spot = space.at_wall(Arrangement((Piece(sofa), *dressed(sofa, rng, palette, 0.75))), at_middle)
        if spot is not None:
            break
    if all(piece.category != "tv_monitor" for piece in space.placed):
        behind = spot.yaw + math.pi if spot is not None else 0.0
        opposite = [wall for wall in space.walls if abs(math.remainder(wall.yaw - behind, math.tau)) < 0.1]
        aligned = -spot.along if spot is not None else 0.0
        if (
            space.at_wall(television_wall(rng, palette), lambda wall, along: abs(along - aligned), walls=opposite)
            is None
        ):
            space.at_wall(television_wall(rng, palette), at_middle)
    if spot is not None:
        _around_sofa(space, palette, sofa, spot, table_middle)
    return spot


def _sofa_group(space: RoomSpace, palette: Palette, sofa: Furniture) -> tuple[Arrangement, float]:
    """A sofa with cushions and a low table before it; and how far the table's middle is from the sofa's back."""
    rng, depth = space.rng, float(sofa.model.size[2])
    table = pick(rng, palette, "table", "coffee")
    pieces = [Piece(sofa), *dressed(sofa, rng, palette, 0.75), Piece(table, (0.0, 0.0, depth + 0.38))]
    thing = pick(rng, palette, *_ORNAMENTS[rng.integers(3)])
    low, high = thing.model.bounds
    middle = depth + 0.38 + float(table.model.size[2]) / 2.0
    x = float(rng.uniform(-0.15, 0.15))
    pieces.append(Piece(thing, (x, table.model.tops[0].y, middle - float(low[2] + high[2]) / 2.0)))
    return Arrangement(tuple(pieces)), middle


def _around_sofa(space: RoomSpace, palette: Palette, sofa: Furniture, spot: Spot, table_middle: float) -> None:
    """A rug below the table, armchairs, and small tables beside the sofa."""
    width, _, depth = (float(length) for length in sofa.model.size)
    if table_middle > 0.0:
        rug(space, 2.4, 1.6, _before(spot, 0.0, table_middle), spot.yaw)
    _beside(space, palette, spot, width / 2.0, depth)


def _distances(across: float, depth: float) -> list[float]:
    """Distances of a sofa's back from the television's wall: first at the other wall, else free in the room."""
    free = [2.6 + depth, 2.9 + depth, 3.2 + depth]
    at_wall = across - 0.02
    if at_wall < 3.6 + depth:
        return [at_wall]
    return [back for back in free if at_wall - back > 0.85] + [at_wall]


def _before(spot: Spot, right: float, front: float) -> tuple[float, float]:
    """The floor point so far to the right and before the origin of a spot."""
    cos, sin = math.cos(spot.yaw), math.sin(spot.yaw)
    return spot.at[0] + right * cos + front * sin, spot.at[1] - right * sin + front * cos


def _beside(space: RoomSpace, palette: Palette, sofa: Spot, half: float, depth: float) -> None:
    """Armchairs that face the low table, and a side table next to the sofa."""
    rng = space.rng
    sides = [side for side in (-1.0, 1.0) if rng.random() < 0.65]
    for side in sides:
        chair = pick(rng, palette, "chair", "lounge")
        pieces = (Piece(chair), *dressed(chair, rng, palette, 0.5))
        spots = [
            Spot(_before(sofa, side * (half + out), depth + ahead), sofa.yaw - side * turn)
            for out in (0.55, 0.35, 0.75, 0.15)
            for ahead in (0.6, 0.85, 0.35)
            for turn in (1.57, 1.2, 1.9)
        ]
        space.at_spot(Arrangement(pieces), spots, reach=True)
    for side in (-1.0, 1.0):
        if rng.random() < 0.5:
            table = pick(rng, palette, "table", "side")
            group = Arrangement(tuple(with_lamp(rng, palette, table, (0.0, 0.0, 0.0))))
            away = half + 0.05 + float(table.model.size[0]) / 2.0
            space.at_spot(group, [Spot(_before(sofa, side * away, 0.12), sofa.yaw)])


def _against(space: RoomSpace, spot: Spot) -> Spot | None:
    """The same spot with its wall, where its back touches one."""
    for wall in space.walls:
        away = (spot.at[0] - wall.middle[0]) * math.sin(wall.yaw) + (spot.at[1] - wall.middle[1]) * math.cos(wall.yaw)
        if abs(math.remainder(wall.yaw - spot.yaw, 2.0 * math.pi)) < 0.1 and away < 0.15:
            direction = np.array([math.cos(wall.yaw), -math.sin(wall.yaw)])
            along = float((np.array(spot.at) - np.array(wall.middle)) @ direction)
            return Spot(spot.at, spot.yaw, wall, along)
    return None


@room("dining_room")
def furnish_dining_room(space: RoomSpace, palette: Palette) -> None:
    """A table with chairs, a sideboard, a cabinet for crockery."""
    rng = space.rng
    rect = space.room.rect
    for small in (False, False, True, True):
        spot = space.in_middle(dining_set(rng, palette, small))
        if spot is not None:
            if rng.random() < 0.5:
                rug(space, 2.4, 1.7, spot.at, spot.yaw)
            break
    for use in ("sideboard", "display"):
        if rng.random() < 0.75:
            space.at_wall(Arrangement.of(pick(rng, palette, "cabinet", use)), at_middle)
    if rect.area > 9.5 and rng.random() < 0.35:
        space.at_wall(Arrangement.of(pick(rng, palette, "counter", "bar")), on_long_wall)
    stand_plants(space, palette, int(rng.integers(0, 3)))
    hang_curtains(space, palette)
    put_on_tops(space, palette, (("objects", "vase"), ("plant", "table"), ("lighting", "table")), 2)
    hang_pictures(space, palette, int(rng.integers(1, 4)))
