"""Noun phrases for objects: what they are like, and which of several is meant."""

from __future__ import annotations

from collections.abc import Iterator

from leo_agent.data.made.houses.relations import is_not_near, relation, shared_floor
from leo_agent.data.made.houses.truth import HouseTruth, ThingTruth
from leo_agent.data.made.words import is_kin, noun, room_noun

_MATERIAL_WORDS = {"wood": "wooden", "brick": "brick", "stone": "stone"}
_ENOUGH = 3  # descriptions of one object


def described(thing: ThingTruth) -> str:
    """Colour, material and kind, as far as they can be said, without an article."""
    material = _MATERIAL_WORDS.get(thing.material or "", thing.material)
    said = [part for part in (thing.color, material) if part and part not in noun(thing.kind).split(" ")]
    return " ".join([*said, noun(thing.kind)])


def is_only_room(house: HouseTruth, name: str) -> bool:
    """Whether a house has no other room of that function."""
    function = house.room(name).function
    return sum(room.function == function for room in house.rooms) == 1


def unique_descriptions(house: HouseTruth, thing: ThingTruth) -> list[str]:
    """Phrases without an article that fit this object of the house and no other; a few, or none."""
    found = []
    for phrase in _candidates(house, thing):
        if phrase not in found:
            found.append(phrase)
        if len(found) == _ENOUGH:
            break
    return found


def unique_in_room(house: HouseTruth, thing: ThingTruth) -> str | None:
    """A phrase that fits no other object of its room: its kind, or its colour and kind."""
    others = [other for other in house.by_room[thing.room] if other.id != thing.id and _is_called(other, thing.kind)]
    if not others:
        return noun(thing.kind)
    if thing.color and all(other.color not in (None, thing.color) for other in others):
        return f"{thing.color} {noun(thing.kind)}"
    return None


def _candidates(house: HouseTruth, thing: ThingTruth) -> Iterator[str]:
    alike = [other for other in house.things if other.id != thing.id and _is_called(other, thing.kind)]
    room = room_noun(house.room(thing.room).function)
    if not alike:
        yield noun(thing.kind)
    if thing.color and all(other.color not in (None, thing.color) for other in alike):
        yield f"{thing.color} {noun(thing.kind)}"
    if not is_only_room(house, thing.room):
        return
    here = [other for other in alike if other.room == thing.room]
    if not here:
        yield f"{noun(thing.kind)} in the {room}"
    if thing.color and all(other.color not in (None, thing.color) for other in here):
        yield f"{thing.color} {noun(thing.kind)} in the {room}"
    for anchor in house.by_room[thing.room]:
        how = relation(thing, anchor)
        if how is None or anchor.kind == thing.kind or unique_in_room(house, anchor) != noun(anchor.kind):
            continue
        if all(_is_surely_not(other, how, anchor) for other in here):
            yield f"{noun(thing.kind)} {how} the {noun(anchor.kind)} in the {room}"


def _is_called(other: ThingTruth, kind: str) -> bool:
    return other.kind == kind or is_kin(kind, other.kind)


def _is_surely_not(other: ThingTruth, how: str, anchor: ThingTruth) -> bool:
    if how == "next to":
        return is_not_near(other, anchor)
    return other.room != anchor.room or shared_floor(other, anchor) == 0.0
