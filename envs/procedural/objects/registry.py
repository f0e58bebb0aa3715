"""The registry of shapes: each can be made anew from its recipe, a kind with numbers or names, which scenes store."""

from __future__ import annotations

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any, ParamSpec, cast

from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.package_scan import import_modules
from leo_agent.envs.procedural.objects.shape import Shape

SHAPES_KEPT = 64
LARGEST_NUMBER = 1_000_000
Parameters = ParamSpec("Parameters")
_MAKERS: dict[str, Callable[..., Shape]] = {}


def register_shape(kind: str) -> Callable[[Callable[Parameters, Shape]], Callable[Parameters, Shape]]:
    """Decorator of a function that builds a shape from keyword arguments; equal arguments give the very same shape."""

    def register(build: Callable[Parameters, Shape]) -> Callable[Parameters, Shape]:
        @wraps(build)
        def made(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Shape:
            if args:
                raise TypeError(f"shape {kind}: its parameters are given by name")
            return replace(build(*args, **kwargs), recipe={"kind": kind, **kwargs})

        _MAKERS[kind] = kept = lru_cache(maxsize=SHAPES_KEPT)(made)
        return cast(Callable[Parameters, Shape], kept)

    return register


def make_shape(recipe: Mapping[str, Any]) -> Shape:
    """The shape of a recipe as JSON stores it.

    Raises:
        InputError: the kind is unknown or its parameters are wrong.
    """
    import_modules(__name__.rpartition(".")[0])
    parameters = {name: tuple(value) if isinstance(value, list) else value for name, value in recipe.items()}
    kind = parameters.pop("kind", None)
    if not isinstance(kind, str) or kind not in _MAKERS:
        raise InputError(f"shape: found the kind {kind!r}, expected one of {', '.join(sorted(_MAKERS))}")
    maker = _MAKERS[kind]
    hints = typing.get_type_hints(inspect.unwrap(maker))
    try:
        inspect.signature(maker).bind(**parameters)
        for name, value in parameters.items():
            if not _fits(value, hints[name]):
                wanted = getattr(hints[name], "__name__", hints[name])
                raise TypeError(f"{name} is {shown(value)}, expected {wanted}, finite and below {LARGEST_NUMBER}")
        return maker(**parameters)
    except InputError:
        raise
    except (ArithmeticError, TypeError, ValueError) as error:
        raise InputError(f"shape {kind}: found the parameters {repr(parameters)[:100]}: {error}") from error


def _fits(value: Any, hint: Any) -> bool:
    """Whether a parameter is of the annotated type, numbers finite and below a million."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        endless = len(arguments) == 2 and arguments[1] is Ellipsis
        kinds = arguments[:1] * len(value) if endless else arguments
        return len(value) == len(kinds) and all(map(_fits, value, kinds))
    if hint in (int, float):
        plain = isinstance(value, hint) or (hint is float and isinstance(value, int))
        return plain and not isinstance(value, bool) and math.isfinite(value) and abs(value) < LARGEST_NUMBER
    return isinstance(value, hint) if isinstance(hint, type) else True
