"""What rooms of every function have: door leaves, windows, curtains, lamps, pictures, plants, rugs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from leo_agent.envs.procedural.houses.furniture import Furniture, pick
from leo_agent.envs.procedural.houses.furniture.textiles import curtains, laid_cloth
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.placement import Arrangement, Piece, RoomSpace, Spot
from leo_agent.envs.procedural.houses.plan import Wall
from leo_agent.envs.procedural.houses.plan.geometry import Hole
from leo_agent.envs.procedural.houses.shapes import Material, Model
from leo_agent.envs.procedural.houses.structure import door_leaf, entrance_door, window_model


def at_corner(wall: Wall, along: float) -> float:
    """Preference for the ends of a wall."""
    return wall.length / 2.0 - abs(along)


def at_middle(wall: Wall, along: float) -> float:
    """Preference for the middle of a wall without windows or doors."""
    return abs(along) + 1.5 * len(wall.holes)


def on_long_wall(wall: Wall, along: float) -> float:
    """Preference for long walls without windows or doors, at their ends."""
    return 1.5 * len(wall.holes) - wall.length + 0.2 * at_corner(wall, along)


def fit_doors_and_windows(space: RoomSpace, palette: Palette) -> None:
    """The leaf of each door on the side of the room (not of the hallway), the front door, and the windows."""
    for number, wall in enumerate(space.walls):
        for hole in wall.holes:
            if hole.opening.kind == "entrance":
                _fit(space, "front_door", "door", entrance_door(hole.opening, palette), wall, hole)
            elif hole.opening.kind == "window":
                height = hole.opening.top - hole.opening.bottom
                window = window_model(hole.end - hole.start, height, palette, number)
                _fit(space, "window", "window", window, wall, hole)
            elif hole.opening.kind == "door" and space.room.name == hole.opening.rooms[0]:
                _hang_leaf(space, palette, wall, hole)


def _fit(space: RoomSpace, name: str, category: str, model: Model, wall: Wall, hole: Hole) -> None:
    """Set something into or before a hole of a wall."""
    x, z = wall.point((hole.start + hole.end) / 2.0)
    space.fit(Furniture(name, category, model), (x, hole.opening.bottom, z), wall.yaw)


def _hang_leaf(space: RoomSpace, palette: Palette, wall: Wall, hole: Hole) -> None:
    """An open door leaf: turned by 90 degrees where a side wall is near, else laid back against the door's wall."""
    width, half = hole.end - hole.start, wall.length / 2.0
    paint = palette.white if space.rng.random() < 0.6 else palette.wood
    leaf = Furniture("door_leaf", "door", door_leaf(width, hole.opening.top - 0.01, palette, paint))
    near_start, near_end = hole.start + half, half - hole.end
    side = -1.0 if near_start < near_end else 1.0
    hinge = hole.start if side < 0.0 else hole.end
    if min(near_start, near_end) < 0.5:
        turned = Piece(leaf, (0.0, 0.0, width / 2.0 + 0.025), math.pi / 2.0)
        space.at_spot(Arrangement((turned,)), [Spot(wall.point(hinge + side * (0.02 if side > 0 else 0.06)), wall.yaw)])
    else:
        space.at_spot(Arrangement.of(leaf), [Spot(wall.point(hinge + side * (width / 2.0 + 0.07), 0.03), wall.yaw)])


def fit_lamp(space: RoomSpace, palette: Palette) -> None:
    """A lamp on the ceiling; in long rooms, two."""
    rect = space.room.rect
    long, turned = max(rect.width, rect.depth), rect.depth > rect.width
    lamp = pick(space.rng, palette, "lighting", "ceiling")
    shares = (0.5,) if long < 5.5 else (0.25, 0.75)
    for share in shares:
        distance = share * long
        x = rect.center[0] if turned else rect.x0 + distance
        z = rect.z0 + distance if turned else rect.center[1]
        space.hang_from_ceiling(lamp, (x, z))


def hang_curtains(space: RoomSpace, palette: Palette, share: float = 0.8) -> None:
    """Curtains at the windows where there is room for them."""
    for wall in space.walls:
        for hole in wall.holes:
            if hole.opening.kind != "window" or space.rng.random() > share:
                continue
            model = curtains(palette, hole.end - hole.start, min(hole.opening.top + 0.12, space.height - 0.1))
            spot = Spot(wall.point((hole.start + hole.end) / 2.0), wall.yaw)
            space.at_window(Furniture("curtains", "curtain", model), spot)


def hang_pictures(
    space: RoomSpace, palette: Palette, count: int, first_wall: Wall | None = None, along: float = 0.0
) -> None:
    """Pictures with their middles 1.55 m above the floor, the first above what stands at along of `first_wall`."""
    for number in range(count):
        picture = pick(space.rng, palette, "picture", "wall")
        y = 1.58 - picture.model.size[1] / 2.0
        if number == 0 and first_wall is not None:
            spots = [Spot(first_wall.point(along), first_wall.yaw, first_wall, along)]
            raised = Arrangement((Piece(picture, (0.0, max(y, 1.25), 0.0)),))
            if space.at_spot(raised, spots):
                continue
        space.hang(picture, y, prefer=lambda wall, along: 0.6 * abs(along) + space.rng.uniform(0.0, 2.5))


def stand_plants(space: RoomSpace, palette: Palette, count: int) -> None:
    """Plants on the floor in corners."""
    for _ in range(count):
        plant = pick(space.rng, palette, "plant", "floor")
        back = -float(plant.model.bounds[0, 2])
        space.at_wall(Arrangement((Piece(plant, (0.0, 0.0, back)),)), at_corner, gap=0.02)


def put_on_tops(space: RoomSpace, palette: Palette, choices: Sequence[tuple[str, str]], count: int) -> None:
    """Small things of the given categories and uses on free tops; machines on worktops alone, and one of them."""
    free = list(choices)
    for _ in range(count):
        category, use = free[int(space.rng.integers(len(free)))]
        if use == "worktop":
            free.remove((category, use))
        space.on_top(pick(space.rng, palette, category, use), at_least_y=0.85 if use == "worktop" else 0.0)


def rug(space: RoomSpace, width: float, depth: float, at: tuple[float, float], yaw: float) -> None:
    """A rug with its middle at a point of the floor."""
    name = str(space.rng.choice(["rug_oriental", "rug_modern", "rug_stripes"]))
    material = Material(f"{name}#{int(space.rng.integers(2))}")
    model = Model()
    laid_cloth(model, material, (-width / 2.0, width / 2.0), 0.008, (-depth / 2.0, depth / 2.0))
    space.lay(model, at, yaw)
