"""The open box that things are packed into."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import CollisionPart, Shape

CONTAINER_HEIGHT_M = 0.05
CONTAINER_WALL_M = 0.002  # walls and floor


@register_shape("container")
def container(width_m: float, depth_m: float) -> Shape:
    """An open box, `width_m` along x and `depth_m` along y outside; it collides as its floor and four walls.

    Raises:
        ValueError: the sides leave no inside.
    """
    if not (width_m > 2 * CONTAINER_WALL_M and depth_m > 2 * CONTAINER_WALL_M):
        raise ValueError(f"container of {width_m} x {depth_m} m: expected sides above {2 * CONTAINER_WALL_M} m")
    size = (width_m, depth_m, CONTAINER_HEIGHT_M)
    outside = rectangle(width_m, depth_m)
    inside = rectangle(width_m - 2 * CONTAINER_WALL_M, depth_m - 2 * CONTAINER_WALL_M)
    bottom, top = -CONTAINER_HEIGHT_M / 2, CONTAINER_HEIGHT_M / 2
    rings = ((outside, bottom), (outside, top), (inside, top), (inside, bottom + CONTAINER_WALL_M))
    vertices = np.concatenate([np.column_stack([corners, np.full(4, height)]) for corners, height in rings])
    faces = [(0, 2, 1), (0, 3, 2), (12, 13, 14), (12, 14, 15)]  # the floor from below and from inside
    for ring in range(3):
        for k in range(4):
            a, b = 4 * ring + k, 4 * ring + (k + 1) % 4
            faces += [(a, b, b + 4), (a, b + 4, a + 4)]
    parts = _parts(width_m / 2, depth_m / 2)
    return Shape(
        "box", vertices.astype(np.float32), np.array(faces, np.int32), parts, outside, size, (width_m, depth_m)
    )


def _parts(half_width: float, half_depth: float) -> tuple[CollisionPart, ...]:
    thin, half_height = CONTAINER_WALL_M / 2, CONTAINER_HEIGHT_M / 2
    side = (thin, half_depth, half_height)
    end = (half_width - 2 * thin, thin, half_height)
    return (
        CollisionPart("box", (half_width, half_depth, thin), (0, 0, thin - half_height)),
        CollisionPart("box", side, (thin - half_width, 0, 0)),
        CollisionPart("box", side, (half_width - thin, 0, 0)),
        CollisionPart("box", end, (0, thin - half_depth, 0)),
        CollisionPart("box", end, (0, half_depth - thin, 0)),
    )
