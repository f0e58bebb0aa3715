"""CLIPort's three cameras, and cameras posed anywhere else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.camera import Intrinsics

IMAGE_SIZE = (640, 480)  # width, height
FOCAL_PX = 450.0
NEAR_M, FAR_M = 0.01, 10.0


@dataclass(frozen=True, eq=False)
class PosedCamera:
    """A named camera at a pose."""

    name: str
    intrinsics: Intrinsics
    T_world_camera: NDArray[np.float64]  # (4, 4), OpenGL convention: x right, y up, looks along -z


def _camera_pose(position: Sequence[float], euler_rad: Sequence[float]) -> NDArray[np.float64]:
    """CLIPort's pose (fixed-axis x, y, z angles; looks along +z, y down) in the OpenGL convention."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(euler_rad), np.sin(euler_rad)
    R_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    R_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    R_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    pose = np.eye(4)
    pose[:3, :3] = R_z @ R_y @ R_x @ np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = position
    return pose


def look_at(position: Sequence[float], target: Sequence[float]) -> NDArray[np.float64]:
    """T_world_camera (4, 4) of a level camera at `position` that looks at `target`."""
    backward = np.asarray(position, np.float64) - np.asarray(target, np.float64)
    backward /= np.linalg.norm(backward)
    right = np.cross([0.0, 0.0, 1.0], backward)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(backward, right), backward], axis=1)
    pose[:3, 3] = position
    return pose


def front_intrinsics(width: int, height: int) -> Intrinsics:
    """The RealSense-like lens at another size: the same horizontal field of view, square pixels."""
    focal_px = FOCAL_PX * width / IMAGE_SIZE[0]
    return Intrinsics(width, height, focal_px, focal_px, width / 2, height / 2, NEAR_M, FAR_M)


_LENS = front_intrinsics(*IMAGE_SIZE)
FRONT_CAMERA = PosedCamera("front", _LENS, _camera_pose((1.0, 0.0, 0.75), (math.pi / 4, math.pi, -math.pi / 2)))
LEFT_CAMERA = PosedCamera("left", _LENS, _camera_pose((0.0, 0.5, 0.75), (math.pi / 4.5, math.pi, math.pi / 4)))
RIGHT_CAMERA = PosedCamera("right", _LENS, _camera_pose((0.0, -0.5, 0.75), (math.pi / 4.5, math.pi, 3 * math.pi / 4)))
CAMERAS = (FRONT_CAMERA, LEFT_CAMERA, RIGHT_CAMERA)


def pixel_points(
    depth: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64], camera: PosedCamera
) -> NDArray[np.float64]:
    """Points (K, 3), world frame, metres, that K pixels of a depth image show."""
    lens, T = camera.intrinsics, camera.T_world_camera
    distance = depth[rows, columns].astype(np.float64)
    right = (columns + 0.5 - lens.center_x_px) / lens.focal_x_px * distance
    up = (lens.center_y_px - rows - 0.5) / lens.focal_y_px * distance
    return np.stack([right, up, -distance], axis=1) @ T[:3, :3].T + T[:3, 3]
