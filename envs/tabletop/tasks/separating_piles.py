"""The task separating-piles: CLIPort's separating-piles-(seen|unseen)-colors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects import Shape, box
from leo_agent.envs.procedural.objects.cliport.square import SQUARE_HEIGHT_M, SQUARE_ROOM_M, SQUARE_SIDE_M, square
from leo_agent.envs.tabletop.goals import ZoneGoal, ZoneRule
from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Body, Layout, NoRoomError, Table
from leo_agent.envs.tabletop.layout.placement import Place, find_place, separation
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.tasks import register_task
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

CUBE_SIDE_M = 0.01
CUBE_MASS_KG = 0.001
CUBE_FRICTION = 0.5
ROLLING_FRICTION = 0.0001
PILE_CORNER_M = (0.4, -0.1)  # of the square in which the cubes are scattered
PILE_SIDE_M = 0.2
CUBE_GAP_M = 0.0005
SQUARES_APART_M = 0.2  # between the centres
ATTEMPTS = 200
MAX_STEPS = 20


@register_task("separating-piles", tags=("cliport", "leo-table5", "push", "unseen-colors"), expert_score=0.999)
@dataclass(frozen=True, kw_only=True)
class SeparatingPiles(Task):
    """Push a pile of cubes into one of two squares: CLIPort's separating-piles (arXiv 2109.12098).

    Task:
        50 cubes of 1 cm lie scattered in the middle of the table, between two squares of other colours, one of which
        is named. The original's cubes also start inside one another, which ours never do.

    Randomisation:
        Three colours, the places of the squares, 20 cm or more apart, which of them is named, the places of the cubes
        in a square of 20 cm, all yaws.

    Success:
        Each cube that comes to lie in the named square of 12 cm earns its share, within 20 pushes. The rules "cliport"
        score a square of 15 cm, and look at a corner of each cube.

    Language:
        "push the pile of {color} blocks into the {color} square"
    """

    max_episode_steps: ClassVar[int] = 20

    num_cubes: int = option(50, 1, 100)

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw three colours, the places of the squares, which of them is meant, and the cubes, in this order."""
        colors = split_colors(split, mode)
        drawn = rng.choice(len(colors), size=3, replace=False)
        first_color, second_color, block_color = (colors[i] for i in drawn)
        table = Table(rng)
        first = _put_square(table, first_color, _square_place(rng))
        second = _put_square(table, second_color, _square_place(rng, first.pose))
        target = (first, second)[int(rng.integers(2))]
        cubes = _scatter_cubes(table, rng, block_color, self.num_cubes)
        return Layout(
            bodies=tuple(table.bodies),
            goals=(_goal(cubes, target),),
            instructions=(f"push the pile of {block_color} blocks into the {target.color} square",),
            completed_instruction="done separating pile.",
            max_steps=MAX_STEPS,
            tool="spatula",
            contact_margin_m=0.002,  # with Bullet's own a touched cube wakes all: pushes take 4 times as long
        )


def cube() -> Shape:
    """A cube of a pile, of 1 cm."""
    return box(size=(CUBE_SIDE_M,) * 3, name="block")


def _square_place(rng: np.random.Generator, other: Pose | None = None) -> Place:
    """A place for a square, SQUARES_APART_M or more from the other one.

    Raises:
        NoRoomError: there is none.
    """
    for _ in range(ATTEMPTS):
        place = find_place(rng, square().footprint, square().placement_size, ())
        if place is None:
            break
        if other is None or math.dist((place.x, place.y), other.position[:2]) >= SQUARES_APART_M:
            return place
    raise NoRoomError("no room for a second square")


def _put_square(table: Table, color: str, place: Place) -> Body:
    pose = Pose((place.x, place.y, SQUARE_HEIGHT_M / 2), quaternion_from_yaw(place.yaw_rad))
    return table.add(square(), color, pose, mass_kg=0.0, fixed=True)


def _scatter_cubes(table: Table, rng: np.random.Generator, color: str, count: int) -> list[Body]:
    """Cubes at uniform places of the pile's square, none touching another.

    Raises:
        NoRoomError: not so many fit.
    """
    cubes: list[Body] = []
    corners: list[np.ndarray] = []
    centers = np.empty((0, 2))
    for _ in range(count * ATTEMPTS):
        if len(cubes) == count:
            return cubes
        x, y = np.add(PILE_CORNER_M, PILE_SIDE_M * rng.random(2))
        yaw_rad = float(rng.uniform(0, 2 * math.pi))
        turn = np.array([[math.cos(yaw_rad), math.sin(yaw_rad)], [-math.sin(yaw_rad), math.cos(yaw_rad)]])
        outline = cube().footprint @ turn + (x, y)
        near = np.flatnonzero(np.hypot(*(centers - (x, y)).T) < math.sqrt(2) * CUBE_SIDE_M + CUBE_GAP_M)
        if all(separation(outline, corners[k]) >= CUBE_GAP_M for k in near):
            pose = Pose((float(x), float(y), TABLE_TOP_M + CUBE_SIDE_M / 2), quaternion_from_yaw(yaw_rad))
            cubes.append(table.add(cube(), color, pose, CUBE_MASS_KG, False, CUBE_FRICTION, ROLLING_FRICTION))
            corners.append(outline)
            centers = np.vstack([centers, (x, y)])
    raise NoRoomError(f"no room for more than {len(cubes)} cubes")


def _goal(cubes: list[Body], target: Body) -> ZoneGoal:
    x, y, _ = target.pose.position
    zone = Pose((x, y, 0.0), target.pose.rotation)
    ids = tuple(body.object_id for body in cubes)
    corner = np.full((1, 3), -CUBE_SIDE_M / 2)
    return ZoneGoal(
        objects=ids,
        zone=zone,
        rule=ZoneRule(dict.fromkeys(ids, np.zeros((1, 3))), (SQUARE_SIDE_M, SQUARE_SIDE_M)),
        targets=(zone,),
        matches=((True,),) * len(ids),
        cliport=ZoneRule(dict.fromkeys(ids, corner), (SQUARE_ROOM_M, SQUARE_ROOM_M)),
    )
