"""Questions about a house with one right answer each, without their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leo_agent.data.made.houses.descriptions import is_only_room, unique_descriptions
from leo_agent.data.made.houses.relations import nearest_thing, relation
from leo_agent.data.made.houses.truth import HouseTruth, ThingTruth
from leo_agent.data.made.words import a, count_answers, is_kin, noun, plural, room_noun

_COUNT = (
    "how many {things} are in the {room}?",
    "what is the number of {things} in the {room}?",
    "how many {things} does the {room} have?",
)
_IS = ("is there {thing} in the {room}?", "does the {room} have {thing}?", "can you find {thing} in the {room}?")
_COLOR = ("what color is the {which}?", "which color does the {which} have?", "what is the color of the {which}?")
_MATERIAL = ("what is the {which} made of?", "what material is the {which}?", "of which material is the {which}?")
_WHAT = ("what is {how} the {which}?", "which object is {how} the {which}?", "what can you find {how} the {which}?")
_ROOM = ("in which room is the {which}?", "which room is the {which} in?", "where is the {which}?")
_NEAREST = ("what is nearest to the {which}?", "which object is closest to the {which}?")
_MOST_COUNTED = 8  # of one kind in a room; nobody counts more at a glance


@dataclass(frozen=True)
class Question:
    """A question about a house."""

    kind: str  # count, existence, color, material, relation, room or nearest
    groups: tuple[str, ...]  # see `MadeText`
    templates: tuple[str, ...]
    parts: dict[str, str]
    answers: tuple[str, ...]  # the right one in several spellings
    relevant: tuple[int, ...]  # ids of what it is about


def questions(house: HouseTruth, rng: np.random.Generator, kinds_elsewhere: list[str]) -> Iterator[Question]:
    """All kinds of questions in turn.

    Args:
        house: what they are about.
        rng: draws which of the right descriptions is used.
        kinds_elsewhere: kinds of objects that houses have, for questions whose answer is no.
    """
    yield from _counts(house)
    yield from _existence(house, kinds_elsewhere)
    for thing in house.things:
        phrases = unique_descriptions(house, thing)
        if phrases:
            yield from _about(house, thing, phrases, rng)


def _only_rooms(house: HouseTruth) -> list[tuple[str, str]]:
    return [
        (room.name, room_noun(room.function))
        for room in house.rooms
        if is_only_room(house, room.name) and house.by_room[room.name]
    ]


def _counts(house: HouseTruth) -> Iterator[Question]:
    for name, room in _only_rooms(house):
        for kind in sorted({thing.kind for thing in house.by_room[name]}):
            found = tuple(thing.id for thing in house.by_room[name] if thing.kind == kind)
            if len(found) <= _MOST_COUNTED and not _has_kin(house, name, kind):
                parts = {"things": plural(kind), "room": room}
                yield Question(
                    "count", (f"count/{kind}/{room}", "count"), _COUNT, parts, count_answers(len(found)), found
                )


def _existence(house: HouseTruth, kinds_elsewhere: list[str]) -> Iterator[Question]:
    """Of all kinds that a room has, and of all that it has not: such as rooms of its kind have elsewhere."""
    for name, room in _only_rooms(house):
        here = {thing.kind for thing in house.by_room[name]}
        for kind in sorted({*here, *kinds_elsewhere}):
            if _has_kin(house, name, kind):
                continue
            ids = tuple(thing.id for thing in house.by_room[name] if thing.kind == kind)
            parts = {"thing": a(noun(kind)), "room": room}
            groups = (f"existence/{kind}/{room}", "existence")
            yield Question("existence", groups, _IS, parts, ("yes" if kind in here else "no",), ids)


def _has_kin(house: HouseTruth, room: str, kind: str) -> bool:
    """Whether a room has another kind that the name of this one could mean, too."""
    return any(is_kin(kind, thing.kind) for thing in house.by_room[room])


def _about(house: HouseTruth, thing: ThingTruth, phrases: list[str], rng: np.random.Generator) -> Iterator[Question]:
    kind, own = thing.kind, (thing.id,)
    which = phrases[int(rng.integers(len(phrases)))]
    plain = next((phrase for phrase in phrases if thing.color is None or thing.color not in phrase.split(" ")), None)
    if thing.color and plain:
        yield Question("color", (f"color/{kind}",), _COLOR, {"which": plain}, (thing.color,), own)
    if thing.material:
        yield Question("material", (f"material/{kind}",), _MATERIAL, {"which": which}, (thing.material,), own)
    if is_only_room(house, thing.room) and (apart := next((p for p in phrases if " in the " not in p), None)):
        room = room_noun(house.room(thing.room).function)
        yield Question("room", (f"room/{kind}",), _ROOM, {"which": apart}, (room, f"the {room}"), own)
    near = nearest_thing(house, thing)
    if near:
        yield Question("nearest", (f"nearest/{kind}",), _NEAREST, {"which": which}, (noun(near.kind),), (*own, near.id))
    for how in ("on", "above"):
        found = [other for other in house.by_room[thing.room] if relation(other, thing) == how]
        if len({other.kind for other in found}) == 1:
            parts, about = {"how": how, "which": which}, (*own, *(other.id for other in found))
            yield Question("relation", (f"relation/{how}/{kind}",), _WHAT, parts, (noun(found[0].kind),), about)
