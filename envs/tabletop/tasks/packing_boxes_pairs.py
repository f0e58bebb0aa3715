"""The task packing-boxes-pairs: CLIPort's packing-boxes-pairs-(seen|unseen)-colors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.procedural.objects import Shape, box, container
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.packing.layouts import Item, packing_goal, set_table
from leo_agent.envs.tabletop.packing.split import Part, split_box
from leo_agent.envs.tabletop.tasks import register_task

SMALLEST_BOX_M = 0.05
LARGEST_BOX_M = 0.3
MIN_PART_M = 0.05
BLOCK_HEIGHT_M = 0.05
BLOCK_MASS_KG = 0.01
TOP_M = 0.0525  # above the middle of the box; what lies higher does not count
MAX_STEPS = 20


@register_task("packing-boxes-pairs", tags=("cliport", "unseen-colors"), expert_score=0.999)
@dataclass(frozen=True, kw_only=True)
class PackingBoxesPairs(Task):
    """Pack all blocks of two colours into a box that they fill: CLIPort's packing-boxes-pairs (arXiv 2109.12098).

    Task:
        The inside of an open brown box is cut into parts; blocks as large as the parts stand on the table, each in one
        of two colours, with blocks of other colours.

    Randomisation:
        The box's sides, 5 to 30 cm, the cuts, the two colours and which block has which, the colours and sizes of the
        4 distractors, all places and yaws.

    Success:
        The share of the blocks' points that lies in the box; what is piled on others hardly counts. Within 20 actions.

    Language:
        "pack all the {color} blocks into the brown box"
        "pack all the {color} and {color} blocks into the brown box"
    """

    max_episode_steps: ClassVar[int] = 20

    num_distractors: int = option(4, 0, 8)  # blocks of other colours

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, parts, two colours and which part has which, the distractors, and all places, in this order."""
        width_m, depth_m = (float(side) for side in rng.uniform(SMALLEST_BOX_M, LARGEST_BOX_M, 2))
        parts = split_box(rng, width_m, depth_m, MIN_PART_M)
        colors = split_colors(split, mode)
        pair = [colors[row] for row in rng.permutation(len(colors))[:2]]
        chosen = [pair[int(rng.integers(2))] for _ in parts]
        others = [color for color in PALETTE if color not in pair]
        items = [Item(_block(part), color, BLOCK_MASS_KG) for part, color in zip(parts, chosen, strict=True)]
        for _ in range(self.num_distractors):
            part = parts[int(rng.integers(len(parts)))]
            items.append(Item(_block(part), others[int(rng.integers(len(others)))], BLOCK_MASS_KG))
        body, blocks = set_table(rng, container(width_m=width_m, depth_m=depth_m), items)
        places = [(*part.center, 0.0) for part in parts]
        named = " and ".join(color for color in pair if color in chosen)
        return Layout(
            bodies=(body, *blocks),
            goals=(packing_goal(body, blocks[: len(parts)], places, top_m=TOP_M),),
            instructions=(f"pack all the {named} blocks into the brown box",),
            completed_instruction="done packing blocks.",
            max_steps=MAX_STEPS,
        )


def _block(part: Part) -> Shape:
    return box(size=(*part.sides, BLOCK_HEIGHT_M), name="block")
