"""Boxes: blocks, cubes of a pile, and whatever else has six faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Vector
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import CollisionPart, Shape

BLOCK_SIDE_M = 0.04


@register_shape("box")
def box(size: Vector, name: str) -> Shape:
    """A solid box with its faces along the axes of its frame; `size` in metres."""
    half = (size[0] / 2, size[1] / 2, size[2] / 2)
    vertices, faces = box_mesh(half)
    return Shape(name, vertices, faces, (CollisionPart("box", half),), rectangle(*size[:2]), size, size[:2])


def block() -> Shape:
    """CLIPort's block, a cube of 4 cm."""
    return box(size=(BLOCK_SIDE_M,) * 3, name="block")


def rectangle(width_m: float, depth_m: float) -> NDArray[np.float64]:
    """A footprint (4, 2) about the origin, counter-clockwise, metres."""
    x, y = width_m / 2, depth_m / 2
    return np.array([[-x, -y], [x, -y], [x, y], [-x, y]])
