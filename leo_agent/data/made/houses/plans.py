"""Plans: what to do in a house for a goal, step by step, each step possible when it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from leo_agent.contract.errors import InputError
from leo_agent.data.made.houses.descriptions import is_only_room, unique_in_room
from leo_agent.data.made.houses.relations import relation
from leo_agent.data.made.houses.truth import HouseTruth, ThingTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import noun, room_noun

Verb = Literal["go", "take", "put", "open", "close", "switch on", "switch off", "sit", "water", "clean"]
PORTABLE_KINDS = (
    *("book_pile", "fruit_bowl", "vase", "folded_clothes", "towel_stack"),
    *("square_cushion", "long_cushion", "bed_pillow"),
)
OPENABLE = ("cabinet", "chest_of_drawers")
SWITCHED = ("lighting", "tv_monitor")
SEATS = ("sofa", "chair", "seating", "stool", "bed")
SURFACES = ("table", "counter", "chest_of_drawers", "seating", "bed", "sofa", "cabinet")
_LOWEST_TOP_M, _HIGHEST_TOP_M = 0.25, 1.4  # where things can be put by hand


@dataclass(frozen=True)
class Step:
    """One action."""

    verb: Verb
    target: int | str  # id of an object; of "go" the name of a room


@dataclass(frozen=True)
class Plan:
    """Steps for a goal."""

    goal: str
    steps: tuple[Step, ...]
    text: str


def plans(house: HouseTruth, wording: Wording) -> Iterator[Plan]:
    """Plans of all kinds that the house has things for, each of which `execute` carries out."""
    for room in house.rooms:
        if is_only_room(house, room.name):
            things = [thing for thing in house.by_room[room.name] if unique_in_room(house, thing) == noun(thing.kind)]
            for make in (_tidy, _water, _rest, _light, _fetch, _wipe):
                yield from make(house, room.name, things, wording)


def execute(house: HouseTruth, steps: Sequence[Step]) -> None:
    """Carries a plan out on the truth of a house, from anywhere in it.

    Raises:
        InputError: names the first step that is not possible.
    """
    things = {thing.id: thing for thing in house.things}
    room, held, opened, lit = "", 0, set[int](), set[int]()
    for number, step in enumerate(steps, start=1):
        where = f"step {number}, {step.verb} {step.target}"
        if step.verb == "go":
            _demand(step.target in house.by_room, f"{where}: no such room")
            room = str(step.target)
            continue
        _demand(step.target in things, f"{where}: no such object")
        thing = things[int(step.target)]
        _demand(thing.room == room, f"{where}: it is in {thing.room}, not in {room or 'any room yet'}")
        match step.verb:
            case "take":
                _demand(is_portable(thing) and not held, f"{where}: it cannot be taken, or {held} is held")
                held = thing.id
            case "put":
                _demand(bool(held) and is_surface(thing), f"{where}: nothing is held, or it is no place for it")
                held = 0
            case "open" | "close":
                _demand(thing.category in OPENABLE, f"{where}: it does not open")
                _demand((thing.id in opened) == (step.verb == "close"), f"{where}: it is so already")
                opened ^= {thing.id}
            case "switch on" | "switch off":
                _demand(thing.category in SWITCHED, f"{where}: it has no switch")
                _demand((thing.id in lit) == (step.verb == "switch off"), f"{where}: it is so already")
                lit ^= {thing.id}
            case "sit":
                _demand(thing.category in SEATS, f"{where}: nobody sits on it")
            case "water":
                _demand(thing.category == "plant", f"{where}: it is no plant")
            case "clean":
                _demand(not is_portable(thing), f"{where}: it is carried, not cleaned")
    _demand(not held, f"{held} is still held at the end")


def is_portable(thing: ThingTruth) -> bool:
    """Whether a person carries it in one hand."""
    return thing.kind in PORTABLE_KINDS


def is_surface(thing: ThingTruth) -> bool:
    """Whether something can be put on it by hand."""
    return thing.category in SURFACES and _LOWEST_TOP_M <= thing.high[2] <= _HIGHEST_TOP_M


def _demand(is_possible: bool, problem: str) -> None:
    if not is_possible:
        raise InputError(problem)


def _plan(house: HouseTruth, goal: str, steps: Sequence[Step]) -> Plan:
    execute(house, steps)
    things = {thing.id: thing for thing in house.things}
    said, held = [], ""
    for number, step in enumerate(steps, start=1):
        if step.verb == "go":
            said.append(f"{number}. Go to the {room_noun(house.room(str(step.target)).function)}.")
            continue
        name = noun(things[int(step.target)].kind)
        if step.verb == "take":
            held = name
        sentence = {
            "take": f"Pick up the {name}.",
            "put": f"Put the {held} on the {name}.",
            "sit": f"Sit down on the {name}.",
        }.get(step.verb, f"{step.verb.capitalize()} the {name}.")
        said.append(f"{number}. {sentence}")
    return Plan(goal, tuple(steps), " ".join(said))


Maker = Callable[[HouseTruth, str, list[ThingTruth], Wording], Iterator[Plan]]


def _tidy(house: HouseTruth, room: str, things: list[ThingTruth], wording: Wording) -> Iterator[Plan]:
    goals = ("tidy up the {room}", "bring order into the {room}", "put the {room} in order")
    loose = [thing for thing in things if is_portable(thing)][:2]
    tops = [thing for thing in things if is_surface(thing)]
    steps = [Step("go", room)]
    for thing in loose:
        top = next((each for each in tops if relation(thing, each) != "on"), None)
        if top:
            steps += [Step("take", thing.id), Step("put", top.id)]
    if len(steps) > 1:
        name = room_noun(house.room(room).function)
        yield _plan(house, wording.say(goals, room=name), steps)


def _water(house: HouseTruth, room: str, things: list[ThingTruth], wording: Wording) -> Iterator[Plan]:
    plants = [thing for thing in things if thing.category == "plant"]
    goals = ("water the plants in the {room}", "look after the plants in the {room}", "give the {room}'s plants water")
    if plants:
        name = room_noun(house.room(room).function)
        yield _plan(house, wording.say(goals, room=name), [Step("go", room), *(Step("water", p.id) for p in plants)])


def _rest(house: HouseTruth, room: str, things: list[ThingTruth], wording: Wording) -> Iterator[Plan]:
    goals = ("relax in the {room}", "take a rest in the {room}", "have an evening in the {room}")
    seat = next((thing for thing in things if thing.category in SEATS), None)
    screen = next((thing for thing in things if thing.category == "tv_monitor"), None)
    lamp = next((thing for thing in things if thing.category == "lighting"), None)
    if seat:
        steps = [Step("go", room), *(Step("switch on", each.id) for each in (lamp, screen) if each)]
        name = room_noun(house.room(room).function)
        yield _plan(house, wording.say(goals, room=name), [*steps, Step("sit", seat.id)])


def _light(house: HouseTruth, room: str, things: list[ThingTruth], wording: Wording) -> Iterator[Plan]:
    goals = ("make the {room} bright", "light up the {room}", "prepare the {room} for reading")
    lamps = [thing for thing in things if thing.category == "lighting"]
    if lamps:
        name = room_noun(house.room(room).function)
        yield _plan(house, wording.say(goals, room=name), [Step("go", room), *(Step("switch on", x.id) for x in lamps)])


def _fetch(house: HouseTruth, room: str, things: list[ThingTruth], wording: Wording) -> Iterator[Plan]:
    goals = (
        "bring the {thing} to the {room}",
        "carry the {thing} to the {room}",
        "take the {thing} over to the {room}",
    )
    loose = next((thing for thing in things if is_portable(thing)), None)
    for other in house.rooms:
        top = next(
            (
                thing
                for thing in house.by_room[other.name]
                if is_surface(thing) and unique_in_room(house, thing) == noun(thing.kind)
            ),
            None,
        )
        if loose and top and other.name != room and is_only_room(house, other.name):
            goal = wording.say(goals, thing=noun(loose.kind), room=room_noun(other.function))
            steps = [Step("go", room), Step("take", loose.id), Step("go", other.name), Step("put", top.id)]
            yield _plan(house, goal, steps)


def _wipe(house: HouseTruth, room: str, things: list[ThingTruth], wording: Wording) -> Iterator[Plan]:
    goals = ("clean the {room}", "wipe the surfaces in the {room}", "do the cleaning in the {room}")
    tops = [thing for thing in things if is_surface(thing)]
    if tops:
        chosen = [tops[int(n)] for n in wording.rng.permutation(len(tops))[:4]]
        cabinet = next((thing for thing in chosen if thing.category in OPENABLE), None)
        steps = [Step("go", room), *(Step("clean", thing.id) for thing in chosen)]
        if cabinet:
            steps += [Step("open", cabinet.id), Step("clean", cabinet.id), Step("close", cabinet.id)]
        name = room_noun(house.room(room).function)
        yield _plan(house, wording.say(goals, room=name), steps)
