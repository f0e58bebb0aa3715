"""Packing named objects one after the other: the task of CLIPort's packing-(seen|unseen)-google-objects-seq."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.packing.places import places_in_box
from leo_agent.envs.tabletop.packing.scene import Item, MakeShape, draw_box, draw_names, packing_goal, set_table

COMPLETED_INSTRUCTION = "done packing objects."


def sequence_layout(rng: np.random.Generator, names: Sequence[str], make_shape: MakeShape) -> Layout:
    """Draw the box, its parts, a name for each, places on the table, and how many are to be packed, in this order.

    One object a part; all but one at most are to be packed, in order, one a goal.
    """
    box_shape, parts = draw_box(rng)
    chosen = draw_names(rng, names, len(parts))
    shapes = [make_shape(name, part) for name, part in zip(chosen, parts, strict=True)]
    box, objects = set_table(rng, box_shape, [Item(shape) for shape in shapes])
    count = int(rng.integers(1, len(objects)))
    places = places_in_box(box_shape, parts[:count], shapes[:count])
    goals = tuple(
        packing_goal(box, [body], [place], weight=1 / count)
        for body, place in zip(objects[:count], places, strict=True)
    )
    return Layout(
        bodies=(box, *objects),
        goals=goals,
        instructions=tuple(f"pack the {name} in the brown box" for name in chosen[:count]),
        completed_instruction=COMPLETED_INSTRUCTION,
        max_steps=count + 1,
    )
