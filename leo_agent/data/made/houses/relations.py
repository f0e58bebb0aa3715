"""Relations of objects, each decided by their boxes alone; near the borders of a definition nothing is said."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from leo_agent.data.made.houses.truth import HouseTruth, ThingTruth

Relation = Literal["on", "above", "next to"]
Side = Literal["in front of you", "behind you", "on your left", "on your right"]
CONTACT_M = 0.03  # what stands on another touches it up to so much
NEXT_M, NOT_NEXT_M = 0.35, 0.6  # gaps that are next to each other, and that are not; nothing is said in between
MARGIN_M = 0.3  # by which the nearest is nearer than the next
_SECTOR_DEG, _SECTOR_MARGIN_DEG = 45.0, 12.0  # half of a side, and what is left out at its ends
_OVERLAP, _LITTLE = 0.5, 0.05  # share of the upper one's floor area


def gap_m(one: ThingTruth, other: ThingTruth) -> float:
    """Metres between two boxes; 0 where they touch."""
    apart = np.maximum(np.array(other.low) - np.array(one.high), np.array(one.low) - np.array(other.high))
    return float(np.linalg.norm(np.maximum(apart, 0.0)))


def floor_gap_m(one: ThingTruth, other: ThingTruth) -> float:
    """The same as seen from above."""
    apart = np.maximum(np.array(other.low) - np.array(one.high), np.array(one.low) - np.array(other.high))[:2]
    return float(np.linalg.norm(np.maximum(apart, 0.0)))


def shared_floor(upper: ThingTruth, lower: ThingTruth) -> float:
    """Share of the upper box's floor area that is over the lower box."""
    sides = np.minimum(upper.high, lower.high) - np.maximum(upper.low, lower.low)
    area = float(np.prod(upper.size[:2]))
    return float(np.prod(np.clip(sides[:2], 0.0, None))) / area if area > 0 else 0.0


def relation(one: ThingTruth, other: ThingTruth) -> Relation | None:
    """How `one` stands to `other`, both in one room; None where no word is sure."""
    if one.room != other.room:
        return None
    over, rise = shared_floor(one, other), one.low[2] - other.high[2]
    if over >= _OVERLAP and abs(rise) <= CONTACT_M:
        return "on"
    if over >= _OVERLAP and rise > 5 * CONTACT_M:
        return "above"
    beside = min(one.high[2], other.high[2]) - max(one.low[2], other.low[2]) > 0.1
    if beside and floor_gap_m(one, other) <= NEXT_M and max(over, shared_floor(other, one)) < _LITTLE:
        return "next to"
    return None


def is_not_near(one: ThingTruth, other: ThingTruth) -> bool:
    """Whether two objects are surely not next to each other."""
    return one.room != other.room or floor_gap_m(one, other) >= NOT_NEXT_M


def nearest_of_kind(house: HouseTruth, thing: ThingTruth, kind: str) -> ThingTruth | None:
    """The object of a kind that is nearest to another in its room; None where it is not clearly one."""
    others = [other for other in house.by_room.get(thing.room, ()) if other.kind == kind and other.id != thing.id]
    ranked = sorted(others, key=lambda other: gap_m(thing, other))
    if not ranked or (len(ranked) > 1 and gap_m(thing, ranked[1]) - gap_m(thing, ranked[0]) < MARGIN_M):
        return None
    return ranked[0]


def nearest_thing(house: HouseTruth, thing: ThingTruth) -> ThingTruth | None:
    """The object that is nearest to another in its room; None where it is not clearly one."""
    others = [other for other in house.by_room.get(thing.room, ()) if other.id != thing.id]
    ranked = sorted(others, key=lambda other: gap_m(thing, other))
    if not ranked or (len(ranked) > 1 and gap_m(thing, ranked[1]) - gap_m(thing, ranked[0]) < MARGIN_M):
        return None
    return ranked[0]


def bearing_deg(position: tuple[float, float], yaw_rad: float, thing: ThingTruth) -> float:
    """Direction of an object's middle as seen from a place, from straight ahead (0) to the left (90), in (-180, 180].

    Args:
        position: (x, y) of the observer.
        yaw_rad: where it looks, counter-clockwise from +x.
        thing: what is looked for.
    """
    x, y, _ = thing.center
    angle = math.degrees(math.atan2(y - position[1], x - position[0]) - yaw_rad)
    return -((180.0 - angle) % 360.0 - 180.0)


def side(position: tuple[float, float], yaw_rad: float, thing: ThingTruth) -> Side | None:
    """On which side of the observer an object is; None near the borders of the sides, and where it stands on it."""
    x, y = position
    if thing.low[0] - 0.2 <= x <= thing.high[0] + 0.2 and thing.low[1] - 0.2 <= y <= thing.high[1] + 0.2:
        return None
    angle = bearing_deg(position, yaw_rad, thing)
    sides: tuple[tuple[float, Side], ...] = (
        (0.0, "in front of you"),
        (90.0, "on your left"),
        (-90.0, "on your right"),
        (180.0, "behind you"),
    )
    for middle, name in sides:
        off = abs((angle - middle + 180.0) % 360.0 - 180.0)
        if off <= _SECTOR_DEG - _SECTOR_MARGIN_DEG:
            return name
    return None
