"""The task put-blocks-in-bowls: CLIPort's put-block-in-bowl-(seen|unseen)-colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects import block, bowl
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Body, Layout, Table
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.tasks import register_task

BLOCK_MASS_KG = 0.01
BOWL_MASS_KG = 0.1
ROLLING_FRICTION = 0.0001
# The original's bowl lies 27 mm off its frame; the direction is where blocks rest in the recorded episodes.
ORIGINAL_FRAME_M = (0.0266, -0.0046, 0.0)
IN_BOWL_M = 0.05  # a block within this distance of the bowl's centre, seen from above, is in the bowl


@register_task("put-blocks-in-bowls", tags=("cliport", "leo-table5", "unseen-colors"))
@dataclass(frozen=True, kw_only=True)
class PutBlocksInBowls(Task):
    """Put all blocks of one colour into bowls of another: CLIPort's put-block-in-bowl (arXiv 2109.12098).

    Task:
        1 to 3 bowls of one colour stand on the table, with as many blocks of another colour or fewer, and 6
        distractors, blocks and bowls of other colours.

    Randomisation:
        The counts, the two colours, which distractors are blocks and which bowls, all places and yaws.

    Success:
        Each block within 5 cm of the middle of one of the bowls, seen from above, earns its share; one action a block
        and one more.

    Language:
        "put the {color} blocks in a {color} bowl"
    """

    max_episode_steps: ClassVar[int] = 5

    num_distractors: int = option(6, 0, 9)  # blocks and bowls of other colours
    max_bowls: int = option(3, 1, 4)  # the number of bowls is drawn from 1 to this

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw counts, two colours and the places of bowls, blocks and distractors, in this order."""
        bowl_count = int(rng.integers(1, self.max_bowls + 1))
        block_count = int(rng.integers(1, bowl_count + 1))
        colors = split_colors(split, mode)
        block_color, bowl_color = (colors[i] for i in rng.choice(len(colors), size=2, replace=False))

        table = Table(rng)
        bowls = [put_bowl(table, bowl_color, fixed=True) for _ in range(bowl_count)]
        blocks = [put_block(table, block_color) for _ in range(block_count)]
        other_colors = [color for color in PALETTE if color not in (block_color, bowl_color)]
        for color in other_colors[: self.num_distractors]:
            put = put_block if rng.random() < 0.5 else put_bowl
            put(table, color)

        return Layout(
            bodies=tuple(table.bodies),
            goals=(in_bowls(blocks, bowls),),
            instructions=(f"put the {block_color} blocks in a {bowl_color} bowl",),
            completed_instruction="done placing blocks in bowls.",
            max_steps=block_count + 1,
        )


def put_block(table: Table, color: str) -> Body:
    return table.put(block(), color, BLOCK_MASS_KG, rolling_friction=ROLLING_FRICTION)


def put_bowl(table: Table, color: str, fixed: bool = False) -> Body:
    return table.put(bowl(), color, BOWL_MASS_KG, fixed=fixed)


def in_bowls(blocks: Sequence[Body], bowls: Sequence[Body]) -> PoseGoal:
    """The goal that each of the blocks lies in one of the bowls; under `cliport` near the frame of the original's."""
    targets = [Pose((body.pose.position[0], body.pose.position[1], 0.0), body.pose.rotation) for body in bowls]
    return PoseGoal(
        objects=tuple(body.object_id for body in blocks),
        symmetries_rad=(0.0,) * len(blocks),
        matches=((True,) * len(bowls),) * len(blocks),
        targets=tuple(targets),
        position_tolerance_m=IN_BOWL_M,
        cliport_targets=tuple(target @ Pose(ORIGINAL_FRAME_M) for target in targets),
    )
