"""A task's layout partly carried out: blocks in bowls and on blocks, things in boxes, cubes in squares, all at rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from leo_agent.data.made.tables.outlines import depth_m
from leo_agent.data.made.tables.truth import BORDER_M
from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects import CONTAINER_WALL_M
from leo_agent.envs.procedural.objects.cliport.bowl import BOWL_WALL_M
from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.procedural.objects.cliport.square import SQUARE_INNER_SIDE_M
from leo_agent.envs.tabletop.layout.layout import Body, Layout
from leo_agent.envs.tabletop.layout.placement import Footprint, separation, turned_footprint
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

_IN_BOWL_SHARE, _STACKED_SHARE = 0.4, 0.2  # of the blocks, while there are bowls and blocks free
_PACKED_SHARE = 0.7  # chance of each next thing to be in the box
_CUBE_APART_M = 0.0005
_ATTEMPTS = 100


def fill_bowls(layout: Layout, rng: np.random.Generator) -> Layout:
    """Some blocks stand in bowls, one a bowl, some on other blocks."""
    blocks = [body for body in layout.bodies if body.shape.name == "block"]
    free_bowls = [body for body in layout.bodies if body.shape.name == "bowl"]
    poses: dict[int, Pose] = {}
    bases: set[int] = set()
    for place in rng.permutation(len(blocks)):
        block, chance = blocks[int(place)], rng.random()
        if block.object_id in bases:
            continue
        below = [each for each in blocks if each.object_id not in {*poses, *bases, block.object_id}]
        if chance < _IN_BOWL_SHARE and free_bowls:
            bowl = free_bowls.pop(int(rng.integers(len(free_bowls))))
            poses[block.object_id] = _upon(block, bowl, TABLE_TOP_M + BOWL_WALL_M, rng)
        elif chance < _IN_BOWL_SHARE + _STACKED_SHARE and below:
            base = below[int(rng.integers(len(below)))]
            bases.add(base.object_id)
            poses[block.object_id] = _upon(block, base, base.pose.position[2] + base.shape.size[2] / 2, rng)
    return _moved(layout, poses)


def pack_box(layout: Layout, rng: np.random.Generator) -> Layout:
    """The first things lie in the box, each in its own place; one that would touch another or a wall stays outside."""
    box, *things = layout.bodies
    targets = [pose for goal in layout.goals for pose in goal.targets]
    if len(targets) == 1:  # there is room for one: any of them
        things = [things[int(rng.integers(len(things)))]]
    poses: dict[int, Pose] = {}
    taken: list[Footprint] = []
    width, depth = (side - 2 * CONTAINER_WALL_M for side in box.shape.size[:2])
    inside = turned_footprint(rectangle(width, depth), *box.pose.position[:2], box.pose.yaw_rad)
    for thing, target in zip(things, targets, strict=False):
        outline = turned_footprint(thing.shape.footprint, *target.position[:2], target.yaw_rad)
        if rng.random() >= _PACKED_SHARE:
            break
        if depth_m(outline, inside) >= 0 and all(separation(outline, other) > 0 for other in taken):
            height = TABLE_TOP_M + CONTAINER_WALL_M + thing.shape.size[2] / 2
            poses[thing.object_id] = Pose((*target.position[:2], height), target.rotation)
            taken.append(outline)
    return _moved(layout, poses)


def fill_square(layout: Layout, rng: np.random.Generator) -> Layout:
    """Some cubes, any number of them, lie in one of the squares, and with them those that lay across an edge."""
    squares = [body for body in layout.bodies if body.shape.name == "square"]
    cubes = [body for body in layout.bodies if body.shape.name == "block"]
    square = squares[int(rng.integers(len(squares)))]
    chosen = [cubes[int(row)] for row in rng.permutation(len(cubes))[: int(rng.integers(len(cubes) + 1))]]
    chosen += [cube for cube in cubes if cube not in chosen and any(_is_across(cube, each) for each in squares)]
    poses: dict[int, Pose] = {}
    outlines = {body.object_id: _outline(body, body.pose) for body in cubes if body not in chosen}
    for cube in chosen:
        reach = SQUARE_INNER_SIDE_M / 2 - math.hypot(*cube.shape.size[:2]) / 2
        for _ in range(_ATTEMPTS):
            x, y = rng.uniform(-reach, reach, 2)
            offset = Pose((float(x), float(y), 0.0), quaternion_from_yaw(float(rng.uniform(0, 2 * math.pi))))
            there = square.pose @ offset
            pose = Pose((*there.position[:2], cube.pose.position[2]), there.rotation)
            outline = _outline(cube, pose)
            if all(separation(outline, other) >= _CUBE_APART_M for other in outlines.values()):
                poses[cube.object_id], outlines[cube.object_id] = pose, outline
                break
        else:
            outlines[cube.object_id] = _outline(cube, cube.pose)
    return _moved(layout, poses)


def _upon(thing: Body, base: Body, bottom_m: float, rng: np.random.Generator) -> Pose:
    x, y, _ = base.pose.position
    yaw_rad = float(rng.uniform(0, 2 * math.pi))
    return Pose((x, y, bottom_m + thing.shape.size[2] / 2), quaternion_from_yaw(yaw_rad))


def _outline(body: Body, pose: Pose) -> Footprint:
    return turned_footprint(body.shape.footprint, *pose.position[:2], pose.yaw_rad)


def _is_across(cube: Body, square: Body) -> bool:
    inside, outside = _outline(cube, cube.pose), _outline(square, square.pose)
    return separation(inside, outside) < BORDER_M and depth_m(inside, outside) < BORDER_M


def _moved(layout: Layout, poses: Mapping[int, Pose]) -> Layout:
    bodies = (replace(body, pose=poses.get(body.object_id, body.pose)) for body in layout.bodies)
    return replace(layout, bodies=tuple(bodies))
