"""Household things made by code, each with a name of its own; one module a family of things."""

from __future__ import annotations

import numpy as np

from leo_agent.contract.checks import check_number
from leo_agent.envs.package_scan import import_modules
from leo_agent.envs.procedural.objects.household.catalogue import names_of, unit_form
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import Shape

__all__ = ["SEEN_KINDS", "UNSEEN_KINDS", "household", "real_side_m"]

import_modules(f"{__name__}.things")

SEEN_KINDS = names_of("seen")
UNSEEN_KINDS = names_of("unseen")
MAX_SIDE_M = 2.0


@register_shape("household")
def household(name: str, longest_side_m: float) -> Shape:
    """The thing of this name, scaled so that the longest side of its bounding box is `longest_side_m`.

    It lies as it would on a table, z up, and collides as its convex hull.

    Raises:
        InputError: the name is unknown, or the side is not between 0 and MAX_SIDE_M.
    """
    form = unit_form(name)
    check_number(f"household {name}: longest_side_m", longest_side_m, high=MAX_SIDE_M, above=0.0)
    vertices = (form.vertices * longest_side_m).astype(np.float32)
    x, y, z = (float(side) for side in np.ptp(vertices, axis=0))
    return Shape(
        name, vertices, form.faces, parts=(), footprint=form.footprint * longest_side_m, size=(x, y, z),
        placement_size=(x, y), hull=form.hull * longest_side_m, colors=form.colors,
    )  # fmt: skip


def real_side_m(name: str) -> float:
    """The longest side of the real thing, metres.

    Raises:
        InputError: the name is unknown.
    """
    return unit_form(name).real_side_m
