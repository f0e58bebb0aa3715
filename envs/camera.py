"""Pinhole cameras: intrinsics, camera poses and the way from depth images back to points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_whole
from leo_agent.contract.errors import InputError

MAX_SIDE_PX = 8192


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera; pixel (row 0, column 0) is the top left one and its centre lies at (0.5, 0.5).

    The camera frame is OpenGL's: x right, y up, looking along -z. Depth is measured along the optical axis, in metres.
    """

    width: int  # pixels
    height: int  # pixels
    focal_x_px: float
    focal_y_px: float
    center_x_px: float  # of the optical axis, from the left edge of the picture
    center_y_px: float  # from its upper edge
    near_m: float = 0.01  # what is nearer is not drawn
    far_m: float = 1000.0  # nor what is farther

    def __post_init__(self) -> None:
        check_whole("width", self.width, 1, MAX_SIDE_PX)
        check_whole("height", self.height, 1, MAX_SIDE_PX)
        if not (self.focal_x_px > 0.0 and self.focal_y_px > 0.0):
            raise InputError(f"focal lengths: found {self.focal_x_px}, {self.focal_y_px} px, expected positive numbers")
        if not 0.0 < self.near_m < self.far_m:
            raise InputError(f"clip distances: found {self.near_m} and {self.far_m} m, expected 0 < near < far")

    @classmethod
    def from_hfov(cls, width: int, height: int, hfov_deg: float) -> Intrinsics:
        """The camera with square pixels and the given horizontal field of view, as habitat-sim builds its sensors.

        Raises:
            InputError: the size or the angle is out of range.
        """
        if not 0.0 < hfov_deg < 180.0:
            raise InputError(f"hfov_deg: found {hfov_deg}, expected an angle between 0 and 180 degrees")
        focal_px = width / (2.0 * math.tan(math.radians(hfov_deg) / 2.0))
        return cls(width, height, focal_px, focal_px, width / 2.0, height / 2.0)

    def unproject(self, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points (H, W, 3) float32 in the camera frame of a (H, W) depth image; (0, 0, 0) where the depth is 0.

        Raises:
            InputError: the depth image has another size.
        """
        if depth.shape != (self.height, self.width):
            raise InputError(f"depth image: found shape {depth.shape}, expected {(self.height, self.width)}")
        right = (np.arange(self.width) + 0.5 - self.center_x_px) / self.focal_x_px
        up = (self.center_y_px - np.arange(self.height) - 0.5) / self.focal_y_px
        points = np.empty((self.height, self.width, 3), np.float32)
        points[..., 0] = depth * right.astype(np.float32)
        points[..., 1] = depth * up.astype(np.float32)[:, None]
        points[..., 2] = -depth
        return points


def rotation_matrix(quaternion: ArrayLike) -> NDArray[np.float64]:
    """The (3, 3) rotation matrix of a quaternion x, y, z, w of any length but 0.

    Raises:
        InputError: it is 0 or not finite.
    """
    x, y, z, w = (float(part) for part in np.asarray(quaternion, np.float64))
    square = x * x + y * y + z * z + w * w
    if not (math.isfinite(square) and square > 0.0):
        raise InputError(f"quaternion x, y, z, w: found {(x, y, z, w)}, expected four finite numbers, not all 0")
    s = 2.0 / square
    return np.array(
        [
            [1.0 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
            [s * (x * y + z * w), 1.0 - s * (x * x + z * z), s * (y * z - x * w)],
            [s * (x * z - y * w), s * (y * z + x * w), 1.0 - s * (x * x + y * y)],
        ]
    )


def pose_matrix(position: ArrayLike, quaternion: ArrayLike) -> NDArray[np.float64]:
    """T_world_body (4, 4) of a body at a position (3,) in metres with a rotation x, y, z, w."""
    pose = np.eye(4)
    pose[:3, :3] = rotation_matrix(quaternion)
    pose[:3, 3] = np.asarray(position, np.float64)
    return pose
