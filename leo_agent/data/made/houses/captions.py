"""Captions of objects alone, of objects in their scenes, of rooms and of whole houses."""

from __future__ import annotations

from collections import Counter

from leo_agent.data.made.houses.descriptions import described, is_only_room, unique_descriptions, unique_in_room
from leo_agent.data.made.houses.relations import relation
from leo_agent.data.made.houses.truth import HouseTruth, ThingTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, counted, listed, noun, number, room_noun

_ALONE = (
    "{what}.",
    "this is {what}.",
    "{what}, about {width} meters wide and {height} meters tall.",
    "a 3D model of {what}.",
    "{what} that is {height} meters tall.",
)
_IN_ROOM = (
    "{what} in the {room}.",
    "there is {what} in the {room}.",
    "in the {room} stands {what}.",
    "this is {what}; it belongs to the {room}.",
)
_NEXT = (
    "{what} {how} the {anchor}.",
    "{what} which is {how} the {anchor}.",
    "this is {what}. It is {how} the {anchor} in the {room}.",
    "{how} the {anchor} there is {what}.",
)
_THE = ("the {which}.", "choose the {which}.", "find the {which}.", "it is the {which}.", "the {which} is meant.")
_ROOM = (
    "the {room} has {things}.",
    "in the {room} you see {things}.",
    "this {room} is furnished with {things}.",
    "there are several things in the {room}: {things}.",
)
_HOUSE = (
    "this home has {rooms} rooms: {names}.",
    "the scene is a home with {rooms} rooms, namely {names}.",
    "you see a home of {rooms} rooms; they are {names}.",
)
_MOST_KINDS = 8  # in the caption of a room


def object_captions(thing: ThingTruth, wording: Wording) -> list[str]:
    """Of an object alone; of metres, those of its box."""
    width, height = max(thing.size[:2]), thing.size[2]
    return [wording.say(_ALONE, what=a(described(thing)), width=f"{width:.1f}", height=f"{height:.1f}")]


def scene_object_captions(house: HouseTruth, thing: ThingTruth, wording: Wording) -> list[str]:
    """Of an object among others: its room, and how it stands to something that is unmistakable there."""
    room = room_noun(house.room(thing.room).function)
    captions = [wording.say(_IN_ROOM, what=a(described(thing)), room=room)]
    for anchor in house.by_room[thing.room]:
        how = relation(thing, anchor)
        if how and anchor.kind != thing.kind and (name := unique_in_room(house, anchor)):
            captions.append(wording.say(_NEXT, what=a(described(thing)), how=how, anchor=name, room=room))
    return captions[:3]


def referring_expressions(house: HouseTruth, thing: ThingTruth, wording: Wording) -> list[str]:
    """Sentences that mean this object of the house and no other."""
    return [wording.say(_THE, which=phrase) for phrase in unique_descriptions(house, thing)]


def room_captions(house: HouseTruth, wording: Wording) -> list[tuple[str, tuple[int, ...]]]:
    """Captions of rooms that are the only ones of their kind, with the ids of what they name, and of the house."""
    captions = []
    for room in house.rooms:
        things = house.by_room[room.name]
        if not things or not is_only_room(house, room.name):
            continue
        kinds = Counter(thing.kind for thing in things)
        for _ in range(2):
            order = wording.rng.permutation(sorted(kinds))[:_MOST_KINDS].tolist()
            parts = [_some(kind, kinds[kind]) for kind in order]
            text = wording.say(_ROOM, room=room_noun(room.function), things=listed(parts))
            captions.append((text, tuple(thing.id for thing in things if thing.kind in order)))
    functions = Counter(room.function for room in house.rooms)
    for _ in range(3):
        order = wording.rng.permutation(sorted(functions)).tolist()
        names = [_rooms(function, functions[function]) for function in order]
        text = wording.say(_HOUSE, rooms=number(len(house.rooms)), names=listed(names))
        captions.append((text, ()))
    return captions


def _some(kind: str, count: int) -> str:
    return a(noun(kind)) if count == 1 else counted(count, kind)


def _rooms(function: str, count: int) -> str:
    name = room_noun(function)
    return a(name) if count == 1 else f"{number(count)} {name}s"
