"""Spaces of the tabletop environment, and the way from the arrays of an action to poses and back."""

from __future__ import annotations

import string
from collections.abc import Mapping

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from envs.errors import InputError
from envs.tabletop.geometry import Pose, tilt_of
from envs.tabletop.workspace import BOUNDS, MAP_SHAPE

TILT_TOLERANCE_RAD = 1e-3


def observation_space(width: int, height: int, num_objects: int, num_points: int) -> spaces.Dict:
    def real(*shape: int, low: float = -np.inf, high: float = np.inf) -> spaces.Box:
        return spaces.Box(low, high, shape, np.float32)

    def picture(*shape: int) -> spaces.Box:
        return spaces.Box(0, 255, shape, np.uint8)

    return spaces.Dict(
        {
            "image": picture(height, width, 3),
            "depth": real(height, width, low=0),
            "segmentation": spaces.Box(0, np.iinfo(np.int32).max, (height, width), np.int32),
            "color_map": picture(*MAP_SHAPE, 3),
            "height_map": real(*MAP_SHAPE, low=0, high=float(BOUNDS[2, 1])),
            "object_points": real(num_objects, num_points, 6),
            "object_boxes": real(num_objects, 6),
            "object_mask": spaces.Box(0, 1, (num_objects,), np.bool_),
            "object_ids": spaces.Box(0, np.iinfo(np.int64).max, (num_objects,), np.int64),
            "agent_position": real(3),
            "agent_rotation": real(4, low=-1, high=1),
            "instruction": spaces.Text(256, charset=string.ascii_letters + string.digits + " .,'-"),
        }
    )


def action_space() -> spaces.Dict:
    low = np.concatenate([BOUNDS[:, 0], -np.ones(4)]).astype(np.float32)
    high = np.concatenate([BOUNDS[:, 1], np.ones(4)]).astype(np.float32)
    return spaces.Dict({name: spaces.Box(low, high, dtype=np.float32) for name in ("pick", "place")})


def decoded_pose(action: Mapping[str, NDArray[np.float32]], name: str) -> tuple[Pose, list[str]]:
    """The pose of one part of an action inside the workspace, with notes of what had to be changed."""
    if not isinstance(action, Mapping) or name not in action:
        found = " ".join(repr(action).split())[:100]
        raise InputError(f"action: found {found}, expected a mapping with 'pick' and 'place'")
    try:
        values = np.asarray(action[name], np.float64)
    except (TypeError, ValueError):
        values = np.full(0, np.nan)
    if values.shape != (7,) or not np.isfinite(values).all():
        found = " ".join(repr(action[name]).split())[:100]
        raise InputError(f"action {name}: found {found}, expected 7 finite numbers (x y z, qx qy qz qw)")
    length = float(np.linalg.norm(values[3:]))
    if length < 1e-6:
        raise InputError(f"action {name}: found the quaternion 0 0 0 0, expected one that is not zero")
    notes = []
    position = np.clip(values[:3], BOUNDS[:, 0], BOUNDS[:, 1])
    if not np.allclose(position, values[:3], atol=1e-6):
        notes.append(f"{name} clipped to the workspace")
    rotation = values[3:] / length
    if tilt_of(rotation) > TILT_TOLERANCE_RAD:
        notes.append(f"{name} tilt ignored")
    x, y, z = (float(value) for value in position)
    qx, qy, qz, qw = (float(value) for value in rotation)
    return Pose((x, y, z), (qx, qy, qz, qw)), notes


def encoded_pose(pose: Pose) -> NDArray[np.float32]:
    position = np.clip(pose.position, BOUNDS[:, 0], BOUNDS[:, 1])
    return np.concatenate([position, pose.rotation]).astype(np.float32)
