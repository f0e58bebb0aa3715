"""What the arm looks like: tubes in the proportions of a UR5, one mesh a link, and its tools, all made by code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Vector
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh, tube_mesh
from leo_agent.envs.rendering import Mesh
from leo_agent.envs.tabletop.physics.kinematics import TOOL_LENGTH_M
from leo_agent.envs.tabletop.physics.spatula import BLADE_THICKNESS_M, BLADE_WIDTH_M, EDGE_BELOW_TIP_M

LINK_RGB = (206, 210, 214)
JOINT_RGB = (104, 146, 190)
DARK_RGB = (70, 72, 78)
CUP_RGB = (40, 90, 200)
BLADE_RGB = (150, 158, 168)

Rgb = tuple[int, int, int]
Tube = tuple[Vector, Vector, float, float, Rgb]  # start, end, radii (metres), colour
Part = tuple[NDArray[np.float32], NDArray[np.int32], Rgb]  # vertices, faces, colour

# Tubes in the DH frame of each link (kinematics.link_frames), metres.
LINK_TUBES: tuple[tuple[Tube, ...], ...] = (
    (((0, 0, 0), (0, 0, 0.012), 0.085, 0.085, DARK_RGB), ((0, 0, 0.012), (0, 0, 0.05), 0.072, 0.066, LINK_RGB)),
    (
        ((0, -0.045, 0), (0, 0.058, 0), 0.062, 0.06, LINK_RGB),
        ((0, 0, 0), (0, 0, 0.078), 0.058, 0.058, LINK_RGB),
    ),
    (
        ((0.425, 0, 0.078), (0.425, 0, 0.195), 0.058, 0.055, JOINT_RGB),
        ((0.425, 0, 0.136), (0, 0, 0.136), 0.052, 0.044, LINK_RGB),
        ((0, 0, 0.075), (0, 0, 0.19), 0.048, 0.048, JOINT_RGB),
    ),
    (
        ((0.39225, 0, -0.035), (0.39225, 0, 0.075), 0.047, 0.047, LINK_RGB),
        ((0.39225, 0, 0.016), (0, 0, 0.016), 0.042, 0.036, LINK_RGB),
        ((0, 0, -0.03), (0, 0, 0.062), 0.038, 0.038, JOINT_RGB),
    ),
    (
        ((0, -0.047, 0), (0, 0.042, 0), 0.037, 0.037, LINK_RGB),
        ((0, 0, 0), (0, 0, 0.05), 0.037, 0.037, LINK_RGB),
    ),
    (
        ((0, 0.045, 0), (0, -0.042, 0), 0.037, 0.037, JOINT_RGB),
        ((0, 0, 0), (0, 0, 0.045), 0.036, 0.036, LINK_RGB),
    ),
    (
        ((0, 0, -0.037), (0, 0, 0.0), 0.036, 0.036, LINK_RGB),
        ((0, 0, 0), (0, 0, 0.03), 0.031, 0.026, DARK_RGB),
    ),
)
# What hangs on the flange, in its frame, metres.
TOOL_TUBES: dict[str, tuple[Tube, ...]] = {
    "suction": (
        ((0, 0, 0.03), (0, 0, 0.1), 0.011, 0.008, DARK_RGB),
        ((0, 0, 0.1), (0, 0, 0.1195), 0.006, 0.012, CUP_RGB),
    ),
    "spatula": (((0, 0, 0.03), (0, 0, 0.06), 0.011, 0.009, DARK_RGB),),
}
BLADE_TOP_M = 0.045  # below the flange, inside the stem


@lru_cache(maxsize=4)
def link_meshes(segment_id: int, tool: str) -> tuple[Mesh, ...]:
    """Seven meshes, in the frames that kinematics.link_frames gives, with one segmentation id; the last has the tool.

    `tool` is "suction" or "spatula".
    """
    *links, hand = [[_tube(*tube) for tube in tubes] for tubes in LINK_TUBES]
    hand += [_tube(*tube) for tube in TOOL_TUBES[tool]]
    if tool == "spatula":
        hand.append(_blade())
    return tuple(_joined(parts, segment_id) for parts in (*links, hand))


def _tube(start: Vector, end: Vector, radius_start: float, radius_end: float, rgb: Rgb) -> Part:
    return (*tube_mesh(start, end, radius_start, radius_end), rgb)


def _blade() -> Part:
    """The spatula's blade in the flange's frame: across the push along x, thin along y."""
    low, high = BLADE_TOP_M, TOOL_LENGTH_M + EDGE_BELOW_TIP_M
    half_extents = (BLADE_WIDTH_M / 2, BLADE_THICKNESS_M / 2, (high - low) / 2)
    return (*box_mesh(half_extents, center=(0.0, 0.0, (low + high) / 2)), BLADE_RGB)


def _joined(parts: Sequence[Part], segment_id: int) -> Mesh:
    """One mesh of several coloured ones."""
    vertices, faces, colors, count = [], [], [], 0
    for part_vertices, part_faces, rgb in parts:
        vertices.append(part_vertices)
        faces.append(part_faces + np.int32(count))
        colors.append(np.tile(np.array(rgb, np.uint8), (len(part_faces), 1)))
        count += len(part_vertices)
    all_faces = np.concatenate(faces)
    ids = np.full(len(all_faces), segment_id, np.int32)
    return Mesh(np.concatenate(vertices), all_faces, np.concatenate(colors), ids)
