"""The task packing-shapes: CLIPort's packing-shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.procedural.objects import container
from leo_agent.envs.procedural.objects.cliport.kits import (
    KITTING_MASS_KG,
    KITTING_NAMES,
    KITTING_TEST,
    KITTING_TRAIN,
    kitting_shape,
)
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.packing.layouts import Item, packing_goal, set_table
from leo_agent.envs.tabletop.tasks import register_task

SMALLEST_BOX_M = 0.1
LARGEST_BOX_M = 0.15
MAX_STEPS = 1


@register_task("packing-shapes", tags=("cliport", "unseen-objects"), expert_score=0.999)
@dataclass(frozen=True, kw_only=True)
class PackingShapes(Task):
    """Pack one of several letters and figures into a small box: CLIPort's packing-shapes (arXiv 2109.12098).

    Task:
        An open brown box and 5 different kitting shapes of different colours lie on the table; the one that is named
        is to be packed.

    Randomisation:
        The box's sides, 10 to 15 cm, shapes, colours, all places and yaws. Training draws from 14 shapes, val and test
        from 6 others; the split changes nothing.

    Success:
        The share of the shape's points that lies in the box, after one action.

    Language:
        "pack the {shape} in the brown box"
    """

    max_episode_steps: ClassVar[int] = 2  # one action ends it; a time limit of 1 would say that it was cut short

    num_shapes: int = option(5, 1, 6)  # that lie on the table, the named one among them

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, shapes, colours and places, in this order."""
        width_m, depth_m = (float(side) for side in rng.uniform(SMALLEST_BOX_M, LARGEST_BOX_M, 2))
        indices = KITTING_TRAIN if mode == "train" else KITTING_TEST
        chosen = [indices[row] for row in rng.permutation(len(indices))[: self.num_shapes]]
        colors = split_colors("unseen", mode)
        order = rng.permutation(len(colors))[: self.num_shapes]
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
