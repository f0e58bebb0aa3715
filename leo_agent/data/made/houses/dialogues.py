"""Dialogues of three to five turns about one room: what "it", "they" and "there" mean stands in the turns before."""

from __future__ import annotations

from collections.abc import Iterator

from leo_agent.data.made.houses.descriptions import is_only_room, unique_in_room
from leo_agent.data.made.houses.relations import nearest_thing
from leo_agent.data.made.houses.truth import HouseTruth, ThingTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, counted, is_kin, noun, number, plural, room_noun
from leo_agent.policies.leo.text.question_prompts import Turn

_HOW_MANY = ("how many {things} are there in the {room}?", "can you count the {things} in the {room}?")
_COUNTED = ("there {are} {number}.", "I count {number}.", "the {room} has {counted}.")
_WHICH_COLOR = ("what color is it?", "and its color?", "which color does it have?")
_COLORED = ("it is {color}.", "its color is {color}.", "it looks {color}.")
_MADE_OF = ("what is it made of?", "and which material is it?", "do you know its material?")
_MATERIAL = ("it is made of {material}.", "it is {material}.", "that is {material}.")
_CLOSE = ("what is nearest to it?", "and what stands closest to it?", "which object is next to it, the nearest one?")
_NEAR = ("the {near} is nearest.", "that is the {near}.", "closest to it is the {near}.")
_ALSO = ("is there {thing} there, too?", "does that room have {thing}?", "and {thing}, is there one as well?")
_YES = ("yes, there {are} {count}.", "yes, {count}.", "yes: {count}.")
_NO = ("no, there is none.", "no, I see no {thing} there.", "no.")
_TELL = ("tell me about the {thing} in the {room}.", "what can you say of the {thing} in the {room}?")
_TOLD = ("it is {what} in the {room}.", "that is {what}.", "there is {what} in the {room}.")


def dialogues(house: HouseTruth, wording: Wording, kinds_elsewhere: list[str]) -> Iterator[tuple[Turn, ...]]:
    """Some about each room that is the only one of its kind."""
    for room in house.rooms:
        if is_only_room(house, room.name):
            for thing in house.by_room[room.name]:
                if unique_in_room(house, thing) == noun(thing.kind):
                    yield _about(house, thing, wording, kinds_elsewhere)


def _about(house: HouseTruth, thing: ThingTruth, wording: Wording, kinds_elsewhere: list[str]) -> tuple[Turn, ...]:
    room = room_noun(house.room(thing.room).function)
    name, what = noun(thing.kind), a(noun(thing.kind))
    turns = [
        (
            wording.say(_TELL, thing=name, room=room),
            wording.say(_TOLD, what=what, room=room),
        )
    ]
    if thing.color:
        turns.append((wording.say(_WHICH_COLOR), wording.say(_COLORED, color=thing.color)))
    if thing.material:
        turns.append((wording.say(_MADE_OF), wording.say(_MATERIAL, material=thing.material)))
    near = nearest_thing(house, thing)
    if near:
        turns.append((wording.say(_CLOSE), wording.say(_NEAR, near=noun(near.kind))))
    here = [other.kind for other in house.by_room[thing.room]]
    told = {thing.kind, near.kind if near else ""}  # nobody asks whether there is what was just spoken of
    candidates = set(here) if wording.rng.random() < 0.5 else set(kinds_elsewhere)
    kind = _drawn(candidates - told, here, wording)
    if kind:
        turns.append(_also(kind, here.count(kind), wording))
    counted_kind = _drawn(set(here) - {thing.kind, kind}, here, wording)
    if len(turns) < 5 and counted_kind:
        turns.append(_count(counted_kind, here.count(counted_kind), room, wording))
    return tuple(turns[:5])


def _drawn(kinds: set[str], here: list[str], wording: Wording) -> str:
    """One of some kinds whose name means no other that is here; "" where the one that is drawn is none."""
    kind = str(wording.rng.choice(sorted(kinds))) if kinds else ""
    return "" if any(is_kin(kind, other) for other in here) else kind


def _also(kind: str, count: int, wording: Wording) -> tuple[str, str]:
    asked = wording.say(_ALSO, thing=a(noun(kind)))
    if not count:
        return asked, wording.say(_NO, thing=noun(kind))
    return asked, wording.say(_YES, are=_are(count, "is", "are"), count=counted(count, kind))


def _count(kind: str, count: int, room: str, wording: Wording) -> tuple[str, str]:
    asked = wording.say(_HOW_MANY, things=plural(kind), room=room)
    said = wording.say(
        _COUNTED, are=_are(count, "is", "are"), number=number(count), counted=counted(count, kind), room=room
    )
    return asked, said


def _are(count: int, one: str, several: str) -> str:
    return one if count == 1 else several
