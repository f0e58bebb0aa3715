"""What the arm looks like: tubes in the proportions of a UR5, one mesh a link, and a suction cup, all made by code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from envs.rendering import Mesh
from envs.tabletop.geometry import Vector
from envs.tabletop.meshes import tube_mesh

LINK_RGB = (206, 210, 214)
JOINT_RGB = (104, 146, 190)
DARK_RGB = (70, 72, 78)
CUP_RGB = (40, 90, 200)

Tube = tuple[Vector, Vector, float, float, tuple[int, int, int]]  # start, end, radii (metres), colour

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
        ((0, 0, 0.03), (0, 0, 0.1), 0.011, 0.008, DARK_RGB),
        ((0, 0, 0.1), (0, 0, 0.1195), 0.006, 0.012, CUP_RGB),
    ),
)


@lru_cache(maxsize=4)
def link_meshes(segment_id: int) -> tuple[Mesh, ...]:
    """Seven meshes, in the frames that kinematics.link_frames gives, all with one segmentation id."""
    return tuple(_link_mesh(tubes, segment_id) for tubes in LINK_TUBES)


def _link_mesh(tubes: Sequence[Tube], segment_id: int) -> Mesh:
    vertices, faces, colors, count = [], [], [], 0
    for start, end, radius_start, radius_end, rgb in tubes:
        tube_vertices, tube_faces = tube_mesh(start, end, radius_start, radius_end)
        vertices.append(tube_vertices)
        faces.append(tube_faces + np.int32(count))
        colors.append(np.tile(np.array(rgb, np.uint8), (len(tube_faces), 1)))
        count += len(tube_vertices)
    all_faces = np.concatenate(faces)
    ids = np.full(len(all_faces), segment_id, np.int32)
    return Mesh(np.concatenate(vertices), all_faces, np.concatenate(colors), ids)
