"""Registers kinds of furniture and finds them again; a new kind is one function with one decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leo_agent.envs.package_scan import import_modules
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Model

Maker = Callable[[np.random.Generator, Palette], Model]


@dataclass(frozen=True)
class Kind:
    """A kind of furniture."""

    name: str  # of its function
    category: str  # in Matterport3D's terms
    use: str  # what rooms have it for, such as "dining"; "" where there is but one use
    make: Maker


@dataclass(frozen=True, eq=False)
class Furniture:
    """One piece of furniture."""

    name: str  # of its kind
    category: str  # in Matterport3D's terms
    model: Model  # in its own frame


_kinds: dict[str, Kind] = {}


def furniture(category: str, use: str = "") -> Callable[[Maker], Maker]:
    """Decorator: the function makes furniture of a category, for a use such as "dining"."""

    def register(maker: Maker) -> Maker:
        _kinds[maker.__name__] = Kind(maker.__name__, category, use, maker)
        return maker

    return register


def kinds(category: str | None = None, use: str | None = None) -> list[Kind]:
    """The registered kinds by name: all, or those of a category, or of a use."""
    import_modules(__name__.rpartition(".")[0])
    return [kind for _, kind in sorted(_kinds.items()) if category in (None, kind.category) and use in (None, kind.use)]


def categories() -> list[str]:
    """The categories of all kinds."""
    return sorted({kind.category for kind in kinds()})


def pick(rng: np.random.Generator, palette: Palette, category: str, use: str | None = None) -> Furniture:
    """A new piece of a random kind of a category and use."""
    fitting = kinds(category, use)
    kind = fitting[rng.integers(len(fitting))]
    return Furniture(kind.name, category, kind.make(rng, palette))


def make(name: str, rng: np.random.Generator, palette: Palette) -> Furniture:
    """A new piece of one kind."""
    kind = _kinds.get(name) or next(kind for kind in kinds() if kind.name == name)
    return Furniture(name, kind.category, kind.make(rng, palette))
