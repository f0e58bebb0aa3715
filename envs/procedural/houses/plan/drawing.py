"""Draws a floor plan: two rows of rooms along a hallway, and often a living room across its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from leo_agent.envs.procedural.houses.plan.geometry import WALL_M, FloorPlan, Rect, Room
from leo_agent.envs.procedural.houses.plan.openings import draw_openings

# Floor area (m²) from which a room's width is drawn, and its least width between wall faces (m). Ranges of flats and
# terraced houses in Neufert, Architects' Data, "Houses and residential buildings".
_ROOM_SIZES: dict[str, tuple[tuple[float, float], float]] = {
    "living_room": ((17.0, 22.0), 4.3),
    "dining_room": ((9.0, 11.5), 3.0),
    "kitchen": ((8.0, 11.5), 2.7),
    "bedroom": ((9.5, 12.5), 3.1),
    "bathroom": ((5.0, 7.0), 2.1),
    "office": ((7.5, 10.0), 2.6),
    "gym": ((9.5, 12.0), 3.1),
    "laundry_room": ((4.5, 6.0), 1.9),
}
# From the living room to the private end of the hallway.
_ORDER = ("living_room", "kitchen", "dining_room", "office", "laundry_room", "gym", "bathroom", "bedroom")
_EXTRAS = ("office", "gym", "laundry_room", "dining_room")

_End = Literal["none", "whole", "split"]


@dataclass(frozen=True)
class _Programme:
    """Which rooms a house has."""

    rooms: tuple[str, ...]  # functions of the rooms in the two rows, from the living room to the private end
    end: _End  # what lies across the end of the hallway: nothing, the living room, or it and another room
    end_side_room: str = ""  # function of that other room


def draw_floor_plan(rng: np.random.Generator) -> FloorPlan:
    """A new floor plan of 70 to 140 m², mirrored and turned at random."""
    rooms, outline = _lay_out(_draw_programme(rng), rng)
    flip_x, flip_z, swap = rng.random(3) < 0.5
    placed = tuple(Room(room.name, room.function, _turned(room.rect, outline, flip_x, flip_z, swap)) for room in rooms)
    whole = Rect(0.0, 0.0, outline.depth, outline.width) if swap else Rect(0.0, 0.0, outline.width, outline.depth)
    height = float(rng.uniform(2.55, 2.80))
    return FloorPlan(placed, draw_openings(placed, whole, rng), whole, height)


def _draw_programme(rng: np.random.Generator) -> _Programme:
    """The rooms of a small, middle-sized or large house."""
    size = int(rng.choice(3, p=(0.3, 0.45, 0.25)))
    rooms = ["kitchen", "bathroom", *["bedroom"] * (1, int(rng.integers(1, 3)), 2)[size]]
    extras = [_EXTRAS[i] for i in rng.permutation(len(_EXTRAS))[: (1, int(rng.integers(1, 3)), 2)[size]]]
    if size == 2:
        rooms.append("bathroom")
    rooms += extras
    end: _End = "whole" if rng.random() < (0.7, 0.35, 0.2)[size] else "split" if rng.random() < 0.6 else "none"
    beside = ""
    if end == "split":
        beside = "dining_room" if "dining_room" in rooms else "kitchen"
        rooms.remove(beside)
    if end == "none":
        rooms.append("living_room")
    return _Programme(tuple(sorted(rooms, key=_ORDER.index)), end, beside)


def _lay_out(programme: _Programme, rng: np.random.Generator) -> tuple[list[Room], Rect]:
    """Rooms, and the outline around them; the hallway runs along x, between the two rows.

    All is reckoned between the middles of walls; rooms are shrunk to their faces at the end.
    """
    # Depths of the hallway and of both rows; the rows are stretched to one length.
    hall = rng.uniform(1.3, 1.65) + WALL_M
    rows = _two_rows(programme.rooms)
    low, high = (rng.uniform(3.8, 4.2) if "living_room" in row else rng.uniform(2.95, 3.5) for row in rows)
    widths = [_widths(row, depth, rng) for row, depth in zip(rows, (low, high), strict=True)]
    sums = [sum(row) for row in widths]
    length = max(sum(sums) / 2.0, 0.92 * max(sums))
    depth = low + hall + high
    start = 0.0 if programme.end == "none" else rng.uniform(3.8, 4.4) + WALL_M
    # The hallway, the two rows beside it, and what lies across its end.
    cells: list[tuple[str, Rect]] = [("hallway", Rect(start, low, start + length, low + hall))]
    for row, row_widths, z0, z1 in ((rows[0], widths[0], 0.0, low), (rows[1], widths[1], low + hall, depth)):
        scale, x = length / sum(row_widths), start
        for function, width in zip(row, row_widths, strict=True):
            cells.append((function, Rect(x, z0, x + width * scale, z1)))
            x += width * scale
    if programme.end == "whole":
        cells.append(("living_room", Rect(0.0, 0.0, start, depth)))
    elif programme.end == "split":
        cells.append((programme.end_side_room, Rect(0.0, 0.0, start, low)))
        cells.append(("living_room", Rect(0.0, low, start, depth)))
    outline = Rect(-WALL_M / 2.0, -WALL_M / 2.0, start + length + WALL_M / 2.0, depth + WALL_M / 2.0)
    return _named(cells), outline


def _two_rows(rooms: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Deals the rooms in their order to two rows, each to the row that is shorter so far."""
    rows: tuple[list[str], list[str]] = ([], [])
    lengths = [0.0, 0.0]
    for function in rooms:
        shorter = int(lengths[1] < lengths[0])
        rows[shorter].append(function)
        (low, high), least = _ROOM_SIZES[function]
        lengths[shorter] += max(least, (low + high) / 2.0 / 3.3)
    return rows


def _widths(row: list[str], depth: float, rng: np.random.Generator) -> list[float]:
    """Width of each room of a row between the middles of its walls."""
    widths = []
    for function in row:
        (low, high), least = _ROOM_SIZES[function]
        widths.append(max(least, rng.uniform(low, high) / (depth - WALL_M)) + WALL_M)
    return widths


def _named(cells: list[tuple[str, Rect]]) -> list[Room]:
    """The rooms, those of each function numbered from 1."""
    counts: dict[str, int] = {}
    rooms = []
    for function, cell in cells:
        counts[function] = counts.get(function, 0) + 1
        rooms.append(Room(f"{function}_{counts[function]}", function, cell.grown(-WALL_M / 2.0)))
    return rooms


def _turned(rect: Rect, outline: Rect, flip_x: bool, flip_z: bool, swap: bool) -> Rect:
    """The rectangle counted from the outline's corner, mirrored and with its axes swapped."""
    x0, x1 = rect.x0 - outline.x0, rect.x1 - outline.x0
    z0, z1 = rect.z0 - outline.z0, rect.z1 - outline.z0
    if flip_x:
        x0, x1 = outline.width - x1, outline.width - x0
    if flip_z:
        z0, z1 = outline.depth - z1, outline.depth - z0
    return Rect(z0, x0, z1, x1) if swap else Rect(x0, z0, x1, z1)
