"""Questions to somebody who stands somewhere in a house and looks somewhere: SQA3D's kind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leo_agent.data.made.houses.relations import bearing_deg, gap_m, side
from leo_agent.data.made.houses.truth import HouseTruth, RoomTruth, ThingTruth, to_scan
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, is_kin, noun, plural, room_noun
from leo_agent.envs.navmesh import NavMesh

SIDES = ("in front of you", "behind you", "on your left", "on your right")
_FIRST = dict(zip(SIDES, ("in front of me", "behind me", "on my left", "on my right"), strict=True))
_SITUATION = (
    "I am standing in the {room}, facing the {front}.",
    "I am in the {room} and I look at the {front}.",
    "I stand in the {room} with the {front} in front of me.",
)
_WHAT = ("what is {side}?", "which object is {side}?", "what can be found {side}?")
_IS = ("is there {thing} {side}?", "is {thing} {side}?", "can you see {thing} {side}?")
_WHERE = ("on which side is the {thing}?", "which side is the {thing} on?", "where is the {thing}, seen from here?")
_COUNT = ("how many {things} are {side}?", "what is the number of {things} {side}?")
_FROM_WALL_M, _HEAD_ON_DEG = 0.3, 12.0
_TRIES = 60
_EYES_M = 1.6  # nobody faces what begins higher
_POSES_A_ROOM = 4
_ASKED_FOR = 5  # kinds whose existence is asked for in a situation


@dataclass(frozen=True)
class Situation:
    """Somebody in a room."""

    room: str
    position: tuple[float, float, float]  # on the floor, metres, the frame of scans
    yaw_rad: float  # where he looks, counter-clockwise from +x
    front: int  # id of what he looks at
    text: str


@dataclass(frozen=True)
class SituatedQuestion:
    """What he is asked."""

    situation: Situation
    kind: str  # what, existence, side or count
    groups: tuple[str, ...]  # see `MadeText`
    templates: tuple[str, ...]
    parts: dict[str, str]
    answers: tuple[str, ...]
    relevant: tuple[int, ...]


def situated_questions(
    house: HouseTruth, navmesh: NavMesh, wording: Wording, kinds_elsewhere: list[str]
) -> Iterator[SituatedQuestion]:
    """A few situations in every room, each with questions of all kinds that have a sure answer there.

    What is faced is known from the situation, and not asked about.
    """
    for room in house.rooms:
        for _ in range(_POSES_A_ROOM):
            situation = _situation(house, room, navmesh, wording)
            if situation is not None:
                yield from _about(house, situation, wording, kinds_elsewhere)


def sides_of(house: HouseTruth, situation: Situation) -> dict[int, str | None]:
    """The side of each object of the room by its id; None where it is not sure."""
    place = situation.position[:2]
    return {thing.id: side(place, situation.yaw_rad, thing) for thing in house.by_room[situation.room]}


def _situation(house: HouseTruth, room: RoomTruth, navmesh: NavMesh, wording: Wording) -> Situation | None:
    rng = wording.rng
    things = house.by_room[room.name]
    for _ in range(_TRIES):
        x, y = rng.uniform(np.array(room.low) + _FROM_WALL_M, np.array(room.high) - _FROM_WALL_M)
        world = np.array([x, 0.0, -y])
        snapped = navmesh.snap_point(world)
        if not np.isfinite(snapped).all() or not navmesh.is_navigable(snapped) or abs(snapped[1]) > 0.3:
            continue
        place = to_scan(snapped)
        if not room.holds(place[0], place[1], _FROM_WALL_M) or not things:
            continue
        target = things[int(rng.integers(len(things)))]
        if not _is_only_one(house, target) or target.low[2] > _EYES_M:
            continue
        yaw = math.atan2(target.center[1] - place[1], target.center[0] - place[0])
        here = (float(place[0]), float(place[1]))
        # What is faced has to be the nearest thing straight ahead, or the phrase would mean another one.
        ahead = [thing for thing in things if abs(bearing_deg(here, yaw, thing)) < _HEAD_ON_DEG]
        if side(here, yaw, target) != "in front of you" or _nearest(here, ahead) is not target:
            continue
        text = wording.say(_SITUATION, room=room_noun(room.function), front=noun(target.kind))
        return Situation(room.name, (*here, float(place[2])), yaw, target.id, text)
    return None


def _about(
    house: HouseTruth, situation: Situation, wording: Wording, kinds_elsewhere: list[str]
) -> Iterator[SituatedQuestion]:
    sides = sides_of(house, situation)
    things = {thing.id: thing for thing in house.by_room[situation.room]}
    kinds, front = sorted({thing.kind for thing in things.values()}), things[situation.front].kind
    for name in SIDES:
        there = [things[number] for number, where in sides.items() if where == name]
        nearest = _nearest(situation.position[:2], there) if there else None
        if nearest is not None and nearest.id != situation.front:
            answers = (noun(nearest.kind), *sorted({noun(thing.kind) for thing in there} - {noun(nearest.kind)}))
            about = tuple(thing.id for thing in there)
            groups = (f"what/{front}/{name}",)
            yield SituatedQuestion(situation, "what", groups, _WHAT, {"side": _FIRST[name]}, answers, about)
    asked_for = set(wording.rng.permutation(kinds)[:_ASKED_FOR].tolist())
    for kind in kinds:
        where = [sides[number] for number, thing in things.items() if thing.kind == kind]
        if kind == front or None in where or any(is_kin(kind, other) for other in kinds):
            continue
        ids = tuple(number for number, thing in things.items() if thing.kind == kind)
        if len(where) == 1:
            parts, answers = {"thing": noun(kind)}, _side_answers(where[0])
            yield SituatedQuestion(situation, "side", (f"side/{kind}",), _WHERE, parts, answers, ids)
        asked = SIDES[int(wording.rng.integers(4))]
        right = str(where[int(wording.rng.integers(len(where)))])
        others = [each for each in SIDES if each not in where]
        for name, answer in ((right, "yes"), (others[int(wording.rng.integers(len(others)))] if others else "", "no")):
            if name and kind in asked_for:
                parts = {"thing": a(noun(kind)), "side": _FIRST[name]}
                yield SituatedQuestion(situation, "existence", (f"is/{kind}/{name}",), _IS, parts, (answer,), ids)
        if len(where) > 1:  # of one alone "how many" is "whether"
            parts, count = {"things": plural(kind), "side": _FIRST[asked]}, sum(each == asked for each in where)
            yield SituatedQuestion(situation, "count", (f"number/{kind}",), _COUNT, parts, (str(count),), ids)


def _side_answers(name: str | None) -> tuple[str, ...]:
    short = {"in front of you": "front", "behind you": "behind", "on your left": "left", "on your right": "right"}
    assert name is not None  # asked for where it is sure alone
    return short[name], name


def _nearest(place: tuple[float, float] | tuple[float, ...], things: list[ThingTruth]) -> ThingTruth:
    here = ThingTruth(0, "", "", "", None, None, (place[0], place[1], 0.0), (place[0], place[1], 1.7))
    return min(things, key=lambda thing: (gap_m(here, thing), thing.id))


def _is_only_one(house: HouseTruth, thing: ThingTruth) -> bool:
    kinds = [other.kind for other in house.by_room[thing.room] if other.id != thing.id]
    return thing.kind not in kinds and not any(is_kin(thing.kind, kind) for kind in kinds)
