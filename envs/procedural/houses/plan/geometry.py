"""What a floor plan consists of, in metres in the world frame (x and z on the floor, y up)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

WALL_M = 0.12  # thickness of every wall
DOOR_TOP_M = 2.05
PASSAGE_TOP_M = 2.25

Kind = Literal["door", "passage", "window", "entrance"]
Axis = Literal["x", "z"]


@dataclass(frozen=True)
class Rect:
    """A rectangle on the floor, from (x0, z0) to (x1, z1), metres."""

    x0: float
    z0: float
    x1: float
    z1: float

    @property
    def width(self) -> float:
        """Extent along x."""
        return self.x1 - self.x0

    @property
    def depth(self) -> float:
        """Extent along z."""
        return self.z1 - self.z0

    @property
    def area(self) -> float:
        """Square metres."""
        return self.width * self.depth

    @property
    def center(self) -> tuple[float, float]:
        """The middle (x, z)."""
        return (self.x0 + self.x1) / 2.0, (self.z0 + self.z1) / 2.0

    def grown(self, margin: float) -> Rect:
        """The rectangle with its sides moved outwards, inwards where the margin is negative."""
        return Rect(self.x0 - margin, self.z0 - margin, self.x1 + margin, self.z1 + margin)

    def overlaps(self, other: Rect, slack: float = 1e-6) -> bool:
        """Whether both share more than a border `slack` wide."""
        return (
            min(self.x1, other.x1) - max(self.x0, other.x0) > slack
            and min(self.z1, other.z1) - max(self.z0, other.z0) > slack
        )

    def holds(self, other: Rect, slack: float = 1e-6) -> bool:
        """Whether the other lies inside."""
        return (
            other.x0 >= self.x0 - slack
            and other.x1 <= self.x1 + slack
            and other.z0 >= self.z0 - slack
            and other.z1 <= self.z1 + slack
        )


@dataclass(frozen=True)
class Room:
    """A room of a floor plan."""

    name: str  # such as "bedroom_2"
    function: str  # such as "bedroom"
    rect: Rect  # the floor between the faces of its walls


@dataclass(frozen=True)
class Opening:
    """A hole in a wall."""

    kind: Kind
    axis: Axis  # that the wall runs along
    line: float  # of the wall's middle, on the other axis
    start: float  # on the axis
    end: float
    bottom: float  # above the floor
    top: float
    rooms: tuple[str, ...]  # names of the two rooms, or of the one behind an outer wall


@dataclass(frozen=True)
class FloorPlan:
    """All rooms of a house, and the openings between them."""

    rooms: tuple[Room, ...]
    openings: tuple[Opening, ...]
    outline: Rect  # around the outer walls
    height: float  # of the ceilings above the floor

    def room(self, name: str) -> Room:
        """The room of that name."""
        return next(room for room in self.rooms if room.name == name)


@dataclass(frozen=True)
class Hole:
    """An opening as seen on a wall."""

    opening: Opening
    start: float  # along the wall, as in `Wall.point`
    end: float


@dataclass(frozen=True)
class Wall:
    """One side of a room, seen from inside the room."""

    room: Room
    middle: tuple[float, float]  # (x, z) of its face
    yaw: float  # radians; its inward normal is (sin, cos) in (x, z): furniture with that yaw has its back to the wall
    length: float
    outer: bool  # whether it looks outside
    holes: tuple[Hole, ...]  # from left to right

    def point(self, along: float, distance: float = 0.0) -> tuple[float, float]:
        """World (x, z) of the point `along` to the right of the wall's middle and `distance` before the wall."""
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        return self.middle[0] + along * cos + distance * sin, self.middle[1] - along * sin + distance * cos

    def rect(self, start: float, end: float, distance: float) -> Rect:
        """The floor rectangle before the wall from `start` to `end`, `distance` deep."""
        (xa, za), (xb, zb) = self.point(start), self.point(end, distance)
        return Rect(min(xa, xb), min(za, zb), max(xa, xb), max(za, zb))


def walls_of(plan: FloorPlan, room: Room) -> list[Wall]:
    """The four walls of a room with their holes."""
    rect, (cx, cz) = room.rect, room.rect.center
    half, outline = WALL_M / 2.0, plan.outline
    # Middle, yaw, length, axis, line of the wall's middle on the other axis, and whether it looks outside.
    sides: list[tuple[tuple[float, float], float, float, Axis, float, bool]] = [
        ((cx, rect.z0), 0.0, rect.width, "x", rect.z0 - half, rect.z0 - WALL_M < outline.z0 + 1e-3),
        ((rect.x0, cz), math.pi / 2.0, rect.depth, "z", rect.x0 - half, rect.x0 - WALL_M < outline.x0 + 1e-3),
        ((cx, rect.z1), math.pi, rect.width, "x", rect.z1 + half, rect.z1 + WALL_M > outline.z1 - 1e-3),
        ((rect.x1, cz), -math.pi / 2.0, rect.depth, "z", rect.x1 + half, rect.x1 + WALL_M > outline.x1 - 1e-3),
    ]
    walls = []
    for middle, yaw, length, axis, line, outer in sides:
        # To the right is along the axis where cos (x) or -sin (z) of the yaw is positive, else against it.
        sign = round(math.cos(yaw)) if axis == "x" else -round(math.sin(yaw))
        center = middle[0] if axis == "x" else middle[1]
        holes = []
        for opening in plan.openings:
            if room.name in opening.rooms and opening.axis == axis and abs(opening.line - line) < 1e-3:
                ends = sorted((sign * (opening.start - center), sign * (opening.end - center)))
                holes.append(Hole(opening, ends[0], ends[1]))
        walls.append(Wall(room, middle, yaw, length, outer, tuple(sorted(holes, key=lambda hole: hole.start))))
    return walls
