"""What is true of one house, in the frame of scans: z up, x as in the world, metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.json_file import read_json, read_json_object
from leo_agent.envs.house_sets.files import house_paths

T_SCAN_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From the world frame of houses (+Y up) to the frame of scans (+Z up)."""


@dataclass(frozen=True)
class ThingTruth:
    """An object of a house."""

    id: int
    kind: str  # such as "three_seat_sofa"
    category: str  # in Matterport3D's terms
    room: str  # name of the room, such as "bedroom_2"
    color: str | None  # None where no one colour can be said
    material: str | None
    low: tuple[float, float, float]  # corners of its box
    high: tuple[float, float, float]

    @property
    def center(self) -> NDArray[np.float64]:
        """Middle (3,) of its box."""
        middle: NDArray[np.float64] = (np.array(self.low) + np.array(self.high)) / 2.0
        return middle

    @property
    def size(self) -> NDArray[np.float64]:
        """Extents (3,) of its box."""
        extents: NDArray[np.float64] = np.array(self.high) - np.array(self.low)
        return extents


@dataclass(frozen=True)
class RoomTruth:
    """A room of a house."""

    name: str
    function: str
    low: tuple[float, float]  # corners of its floor
    high: tuple[float, float]

    def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Whether a point is on its floor, at least `margin` from the walls."""
        return self.low[0] + margin <= x <= self.high[0] - margin and self.low[1] + margin <= y <= self.high[1] - margin


@dataclass(frozen=True)
class HouseTruth:
    """A house with all that texts may say of it."""

    name: str
    rooms: tuple[RoomTruth, ...]
    things: tuple[ThingTruth, ...]

    @cached_property
    def by_kind(self) -> dict[str, tuple[ThingTruth, ...]]:
        """The objects of each kind."""
        found: dict[str, list[ThingTruth]] = {}
        for thing in self.things:
            found.setdefault(thing.kind, []).append(thing)
        return {kind: tuple(things) for kind, things in found.items()}

    @cached_property
    def by_room(self) -> dict[str, tuple[ThingTruth, ...]]:
        """The objects of each room, by its name."""
        return {room.name: tuple(thing for thing in self.things if thing.room == room.name) for room in self.rooms}

    def room(self, name: str) -> RoomTruth:
        """The room of that name."""
        return next(room for room in self.rooms if room.name == name)

    def room_at(self, x: float, y: float, margin: float = 0.0) -> RoomTruth | None:
        """The room at a place, if it is at least `margin` from the walls."""
        return next((room for room in self.rooms if room.holds(x, y, margin)), None)


def to_scan(points: ArrayLike) -> NDArray[np.float64]:
    """Points (..., 3) of the world frame in the frame of scans."""
    turned: NDArray[np.float64] = np.asarray(points, np.float64) @ T_SCAN_WORLD.T
    return turned


def read_truth(houses: Path, name: str, split: str) -> HouseTruth:
    """The truth of a house that `leo-agent scenes make` wrote.

    Raises:
        InputError: a file is missing or damaged.
    """
    paths = house_paths(name, split)
    facts_path, instances_path = houses / paths["facts"], houses / paths["instances"]
    if not facts_path.exists():
        raise InputError(f"houses: {facts_path} is missing; houses of earlier versions have none: make them again")
    facts = read_json_object(facts_path, "the facts of a house")
    instances = read_json(instances_path, "the instances of a house")
    try:
        rooms = tuple(_room(row) for row in facts["rooms"])
        more = {row["id"]: row for row in facts["objects"]}
        things = tuple(_thing(row, more[row["id"]]) for row in instances)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"{facts_path}: not the facts of {instances_path.name} ({shown(error)})") from None
    return HouseTruth(name, rooms, things)


def _room(row: dict[str, Any]) -> RoomTruth:
    x0, z0, x1, z1 = map(float, row["rect"])
    return RoomTruth(str(row["name"]), str(row["function"]), (x0, -z1), (x1, -z0))


def _thing(row: dict[str, Any], facts: dict[str, Any]) -> ThingTruth:
    corners = to_scan(row["aabb"])
    low, high = corners.min(axis=0), corners.max(axis=0)
    return ThingTruth(
        id=int(row["id"]),
        kind=str(row["name"]),
        category=str(row["category"]),
        room=str(row["room"]),
        color=facts["color"],
        material=facts["material"],
        low=_three(low),
        high=_three(high),
    )


def _three(values: Sequence[float] | NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
