"""Where in a box its objects go, side by side: each in its own part if it fits, else wherever there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.procedural.objects import CONTAINER_WALL_M, Shape
from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.tabletop.goals import grid_points
from leo_agent.envs.tabletop.layout.placement import Footprint, edge_normals, turned_footprint
from leo_agent.envs.tabletop.packing.split import Part

Place = tuple[float, float, float]  # x, y, yaw in the box's frame: metres, radians

GRID_M = 0.01
LEEWAY_M = 0.03  # how far off the middle something too long for the box is tried
TURNS = 24  # yaws that are tried, over half a turn
WALL_GAP_M = 0.003
WANTED_GAP_M = 0.008
ASKEW_COST_M = 0.02  # a place along the walls is taken before one askew that is less than this much nearer


def places_in_box(box: Shape, parts: Sequence[Part], shapes: Sequence[Shape]) -> list[Place]:
    """A place in the box for each of the shapes, which are as many as the parts.

    What is too long for its part, the largest first, goes where it is clear of the others or overlaps them least; what
    is too long for the box, where most of the points that CLIPort scores lie in it.
    """
    sides, sizes = _extents(box), [_extents(shape) for shape in shapes]
    places: dict[int, Place] = {}
    for k, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        yaw_rad = 0.0 if (size[0] >= size[1]) == (part.sides[0] >= part.sides[1]) else math.pi / 2
        along = size if yaw_rad == 0 else size[::-1]
        if along[0] <= part.sides[0] and along[1] <= part.sides[1]:
            places[k] = (*part.center, yaw_rad)
    for k in sorted(set(range(len(sizes))) - set(places), key=lambda k: -sizes[k][0] * sizes[k][1]):
        taken = [turned_footprint(rectangle(*sizes[other]), *place) for other, place in places.items()]
        places[k] = _best_place(sides, sizes[k], parts[k].center, taken)
    return [places[k] for k in range(len(sizes))]


def _extents(shape: Shape) -> tuple[float, float]:
    """Along x and y of its frame, metres."""
    return shape.size[0], shape.size[1]


def _best_place(
    sides: tuple[float, float], size: tuple[float, float], wish: tuple[float, float], taken: Sequence[Footprint]
) -> Place:
    points = grid_points((*size, 0.0))[:, :2]
    best, best_rank = (0.0, 0.0, 0.0), (-math.inf, -math.inf, -math.inf, -math.inf)
    for yaw_rad in (math.pi * turn / TURNS for turn in range(TURNS)):
        footprint = turned_footprint(rectangle(*size), 0.0, 0.0, yaw_rad)
        free_x, free_y = np.asarray(sides) / 2 - CONTAINER_WALL_M - WALL_GAP_M - footprint.max(axis=0)
        centers = _grid(free_x, free_y)
        shares = _shares_inside(turned_footprint(points, 0.0, 0.0, yaw_rad), centers, sides)
        gaps = np.minimum(_gaps(footprint, centers, taken), WANTED_GAP_M)
        costs = np.hypot(*(centers - wish).T) + ASKEW_COST_M * (abs(math.sin(2 * yaw_rad)) > 1e-6)
        row = int(np.lexsort((costs, -gaps, -shares))[0])
        rank = (float(shares[row]), min(0.0, float(free_x), float(free_y)), float(gaps[row]), -float(costs[row]))
        if rank > best_rank:
            best, best_rank = (float(centers[row, 0]), float(centers[row, 1]), yaw_rad), rank
    return best


def _shares_inside(
    points: NDArray[np.float64], centers: NDArray[np.float64], sides: tuple[float, float]
) -> NDArray[np.float64]:
    """For each centre the share of the points about it that lie in the rectangle."""
    inside = np.abs(points + centers[:, None]) < np.asarray(sides) / 2
    return np.asarray(inside.all(axis=2).mean(axis=1))


def _grid(free_x: float, free_y: float) -> NDArray[np.float64]:
    """Centres (N, 2) at which there is room, about GRID_M apart; a few about the middle if there is none."""
    reaches = [free if free >= 0 else LEEWAY_M for free in (free_x, free_y)]
    axes = [np.linspace(-reach, reach, 2 * math.ceil(reach / GRID_M) + 1) for reach in reaches]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)


def _gaps(footprint: Footprint, centers: NDArray[np.float64], taken: Sequence[Footprint]) -> NDArray[np.float64]:
    """For each centre the least gap of the footprint there to those that are taken, as `placement.separation`."""
    least = np.full(len(centers), np.inf)
    for other in taken:
        normals = np.concatenate([edge_normals(footprint), edge_normals(other)])
        own, theirs, shift = footprint @ normals.T, other @ normals.T, centers @ normals.T
        before, after = theirs.min(0) - own.max(0) - shift, own.min(0) + shift - theirs.max(0)
        least = np.minimum(least, np.maximum(before, after).max(axis=1))
    return least
