"""The bowl that blocks are put into."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import quaternion_from_yaw, quaternion_product
from leo_agent.envs.procedural.objects.meshes.primitives import lathe_mesh
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import CollisionPart, Shape

BOWL_DIAMETER_M = 0.116
BOWL_HEIGHT_M = 0.035
BOWL_WALL_M = 0.004
BOWL_BASE_RADIUS_M = 0.033
# The middle of the wall's thickness runs straight from the base to the rim (radius, height above the base).
BOWL_WALL_FOOT_M = (0.0335, 0.0025)
BOWL_WALL_RIM_M = (0.0562, 0.0345)
BOWL_SEGMENTS = 15


@register_shape("bowl")
def bowl() -> Shape:
    """A round bowl, 116 mm wide and 35 mm high, centred on its frame (CLIPort's own lies 27 mm off its frame).

    The inside is flat where a 4 cm block stands; the wall is a cone. It collides as a disc and a ring of boxes.
    """
    vertices, faces = lathe_mesh(_bowl_profile(), segments=32)
    vertices = vertices - np.array([0, 0, BOWL_HEIGHT_M / 2], np.float32)
    angles = 2 * math.pi * np.arange(16) / 16
    radius = BOWL_DIAMETER_M / 2
    footprint = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    size = (BOWL_DIAMETER_M, BOWL_DIAMETER_M, BOWL_HEIGHT_M)
    return Shape("bowl", vertices, faces, _bowl_parts(), footprint, size, (0.12, 0.12))


def _bowl_profile() -> NDArray[np.float64]:
    """Outline of the bowl's half section from the centre below to the centre inside (radius, height above the base)."""
    rim = BOWL_DIAMETER_M / 2
    inside_foot = BOWL_WALL_FOOT_M[0] - BOWL_WALL_M / 2
    outside = [(0, 0), (BOWL_BASE_RADIUS_M, 0), (rim, BOWL_HEIGHT_M)]
    inside = [(rim - BOWL_WALL_M, BOWL_HEIGHT_M), (inside_foot, BOWL_WALL_M), (0, BOWL_WALL_M)]
    return np.array(outside + inside)


def _bowl_parts() -> tuple[CollisionPart, ...]:
    middle = BOWL_HEIGHT_M / 2
    (r0, z0), (r1, z1) = BOWL_WALL_FOOT_M, BOWL_WALL_RIM_M
    half_slant = math.hypot(r1 - r0, z1 - z0) / 2
    half_lean_rad = math.atan2(r1 - r0, z1 - z0) / 2
    lean = (0.0, math.sin(half_lean_rad), 0.0, math.cos(half_lean_rad))
    half_width = r1 * math.tan(math.pi / BOWL_SEGMENTS)
    radius, height = (r0 + r1) / 2, (z0 + z1) / 2
    parts = [CollisionPart("cylinder", (BOWL_BASE_RADIUS_M, BOWL_WALL_M), (0, 0, BOWL_WALL_M / 2 - middle))]
    for k in range(BOWL_SEGMENTS):
        yaw_rad = 2 * math.pi * k / BOWL_SEGMENTS
        position = (radius * math.cos(yaw_rad), radius * math.sin(yaw_rad), height - middle)
        rotation = quaternion_product(quaternion_from_yaw(yaw_rad), lean)
        parts.append(CollisionPart("box", (BOWL_WALL_M / 2, half_width, half_slant), position, rotation))
    return tuple(parts)
