"""Questions about a table with one right answer each; answers of one kind are balanced where the table allows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leo_agent.data.made.tables.descriptions import called, described, named, the_only, unique_descriptions, with_place
from leo_agent.data.made.tables.relations import OPPOSITE, direction, nearest_thing, outermost_thing
from leo_agent.data.made.tables.truth import BOX, CONTAINERS, Place, TableThing, TableTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, count_answers, is_kin, plural

TABLE_QUESTION_KINDS = (
    *("count", "existence", "color", "place", "contents", "nearest"),
    *("side", "relation", "size", "extreme"),
)
_COUNT = ("how many {things} are there?", "how many {things} can you see?", "what is the number of {things}?")
_COUNT_IN = (
    "how many {things} are in the {holder}?",
    "what is the number of {things} in the {holder}?",
    "how many {things} does the {holder} hold?",
)
_COUNT_HELD = ("how many of the {things} are in {holders}?", "how many {things} lie in {holders}?")
_IS = ("is there {thing} on this table?", "can you find {thing} here?", "do you see {thing}?")
_COLOR = ("what color is the {which}?", "which color does the {which} have?", "what is the color of the {which}?")
_PLACE = ("where is the {which}?", "what is the {which} in or on?", "where can the {which} be found?")
_CONTENTS = ("what is in the {which}?", "what does the {which} hold?", "which object is in the {which}?")
_NEAREST = ("what is nearest to the {which}?", "which object is closest to the {which}?")
_SIDE = (
    "on which side of the {other} is the {which}?",
    "which side of the {other} is the {which} on?",
    "is the {which} to the left, to the right, in front of or behind the {other}?",
)
_RELATION = (
    "is the {which} {how} the {other}?",
    "does the {which} lie {how} the {other}?",
    "would you say that the {which} is {how} the {other}?",
)
_SIZE = ("which is longer, the {one} or the {other}?", "what is longer, the {one} or the {other}?")
_EXTREME = {
    "leftmost": ("which object is farthest to the left?", "what is the leftmost object on the table?"),
    "rightmost": ("which object is farthest to the right?", "what is the rightmost object on the table?"),
    "nearest": ("which object is closest to the robot?", "what is nearest to the robot?"),
    "farthest": ("which object is farthest from the robot?", "what is the object farthest from the robot?"),
}
_SIDE_ANSWERS = {
    "to the left of": ("left", "on the left"),
    "to the right of": ("right", "on the right"),
    "in front of": ("front", "in front of it"),
    "behind": ("behind", "behind it"),
}
_MOST_COUNTED = 12
_LONGER = 1.25  # so many times
_PAIRS, _SIZES = 6, 4  # of things, asked of one table


@dataclass(frozen=True)
class TableQuestion:
    """A question about a table."""

    kind: str  # one of TABLE_QUESTION_KINDS
    text: str
    answers: tuple[str, ...]  # the right one in several spellings
    relevant: tuple[int, ...]  # ids of what it is about


def table_questions(table: TableTruth, wording: Wording, elsewhere: Sequence[str]) -> Iterator[TableQuestion]:
    """All kinds of questions in turn.

    Args:
        table: what they are about.
        wording: draws their words.
        elsewhere: kinds of things that tables have, for questions whose answer is no.
    """
    yield from _counts(table, wording)
    yield from _existence(table, wording, elsewhere)
    yield from _held(table, wording)
    for thing in table.things:
        phrases = unique_descriptions(table, thing)
        if phrases:
            yield from _about(table, thing, phrases, wording)
    yield from _pairs(table, wording)
    yield from _sizes(table, wording)
    yield from _extremes(table, wording)


def kin_free(table: TableTruth, kind: str) -> bool:
    """Whether a table has no other kind that the name of this one could mean, too."""
    return not any(is_kin(kind, thing.kind) for thing in table.things)


def absent_names(table: TableTruth, wording: Wording, elsewhere: Sequence[str]) -> list[str]:
    """What is not there: the table's kinds in colours of other things, and kinds that it lacks, in random order."""
    there = {thing.name for thing in table.things}
    colors = sorted({thing.color for thing in table.things if thing.color})
    colored = sorted({thing.kind for thing in table.things if thing.color})
    kinds = [kind for kind in elsewhere if not called(table, kind)]
    names = [f"{color} {kind}" for color in colors for kind in colored]
    if not colored:  # a table of things with colours of their own
        names = kinds
    missing = [name for name in names if name not in there]
    return [str(name) for name in wording.rng.permutation(missing)] if missing else []


def _counts(table: TableTruth, wording: Wording) -> Iterator[TableQuestion]:
    """Of kinds and of colours of a kind; of what is there once no more than of what is there several times."""
    asked = [kind for kind in sorted({thing.kind for thing in table.things}) if kin_free(table, kind)]
    groups = {kind: called(table, kind) for kind in asked}
    groups |= {thing.name: named(table, thing.name) for thing in table.things if thing.color}
    several = [name for name, group in groups.items() if 1 < len(group) <= _MOST_COUNTED]
    single = [name for name, group in groups.items() if len(group) == 1 and group[0].kind != BOX]
    several += [str(name) for name in wording.rng.permutation(single)[: (len(several) + 1) // 2]] if single else []
    for name in wording.rng.permutation(several).tolist():
        ids = tuple(thing.id for thing in groups[name])
        yield TableQuestion("count", wording.say(_COUNT, things=plural(name)), count_answers(len(ids)), ids)


def _existence(table: TableTruth, wording: Wording, elsewhere: Sequence[str]) -> Iterator[TableQuestion]:
    """As many that are there as are not."""
    there = sorted({thing.name for thing in table.things if thing.kind != BOX and kin_free(table, thing.kind)})
    absent = absent_names(table, wording, elsewhere)
    count = min(len(there), len(absent))
    for name in wording.rng.permutation(there).tolist()[:count]:
        ids = tuple(thing.id for thing in named(table, name))
        yield TableQuestion("existence", wording.say(_IS, thing=a(name)), ("yes",), ids)
    for name in absent[:count]:
        yield TableQuestion("existence", wording.say(_IS, thing=a(name)), ("no",), ())


def _held(table: TableTruth, wording: Wording) -> Iterator[TableQuestion]:
    """What containers hold; as few that hold nothing as hold one thing."""
    empty = []
    held_kinds = 0
    for holder in table.things:
        phrases = unique_descriptions(table, holder) if holder.kind in CONTAINERS else []
        inside = table.inside(holder.id)
        if not phrases or inside is None:
            continue
        phrase = phrases[int(wording.rng.integers(len(phrases)))]
        ids = (holder.id, *(thing.id for thing in inside))
        if holder.kind != "bowl":  # of which nobody counts the one thing that fits
            things = "blocks" if holder.kind == "square" else "objects"
            text = wording.say(_COUNT_IN, things=things, holder=phrase)
            yield TableQuestion("count", text, count_answers(len(inside)), ids)
        names = sorted({described(thing) for thing in inside})
        if len(names) == 1 and holder.kind != "square":
            held_kinds += 1
            yield TableQuestion("contents", wording.say(_CONTENTS, which=phrase), (names[0], a(names[0])), ids)
        elif not names and holder.kind != "square":
            empty.append(TableQuestion("contents", wording.say(_CONTENTS, which=phrase), ("nothing",), ids))
    yield from [empty[int(place)] for place in wording.rng.permutation(len(empty))[: max(1, held_kinds)]]
    if "bowl" in {thing.kind for thing in table.things}:
        blocks = [thing for thing in table.things if thing.kind == "block"]
        held = [thing.id for thing in blocks if (place := table.places[thing.id]) and place.how == "in"]
        if len(blocks) > 1:
            text = wording.say(_COUNT_HELD, things="blocks", holders="bowls")
            yield TableQuestion("count", text, count_answers(len(held)), tuple(held))


def _about(table: TableTruth, thing: TableThing, phrases: list[str], wording: Wording) -> Iterator[TableQuestion]:
    plain = [phrase for phrase in phrases if thing.color is None or thing.color not in phrase.split(" ")]
    if thing.color and plain:
        text = wording.say(_COLOR, which=plain[int(wording.rng.integers(len(plain)))])
        yield TableQuestion("color", text, (thing.color,), (thing.id,))
    names = [phrase for phrase in phrases if " in the " not in phrase and " on the " not in phrase]
    held = with_place(table, thing)
    place = table.places[thing.id]
    if names and held and place:
        holder = table.by_id[place.holder]
        answers = dict.fromkeys((held, f"{place.how} {a(described(holder))}"))
        yield TableQuestion("place", wording.say(_PLACE, which=names[0]), tuple(answers), (thing.id, holder.id))
    elif names and place and thing.kind not in CONTAINERS and wording.rng.random() < _on_table_share(table):
        yield TableQuestion("place", wording.say(_PLACE, which=names[0]), ("on the table",), (thing.id,))
    near = nearest_thing(table, thing)
    if near:
        which = phrases[int(wording.rng.integers(len(phrases)))]
        answers = dict.fromkeys((described(near), near.name))
        yield TableQuestion("nearest", wording.say(_NEAREST, which=which), tuple(answers), (thing.id, near.id))


def _on_table_share(table: TableTruth) -> float:
    """How often to ask where a thing is that just stands there: about as often as for others."""
    loose = [thing for thing in table.things if thing.kind not in CONTAINERS]
    standing = sum(table.places[thing.id] == Place("table") for thing in loose)
    return min(1.0, max(1, len(loose) - standing) / max(1, standing))


def _pairs(table: TableTruth, wording: Wording) -> Iterator[TableQuestion]:
    """On which side of another a thing is, and whether it is there: as often yes as no."""
    standing = [thing for thing in table.on_table() if the_only(table, thing)]
    pairs = [(one, other) for one in standing for other in standing if one is not other]
    asked = 0
    for place in wording.rng.permutation(len(pairs)):
        one, other = pairs[int(place)]
        how = direction(table, one, other)
        if how is None:
            continue
        words, ids = {"which": the_only(table, one), "other": the_only(table, other)}, (one.id, other.id)
        yield TableQuestion("side", wording.say(_SIDE, **words), _SIDE_ANSWERS[how], ids)
        is_so = bool(asked % 2)
        text = wording.say(_RELATION, how=how if is_so else OPPOSITE[how], **words)
        yield TableQuestion("relation", text, ("yes" if is_so else "no",), ids)
        asked += 1
        if asked == _PAIRS:
            return


def _sizes(table: TableTruth, wording: Wording) -> Iterator[TableQuestion]:
    """Of things that have many sizes: how long blocks and figures are follows from their kind."""
    things = [thing for thing in table.things if not thing.color and thing.kind != BOX and the_only(table, thing)]
    pairs = [(one, other) for one in things for other in things if one.length_m >= _LONGER * other.length_m]
    for place in wording.rng.permutation(len(pairs))[:_SIZES]:
        longer, shorter = pairs[int(place)]
        order = (longer, shorter) if wording.rng.random() < 0.5 else (shorter, longer)
        one, other = (the_only(table, thing) for thing in order)
        phrase = str(the_only(table, longer))
        text = wording.say(_SIZE, one=one, other=other)
        yield TableQuestion("size", text, (phrase, f"the {phrase}"), (longer.id, shorter.id))


def _extremes(table: TableTruth, wording: Wording) -> Iterator[TableQuestion]:
    if any(thing.is_small for thing in table.things):
        return  # of squares and cubes nobody says which is the outermost object
    for how, templates in _EXTREME.items():
        thing = outermost_thing(table, how)
        if thing:
            answers = dict.fromkeys((described(thing), f"the {described(thing)}"))
            yield TableQuestion("extreme", wording.say(templates), tuple(answers), (thing.id,))
