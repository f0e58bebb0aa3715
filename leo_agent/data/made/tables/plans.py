"""Plans: what a robot does on a table for a goal, step by step, each step possible when it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from leo_agent.contract.errors import InputError
from leo_agent.data.made.tables.descriptions import called, the_only
from leo_agent.data.made.tables.truth import BOX, CONTAINERS, Place, TableThing, TableTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import a, listed, number, plural

_MOST_STEPS = 12
_FILL = ("put the {things} in {holders}", "move the {things} into {holders}", "get the {things} into {holders}")
_PACK = ("pack {things} in the {box}", "put {things} into the {box}", "pack {things} away in the {box}")
_EMPTY = ("empty the {holder}", "take everything out of the {holder}", "clear the {holder}")
_STACK = (
    "stack the {thing} on the {base}",
    "put the {thing} on top of the {base}",
    "place the {thing} on the {base}",
)
_PUSH = ("push the blocks into the {square}", "gather all blocks in the {square}", "bring all blocks into the {square}")


@dataclass(frozen=True)
class TableStep:
    """One action: a thing is taken, and put in or on another or on the table; or a group of cubes is pushed."""

    verb: Literal["take", "put in", "put on", "put down", "push"]
    target: int  # id of what is taken, of where it is put or pushed; 0 of the table
    pushed: tuple[int, ...] = ()  # ids of cubes


@dataclass(frozen=True)
class TablePlan:
    """Steps for a goal."""

    goal: str
    steps: tuple[TableStep, ...]
    text: str


def table_plans(table: TableTruth, wording: Wording) -> Iterator[TablePlan]:
    """Plans of all kinds that the table has things for, each of which `carry_out` carries out."""
    if table.is_sure():
        for make in (_fill_bowls, _pack, _empty, _stack, _push):
            yield from make(table, wording)


def carry_out(table: TableTruth, steps: Sequence[TableStep]) -> dict[int, Place]:
    """What each thing is in or on afterwards; nothing else is moved, a bowl has room for one block.

    Raises:
        InputError: names the first step that is not possible.
    """
    places = {number: place for number, place in table.places.items() if place}
    held = 0
    for count, step in enumerate(steps, start=1):
        where, target = f"step {count}, {step.verb} {step.target}", table.by_id.get(step.target)
        there = [each for each, place in places.items() if place.holder == step.target and step.target]
        match step.verb:
            case "take":
                _demand(target is not None and not held, f"{where}: no such thing, or {held} is held")
                assert target is not None
                _demand(target.kind not in CONTAINERS and not there, f"{where}: it stays, or something is on it")
                held = step.target
                del places[held]
            case "put in":
                _demand(bool(held) and target is not None, f"{where}: nothing is held, or there is no such thing")
                assert target is not None
                _demand(target.kind in CONTAINERS and not (target.kind == "bowl" and there), f"{where}: no room")
                places[held], held = Place("in", step.target), 0
            case "put on":
                _demand(bool(held) and step.target in places and not there, f"{where}: nothing is held, or no room")
                places[held], held = Place("on", step.target), 0
            case "put down":
                _demand(bool(held), f"{where}: nothing is held")
                places[held], held = Place("table"), 0
            case "push":
                _demand(target is not None and target.kind == "square", f"{where}: it is no square")
                _demand(all(table.by_id[each].is_small for each in step.pushed), f"{where}: it is not pushed")
                places |= {each: Place("in", step.target) for each in step.pushed}
    _demand(not held, f"{held} is still held at the end")
    return places


def _demand(is_possible: bool, problem: str) -> None:
    if not is_possible:
        raise InputError(problem)


def _plan(table: TableTruth, goal: str, steps: Sequence[TableStep], said: Sequence[str]) -> TablePlan:
    carry_out(table, steps)
    text = " ".join(f"{count}. {sentence}" for count, sentence in enumerate(said, start=1))
    return TablePlan(goal, tuple(steps), text)


def _moves(table: TableTruth, goal: str, moves: Sequence[tuple[TableThing, str, int, str]]) -> Iterator[TablePlan]:
    """A plan that takes things and puts them somewhere: (thing, its phrase, target or 0, where in words)."""
    steps, said = [], []
    for thing, phrase, target, where in moves:
        verb: Literal["put in", "put on", "put down"] = "put down"
        if target:
            verb = "put in" if table.by_id[target].kind in CONTAINERS else "put on"
        steps += [TableStep("take", thing.id), TableStep(verb, target)]
        said += [f"Pick up {phrase}.", f"Put it {where}."]
    if 0 < len(steps) <= _MOST_STEPS:
        yield _plan(table, goal, steps, said)


def _taken_names(table: TableTruth, things: Sequence[TableThing]) -> dict[int, str] | None:
    """What each is called as its turn comes; None where words would not say which is meant.

    Of several that are called alike those that stand on the table are meant in any order; one that is in or on another
    thing is called by that.
    """
    names, before = {}, set[str]()
    for thing in things:
        place, phrase = table.places[thing.id], the_only(table, thing)
        if table.held(thing.id) or place is None:
            return None
        if phrase:
            names[thing.id] = f"the {phrase}"
        elif place.how != "table":
            holder = the_only(table, table.by_id[place.holder])
            if holder is None:
                return None
            names[thing.id] = f"the {thing.name} {place.how} the {holder}"
        else:
            names[thing.id] = f"{'another' if thing.name in before else 'a'} {thing.name} from the table"
            before.add(thing.name)
    return names


def _fill_bowls(table: TableTruth, wording: Wording) -> Iterator[TablePlan]:
    """Blocks of a colour into bowls of a colour, of those that have the room."""
    blocks, bowls = _by_name(called(table, "block")), _by_name(called(table, "bowl"))
    pairs = [(block, bowl) for block in blocks for bowl in bowls]
    for place in wording.rng.permutation(len(pairs))[:4]:
        block, bowl = pairs[int(place)]
        free = [each for each in bowls[bowl] if not table.held(each.id)]
        done = {Place("in", each.id) for each in bowls[bowl]}
        left = [each for each in blocks[block] if table.places[each.id] not in done]
        names = _taken_names(table, left)
        if not left or names is None or len(free) < len(left):
            continue
        goal = wording.say(_FILL, things=_number_of(blocks[block]), holders=_goal_holders(blocks[block], bowls[bowl]))
        where = [f"in {_holder_name(bowls[bowl], free, count)}" for count in range(len(left))]
        yield from _moves(
            table,
            goal,
            [(each, names[each.id], free[count].id, where[count]) for count, each in enumerate(left)],
        )


def _holder_name(bowls: Sequence[TableThing], free: Sequence[TableThing], count: int) -> str:
    if len(bowls) == 1:
        return f"the {bowls[0].name}"
    return f"{'another' if count else 'an'} empty {bowls[0].name}" if len(free) > 1 else f"the empty {bowls[0].name}"


def _goal_holders(blocks: Sequence[TableThing], bowls: Sequence[TableThing]) -> str:
    if len(bowls) == 1:
        return f"the {bowls[0].name}"
    return a(bowls[0].name) if len(blocks) == 1 else plural(bowls[0].name)


def _by_name(things: Sequence[TableThing]) -> dict[str, list[TableThing]]:
    found: dict[str, list[TableThing]] = {}
    for thing in things:
        found.setdefault(thing.name, []).append(thing)
    return found


def _number_of(things: Sequence[TableThing]) -> str:
    return things[0].name if len(things) == 1 else plural(things[0].name)


def _pack(table: TableTruth, wording: Wording) -> Iterator[TablePlan]:
    """One thing, two, and all into the box."""
    box = next((thing for thing in table.things if thing.kind == BOX), None)
    if box is None:
        return
    loose = [thing for thing in table.on_table() if thing.kind != BOX and the_only(table, thing)]
    order = [loose[int(place)] for place in wording.rng.permutation(len(loose))]
    for group in {1: order[:1], 2: order[:2], len(order): order}.values():
        if group and sum(thing.width_m for thing in group) <= box.width_m:  # side by side, they fit
            goal = wording.say(_PACK, things=listed([f"the {the_only(table, thing)}" for thing in group]), box=BOX)
            moves = [(thing, f"the {the_only(table, thing)}", box.id, f"in the {BOX}") for thing in group]
            yield from _moves(table, goal, moves)


def _empty(table: TableTruth, wording: Wording) -> Iterator[TablePlan]:
    for holder in table.things:
        phrase, inside = the_only(table, holder), table.held(holder.id)
        if not phrase or holder.kind not in ("bowl", BOX) or not inside:
            continue
        moves = []
        for thing in inside:
            name = the_only(table, thing)
            moves.append((thing, f"the {name or f'{thing.name} in the {phrase}'}", 0, "on the table"))
        yield from _moves(table, wording.say(_EMPTY, holder=phrase), moves)


def _stack(table: TableTruth, wording: Wording) -> Iterator[TablePlan]:
    """A block on another; what is on the lower one comes away first."""
    blocks = [thing for thing in called(table, "block") if the_only(table, thing) and not thing.is_small]
    pairs = [(one, base) for one in blocks for base in blocks if one is not base and not table.held(one.id)]
    for place in wording.rng.permutation(len(pairs))[:2]:
        thing, base = pairs[int(place)]
        on_base = table.held(base.id)
        if table.places[base.id] != Place("table") or thing in on_base:
            continue
        names = {each.id: the_only(table, each) for each in (thing, base, *on_base)}
        if None in names.values():
            continue
        goal = wording.say(_STACK, thing=names[thing.id], base=names[base.id])
        moves = [(each, f"the {names[each.id]}", 0, "on the table") for each in on_base]
        moves.append((thing, f"the {names[thing.id]}", base.id, f"on the {names[base.id]}"))
        yield from _moves(table, goal, moves)


def _push(table: TableTruth, wording: Wording) -> Iterator[TablePlan]:
    """All cubes into one square: those of the other square, those beside both."""
    squares = [thing for thing in table.things if thing.kind == "square"]
    for square in squares:
        steps, said = [], []
        for start in (0, *(other.id for other in squares if other is not square)):
            group = [thing for thing in table.things if thing.is_small and _starts(table, thing) == start]
            if group:
                count = f"the {number(len(group))} blocks" if len(group) > 1 else "the block"
                where = f"in the {table.by_id[start].name}" if start else "outside the squares"
                steps.append(TableStep("push", square.id, tuple(thing.id for thing in group)))
                said.append(f"Push {count} {where} into the {square.name}.")
        if steps:
            yield _plan(table, wording.say(_PUSH, square=square.name), steps, said)


def _starts(table: TableTruth, thing: TableThing) -> int:
    place = table.places[thing.id]
    return place.holder if place else -1
