"""The task align-box-corner: CLIPort's demo-conditioned align-box-corner, of Ravens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects.cliport.corner import brown_box, corner
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.layout.task import Task
from leo_agent.envs.tabletop.tasks import register_task
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

SMALLEST_M, LARGEST_M = (0.05, 0.05, 0.01), (0.15, 0.15, 0.06)
SHADES = (0.5, 1.5)
BOX_MASS_KG = 0.1
CORNER_MASS_KG = 0.1
ROLLING_FRICTION = 0.0001
MAX_STEPS = 3


@register_task("align-box-corner", tags=("cliport", "fixed-language"))
@dataclass(frozen=True, kw_only=True)
class AlignBoxCorner(Task):
    """Lay a box into a corner drawn on the table: CLIPort's demo-conditioned align-box-corner (arXiv 2109.12098).

    Task:
        A brown box and a green corner that fits it. The box may stand in any of the four ways in which two of its
        sides run along the corner's arms.

    Randomisation:
        The box's sides, 5 to 15 cm, its height, 1 to 6 cm, its shade, 0.5 to 1.5 times CLIPort's brown; the places
        and yaws of both. The split changes nothing.

    Success:
        The box within 1 cm and 15 degrees of one of the four poses, within 3 actions.

    Language:
        "align the brown box with the green corner"
    """

    max_episode_steps: ClassVar[int] = 3

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw the box's size, the corner's place, the box's shade and place, in this order."""
        width, depth, height = (float(extent) for extent in rng.uniform(SMALLEST_M, LARGEST_M))
        table = Table(rng)
        place = table.put(corner(box_size=(width, depth)), None, CORNER_MASS_KG, fixed=True)
        shape = brown_box(size=(width, depth, height), shade=float(rng.uniform(*SHADES)))
        brown = table.put(shape, None, BOX_MASS_KG, rolling_friction=ROLLING_FRICTION)

        x, y, _ = place.pose.position
        straight = Pose((x, y, TABLE_TOP_M + height / 2), place.pose.rotation)
        shift = (width - depth) / 2  # a box that lies across stands out by as much less
        across = straight @ Pose((shift, -shift, 0.0))
        goal = PoseGoal(
            objects=(brown.object_id,),
            symmetries_rad=(2 * math.pi,),
            matches=((True,) * 4,),
            targets=tuple(
                pose @ Pose((0.0, 0.0, 0.0), quaternion_from_yaw(turn_rad))
                for pose, turn_rad in (
                    (straight, 0),
                    (straight, math.pi),
                    (across, math.pi / 2),
                    (across, -math.pi / 2),
                )
            ),
        )
        return Layout(
            bodies=tuple(table.bodies),
            goals=(goal,),
            instructions=("align the brown box with the green corner",),
            completed_instruction="done with alignment",
            max_steps=MAX_STEPS,
        )
