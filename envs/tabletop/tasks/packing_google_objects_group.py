"""Pack all scanned objects of one kind into a box: CLIPort's packing-(seen|unseen)-google-objects-group.

The scene is that of packing-google-objects-seq, but two objects are of the named kind and two of another; the others
are each of a kind of their own. The share of both that lies in the box is the score.
"""

from __future__ import annotations

import numpy as np
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.packing.places import places_in_box
from leo_agent.envs.tabletop.packing.scanned import ScannedObjects
from leo_agent.envs.tabletop.packing.scene import Item, draw_box, draw_names, packing_goal, set_table
from leo_agent.envs.tabletop.packing.sequence import COMPLETED_INSTRUCTION
from leo_agent.envs.tabletop.tasks import register_task

COPIES = 2


@register_task("packing-google-objects-group", needs_assets=True)
class PackingGoogleObjectsGroup:
    """Counts, sizes, scales, names and language of the task of CLIPort (arXiv 2109.12098)."""

    def __init__(self, assets: str | None) -> None:
        self._objects = ScannedObjects(assets)

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, parts, names and places, in this order."""
        box_shape, parts = draw_box(rng)
        named, other, *rest = draw_names(rng, self._objects.names(split, mode), len(parts) - 2 * (COPIES - 1))
        names = [named] * COPIES + [other] * COPIES + rest
        shapes = [self._objects.shape(name, part) for name, part in zip(names, parts, strict=True)]
        box, objects = set_table(rng, box_shape, [Item(shape) for shape in shapes])
        places = places_in_box(box_shape, parts[:COPIES], shapes[:COPIES])
        return Layout(
            bodies=(box, *objects),
            goals=(packing_goal(box, objects[:COPIES], places),),
            instructions=(f"pack all the {named} objects in the brown box",),
            completed_instruction=COMPLETED_INSTRUCTION,
            max_steps=COPIES + 1,
        )
