"""Noun phrases for things on a table: what they are like, where they are, and which of several is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leo_agent.data.made.tables.relations import direction, extremes, is_surely_not
from leo_agent.data.made.tables.truth import Place, TableThing, TableTruth
from leo_agent.data.made.words import a, is_kin

ENOUGH = 4  # descriptions of one thing
_EXTREME = {
    "leftmost": "leftmost {}",
    "rightmost": "rightmost {}",
    "nearest": "{} closest to the robot",
    "farthest": "{} farthest from the robot",
}


def described(thing: TableThing) -> str:
    """Size, colour and kind, as far as they can be said, without an article."""
    return f"{'small ' if thing.is_small else ''}{thing.name}"


def called(table: TableTruth, kind: str) -> list[TableThing]:
    """All things that could be called so."""
    return [thing for thing in table.things if thing.kind == kind or is_kin(kind, thing.kind)]


def named(table: TableTruth, name: str) -> list[TableThing]:
    """All things of that colour and kind."""
    return [thing for thing in table.things if thing.name == name]


def the_only(table: TableTruth, thing: TableThing) -> str | None:
    """What a thing is called if that fits no other: its kind, or its colour and kind."""
    if len(called(table, thing.kind)) == 1:
        return thing.kind
    if thing.color and len(named(table, thing.name)) == 1:
        return thing.name
    return None


def which(table: TableTruth, thing: TableThing) -> str:
    """The thing with its article: "the" where it is the only one that is called so."""
    phrase = the_only(table, thing)
    return f"the {phrase}" if phrase else a(described(thing))


def with_place(table: TableTruth, thing: TableThing) -> str | None:
    """What a thing is in or on, such as "in the red bowl"; None where it is on the table, or not sure."""
    place = table.places[thing.id]
    if place is None or place.how == "table":
        return None
    return f"{place.how} {which(table, table.by_id[place.holder])}"


def unique_descriptions(table: TableTruth, thing: TableThing) -> list[str]:
    """Phrases without an article that fit this thing and no other; a few, or none."""
    found: list[str] = []
    for phrase in _candidates(table, thing):
        if phrase not in found:
            found.append(phrase)
        if len(found) == ENOUGH:
            break
    return found


def _candidates(table: TableTruth, thing: TableThing) -> Iterator[str]:
    alike = [other for other in called(table, thing.kind) if other.id != thing.id]
    twins = [other for other in alike if other.name == thing.name]
    if not alike:
        yield thing.kind
    if thing.color and not twins:
        yield thing.name
    yield from _by_holder(table, thing, alike)
    if not alike and len(table.things) > 1:
        return  # "the stapler to the left of the camera" says more than anybody would
    yield from _by_extreme(thing, alike)
    if thing.color and twins:
        yield from _by_anchor(table, thing, thing.name, twins)
    yield from _by_anchor(table, thing, thing.kind, alike)


def _by_holder(table: TableTruth, thing: TableThing, alike: Sequence[TableThing]) -> Iterator[str]:
    place = table.places[thing.id]
    if place is None or place.how == "table":
        return
    holder = the_only(table, table.by_id[place.holder])
    if holder and all(table.places[other.id] not in (None, place) for other in alike):
        yield f"{thing.kind} {place.how} the {holder}"


def _by_extreme(thing: TableThing, alike: Sequence[TableThing]) -> Iterator[str]:
    if len(alike) > 1:
        for how, extreme in extremes([thing, *alike]).items():
            if extreme is thing:
                yield _EXTREME[how].format(thing.kind)


def _by_anchor(table: TableTruth, thing: TableThing, name: str, alike: Sequence[TableThing]) -> Iterator[str]:
    """By a direction from what is unmistakable, the nearest first."""
    if table.places[thing.id] != Place("table"):
        return
    anchors = [other for other in table.on_table() if other.id != thing.id and other.kind != thing.kind]
    for anchor in sorted(anchors, key=lambda other: table.gaps[thing.id, other.id]):
        how, phrase = direction(table, thing, anchor), the_only(table, anchor)
        if how and phrase and all(is_surely_not(table, other, how, anchor) for other in alike):
            yield f"{name} {how} the {phrase}"


def group_names(table: TableTruth) -> dict[str, list[TableThing]]:
    """The things by what they are called, colour and kind."""
    found: dict[str, list[TableThing]] = {}
    for thing in table.things:
        found.setdefault(described(thing), []).append(thing)
    return found
