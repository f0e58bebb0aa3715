"""Rigid poses and quaternions (x, y, z, w) of the tabletop world."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

IDENTITY_ROTATION: Quaternion = (0.0, 0.0, 0.0, 1.0)


def quaternion_from_yaw(yaw_rad: float) -> Quaternion:
    """Rotation by `yaw_rad` about +z."""
    return (0.0, 0.0, math.sin(yaw_rad / 2), math.cos(yaw_rad / 2))


def yaw_of(rotation: ArrayLike) -> float:
    """Heading of a quaternion about +z, radians in (-pi, pi] (the z angle of the x-y-z Euler angles, as CLIPort)."""
    x, y, z, w = (float(value) for value in np.asarray(rotation))
    return math.atan2(2 * (w * z + x * y), w * w + x * x - y * y - z * z)


def tilt_of(rotation: ArrayLike) -> float:
    """Angle between the rotated +z axis and +z, radians in [0, pi]."""
    x, y, _, _ = (float(value) for value in np.asarray(rotation))
    return math.acos(max(-1.0, min(1.0, 1 - 2 * (x * x + y * y))))


def rotation_matrix(rotation: ArrayLike) -> NDArray[np.float64]:
    """(3, 3) matrix of a unit quaternion."""
    x, y, z, w = (float(value) for value in np.asarray(rotation))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_product(first: Quaternion, second: Quaternion) -> Quaternion:
    """The rotation that applies `second`, then `first`."""
    x1, y1, z1, w1 = first
    x2, y2, z2, w2 = second
    return (
        w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
        w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
        w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
    )


def rotation_between(first: Quaternion, second: Quaternion) -> float:
    """Angle of the rotation from one orientation to the other, radians in [0, pi]."""
    x, y, z, w = quaternion_product((-first[0], -first[1], -first[2], first[3]), second)
    return 2 * math.atan2(math.sqrt(x * x + y * y + z * z), abs(w))


@dataclass(frozen=True)
class Pose:
    """A rigid pose in the world frame: metres, unit quaternion x, y, z, w."""

    position: Vector
    rotation: Quaternion = IDENTITY_ROTATION

    @property
    def yaw_rad(self) -> float:
        return yaw_of(self.rotation)

    def matrix(self) -> NDArray[np.float64]:
        """T_world_body (4, 4)."""
        result = np.eye(4)
        result[:3, :3] = rotation_matrix(self.rotation)
        result[:3, 3] = self.position
        return result

    def inverse(self) -> Pose:
        x, y, z, w = self.rotation
        position = -(rotation_matrix(self.rotation).T @ np.asarray(self.position))
        return Pose(_vector(position), (-x, -y, -z, w))

    def __matmul__(self, other: Pose) -> Pose:
        """Composition: for b given in a's frame, `a @ b` is b in the frame that a is given in."""
        position = np.asarray(self.position) + rotation_matrix(self.rotation) @ np.asarray(other.position)
        return Pose(_vector(position), quaternion_product(self.rotation, other.rotation))

    def moved_from(self, other: Pose, distance_m: float, angle_rad: float) -> bool:
        """Whether this pose differs from `other` by more than the distance or the angle."""
        return (
            math.dist(self.position, other.position) > distance_m
            or rotation_between(self.rotation, other.rotation) > angle_rad
        )


def _vector(values: NDArray[np.float64]) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))
