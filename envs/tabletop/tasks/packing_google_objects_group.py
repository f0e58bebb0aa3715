"""The task packing-google-objects-group: CLIPort's packing-(seen|unseen)-google-objects-group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.packing.layouts import (
    COMPLETED_INSTRUCTION,
    Item,
    draw_box,
    draw_names,
    packing_goal,
    set_table,
)
from leo_agent.envs.tabletop.packing.places import places_in_box
from leo_agent.envs.tabletop.packing.scanned import ScannedTask
from leo_agent.envs.tabletop.tasks import register_task

COPIES = 2


@register_task("packing-google-objects-group", tags=("cliport", "unseen-objects"), needs_assets=True, expert_score=0.97)
@dataclass(frozen=True, kw_only=True)
class PackingGoogleObjectsGroup(ScannedTask):
    """Pack all scanned objects of one kind into a box: CLIPort's packing-google-objects-group (arXiv 2109.12098).

    Task:
        The scene of packing-google-objects-seq, but 2 objects are of the named kind and 2 of another; the others are
        each of a kind of their own.

    Randomisation:
        As of packing-google-objects-seq.

    Success:
        The share of both objects' points that lies in the box, within 3 actions.

    Language:
        "pack all the {name} objects in the brown box"
    """

    max_episode_steps: ClassVar[int] = 3

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, parts, names and places, in this order."""
        box_shape, parts = draw_box(rng)
        named, other, *rest = draw_names(rng, self.objects.names(split, mode), len(parts) - 2 * (COPIES - 1))
        names = [named] * COPIES + [other] * COPIES + rest
        shapes = [self.objects.shape(name, part) for name, part in zip(names, parts, strict=True)]
        box, objects = set_table(rng, box_shape, [Item(shape) for shape in shapes])
        places = places_in_box(box_shape, parts[:COPIES], shapes[:COPIES])
        return Layout(
            bodies=(box, *objects),
            goals=(packing_goal(box, objects[:COPIES], places),),
            instructions=(f"pack all the {named} objects in the brown box",),
            completed_instruction=COMPLETED_INSTRUCTION,
            max_steps=COPIES + 1,
        )
