"""Dataclasses of a scene to plain JSON values and back, checked against their annotations, place by place."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.procedural.objects import Shape, make_shape
from leo_agent.envs.tabletop.goals import Goal, PoseGoal, ZoneGoal

GOAL_KINDS: dict[str, type[Any]] = {"pose": PoseGoal, "zone": ZoneGoal}
LARGEST_NUMBER = 1e6  # of metres, kilograms, ids: nothing on a table needs more
MAX_ITEMS = 100_000  # of one list
MAX_TEXT = 1000
RECIPE_DEPTH = 4


def encoded(value: Any) -> Any:
    """The value as JSON has it: dataclasses as objects, tuples and arrays as lists, shapes as their recipes.

    Raises:
        InputError: a shape has no recipe.
    """
    if isinstance(value, Shape):
        if not value.recipe:
            raise InputError(f"scene: the shape {value.name!r} has no recipe to store it by")
        return encoded(value.recipe)
    if is_dataclass(value):
        kinds = [name for name, kind in GOAL_KINDS.items() if isinstance(value, kind)]
        own = {field.name: encoded(getattr(value, field.name)) for field in fields(value)}
        return {"kind": kinds[0], **own} if kinds else own
    if isinstance(value, Mapping):
        return {str(key): encoded(each) for key, each in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return [encoded(each) for each in value] if isinstance(value, (tuple, list)) else value


def decoded(value: Any, hint: Any, place: str) -> Any:
    """The value that `encoded` made such JSON of, of the annotated type.

    Raises:
        InputError: it is of another; the message names the place.
    """
    plain = {float: _number, int: _integer, bool: _boolean, str: _text, Shape: _shape, Goal: _goal}
    if hint in plain:
        return plain[hint](value, place)
    if is_dataclass(hint):
        return _record(value, typing.cast(type[Any], hint), place)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        kind = next(each for each in arguments if each is not type(None))
        return None if value is None else decoded(value, kind, place)
    if origin is tuple:
        return _sequence(value, arguments, place)
    if origin in (np.ndarray, NDArray):  # the alias itself from NumPy 2.5 on, with Python 3.12 and newer
        return _points(value, place)
    return _mapping(value, arguments, place)


def refuse(place: str, value: Any, expected: str) -> typing.NoReturn:
    """Refuses a value at its place in the file.

    Raises:
        InputError: always.
    """
    raise InputError(f"{place}: found {shown(value)}, expected {expected}")


def _number(value: Any, place: str) -> float:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not plain or not abs(value) <= LARGEST_NUMBER:
        refuse(place, value, f"a number between -{LARGEST_NUMBER:g} and {LARGEST_NUMBER:g}")
    return float(value)


def _integer(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        refuse(place, value, "a whole number, 0 or more")
    return int(value)


def _boolean(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        refuse(place, value, "true or false")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        refuse(place, value, f"text of at most {MAX_TEXT} characters")
    return value


def _record(value: Any, kind: type[Any], place: str) -> Any:
    """A dataclass; what has a default may be left out."""
    if not isinstance(value, Mapping):
        refuse(place, value, f"an object with {', '.join(field.name for field in fields(kind))}")
    hints = typing.get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}
    for name in value:
        if name not in known:
            refuse(place, name, f"no other keys than {', '.join(known)}")
    for name, field in known.items():
        if name not in value and field.default is MISSING and field.default_factory is MISSING:
            refuse(place, list(value), f"the key {name}, too")
    return kind(**{name: decoded(each, hints[name], f"{place}.{name}") for name, each in value.items()})


def _sequence(value: Any, arguments: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    endless = len(arguments) == 2 and arguments[1] is Ellipsis
    if not isinstance(value, (list, tuple)) or len(value) > MAX_ITEMS:
        refuse(place, value, f"a list of at most {MAX_ITEMS}")
    if not endless and len(value) != len(arguments):
        refuse(place, value, f"a list of {len(arguments)}")
    hints = (arguments[0],) * len(value) if endless else arguments
    return tuple(decoded(each, hint, f"{place}[{k}]") for k, (each, hint) in enumerate(zip(value, hints, strict=True)))


def _mapping(value: Any, arguments: tuple[Any, ...], place: str) -> dict[int, Any]:
    """JSON's keys are text; here they stand for object ids."""
    if not isinstance(value, Mapping):
        refuse(place, value, "an object whose keys are object ids")
    result = {}
    for key, each in value.items():
        if not (isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10):
            refuse(place, key, "an object id as key")
        result[int(key)] = decoded(each, arguments[1], f"{place}.{key}")
    return result


def _points(value: Any, place: str) -> np.ndarray:
    hint = tuple[tuple[float, float, float], ...]
    return np.array(decoded(value, hint, place), np.float64).reshape(-1, 3)


def _goal(value: Any, place: str) -> Goal:
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in GOAL_KINDS:
        refuse(place, value, f"a goal whose kind is one of {', '.join(GOAL_KINDS)}")
    rest = {name: each for name, each in value.items() if name != "kind"}
    return typing.cast(Goal, _record(rest, GOAL_KINDS[kind], place))


def _shape(value: Any, place: str) -> Shape:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        refuse(place, value, "the recipe of a shape: its kind and its parameters")
    recipe = {name: _ingredient(each, f"{place}.{name}", RECIPE_DEPTH) for name, each in value.items()}
    try:
        return make_shape(recipe)
    except InputError as error:
        raise InputError(f"{place}: {' '.join(str(error).split())}") from error


def _ingredient(value: Any, place: str, depth: int) -> Any:
    """A parameter of a recipe: text, a number, true, false, null, or lists of these as tuples."""
    if isinstance(value, (list, tuple)):
        if depth == 0 or len(value) > MAX_ITEMS:
            refuse(place, value, f"lists of at most {MAX_ITEMS}, {RECIPE_DEPTH} deep")
        return tuple(_ingredient(each, f"{place}[{k}]", depth - 1) for k, each in enumerate(value))
    if value is None or isinstance(value, bool):
        return value
    check: Callable[[Any, str], Any] = _text if isinstance(value, str) else _number
    checked = check(value, place)
    return value if isinstance(value, int) else checked
