"""What the agent senses besides images, by habitat-lab 0.3.4's formulas: GPS, compass, the way to a point."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.observation import unbounded
from leo_agent.envs.camera import rotation_matrix

_FORWARD = np.array([0.0, 0.0, -1.0])


def gps(start_position: ArrayLike, start_rotation: ArrayLike, position: ArrayLike) -> NDArray[np.float32]:
    """(2,) float32: metres forward and metres right of the start pose; height is dropped, as in habitat-lab."""
    offset = np.asarray(position, np.float64) - np.asarray(start_position, np.float64)
    in_start_frame = rotation_matrix(start_rotation).T @ offset
    return np.array([-in_start_frame[2], in_start_frame[0]], np.float32)


def compass(start_rotation: ArrayLike, rotation: ArrayLike) -> NDArray[np.float32]:
    """(1,) float32 radians in [-pi, pi]: the heading relative to the start, positive to the left, as in habitat-lab."""
    x, _, z = rotation_matrix(rotation).T @ rotation_matrix(start_rotation) @ _FORWARD
    return np.array([math.atan2(x, -z)], np.float32)


def yaw_rad(rotation: ArrayLike) -> float:
    """Heading of a quaternion x, y, z, w about +Y: 0 looks along -Z, positive to the left."""
    x, _, z = rotation_matrix(rotation) @ _FORWARD
    return math.atan2(-x, -z)


def pointgoal(position: ArrayLike, rotation: ArrayLike, goal_position: ArrayLike) -> NDArray[np.float32]:
    """Where a point is from a pose: habitat-lab's POLAR format in two dimensions.

    Returns:
        (2,) float32: metres on the agent's ground plane, and radians in [-pi, pi], positive to the left.
    """
    # As habitat-lab: the goal as float32, in the agent's frame; x to the right, -z ahead.
    offset = np.asarray(goal_position, np.float32).astype(np.float64) - np.asarray(position, np.float64)
    x, _, z = rotation_matrix(rotation).T @ offset
    return np.array([math.hypot(x, z), -math.atan2(x, -z)], np.float32)


def pose_spaces() -> dict[str, spaces.Space[Any]]:
    """Spaces of Habitat's pose sensors, which every navigation task has."""
    return {"gps": unbounded(2), "compass": spaces.Box(-math.pi, math.pi, (1,), np.float32)}
