"""Dialogues of three to five turns about one table: what "it", "they" and "there" mean stands in the turns before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from leo_agent.data.made.tables.captions import centimeters
from leo_agent.data.made.tables.descriptions import called, described, the_only, which, with_place
from leo_agent.data.made.tables.questions import kin_free
from leo_agent.data.made.tables.relations import depth_part, nearest_thing, region
from leo_agent.data.made.tables.truth import Place, TableThing, TableTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, listed, number, plural
from leo_agent.policies.leo.text.question_prompts import Turn

_TELL = ("do you see the {thing}?", "can you find the {thing}?", "look for the {thing}.")
_TOLD = ("there is {what} here.", "I see {what}.", "I have found {what}.")
_COLOR = ("what color is it?", "and its color?", "which color does it have?")
_IS_COLORED = ("it is {color}.", "its color is {color}.", "it looks {color}.")
_WHERE = ("where is it?", "and where does it lie?", "what is its place?")
_LIES = ("it is {where}.", "it lies {where}.", "you find it {where}.")
_LONG = ("how long is it?", "what is its length?", "and its length?")
_LENGTH = ("it is about {length} long.", "about {length}.", "its length is about {length}.")
_CLOSE = ("what is nearest to it?", "and what is closest to it?", "which object is the nearest to it?")
_NEAR = ("{near} is nearest.", "that is {near}.", "closest to it is {near}.")
_ELSE = ("what else is in there?", "is anything else in there?", "and what is in there with it?")
_OTHERS = ("there {are} also {things}.", "{things}.", "it shares the place with {things}.")
_ALONE = ("nothing else.", "it is alone there.", "there is nothing else.")
_MORE = ("how many others of its kind are there?", "how many more {kinds} are there?", "are there other {kinds}?")
_ONLY = ("it is the only {kind}.", "there is no other {kind}.", "there are no more {kinds}.")
_SOME = ("there {are} {count} more.", "{count} more.", "besides it there {are} {count}.")
_COUNT = ("how many {kinds} are there?", "can you count the {kinds}?", "what is the number of {kinds}?")
_COUNTED = ("there are {count}.", "I count {count}.", "{count} {kinds}.")
_COLORS = ("which colors do they have?", "what colors are they?", "and what are their colors?")
_COLORED = ("{colors}.", "of them, {colors}.", "I see that {colors}.")
_HELD = ("how many of them are in {holders}?", "and how many of those lie in {holders}?")
_HELD_COUNT = ("{count} of them.", "{count}.", "in {holders} {are} {count}.")
_REST = ("where are the others?", "and the others?", "where do you see the rest?")
_ON_TABLE = ("they are on the table.", "on the table.", "the others lie on the table.")
_MOST_TURNS = 5


def table_dialogues(table: TableTruth, wording: Wording) -> Iterator[tuple[Turn, ...]]:
    """One about each thing that is unmistakable, one about each kind of which there are several."""
    for thing in table.things:
        phrase = the_only(table, thing)
        if phrase:
            yield _about_one(table, thing, phrase, wording)
    for kind in sorted({thing.kind for thing in table.things}):
        if len(called(table, kind)) > 1 and kin_free(table, kind):
            yield _about_several(table, kind, wording)


def _about_one(table: TableTruth, thing: TableThing, phrase: str, wording: Wording) -> tuple[Turn, ...]:
    turns = [(wording.say(_TELL, thing=phrase), wording.say(_TOLD, what=a(phrase)))]
    if thing.color and phrase == thing.kind:
        turns.append((wording.say(_COLOR), wording.say(_IS_COLORED, color=thing.color)))
    held, place = with_place(table, thing), table.places[thing.id]
    where = held or (place and (region(thing) or depth_part(thing)))
    if where:
        turns.append((wording.say(_WHERE), wording.say(_LIES, where=where)))
    if held and place and place.how == "in" and table.is_sure():
        turns.append(_what_else(table, thing, place, wording))
    near = nearest_thing(table, thing)
    if near:
        turns.append((wording.say(_CLOSE), wording.say(_NEAR, near=which(table, near))))
    if thing.color and kin_free(table, thing.kind):  # of others there is one alone
        more = len(called(table, thing.kind)) - 1
        asked = wording.say(_MORE, kind=thing.kind, kinds=plural(thing.kind))
        few = wording.say(_ONLY, kind=thing.kind, kinds=plural(thing.kind))
        some = wording.say(_SOME, are=_are(more), count=number(more))
        turns.append((asked, some if more else few))
    turns.append((wording.say(_LONG), wording.say(_LENGTH, length=centimeters(thing.length_m))))
    return tuple(turns[:_MOST_TURNS])


def _what_else(table: TableTruth, thing: TableThing, place: Place, wording: Wording) -> tuple[str, str]:
    others = [other for other in table.held(place.holder) if other.id != thing.id]
    asked = wording.say(_ELSE)
    if not others:
        return asked, wording.say(_ALONE)
    things = [a(described(other)) for other in others]
    return asked, wording.say(_OTHERS, are=_are(len(others)), things=listed(things))


def _about_several(table: TableTruth, kind: str, wording: Wording) -> tuple[Turn, ...]:
    group, kinds = called(table, kind), plural(kind)
    turns = [(wording.say(_COUNT, kinds=kinds), wording.say(_COUNTED, count=number(len(group)), kinds=kinds))]
    colors = Counter(thing.color for thing in group if thing.color)
    if len(colors) > 1:
        said = [f"{number(count)} {_are(count)} {color}" for color, count in sorted(colors.items())]
        turns.append((wording.say(_COLORS), wording.say(_COLORED, colors=listed(said))))
    holders = sorted({thing.kind for thing in table.things} & {"bowl", "square"}) if kind == "block" else []
    if holders and table.is_sure():
        places = [table.places[thing.id] for thing in group]
        count = sum(place is not None and place.how == "in" for place in places)
        said_count = number(count) if count else "none"
        words = {"holders": plural(holders[0]), "count": said_count, "are": _are(count) if count else "are"}
        turns.append((wording.say(_HELD, **words), wording.say(_HELD_COUNT, **words)))
        if 0 < count < len(group) - 1 and places.count(Place("table")) == len(group) - count:
            turns.append((wording.say(_REST), wording.say(_ON_TABLE)))
    return tuple(turns[:_MOST_TURNS])


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
