"""The task stack-block-pyramid-seq: CLIPort's stack-block-pyramid-seq-(seen|unseen)-colors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects.cliport.boxes import BLOCK_SIDE_M
from leo_agent.envs.procedural.objects.cliport.stands import PYRAMID_PLATE_M, pyramid_stand
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.layout.task import Task
from leo_agent.envs.tabletop.tasks import register_task
from leo_agent.envs.tabletop.tasks.put_blocks_in_bowls import put_block

BLOCKS = 6
STAND_MASS_KG = 0.1
PLATES = ("the lightest brown block", "the middle brown block", "the darkest brown block")
BELOW = {3: (0, 1), 4: (1, 2), 5: (3, 4)}  # the two blocks that each of the upper rows stands on
PLACES_Y_M = (-0.05, 0.0, 0.05, -0.025, 0.025, 0.0)  # along the stand
ROWS = (0, 0, 0, 1, 1, 2)


@register_task("stack-block-pyramid-seq", tags=("cliport", "sequence", "unseen-colors"))
@dataclass(frozen=True, kw_only=True)
class StackBlockPyramidSeq(Task):
    """Build a pyramid of blocks, one named after the other: CLIPort's stack-block-pyramid-seq (arXiv 2109.12098).

    Task:
        A stand of three plates, light, middle and dark brown, and 6 blocks of different colours. Three blocks go onto
        the plates, two onto the gaps between those, the last onto these two.

    Randomisation:
        The colours and their order, the places and yaws of the stand and of the blocks.

    Success:
        Each block that stands in its place, within 1 cm and 15 degrees, earns a sixth; 12 actions.

    Language:
        "put the {color} block on the {plate} brown block"
        "put the {color} block on the {color} and {color} blocks"
        Lightest, middle or darkest for `plate`.
    """

    max_episode_steps: ClassVar[int] = 12

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw the order of colours, then the places of the stand and of the blocks."""
        colors = [str(color) for color in rng.permutation(split_colors(split, mode))[:BLOCKS]]
        table = Table(rng)
        stand = table.put(pyramid_stand(), None, STAND_MASS_KG, fixed=True)
        blocks = [put_block(table, color) for color in colors]

        goals, instructions = [], []
        for k, block in enumerate(blocks):
            height = PYRAMID_PLATE_M[2] / 2 + (ROWS[k] + 0.5) * BLOCK_SIDE_M
            goals.append(
                PoseGoal(
                    objects=(block.object_id,),
                    symmetries_rad=(math.pi / 2,),
                    matches=((True,),),
                    targets=(stand.pose @ Pose((0.0, PLACES_Y_M[k], height)),),
                    weight=1 / BLOCKS,
                    height_tolerance_m=BLOCK_SIDE_M / 2,
                )
            )
            place = PLATES[k] if k < 3 else "the {} and {} blocks".format(*(colors[below] for below in BELOW[k]))
            instructions.append(f"put the {colors[k]} block on {place}")
        return Layout(
            bodies=tuple(table.bodies),
            goals=tuple(goals),
            instructions=tuple(instructions),
            completed_instruction="done stacking block pyramid.",
            max_steps=2 * BLOCKS,
        )
