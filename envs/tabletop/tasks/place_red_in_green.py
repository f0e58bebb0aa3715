"""Put the red blocks in green bowls: CLIPort's demo-conditioned place-red-in-green, of Ravens.

One to three green bowls stand on the table, with as many red blocks or fewer, and six distractors: blocks that are not
red and bowls that are not green. Each block in a bowl of its own earns its share; the rules "cliport" let several
blocks share a bowl. The sentence and the colours are fixed, so both splits are the same.
"""

from __future__ import annotations

import numpy as np
from leo_agent.envs.tabletop.layout.colors import PALETTE
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.tasks import register_task
from leo_agent.envs.tabletop.tasks.put_blocks_in_bowls import DISTRACTORS, MAX_BOWLS, in_bowls, put_block, put_bowl


@register_task("place-red-in-green")
class PlaceRedInGreen:
    """Counts, colours, sizes and language of the task of CLIPort (arXiv 2109.12098)."""

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw counts and the places of bowls, blocks and distractors, in this order."""
        bowl_count = int(rng.integers(1, MAX_BOWLS + 1))
        block_count = int(rng.integers(1, bowl_count + 1))

        table = Table(rng)
        bowls = [put_bowl(table, "green", fixed=True) for _ in range(bowl_count)]
        blocks = [put_block(table, "red") for _ in range(block_count)]
        block_colors = [color for color in PALETTE if color != "red"]
        bowl_colors = [color for color in PALETTE if color != "green"]
        for k in range(DISTRACTORS):
            if rng.random() > 0.5:
                put_block(table, block_colors[k])
            else:
                put_bowl(table, bowl_colors[k])

        return Layout(
            bodies=tuple(table.bodies),
            goals=(in_bowls(blocks, bowls),),
            instructions=("put the red blocks in a green bowl",),
            completed_instruction="done placing blocks in bowls.",
            max_steps=10,
        )
