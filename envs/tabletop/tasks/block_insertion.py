"""Put an L-shaped block into a fixture of its shape: CLIPort's demo-conditioned block-insertion, of Ravens.

A red block and grey walls that leave it about a centimetre. It has to stand between them; under the rules "cliport" it
may also lie or lean on them. The sentence and the colours are fixed, so both splits are the same.
"""

from __future__ import annotations

import math

import numpy as np
from leo_agent.envs.procedural.objects.insertion import ell_block, ell_fixture
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.tasks import register_task

MASS_KG = 0.1
FRICTION = 0.3
ROLLING_FRICTION = 0.0001
FLAT_M = 0.003  # a block that leans on a wall is higher


@register_task("block-insertion")
class BlockInsertion:
    """Sizes, language and tolerances of the task of CLIPort (arXiv 2109.12098)."""

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
            max_steps=3,
        )
