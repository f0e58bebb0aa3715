"""The task assembling-kits-seq: CLIPort's assembling-kits-seq-(seen|unseen)-colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.geometry import Pose, Vector, quaternion_from_yaw
from leo_agent.envs.procedural.objects.cliport.kits import (
    HOLE_HEIGHT_M,
    KIT_SIZE_M,
    KITTING_HEIGHT_M,
    KITTING_MASS_KG,
    KITTING_NAMES,
    KITTING_TEST,
    KITTING_TRAIN,
    kit,
    kitting_hole,
    kitting_shape,
    kitting_symmetry_rad,
)
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Layout, NoRoomError, Table
from leo_agent.envs.tabletop.layout.task import Task
from leo_agent.envs.tabletop.tasks import register_task

HOLES_XY_M = ((-0.09, 0.045), (0.0, 0.045), (0.09, 0.045), (-0.045, -0.045), (0.045, -0.045))  # on the kit
PIECES = len(HOLES_XY_M)
KIT_MASS_KG = 0.1
ROLLING_FRICTION = 0.0001
FLAT_M = 0.005  # a piece that lies on another, or leans on it, is higher
HOLE_RISE_M = 0.0009  # how far a hole's inlay stands out of the kit, so that it is seen


@register_task("assembling-kits-seq", tags=("cliport", "sequence", "unseen-colors", "unseen-objects"))
@dataclass(frozen=True, kw_only=True)
class AssemblingKitsSeq(Task):
    """Put five pieces into a kit's holes, one named after the other: CLIPort's assembling-kits-seq (arXiv 2109.12098).

    Task:
        A plate has five holes; beside it lie the five pieces, all of different colours. Shapes may occur more than
        once, then words say which of their holes is meant.

    Randomisation:
        The places of the kit and of the pieces, shapes, colours, the yaws of the holes, the order of the goals. As in
        CLIPort the mode "train" shows 14 shapes, "val" and "test" 6 others, whatever the split, which tells the
        colours.

    Success:
        Each piece that lies in its hole, within 1 cm and 15 degrees of its pose, earns a fifth; the rules "cliport" do
        not mind if it lies on another piece. One action a piece.

    Language:
        "put the {color} {shape} in the {which}{shape} hole"
        Nothing or top, bottom, left, right or middle for `which`.
    """

    max_episode_steps: ClassVar[int] = 5

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw the kit's place, shapes, colours, the holes' yaws, the pieces' places, and the order of the goals.

        Raises:
            NoRoomError: also for four holes of a shape of which words cannot distinguish two.
        """
        colors = [str(color) for color in rng.permutation(split_colors(split, mode))[:PIECES]]
        shapes = [int(shape) for shape in rng.choice(KITTING_TRAIN if mode == "train" else KITTING_TEST, PIECES)]
        table = Table(rng)
        plate = table.put(kit(), None, KIT_MASS_KG, fixed=True, rolling_friction=ROLLING_FRICTION)
        top_m = KIT_SIZE_M[2] / 2
        holes = []
        for shape, (x, y) in zip(shapes, HOLES_XY_M, strict=True):
            yaw_rad = float(rng.uniform(0, 2 * np.pi))
            seen = plate.pose @ Pose((x, y, top_m + HOLE_RISE_M - HOLE_HEIGHT_M / 2))
            holes.append(Pose(seen.position, quaternion_from_yaw(yaw_rad)))
            table.add(kitting_hole(index=shape), None, holes[-1], KITTING_MASS_KG, fixed=True)
        pieces = [
            table.put(kitting_shape(index=shape), color, KITTING_MASS_KG, rolling_friction=ROLLING_FRICTION)
            for shape, color in zip(shapes, colors, strict=True)
        ]

        words = [_which([holes[j].position for j in range(PIECES) if shapes[j] == shapes[i] and j != i],
                        holes[i].position) for i in range(PIECES)]  # fmt: skip
        if len({(shape, word) for shape, word in zip(shapes, words, strict=True)}) < PIECES:
            raise NoRoomError("words do not distinguish the holes of one shape")
        goals, instructions = [], []
        for i in (int(k) for k in rng.permutation(PIECES)):
            x, y, _ = holes[i].position
            target = Pose((x, y, plate.pose.position[2] + top_m + KITTING_HEIGHT_M / 2), holes[i].rotation)
            goals.append(
                PoseGoal(
                    objects=(pieces[i].object_id,),
                    symmetries_rad=(kitting_symmetry_rad(shapes[i]),),
                    matches=((True,),),
                    targets=(target,),
                    weight=1 / PIECES,
                    height_tolerance_m=FLAT_M,
                )
            )
            name = KITTING_NAMES[shapes[i]]
            instructions.append(f"put the {colors[i]} {name} in the {words[i]}{name} hole")
        return Layout(
            bodies=tuple(table.bodies),
            goals=tuple(goals),
            instructions=tuple(instructions),
            completed_instruction="done assembling kit.",
            max_steps=PIECES,
        )


def _which(others: Sequence[Vector], hole: Vector) -> str:
    """Where a hole is among others of its shape, as the front camera sees them: x grows downward, y to the right."""
    if not others:
        return ""
    x, y, _ = hole
    more_upright = all(abs(x - other[0]) > abs(y - other[1]) for other in others)
    if more_upright and all(x < other[0] for other in others):
        return "top "
    if more_upright and all(x > other[0] for other in others):
        return "bottom "
    if all(y < other[1] for other in others):
        return "left "
    return "right " if all(y > other[1] for other in others) else "middle "
