"""Doors, passages and windows of a floor plan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.procedural.houses.plan.geometry import DOOR_TOP_M, PASSAGE_TOP_M, WALL_M, Axis, Opening, Rect, Room

_PUBLIC = ("living_room", "dining_room", "kitchen")
_CORNER_M = 0.22  # between a door and the next wall, for its frame
# Range of the width, and height of the sill (m), by function.
_WINDOWS: dict[str, tuple[tuple[float, float], float]] = {
    "living_room": ((1.4, 2.0), 0.75),
    "dining_room": ((1.2, 1.6), 0.85),
    "kitchen": ((0.9, 1.3), 1.12),
    "bathroom": ((0.55, 0.75), 1.45),
    "laundry_room": ((0.55, 0.75), 1.45),
}


class _Border(NamedTuple):
    """A stretch of wall that openings can be in."""

    axis: Axis  # that the wall runs along
    line: float  # of the wall's middle, on the other axis
    start: float  # on the axis
    end: float

    @property
    def length(self) -> float:
        """From start to end."""
        return self.end - self.start


def draw_openings(rooms: tuple[Room, ...], outline: Rect, rng: np.random.Generator) -> tuple[Opening, ...]:
    """A way from every room to the hallway, passages between living rooms, the entrance, and windows."""
    hallway = next(room for room in rooms if room.function == "hallway")
    openings = []
    # Every room opens onto the hallway, a bedroom's own bathroom onto the bedroom.
    own_bathroom = _own_bathroom(rooms, rng)
    for room in rooms:
        if room is hallway:
            continue
        partner = own_bathroom[1] if own_bathroom and room is own_bathroom[0] else hallway
        border = _shared_wall(room, partner)
        if border is not None:
            openings.append(_door(room, partner, border, rng))
    # Living rooms beside each other: always where one of them has no way in yet.
    for room in rooms:
        for other in rooms:
            if room.function in _PUBLIC and other.function in _PUBLIC and room.name < other.name:
                border = _shared_wall(room, other)
                served = {name for opening in openings for name in opening.rooms}
                needed = not {room.name, other.name} <= served
                if border is not None and border.length > 1.7 and (needed or rng.random() < 0.75):
                    openings.append(_passage(room, other, border, rng))
    openings.append(_entrance(hallway, outline))
    for room in rooms:
        openings += _windows(room, outline, rng)
    return tuple(openings)


def _own_bathroom(rooms: tuple[Room, ...], rng: np.random.Generator) -> tuple[Room, Room] | None:
    """A second bathroom that is reached through the bedroom beside it, where there are such."""
    bathrooms = [room for room in rooms if room.function == "bathroom"]
    if len(bathrooms) < 2 or rng.random() < 0.4:
        return None
    for bathroom in bathrooms:
        for bedroom in rooms:
            border = _shared_wall(bathroom, bedroom) if bedroom.function == "bedroom" else None
            if border is not None and border.length > 1.6:
                return bathroom, bedroom
    return None


def _shared_wall(room: Room, other: Room) -> _Border | None:
    """The wall between two rooms; None where they do not touch."""
    a, b = room.rect, other.rect
    sides: tuple[tuple[Axis, float, float, float, float], ...] = (
        ("x", a.z1, b.z0, max(a.x0, b.x0), min(a.x1, b.x1)),
        ("x", b.z1, a.z0, max(a.x0, b.x0), min(a.x1, b.x1)),
        ("z", a.x1, b.x0, max(a.z0, b.z0), min(a.z1, b.z1)),
        ("z", b.x1, a.x0, max(a.z0, b.z0), min(a.z1, b.z1)),
    )
    for axis, before, behind, start, end in sides:
        if abs(behind - before - WALL_M) < 1e-3 and end - start > 1.2:
            return _Border(axis, (before + behind) / 2.0, start, end)
    return None


def _door(room: Room, other: Room, border: _Border, rng: np.random.Generator) -> Opening:
    axis, line, start, end = border
    if room.function == "living_room" and end - start < 2.2:
        # The hallway ends here: it opens over its whole width.
        return Opening("passage", axis, line, start + 0.12, end - 0.12, 0.0, PASSAGE_TOP_M, (room.name, other.name))
    width = float(rng.uniform(0.82, 0.90))
    free = end - start - width - 2.0 * _CORNER_M
    # Doors are near a corner as a rule: that leaves long walls for furniture.
    share = float(rng.choice([0.0, 1.0])) if rng.random() < 0.8 else float(rng.random())
    left = start + _CORNER_M + share * free
    return Opening("door", axis, line, left, left + width, 0.0, DOOR_TOP_M, (room.name, other.name))


def _passage(room: Room, other: Room, border: _Border, rng: np.random.Generator) -> Opening:
    axis, line, start, end = border
    width = min(float(rng.uniform(1.2, 1.8)), end - start - 0.5)
    left = float(rng.uniform(start + 0.2, end - 0.2 - width))
    return Opening("passage", axis, line, left, left + width, 0.0, PASSAGE_TOP_M, (room.name, other.name))


def _outer_sides(room: Room, outline: Rect) -> list[_Border]:
    """The room's walls to the outside."""
    rect, half = room.rect, WALL_M / 2.0
    sides = (
        (_Border("x", rect.z0 - half, rect.x0, rect.x1), rect.z0 - WALL_M < outline.z0 + 1e-3),
        (_Border("x", rect.z1 + half, rect.x0, rect.x1), rect.z1 + WALL_M > outline.z1 - 1e-3),
        (_Border("z", rect.x0 - half, rect.z0, rect.z1), rect.x0 - WALL_M < outline.x0 + 1e-3),
        (_Border("z", rect.x1 + half, rect.z0, rect.z1), rect.x1 + WALL_M > outline.x1 - 1e-3),
    )
    return [border for border, outer in sides if outer]


def _entrance(hallway: Room, outline: Rect) -> Opening:
    """The front door in an end of the hallway."""
    axis, line, start, end = _outer_sides(hallway, outline)[0]
    middle = (start + end) / 2.0
    return Opening("entrance", axis, line, middle - 0.47, middle + 0.47, 0.0, DOOR_TOP_M, (hallway.name,))


def _windows(room: Room, outline: Rect, rng: np.random.Generator) -> list[Opening]:
    """One window for each 3.5 m of outer wall or so; none beside the front door."""
    if room.function == "hallway":
        return []
    (low, high), sill = _WINDOWS.get(room.function, ((1.0, 1.5), 0.9))
    windows = []
    for number, (axis, line, start, end) in enumerate(_outer_sides(room, outline)):
        if number and rng.random() < 0.45:
            continue
        count = 2 if end - start > 4.6 else 1
        part = (end - start) / count
        for k in range(count):
            width = min(float(rng.uniform(low, high)), part - 0.7)
            if width < 0.45:
                continue
            slack = (part - width) / 2.0 - 0.3
            middle = start + (k + 0.5) * part + float(rng.uniform(-slack, slack)) * 0.6
            ends = middle - width / 2.0, middle + width / 2.0
            windows.append(Opening("window", axis, line, *ends, sill, 2.15, (room.name,)))
    return windows
