"""The task block-insertion: CLIPort's demo-conditioned block-insertion, of Ravens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.procedural.objects.cliport.insertion import ell_block, ell_fixture
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.layout.task import Task
from leo_agent.envs.tabletop.tasks import register_task

MASS_KG = 0.1
FRICTION = 0.3
ROLLING_FRICTION = 0.0001
MAX_STEPS = 3
FLAT_M = 0.003  # a block that leans on a wall is higher


@register_task("block-insertion", tags=("cliport", "fixed-language"))
@dataclass(frozen=True, kw_only=True)
class BlockInsertion(Task):
    """Put an L-shaped block into a fixture of its shape: CLIPort's demo-conditioned block-insertion (arXiv 2109.12098).

    Task:
        A red block and grey walls that leave it about a centimetre.

    Randomisation:
        The places and yaws of both. The split changes nothing.

    Success:
        The block stands between the walls, within 1 cm and 15 degrees of the fixture's pose, within 3 actions. Under
        the rules "cliport" it may also lie or lean on them.

    Language:
        "put the L shape block in the L shape hole"
    """

    max_episode_steps: ClassVar[int] = 3

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw the places of the block and of the fixture."""
        table = Table(rng)
        block = table.put(ell_block(), "red", MASS_KG, friction=FRICTION, rolling_friction=ROLLING_FRICTION)
        fixture = table.put(ell_fixture(), "gray", MASS_KG, fixed=True, friction=FRICTION)
        goal = PoseGoal(
            objects=(block.object_id,),
            symmetries_rad=(2 * math.pi,),
            matches=((True,),),
            targets=(fixture.pose,),
            height_tolerance_m=FLAT_M,
        )
        return Layout(
            bodies=tuple(table.bodies),
            goals=(goal,),
            instructions=("put the L shape block in the L shape hole",),
            completed_instruction="done with insertion.",
            max_steps=MAX_STEPS,
        )
