"""What is true of one table, in its frame: z up, metres, the robot's base at the origin, from where it looks to +x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leo_agent.data.made.tables.outlines import depth_m, gap_m
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.layout.placement import Footprint, turned_footprint
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

BOX = "brown box"  # the open one, as the tasks call it
CONTAINERS = ("bowl", BOX, "square")
FLAT_M = 0.005  # lower things have no height to speak of
FIGURE = "square piece"  # among the figures that are packed; a square is drawn on the table
CONTACT_M = 0.003  # what stands on another touches it up to so much
BORDER_M = 0.002  # nearer to the edge of a square nobody says whether a thing is in it
SMALL_M = 0.02  # blocks up to this size are called small
_SPOKEN = {  # kinds whose names are not what one says with an article
    "box": BOX,
    "headphones": "pair of headphones",
    "pliers": "pair of pliers",
    "scissors": "pair of scissors",
    "black and blue sneakers": "pair of black and blue sneakers",
    "wooden toy blocks": "set of wooden toy blocks",
    "purple tape": "roll of purple tape",
    "silver tape": "roll of silver tape",
    "c clamp": "C-clamp",
    "spatula with purple head": "spatula with a purple head",
    "blue gift box with red ribbon": "blue gift box with a red ribbon",
    "grey sock with red heel": "grey sock with a red heel",
}


@dataclass(frozen=True)
class Place:
    """What a thing is in or on."""

    how: Literal["in", "on", "table"]
    holder: int = 0  # id of what holds it, 0 of the table


@dataclass(frozen=True, eq=False)
class TableThing:
    """An object of a table."""

    id: int
    kind: str  # what one calls it
    color: str | None  # None of what has colours of its own, and of boxes, which are always brown
    is_small: bool
    length_m: float  # the longest side of its own box
    width_m: float  # the longer one of those seen from above
    height_m: float
    low: tuple[float, float, float]  # corners of its box in the scene
    high: tuple[float, float, float]
    outline: Footprint  # (K, 2) convex, seen from above

    @property
    def center(self) -> NDArray[np.float64]:
        """Middle (3,) of its box."""
        middle: NDArray[np.float64] = (np.array(self.low) + np.array(self.high)) / 2.0
        return middle

    @property
    def name(self) -> str:
        """Its kind with its colour: what counts as the same."""
        return f"{self.color} {self.kind}" if self.color else self.kind


@dataclass(frozen=True, eq=False)
class TableTruth:
    """A table with all that texts may say of it."""

    name: str
    things: tuple[TableThing, ...]

    @cached_property
    def by_id(self) -> dict[int, TableThing]:
        """The things by their ids."""
        return {thing.id: thing for thing in self.things}

    @cached_property
    def gaps(self) -> dict[tuple[int, int], float]:
        """Metres between the outlines of any two, by both ids in either order."""
        found = {}
        for one, other in combinations(self.things, 2):
            found[one.id, other.id] = found[other.id, one.id] = gap_m(one.outline, other.outline)
        return found

    @cached_property
    def places(self) -> dict[int, Place | None]:
        """What each thing is in or on; None where it is not sure."""
        return {thing.id: self._place(thing) for thing in self.things}

    def inside(self, holder: int) -> tuple[TableThing, ...] | None:
        """What is in a container; None where it is not sure of something."""
        return self.held(holder) if self.is_sure() else None

    def held(self, holder: int) -> tuple[TableThing, ...]:
        """What is surely in or on a thing."""
        return tuple(thing for thing in self.things if (place := self.places[thing.id]) and place.holder == holder)

    def is_sure(self) -> bool:
        """Whether it is sure of everything what it is in or on."""
        return None not in self.places.values()

    def on_table(self) -> tuple[TableThing, ...]:
        """What stands on the table itself."""
        return tuple(thing for thing in self.things if self.places[thing.id] == Place("table"))

    def _place(self, thing: TableThing) -> Place | None:
        others = [other for other in self.things if other.id != thing.id and self.gaps[thing.id, other.id] < BORDER_M]
        for other in others:
            depth, bottom = depth_m(thing.outline, other.outline), thing.low[2]
            if other.kind == "square" and thing.kind != "square":
                return Place("in", other.id) if depth >= BORDER_M else None
            if other.kind in CONTAINERS and depth >= 0 and other.low[2] <= bottom < other.high[2]:
                return Place("in", other.id)
            if other.kind not in CONTAINERS and abs(bottom - other.high[2]) <= CONTACT_M:
                return Place("on", other.id)
        return Place("table") if abs(thing.low[2] - TABLE_TOP_M) <= CONTACT_M else None


def table_truth(name: str, bodies: Sequence[Body]) -> TableTruth:
    """The truth of a scene's bodies where they are."""
    return TableTruth(name, tuple(map(_thing, bodies)))


def spoken(kind: str) -> str:
    """What one calls a shape of that name."""
    return _SPOKEN.get(kind, kind)


def _thing(body: Body) -> TableThing:
    shape, pose = body.shape, body.pose.matrix()
    vertices = shape.vertices @ pose[:3, :3].T + pose[:3, 3]
    (x0, y0, z0), (x1, y1, z1) = vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()
    return TableThing(
        id=body.object_id,
        kind=FIGURE if shape.name == "square" and shape.size[2] > FLAT_M else spoken(shape.name),
        color=None if shape.name == "box" else body.color,
        is_small=shape.name == "block" and shape.size[0] <= SMALL_M,
        length_m=max(shape.size),
        width_m=max(shape.size[:2]),
        height_m=shape.size[2],
        low=(x0, y0, z0),
        high=(x1, y1, z1),
        outline=turned_footprint(shape.footprint, *body.pose.position[:2], body.pose.yaw_rad),
    )
