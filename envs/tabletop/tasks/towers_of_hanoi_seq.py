"""The task towers-of-hanoi-seq: CLIPort's towers-of-hanoi-seq-(seen|unseen)-colors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects.cliport.stands import (
    HANOI_PLATE_M,
    RING_HEIGHT_M,
    RING_RADII_M,
    hanoi_ring,
    hanoi_stand,
)
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.tasks import register_task

STAND_MASS_KG = 0.1
STAND_FRICTION = 0.5
RING_MASS_KG = 0.1
ROLLING_FRICTION = 0.0001
RODS_Y_M = (-0.12, 0.0, 0.12)  # along the stand
RODS = ("lighter brown side", "middle of the stand", "darker brown side")


@register_task("towers-of-hanoi-seq", tags=("cliport", "sequence", "unseen-colors"))
@dataclass(frozen=True, kw_only=True)
class TowersOfHanoiSeq(Task):
    """Solve the towers of Hanoi, one ring named after the other: CLIPort's towers-of-hanoi-seq (arXiv 2109.12098).

    Task:
        A stand with three rods; 3 rings of different colours and sizes lie on the rod of the lighter side and are to
        come to the rod of the darker side by the 7 moves that never lay a larger ring on a smaller one.

    Randomisation:
        The place and yaw of the stand, the colours of the rings.

    Success:
        Each ring that comes to lie within 1 cm of its rod in its turn earns a seventh; 14 actions.

    Language:
        "move the {color} ring to the {rod}"
        Lighter brown side, middle of the stand or darker brown side for `rod`.
    """

    max_episode_steps: ClassVar[int] = 14

    num_rings: int = option(3, 1, 3)  # the smallest first, on top

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw the place of the stand, then the colours of the rings from the smallest to the largest."""
        table = Table(rng)
        stand = table.put(hanoi_stand(), None, STAND_MASS_KG, fixed=True, friction=STAND_FRICTION)
        plate_top_m = HANOI_PLATE_M[2] - stand.shape.size[2] / 2

        def on_rod(rod: int, rings_below: int) -> Pose:
            return stand.pose @ Pose((0.0, RODS_Y_M[rod], plate_top_m + (rings_below + 0.5) * RING_HEIGHT_M))

        colors = [str(color) for color in rng.choice(split_colors(split, mode), size=self.num_rings, replace=False)]
        rings = [
            table.add(hanoi_ring(outer_radius=radius), color, on_rod(0, self.num_rings - 1 - k), RING_MASS_KG,
                      rolling_friction=ROLLING_FRICTION)
            for k, (radius, color) in enumerate(zip(RING_RADII_M, colors, strict=False))
        ]  # fmt: skip

        moves = hanoi_moves(self.num_rings, 0, 2, 1)
        heights = [self.num_rings, 0, 0]
        goals, instructions = [], []
        for ring, start, end in moves:
            target = on_rod(end, heights[end])
            heights[start] -= 1
            heights[end] += 1
            goals.append(PoseGoal((rings[ring].object_id,), (0.0,), ((True,),), (target,), weight=1 / len(moves)))
            instructions.append(f"move the {colors[ring]} ring to the {RODS[end]}")
        return Layout(
            bodies=tuple(table.bodies),
            goals=tuple(goals),
            instructions=tuple(instructions),
            completed_instruction="solved towers of hanoi.",
            max_steps=2 * len(moves),
            contact_margin_m=0.002,  # with Bullet's own the rings of the stack never come to rest
        )


def hanoi_moves(rings: int, start: int, end: int, spare: int) -> list[tuple[int, int, int]]:
    """The moves (ring, from rod, to rod) that bring the `rings` smallest rings, 0 the smallest, to the rod `end`."""
    if rings == 0:
        return []
    before, after = hanoi_moves(rings - 1, start, spare, end), hanoi_moves(rings - 1, spare, end, start)
    return [*before, (rings - 1, start, end), *after]
