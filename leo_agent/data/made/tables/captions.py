"""Captions of things alone, of things on their table, and of whole tables."""

from __future__ import annotations

from leo_agent.data.made.tables.descriptions import (
    described,
    group_names,
    the_only,
    unique_descriptions,
    which,
    with_place,
)
from leo_agent.data.made.tables.relations import depth_part, direction, is_next_to, region
from leo_agent.data.made.tables.truth import CONTAINERS, FLAT_M, Place, TableThing, TableTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, counted, listed

_ALONE = (
    "{what}.",
    "this is {what}.",
    "a 3D model of {what}.",
    "{what} that is {length} long.",
    "{what}, about {width} wide and {height} high.",
)
_ALONE_FLAT = _ALONE[:-1]
_HELD = (
    "{what} {where}.",
    "there is {what} {where}.",
    "this is {what}, which is {where}.",
    "{where} there is {what}.",
)
_STANDS = (
    "{what} {where}.",
    "there is {what} {where}.",
    "{where} there is {what}.",
    "this is {what}; it is {where}.",
)
_RELATED = (
    "{what} {how} the {anchor}.",
    "{what} which is {how} the {anchor}.",
    "this is {what}. It is {how} the {anchor}.",
    "{how} the {anchor} there is {what}.",
)
_THE = ("the {which}.", "choose the {which}.", "find the {which}.", "it is the {which}.", "pick the {which}.")
_TABLE = (
    "on the table there are {things}.",
    "the table holds {things}.",
    "this is a table with {things}.",
    "you see {things} on a table.",
    "a robot's table with {things}.",
)
_CONTENTS = ("{parts}.", "here {parts}.", "some things are in place: {parts}.")
_RELATIONS_A_THING = 2
_ANCHOR_M = 0.25  # no caption says how a thing is to what is farther away
_ALIKE_CAPTIONED = 3  # cubes of a pile


def object_captions(thing: TableThing, wording: Wording) -> list[str]:
    """Of a thing alone; its sides are those of its own box."""
    templates = _ALONE if thing.height_m >= FLAT_M else _ALONE_FLAT
    length, width, height = map(centimeters, (thing.length_m, thing.width_m, thing.height_m))
    return [wording.say(templates, what=a(described(thing)), length=length, width=width, height=height)]


def centimeters(length_m: float) -> str:
    """A length in words, to the centimetre, at least one."""
    count = max(1, round(length_m * 100))
    return f"{count} centimeter{'s' if count != 1 else ''}"


def captioned_alone(table: TableTruth) -> list[TableThing]:
    """One thing of each colour and kind: the others look the same."""
    return [group[0] for group in group_names(table).values()]


def captioned_in_scene(table: TableTruth) -> list[TableThing]:
    """All things, of many cubes of a pile a few."""
    chosen: list[TableThing] = []
    for group in group_names(table).values():
        chosen += group[:_ALIKE_CAPTIONED] if group[0].is_small else group
    return sorted(chosen, key=lambda thing: thing.id)


def scene_object_captions(table: TableTruth, thing: TableThing, wording: Wording) -> list[str]:
    """Of a thing among others: what it is in or on, else its part of the table, and what it stands beside."""
    what, held = a(described(thing)), with_place(table, thing)
    if held:
        return [wording.say(_HELD, what=what, where=held)]
    if table.places[thing.id] != Place("table"):
        return []
    parts = [part for part in (region(thing), depth_part(thing)) if part]
    captions = [wording.say(_STANDS, what=what, where=part) for part in parts]
    others = [other for other in table.on_table() if other.id != thing.id and other.kind != thing.kind]
    anchors = [other for other in others if table.gaps[thing.id, other.id] <= _ANCHOR_M]
    anchors.sort(key=lambda other: table.gaps[thing.id, other.id])
    related = []
    for anchor in anchors:
        how = "next to" if is_next_to(table, thing, anchor) else direction(table, thing, anchor)
        if how and (phrase := the_only(table, anchor)):
            related.append(wording.say(_RELATED, what=what, how=how, anchor=phrase))
        if len(related) == _RELATIONS_A_THING:
            break
    return captions + related


def referring_expressions(table: TableTruth, thing: TableThing, wording: Wording) -> list[str]:
    """Sentences that mean this thing and no other."""
    return [wording.say(_THE, which=phrase) for phrase in unique_descriptions(table, thing)]


def table_captions(table: TableTruth, wording: Wording) -> list[tuple[str, tuple[int, ...]]]:
    """What there is, in several orders, and what is in or on what; with the ids of what they name."""
    groups = group_names(table)
    captions = []
    for _ in range(3):
        order = wording.rng.permutation(sorted(groups)).tolist()
        things = listed([_some(name, len(groups[name])) for name in order])
        captions.append((wording.say(_TABLE, things=things), tuple(thing.id for thing in table.things)))
    sentences, ids = _placed(table)
    if sentences:
        captions.append((wording.say(_CONTENTS, parts=listed(sentences)), tuple(ids)))
    return captions


def _placed(table: TableTruth) -> tuple[list[str], list[int]]:
    """Of all that holds something what it holds, such as "two red blocks are in the blue bowl", and the ids."""
    sentences, ids = [], []
    for holder in table.things:
        how = "in" if holder.kind in CONTAINERS else "on"
        held = table.held(holder.id)
        if not held or table.inside(holder.id) is None:
            continue
        groups: dict[str, int] = {}
        for thing in held:
            groups[described(thing)] = groups.get(described(thing), 0) + 1
        said = listed([_some(name, count) for name, count in groups.items()])
        sentences.append(f"{said} {'is' if len(held) == 1 else 'are'} {how} {which(table, holder)}")
        ids += [holder.id, *(thing.id for thing in held)]
    return sentences, ids


def _some(name: str, count: int) -> str:
    return a(name) if count == 1 else counted(count, name)
