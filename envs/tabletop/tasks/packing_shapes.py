"""Pack one of five letters and figures into a small box: CLIPort's packing-shapes.

An open brown box, 10 to 15 cm a side, and five different kitting shapes of different colours lie on the table; the one
that is named is to be packed, in one action. Training draws from fourteen shapes, val and test from six others.
"""

from __future__ import annotations

import numpy as np
from leo_agent.envs.procedural.objects import container
from leo_agent.envs.procedural.objects.kits import (
    KITTING_MASS_KG,
    KITTING_NAMES,
    KITTING_TEST,
    KITTING_TRAIN,
    kitting_shape,
)
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.packing.scene import Item, packing_goal, set_table
from leo_agent.envs.tabletop.tasks import register_task

SMALLEST_BOX_M = 0.1
LARGEST_BOX_M = 0.15
SHAPES = 5
MAX_STEPS = 1


@register_task("packing-shapes")
class PackingShapes:
    """Counts, sizes and language of the task of CLIPort (arXiv 2109.12098), which has one split: the mode decides."""

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, shapes, colours and places, in this order."""
        width_m, depth_m = (float(side) for side in rng.uniform(SMALLEST_BOX_M, LARGEST_BOX_M, 2))
        indices = KITTING_TRAIN if mode == "train" else KITTING_TEST
        chosen = [indices[row] for row in rng.permutation(len(indices))[:SHAPES]]
        colors = split_colors("unseen", mode)
        order = rng.permutation(len(colors))[:SHAPES]
        items = [
            Item(kitting_shape(index=index), colors[row], KITTING_MASS_KG)
            for index, row in zip(chosen, order, strict=True)
        ]
        box, shapes = set_table(rng, container(width_m=width_m, depth_m=depth_m), items)
        return Layout(
            bodies=(box, *shapes),
            goals=(packing_goal(box, shapes[:1], [(0.0, 0.0, 0.0)]),),
            instructions=(f"pack the {KITTING_NAMES[chosen[0]]} in the brown box",),
            completed_instruction="done packing shapes.",
            max_steps=MAX_STEPS,
        )
