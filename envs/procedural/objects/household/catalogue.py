"""The list of kinds of household things, and what is made of each: a mesh, a hull and a footprint of unit size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.procedural.objects.household.solid import Solid
from leo_agent.envs.procedural.objects.meshes.hulls import footprint_of, hull_points

SPLITS = ("seen", "unseen")
Build = Callable[[], Solid]


@dataclass(frozen=True)
class Kind:
    """A kind of thing."""

    name: str  # what language calls it
    split: str  # one of SPLITS
    build: Build


KINDS: dict[str, Kind] = {}


def kind(name: str, split: str = "seen") -> Callable[[Build], Build]:
    """Decorator of a function that makes the thing, in centimetres, as it lies on a table, z up."""
    if split not in SPLITS:
        raise ValueError(f"kind {name}: found split {split!r}, expected one of {', '.join(SPLITS)}")

    def register(build: Build) -> Build:
        if name in KINDS:
            raise ValueError(f"kind {name}: registered twice")
        KINDS[name] = Kind(name, split, build)
        return build

    return register


def names_of(split: str) -> tuple[str, ...]:
    """The names of a split in alphabetical order."""
    return tuple(sorted(each.name for each in KINDS.values() if each.split == split))


@dataclass(frozen=True, eq=False)
class UnitForm:
    """A thing whose bounding box is centred on its frame and has a longest side of 1."""

    vertices: NDArray[np.float64]  # (V, 3)
    faces: NDArray[np.int32]  # (F, 3), outward
    colors: NDArray[np.uint8]  # (F, 3)
    hull: NDArray[np.float64]  # (H, 3)
    footprint: NDArray[np.float64]  # (K, 2), counter-clockwise
    real_side_m: float  # the longest side of the real thing


@lru_cache(maxsize=256)
def unit_form(name: str) -> UnitForm:
    """The form of a kind.

    Raises:
        InputError: the name is not in the catalogue.
    """
    if name not in KINDS:
        raise InputError(f"household: found the name {name!r}, expected one of {', '.join(sorted(KINDS))}")
    solid = KINDS[name].build()
    low, high = solid.vertices.min(axis=0), solid.vertices.max(axis=0)
    longest_cm = float((high - low).max())
    vertices = (solid.vertices - (low + high) / 2) / longest_cm
    return UnitForm(
        vertices, np.ascontiguousarray(solid.faces), solid.colors, hull_points(vertices), footprint_of(vertices),
        longest_cm / 100,
    )  # fmt: skip
