"""CLIPort's three cameras, the task camera, and the colour and height maps fused from above."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.rendering import Frame
from leo_agent.envs.tabletop.workspace import BOUNDS, MAP_SHAPE, PIXEL_SIZE_M
from numba import njit
from numpy.typing import NDArray

IMAGE_SIZE = (640, 480)  # width, height
FOCAL_PX = 450.0
NEAR_M, FAR_M = 0.01, 10.0
FLOOR_TOLERANCE_M = 0.001  # rounding may put points of the bare table a little below 0


@dataclass(frozen=True, eq=False)
class Camera:
    """A named camera: intrinsics and T_world_camera (4, 4), OpenGL convention (x right, y up, looks along -z)."""

    name: str
    intrinsics: Intrinsics
    T_world_camera: NDArray[np.float64]


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
FRONT_CAMERA = Camera("front", _LENS, _camera_pose((1.0, 0.0, 0.75), (math.pi / 4, math.pi, -math.pi / 2)))
LEFT_CAMERA = Camera("left", _LENS, _camera_pose((0.0, 0.5, 0.75), (math.pi / 4.5, math.pi, math.pi / 4)))
RIGHT_CAMERA = Camera("right", _LENS, _camera_pose((0.0, -0.5, 0.75), (math.pi / 4.5, math.pi, 3 * math.pi / 4)))
CAMERAS = (FRONT_CAMERA, LEFT_CAMERA, RIGHT_CAMERA)


def pixel_points(
    depth: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64], camera: Camera
) -> NDArray[np.float64]:
    """Points (K, 3), world frame, metres, that K pixels of a depth image show."""
    lens, T = camera.intrinsics, camera.T_world_camera
    distance = depth[rows, columns].astype(np.float64)
    right = (columns + 0.5 - lens.center_x_px) / lens.focal_x_px * distance
    up = (lens.center_y_px - rows - 0.5) / lens.focal_y_px * distance
    return np.stack([right, up, -distance], axis=1) @ T[:3, :3].T + T[:3, 3]


def fused_maps(
    frames: Sequence[Frame], cameras: Sequence[Camera] = CAMERAS
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Colour map (320, 160, 3) uint8 and height map (320, 160) float32, metres, of the workspace seen from above.

    Each view puts its points into cells of 3.125 mm, the highest winning; the height is the maximum over the views,
    the colour the mean over the views that see the cell in a colour other than black (CLIPort's rule). Empty: 0.
    """
    heights = np.full((len(frames), *MAP_SHAPE), -1.0, np.float32)
    colors = np.zeros((len(frames), *MAP_SHAPE, 3), np.uint8)
    for k, (frame, camera) in enumerate(zip(frames, cameras, strict=True)):
        lens = camera.intrinsics
        optics = np.array([lens.focal_x_px, lens.focal_y_px, lens.center_x_px, lens.center_y_px])
        _splat(frame.depth, frame.image, optics, camera.T_world_camera, BOUNDS, heights[k], colors[k])
    return _merge(heights, colors)


@njit(cache=True)
def _splat(depth, image, optics, pose, bounds, heights, colors):  # type: ignore[no-untyped-def]
    """Write each point of a view into its cell unless a higher one is there; of equal heights the last one counts."""
    focal_x, focal_y, center_x, center_y = optics
    for row in range(depth.shape[0]):
        for column in range(depth.shape[1]):
            d = depth[row, column]
            if d <= 0.0:
                continue
            right = (column + 0.5 - center_x) / focal_x * d
            up = (center_y - row - 0.5) / focal_y * d
            x = pose[0, 0] * right + pose[0, 1] * up - pose[0, 2] * d + pose[0, 3]
            y = pose[1, 0] * right + pose[1, 1] * up - pose[1, 2] * d + pose[1, 3]
            z = np.float32(pose[2, 0] * right + pose[2, 1] * up - pose[2, 2] * d + pose[2, 3])
            if not (bounds[0, 0] <= x < bounds[0, 1] and bounds[1, 0] <= y < bounds[1, 1]):
                continue
            if not (bounds[2, 0] - FLOOR_TOLERANCE_M <= z < bounds[2, 1]):
                continue
            u = min(int((y - bounds[1, 0]) / PIXEL_SIZE_M), heights.shape[0] - 1)
            v = min(int((x - bounds[0, 0]) / PIXEL_SIZE_M), heights.shape[1] - 1)
            if z >= heights[u, v]:
                heights[u, v] = z
                for channel in range(3):
                    colors[u, v, channel] = image[row, column, channel]


@njit(cache=True)
def _merge(heights, colors):  # type: ignore[no-untyped-def]
    """One map of several: greatest height, rounded mean of the colours that are not black."""
    views, rows, columns = heights.shape
    color_map = np.zeros((rows, columns, 3), np.uint8)
    height_map = np.zeros((rows, columns), np.float32)
    for row in range(rows):
        for column in range(columns):
            red, green, blue, count = 0, 0, 0, 0
            for view in range(views):
                height_map[row, column] = max(height_map[row, column], heights[view, row, column])
                r, g, b = colors[view, row, column]
                if r > 0 or g > 0 or b > 0:
                    red, green, blue, count = red + r, green + g, blue + b, count + 1
            if count > 0:
                color_map[row, column, 0] = np.uint8(np.rint(red / count))
                color_map[row, column, 1] = np.uint8(np.rint(green / count))
                color_map[row, column, 2] = np.uint8(np.rint(blue / count))
    return color_map, height_map
