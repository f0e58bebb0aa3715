"""How things of a table stand to each other as the robot sees them; near the borders of words nothing is said."""

from __future__ import annotations

import math
from collections.abc import Sequence

from leo_agent.data.made.tables.truth import Place, TableThing, TableTruth

DIRECTIONS = {"to the left of": 90.0, "to the right of": -90.0, "in front of": 180.0, "behind": 0.0}
"""Of a thing as seen from another, degrees counter-clockwise from where the robot looks: in front is nearer to it."""
OPPOSITE = {
    "to the left of": "to the right of",
    "to the right of": "to the left of",
    "in front of": "behind",
    "behind": "in front of",
}
SURE_DEG, SURELY_NOT_DEG = 33.0, 57.0  # off a direction
APART_M = 0.01  # nearer things have no direction to each other
NEXT_M, NOT_NEXT_M = 0.04, 0.08  # gaps that are next to each other, and that are not
MARGIN_M = 0.03  # by which the nearest, the leftmost are it
LEFT_M, MIDDLE_M = 0.15, 0.08  # of the table's sides and middle, from its axis
NEAR_M, FAR_M = 0.4, 0.6  # of the table's near and far part, from the robot's base


def off_deg(one: TableThing, how: str, other: TableThing) -> float:
    """Degrees between a direction and where one thing is from another, by the middles of their boxes."""
    x, y, _ = one.center - other.center
    return abs((math.degrees(math.atan2(y, x)) - DIRECTIONS[how] + 180.0) % 360.0 - 180.0)


def direction(table: TableTruth, one: TableThing, other: TableThing) -> str | None:
    """Where one thing is from another: one of DIRECTIONS; None where it is not sure."""
    if table.gaps[one.id, other.id] < APART_M:
        return None
    return next((how for how in DIRECTIONS if off_deg(one, how, other) <= SURE_DEG), None)


def is_surely_not(table: TableTruth, one: TableThing, how: str, other: TableThing) -> bool:
    """Whether nobody would say that one thing is so from another."""
    if how == "next to":
        return table.gaps[one.id, other.id] >= NOT_NEXT_M
    return off_deg(one, how, other) >= SURELY_NOT_DEG


def is_next_to(table: TableTruth, one: TableThing, other: TableThing) -> bool:
    """Whether two things stand beside each other on the table."""
    beside = {table.places[one.id], table.places[other.id]}
    return len(beside) == 1 and None not in beside and 0 < table.gaps[one.id, other.id] <= NEXT_M


def nearest_thing(table: TableTruth, thing: TableThing) -> TableThing | None:
    """What stands nearest to a thing that holds nothing; None where it is not clearly one.

    What is in another thing is not asked for, what is on another is as near as that.
    """
    if not table.is_sure() or table.held(thing.id) or table.places[thing.id] != Place("table"):
        return None
    others = [other for other in table.things if other.id != thing.id and not _is_in(table, other)]
    return clear_least(others, [table.gaps[thing.id, other.id] for other in others])


def outermost_thing(table: TableTruth, how: str) -> TableThing | None:
    """The leftmost, rightmost, nearest or farthest thing of the table; None where it is not clearly one."""
    return extremes(table.things)[how]


def _is_in(table: TableTruth, thing: TableThing) -> bool:
    place = table.places[thing.id]
    return place is not None and place.how == "in"


def clear_least(things: Sequence[TableThing], values: Sequence[float]) -> TableThing | None:
    """The thing of the least value, if it is so by a margin."""
    ranked = sorted(range(len(things)), key=lambda place: values[place])
    if not ranked or (len(ranked) > 1 and values[ranked[1]] - values[ranked[0]] < MARGIN_M):
        return None
    return things[ranked[0]]


def extremes(things: Sequence[TableThing]) -> dict[str, TableThing | None]:
    """The leftmost, rightmost, nearest and farthest of some things, by the middles of their boxes."""
    x, y = [float(thing.center[0]) for thing in things], [float(thing.center[1]) for thing in things]
    return {
        "leftmost": clear_least(things, [-value for value in y]),
        "rightmost": clear_least(things, y),
        "nearest": clear_least(things, x),
        "farthest": clear_least(things, [-value for value in x]),
    }


def region(thing: TableThing) -> str | None:
    """The part of the table where the middle of a thing is, as far as it is one that has a name."""
    x, y, _ = thing.center
    if abs(y) >= LEFT_M:
        return f"on the {'left' if y > 0 else 'right'} side of the table"
    if abs(y) <= MIDDLE_M and NEAR_M < x < FAR_M:
        return "in the middle of the table"
    return None


def depth_part(thing: TableThing) -> str | None:
    """Whether the middle of a thing is on the robot's side of the table or on the other."""
    x = thing.center[0]
    return "close to the robot" if x <= NEAR_M else "far from the robot" if x >= FAR_M else None
