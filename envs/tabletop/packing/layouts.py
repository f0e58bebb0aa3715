"""Layouts of packing: an open brown box and objects as large as the parts of its inside, all at free places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects import CONTAINER_HEIGHT_M, CONTAINER_WALL_M, Shape, container
from leo_agent.envs.tabletop.goals import ZONE_TOP_M, ZoneGoal, ZoneRule, grid_points
from leo_agent.envs.tabletop.layout.layout import Body, Layout, NoRoomError, Table
from leo_agent.envs.tabletop.packing.places import Place, places_in_box
from leo_agent.envs.tabletop.packing.split import Part, split_box

MIN_PART_M = 0.08
SMALLEST_BOX_M = 0.2
LARGEST_BOX_M = 0.35
BOX_COLOR = "brown"
BOX_MASS_KG = 0.1
BOX_FRICTION = 0.3
OBJECT_MASS_KG = 0.1
ROLLING_FRICTION = 0.0001
TABLE_ATTEMPTS = 10
HALF_TURN_RAD = np.pi
COMPLETED_INSTRUCTION = "done packing objects."

MakeShape = Callable[[str, Part], Shape]  # what the name says, as large as the part


@dataclass(frozen=True)
class Item:
    """A thing to put on the table."""

    shape: Shape
    color: str | None = None
    mass_kg: float = OBJECT_MASS_KG


def draw_box(rng: np.random.Generator) -> tuple[Shape, list[Part]]:
    """CLIPort's box, its sides uniform, and the parts of its inside, four to nine."""
    width_m, depth_m = (float(side) for side in rng.uniform(SMALLEST_BOX_M, LARGEST_BOX_M, 2))
    return container(width_m=width_m, depth_m=depth_m), split_box(rng, width_m, depth_m, MIN_PART_M)


def set_table(rng: np.random.Generator, box: Shape, items: Sequence[Item]) -> tuple[Body, list[Body]]:
    """Put the box and the items at free places, upright; the draw of places is repeated TABLE_ATTEMPTS times.

    Repeating it here and not with another draw of sizes keeps the share of boxes that leave little room.

    Raises:
        NoRoomError: they did not fit.
    """
    for _ in range(TABLE_ATTEMPTS):
        table = Table(rng)
        try:
            box_body = table.put(box, BOX_COLOR, BOX_MASS_KG, fixed=True, friction=BOX_FRICTION)
            objects = [
                table.put(item.shape, item.color, item.mass_kg, rolling_friction=ROLLING_FRICTION) for item in items
            ]
        except NoRoomError:
            continue
        return box_body, objects
    raise NoRoomError(f"no room for a box of {box.size[0]:.2f} x {box.size[1]:.2f} m and {len(items)} objects")


def packing_goal(
    box: Body, objects: Sequence[Body], places: Sequence[Place], weight: float = 1.0, top_m: float = ZONE_TOP_M
) -> ZoneGoal:
    """All the objects are to lie in the box; `places` say to a solver where and how they lie side by side."""
    floor_m = CONTAINER_WALL_M - CONTAINER_HEIGHT_M / 2
    targets = tuple(
        box.pose @ Pose((x, y, floor_m + body.shape.size[2] / 2), quaternion_from_yaw(yaw_rad))
        for body, (x, y, yaw_rad) in zip(objects, places, strict=True)
    )
    points = {body.object_id: grid_points(body.shape.size) for body in objects}
    return ZoneGoal(
        objects=tuple(body.object_id for body in objects),
        zone=box.pose,
        rule=ZoneRule(points, box.shape.size[:2], top_m),
        targets=targets,
        matches=tuple(tuple(row == column for column in range(len(targets))) for row in range(len(targets))),
        rotations=True,
        turn_period_rad=HALF_TURN_RAD,
        weight=weight,
    )


def draw_names(rng: np.random.Generator, names: Sequence[str], count: int) -> list[str]:
    """That many different ones of the names."""
    return [names[row] for row in rng.permutation(len(names))[:count]]


def sequence_layout(rng: np.random.Generator, names: Sequence[str], make_shape: MakeShape) -> Layout:
    """Draw the box, its parts, a name for each, places on the table, and how many are to be packed, in this order.

    One object a part; all but one at most are to be packed, in order, one a goal.
    """
    box_shape, parts = draw_box(rng)
    chosen = draw_names(rng, names, len(parts))
    shapes = [make_shape(name, part) for name, part in zip(chosen, parts, strict=True)]
    box, objects = set_table(rng, box_shape, [Item(shape) for shape in shapes])
    count = int(rng.integers(1, len(objects)))
    places = places_in_box(box_shape, parts[:count], shapes[:count])
    goals = tuple(
        packing_goal(box, [body], [place], weight=1 / count)
        for body, place in zip(objects[:count], places, strict=True)
    )
    return Layout(
        bodies=(box, *objects),
        goals=goals,
        instructions=tuple(f"pack the {name} in the brown box" for name in chosen[:count]),
        completed_instruction=COMPLETED_INSTRUCTION,
        max_steps=count + 1,
    )
