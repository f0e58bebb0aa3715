"""The task place-red-in-green: CLIPort's demo-conditioned place-red-in-green, of Ravens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.tasks import register_task
from leo_agent.envs.tabletop.tasks.put_blocks_in_bowls import in_bowls, put_block, put_bowl

MAX_STEPS = 10


@register_task("place-red-in-green", tags=("cliport", "fixed-language"))
@dataclass(frozen=True, kw_only=True)
class PlaceRedInGreen(Task):
    """Put the red blocks into green bowls: CLIPort's demo-conditioned place-red-in-green (arXiv 2109.12098).

    Task:
        1 to 3 green bowls stand on the table, with as many red blocks or fewer, and 6 distractors: blocks that are not
        red and bowls that are not green.

    Randomisation:
        The counts, which distractors are blocks and which bowls, all places and yaws. The split changes nothing.

    Success:
        Each block within 5 cm of the middle of a bowl of its own earns its share; the rules "cliport" let several
        blocks share a bowl. Within 10 actions.

    Language:
        "put the red blocks in a green bowl"
    """

    max_episode_steps: ClassVar[int] = 10

    num_distractors: int = option(6, 0, 10)  # blocks and bowls of other colours
    max_bowls: int = option(3, 1, 4)  # the number of bowls is drawn from 1 to this

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw counts and the places of bowls, blocks and distractors, in this order."""
        bowl_count = int(rng.integers(1, self.max_bowls + 1))
        block_count = int(rng.integers(1, bowl_count + 1))

        table = Table(rng)
        bowls = [put_bowl(table, "green", fixed=True) for _ in range(bowl_count)]
        blocks = [put_block(table, "red") for _ in range(block_count)]
        block_colors = [color for color in PALETTE if color != "red"]
        bowl_colors = [color for color in PALETTE if color != "green"]
        for k in range(self.num_distractors):
            if rng.random() > 0.5:
                put_block(table, block_colors[k])
            else:
                put_bowl(table, bowl_colors[k])

        return Layout(
            bodies=tuple(table.bodies),
            goals=(in_bowls(blocks, bowls),),
            instructions=("put the red blocks in a green bowl",),
            completed_instruction="done placing blocks in bowls.",
            max_steps=MAX_STEPS,
        )
