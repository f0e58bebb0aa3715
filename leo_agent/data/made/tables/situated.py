"""Questions to somebody who stands at a table, or to the robot, with one thing straight ahead."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from leo_agent.data.made.tables.descriptions import called, described, named, the_only
from leo_agent.data.made.tables.outlines import gap_to_point_m
from leo_agent.data.made.tables.questions import kin_free
from leo_agent.data.made.tables.relations import SURE_DEG, clear_least
from leo_agent.data.made.tables.truth import TableThing, TableTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, plural
from leo_agent.envs.tabletop.workspace import BOUNDS

SIDES = {"in front of me": 0.0, "on my left": 90.0, "on my right": -90.0, "behind me": 180.0}
"""Degrees to the left of straight ahead."""
_ASKED_SIDES = ("in front of me", "on my left", "on my right")  # hardly anything is behind who faces a table
_ROBOT = (
    "I am the robot, turned towards the {front}.",
    "I am the robot at this table and look at the {front}.",
    "I am the robot arm, facing the {front}.",
)
_PERSON = (
    "I am standing at the table, {edge}, facing the {front}.",
    "I stand {edge} at the table and look at the {front}.",
    "I stand at the table, {edge}, with the {front} in front of me.",
)
_EDGES = ("across from the robot", "to the robot's left", "to the robot's right")
_EDGE_SHARES = (0.6, 0.2, 0.2)  # from the long side more lies to the left and to the right
_WHAT = ("what is {side}?", "which object is {side}?", "what can be found {side}?")
_IS = ("is there {thing} {side}?", "do I have {thing} {side}?", "can you see {thing} {side}?")
_WHERE = ("on which side is the {thing}?", "which side is the {thing} on?", "where is the {thing}, seen from here?")
_COUNT = ("how many {things} are {side}?", "what is the number of {things} {side}?")
_COLOR = ("what color is the {kind} {side}?", "which color does the {kind} {side} have?")
_CLOSEST = ("what is closest to me?", "which object is nearest to me?", "what can I reach first?")
_SHORT = {"in front of me": "front", "on my left": "left", "on my right": "right", "behind me": "behind"}
_AWAY_M = (0.1, 0.3)  # from the edge of the table
_POSES = 6  # of one table, a third of them the robot's
_ASKED_FOR = 2  # names that are on a side, and as many that are not
_MOST_ANSWERS = 3  # right ones to what is on a side
_SOME_SHARE = 0.6  # of the counts, asked of a side where there is something

Sides = dict[int, str | None]


@dataclass(frozen=True)
class TableSituation:
    """Somebody at a table."""

    position: tuple[float, float, float]  # level with the table's top, metres, the tabletop's frame
    yaw_rad: float  # where he looks, counter-clockwise from +x
    front: int  # id of what he looks at
    text: str


@dataclass(frozen=True)
class TableSituated:
    """What he is asked."""

    situation: TableSituation
    kind: str  # what, existence, side, count, color or closest
    text: str
    answers: tuple[str, ...]


def situated_questions(table: TableTruth, wording: Wording) -> Iterator[TableSituated]:
    """A few situations, each with questions of all kinds that have a sure answer there."""
    faced = [thing for thing in table.on_table() if the_only(table, thing)]
    for number in range(_POSES if faced else 0):
        front = faced[int(wording.rng.integers(len(faced)))]
        yield from _about(table, _situation(table, front, number % 3 == 0, wording), wording)


def side_of(situation: TableSituation, thing: TableThing) -> str | None:
    """On which side a thing is, one of SIDES; None near the borders of the sides."""
    x, y, _ = thing.center
    angle = math.degrees(math.atan2(y - situation.position[1], x - situation.position[0]) - situation.yaw_rad)
    for name, middle in SIDES.items():
        if abs((angle - middle + 180.0) % 360.0 - 180.0) <= SURE_DEG:
            return name
    return None


def _situation(table: TableTruth, front: TableThing, is_robot: bool, wording: Wording) -> TableSituation:
    if is_robot:
        x, y, templates, edge = 0.0, 0.0, _ROBOT, ""
    else:
        (x0, x1), (y0, y1) = BOUNDS[:2]
        along_x, along_y = float(wording.rng.uniform(x0, x1)), float(wording.rng.uniform(y0, y1))
        away, place = float(wording.rng.uniform(*_AWAY_M)), int(wording.rng.choice(len(_EDGES), p=_EDGE_SHARES))
        x, y = ((x1 + away, along_y), (along_x, y1 + away), (along_x, y0 - away))[place]
        templates, edge = _PERSON, _EDGES[place]
    yaw_rad = math.atan2(front.center[1] - y, front.center[0] - x)
    text = wording.say(templates, front=the_only(table, front), edge=edge)
    return TableSituation((x, y, 0.0), yaw_rad, front.id, text)


def _about(table: TableTruth, situation: TableSituation, wording: Wording) -> Iterator[TableSituated]:
    sides = {thing.id: side_of(situation, thing) for thing in table.things}
    for side in _ASKED_SIDES:
        there = [thing for thing in table.things if sides[thing.id] == side]
        ranked = sorted(there, key=lambda thing: _distance_m(situation, thing))
        answers = tuple(dict.fromkeys(described(thing) for thing in ranked))
        if 0 < len(answers) <= _MOST_ANSWERS:
            yield TableSituated(situation, "what", wording.say(_WHAT, side=side), answers)
    yield from _named_things(table, situation, sides, wording)
    yield from _existence(table, situation, sides, wording)
    yield from _kinds(table, situation, sides, wording)
    closest = clear_least(table.things, [_distance_m(situation, thing) for thing in table.things])
    if closest and not table.held(closest.id):
        yield TableSituated(situation, "closest", wording.say(_CLOSEST), _names(closest))


def _named_things(
    table: TableTruth, situation: TableSituation, sides: Sides, wording: Wording
) -> Iterator[TableSituated]:
    """On which side something is: in front no more often than elsewhere."""
    asked: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for thing in table.things:
        side, phrase = sides[thing.id], the_only(table, thing)
        if phrase and side and thing.id != situation.front:
            asked[side == "in front of me"].append((phrase, side))
    ahead = asked[True]
    kept = [ahead[int(place)] for place in wording.rng.permutation(len(ahead))[: len(asked[False]) // 2]]
    for phrase, side in [*asked[False], *kept]:
        yield TableSituated(situation, "side", wording.say(_WHERE, thing=phrase), (_SHORT[side], side))


def _existence(table: TableTruth, situation: TableSituation, sides: Sides, wording: Wording) -> Iterator[TableSituated]:
    """Of each side as often yes as no: else "in front of me" were nearly always yes."""
    front = table.by_id[situation.front].name  # whose side stands in the situation
    names = sorted({thing.name for thing in table.things if kin_free(table, thing.kind)} - {front})
    where = {name: [sides[thing.id] for thing in named(table, name)] for name in names}
    for side in _ASKED_SIDES:
        there = [name for name in names if side in where[name]]
        not_there = [name for name in names if side not in where[name] and None not in where[name]]
        count = min(len(there), len(not_there), _ASKED_FOR)
        for group, answer in ((there, "yes"), (not_there, "no")):
            for name in wording.rng.permutation(group).tolist()[:count]:
                yield TableSituated(situation, "existence", wording.say(_IS, thing=a(name), side=side), (answer,))


def _kinds(table: TableTruth, situation: TableSituation, sides: Sides, wording: Wording) -> Iterator[TableSituated]:
    """How many of a kind are on a side, and the colour of the one that is."""
    for kind in sorted({thing.kind for thing in table.things}):
        group = called(table, kind)
        where = [sides[thing.id] for thing in group]
        if None in where or len(group) < 2 or not kin_free(table, kind):
            continue
        there = [each for each in _ASKED_SIDES if each in where] or list(_ASKED_SIDES)
        choice = there if wording.rng.random() < _SOME_SHARE else list(_ASKED_SIDES)
        side = choice[int(wording.rng.integers(len(choice)))]
        text = wording.say(_COUNT, things=plural(kind), side=side)
        yield TableSituated(situation, "count", text, (str(where.count(side)),))
        for each in _ASKED_SIDES:
            if where.count(each) == 1 and (color := group[where.index(each)].color):
                yield TableSituated(situation, "color", wording.say(_COLOR, kind=kind, side=each), (color,))


def _names(thing: TableThing) -> tuple[str, ...]:
    return tuple(dict.fromkeys((described(thing), f"the {described(thing)}")))


def _distance_m(situation: TableSituation, thing: TableThing) -> float:
    return gap_to_point_m(thing.outline, situation.position[:2])
