"""Questions about a house with one right answer each; as many things that are there as things that are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leo_agent.data.made.descriptions import is_only_room, unique_descriptions
from leo_agent.data.made.relations import nearest_thing, relation
from leo_agent.data.made.truth import HouseTruth, ThingTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, is_kin, noun, number, plural, room_noun

QUESTION_KINDS = ("count", "existence", "color", "material", "relation", "room", "nearest")
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

    kind: str  # one of QUESTION_KINDS
    text: str
    answers: tuple[str, ...]  # the right one in several spellings
    relevant: tuple[int, ...]  # ids of what it is about


def questions(house: HouseTruth, wording: Wording, kinds_elsewhere: list[str]) -> Iterator[Question]:
    """All kinds of questions in turn.

    Args:
        house: what they are about.
        wording: draws their words.
        kinds_elsewhere: kinds of objects that houses have, for questions whose answer is no.
    """
    yield from _counts(house, wording)
    yield from _existence(house, wording, kinds_elsewhere)
    for thing in house.things:
        phrases = unique_descriptions(house, thing)
        if phrases:
            yield from _about(house, thing, phrases, wording)


def count_answers(count: int) -> tuple[str, ...]:
    """A number in figures and in words."""
    return str(count), number(count)


def _only_rooms(house: HouseTruth) -> list[tuple[str, str]]:
    return [
        (room.name, room_noun(room.function))
        for room in house.rooms
        if is_only_room(house, room.name) and house.by_room[room.name]
    ]


def _counts(house: HouseTruth, wording: Wording) -> Iterator[Question]:
    """Of what a room has once only half as many as of what it has several of: else "one" were nearly always right."""
    several: list[tuple[str, str, tuple[int, ...]]] = []
    single: list[tuple[str, str, tuple[int, ...]]] = []
    for name, room in _only_rooms(house):
        for kind in sorted({thing.kind for thing in house.by_room[name]}):
            found = tuple(thing.id for thing in house.by_room[name] if thing.kind == kind)
            if len(found) <= _MOST_COUNTED and not _has_kin(house, name, kind):
                (single if len(found) == 1 else several).append((kind, room, found))
    several += [single[int(place)] for place in wording.rng.permutation(len(single))[: (len(several) + 1) // 2]]
    for place in wording.rng.permutation(len(several)):
        kind, room, found = several[int(place)]
        text = wording.say(_COUNT, things=plural(kind), room=room)
        yield Question("count", text, count_answers(len(found)), found)


def _existence(house: HouseTruth, wording: Wording, kinds_elsewhere: list[str]) -> Iterator[Question]:
    """As many kinds that are in a room as kinds that are not: of the latter, such as other rooms and houses have."""
    for name, room in _only_rooms(house):
        here = {thing.kind for thing in house.by_room[name]}
        there = [kind for kind in sorted(here) if not _has_kin(house, name, kind)]
        absent = [kind for kind in kinds_elsewhere if kind not in here and not _has_kin(house, name, kind)]
        count = min(len(there), len(absent))
        for kind in wording.rng.permutation(there)[:count].tolist():
            ids = tuple(thing.id for thing in house.by_room[name] if thing.kind == kind)
            yield Question("existence", wording.say(_IS, thing=a(noun(kind)), room=room), ("yes",), ids)
        for kind in wording.rng.permutation(absent)[:count].tolist():
            yield Question("existence", wording.say(_IS, thing=a(noun(kind)), room=room), ("no",), ())


def _has_kin(house: HouseTruth, room: str, kind: str) -> bool:
    """Whether a room has another kind that the name of this one could mean, too."""
    return any(is_kin(kind, thing.kind) for thing in house.by_room[room])


def _about(house: HouseTruth, thing: ThingTruth, phrases: list[str], wording: Wording) -> Iterator[Question]:
    which = phrases[int(wording.rng.integers(len(phrases)))]
    plain = next((phrase for phrase in phrases if thing.color is None or thing.color not in phrase.split(" ")), None)
    if thing.color and plain:
        yield Question("color", wording.say(_COLOR, which=plain), (thing.color,), (thing.id,))
    if thing.material:
        yield Question("material", wording.say(_MATERIAL, which=which), (thing.material,), (thing.id,))
    if is_only_room(house, thing.room) and (apart := next((p for p in phrases if " in the " not in p), None)):
        room = room_noun(house.room(thing.room).function)
        yield Question("room", wording.say(_ROOM, which=apart), (room, f"the {room}"), (thing.id,))
    near = nearest_thing(house, thing)
    if near:
        yield Question("nearest", wording.say(_NEAREST, which=which), (noun(near.kind),), (thing.id, near.id))
    for how in ("on", "above"):
        found = [other for other in house.by_room[thing.room] if relation(other, thing) == how]
        if len({other.kind for other in found}) == 1:
            text = wording.say(_WHAT, how=how, which=which)
            yield Question("relation", text, (noun(found[0].kind),), (thing.id, *(other.id for other in found)))
