"""Configurations as frozen dataclasses whose fields say what they may hold: checked, and read strictly from JSON."""

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Self

from leo_agent.contract.errors import InputError, shown

LARGEST_SIZE = 10**7  # no size of a network comes near it
SMALLEST_SCALE = 1e-12  # of numbers that something is divided by


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`; on a field of several, each of them."""

    low: float
    high: float


Size = Annotated[int, Range(1, LARGEST_SIZE)]
Count = Annotated[int, Range(0, LARGEST_SIZE)]


class Config:
    """Base of a configuration's dataclasses; a field may be another one of them, or a tuple."""

    def check(self, where: str = "") -> None:
        """Checks the ranges of all fields, then the rules between them.

        Args:
            where: dotted name of this part in the whole configuration, "" for the whole.

        Raises:
            InputError: names the first value that cannot be.
        """
        kind: Any = type(self)  # hashable, which mypy does not know of a class
        hints = _hints(kind)
        for name, hint in hints.items():
            for place, value in _values(getattr(self, name), f"{where}.{name}".lstrip(".")):
                if isinstance(value, Config):
                    value.check(place)
                elif typing.get_origin(hint) is Annotated:
                    check_range(place, value, hint.__metadata__[0])
        self.check_rules(where)

    def check_rules(self, where: str) -> None:
        """Checks what one field's range cannot say; arguments and errors as those of `check`."""

    def to_dict(self) -> dict[str, Any]:
        """Values of JSON."""
        return dataclasses.asdict(self)  # type: ignore[call-overload, no-any-return]  # subclasses are dataclasses

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "config", *, complete: bool = True) -> Self:
        """The strict inverse of `to_dict`.

        Args:
            values: of the fields.
            where: how errors call the whole.
            complete: whether every field must be given, as in what was written by a program; without, those that have
                defaults may be left out, as in what a person writes.

        Raises:
            InputError: an unknown or missing key, or a value of another type.
        """
        return _read_config(cls, values, where, complete)  # type: ignore[no-any-return]


def check_range(name: str, value: float, allowed: Range) -> None:
    """Checks one number.

    Raises:
        InputError: it is out of range, or NaN.
    """
    if not allowed.low <= value <= allowed.high:
        low, high = (f"{each:g}" if isinstance(each, float) else each for each in (allowed.low, allowed.high))
        raise InputError(f"{name}: found {value}, expected {low} to {high}")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _values(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """The single values of a field, each with its name."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield f"{where}.{key}", each
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield f"{where}[{number}]", each
    else:
        yield where, value


def _read_config(kind: Any, values: Any, where: str, complete: bool) -> Any:
    if not isinstance(values, Mapping):
        raise InputError(f"{where}: found {type(values).__name__}, expected an object")
    hints = _hints(kind)
    required = hints if complete else {each.name for each in dataclasses.fields(kind) if not _has_default(each)}
    for problem, names in (("unknown", set(values) - set(hints)), ("missing", set(required) - set(values))):
        if names:
            exactly = "exactly" if complete else "some of"
            name = shown(sorted(names, key=str)[0])
            raise InputError(f"{where}: {problem} key {name}; expected {exactly} {', '.join(hints)}")
    read = {
        name: _read_value(hints[name], values[name], f"{where}.{name}", complete) for name in hints if name in values
    }
    try:
        return kind(**read)
    except InputError as error:  # of the configuration as a whole, which does not know where it was read
        raise InputError(f"{where}.{error}") from error


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _read_value(kind: Any, value: Any, where: str, complete: bool) -> Any:
    if typing.get_origin(kind) is Annotated:
        kind = typing.get_args(kind)[0]
    if kind is Any:
        return value
    if dataclasses.is_dataclass(kind):
        return _read_config(kind, value, where, complete)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_read_value(arguments[0], each, f"{where}[{i}]", complete) for i, each in enumerate(value))
    if origin is dict and isinstance(value, Mapping):
        return {
            _read_value(arguments[0], key, where, complete): _read_value(arguments[1], each, f"{where}.{key}", complete)
            for key, each in value.items()
        }
    if origin is Literal:
        if value in arguments:
            return value
        raise InputError(f"{where}: found {shown(value)}, expected one of {', '.join(map(str, arguments))}")
    nested = [each for each in arguments if dataclasses.is_dataclass(each)]
    if nested and value is not None:
        return _read_config(nested[0], value, where, complete)
    allowed = arguments if arguments and origin not in (tuple, dict) else (origin or kind,)
    if float in allowed and type(value) is int:
        return float(value)
    if type(value) not in allowed:
        expected = " or ".join(getattr(each, "__name__", str(each)) for each in allowed)
        raise InputError(f"{where}: found {shown(value)}, expected {expected}")
    return value
