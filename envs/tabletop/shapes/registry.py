"""The registry of shapes: each can be made anew from its recipe, a kind with numbers or names, which scenes store."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, ParamSpec, cast

from envs.errors import InputError
from envs.tabletop.shapes.shape import Shape

SHAPES_KEPT = 64
Parameters = ParamSpec("Parameters")
_MAKERS: dict[str, Callable[..., Shape]] = {}


def register_shape(kind: str) -> Callable[[Callable[Parameters, Shape]], Callable[Parameters, Shape]]:
    """Decorator of a function that builds a shape from keyword arguments; equal arguments give the very same shape."""

    def register(build: Callable[Parameters, Shape]) -> Callable[Parameters, Shape]:
        def made(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Shape:
            if args:
                raise TypeError(f"shape {kind}: its parameters are given by name")
            return replace(build(*args, **kwargs), recipe={"kind": kind, **kwargs})

        _MAKERS[kind] = kept = lru_cache(maxsize=SHAPES_KEPT)(made)
        return cast(Callable[Parameters, Shape], kept)

    return register


def make_shape(recipe: Mapping[str, Any]) -> Shape:
    """The shape of a recipe as JSON stores it. Raises InputError for an unknown kind or wrong parameters."""
    package = importlib.import_module(__name__.rpartition(".")[0])
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    parameters = {name: tuple(value) if isinstance(value, list) else value for name, value in recipe.items()}
    kind = parameters.pop("kind", None)
    if kind not in _MAKERS:
        raise InputError(f"shape: found the kind {kind!r}, expected one of {', '.join(sorted(_MAKERS))}")
    try:
        return _MAKERS[kind](**parameters)
    except (TypeError, ValueError) as error:
        raise InputError(f"shape {kind}: found parameters {parameters}, {error}") from error
