"""Spaces of the tabletop environment, and the way from the arrays of an action to poses and back."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

import numpy as np
from gymnasium import spaces
from leo_agent.envs.geometry import Pose, tilt_of
from leo_agent.envs.tabletop.observation.cameras import IMAGE_SIZE
from leo_agent.envs.tabletop.workspace import BOUNDS, MAP_SHAPE
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError, shown

TILT_TOLERANCE_RAD = 1e-3
CLIP_TOLERANCE_M = 1e-6  # rounding of float32
INSTRUCTION_CHARACTERS = string.ascii_letters + string.digits + " .,'-"
INSTRUCTION_LENGTH = 256


def observation_space(
    width: int, height: int, num_objects: int, num_points: int, cameras: Sequence[str] = ()
) -> spaces.Dict:
    """The keys that are always there, and those of the named cameras of CLIPort's."""
    keys: dict[str, spaces.Space] = {
        **_view_space(width, height),
        "color_map": _picture(*MAP_SHAPE, 3),
        "height_map": _real(*MAP_SHAPE, low=0, high=float(BOUNDS[2, 1])),
        "object_points": _real(num_objects, num_points, 6),
        "object_boxes": _real(num_objects, 6),
        "object_mask": spaces.Box(0, 1, (num_objects,), np.bool_),
        "object_ids": spaces.Box(0, np.iinfo(np.int64).max, (num_objects,), np.int64),
        "agent_position": _real(3),
        "agent_rotation": _real(4, low=-1, high=1),
        "instruction": spaces.Text(INSTRUCTION_LENGTH, charset=INSTRUCTION_CHARACTERS),
    }
    for name in cameras:
        keys |= {f"{key}_{name}": space for key, space in _view_space(*IMAGE_SIZE).items()}
    return spaces.Dict(keys)


def _view_space(width: int, height: int) -> dict[str, spaces.Space]:
    return {
        "image": _picture(height, width, 3),
        "depth": _real(height, width, low=0),
        "segmentation": spaces.Box(0, np.iinfo(np.int32).max, (height, width), np.int32),
    }


def _real(*shape: int, low: float = -np.inf, high: float = np.inf) -> spaces.Box:
    return spaces.Box(low, high, shape, np.float32)


def _picture(*shape: int) -> spaces.Box:
    return spaces.Box(0, 255, shape, np.uint8)


def action_space() -> spaces.Dict:
    low = np.concatenate([BOUNDS[:, 0], -np.ones(4)]).astype(np.float32)
    high = np.concatenate([BOUNDS[:, 1], np.ones(4)]).astype(np.float32)
    return spaces.Dict({name: spaces.Box(low, high, dtype=np.float32) for name in ("pick", "place")})


def decoded_pose(action: Mapping[str, ArrayLike], name: str) -> tuple[Pose, list[str]]:
    """The pose of one part of an action inside the workspace, with notes of what had to be changed.

    Raises InputError in one line for anything but 7 finite numbers, position and a quaternion that is not zero.
    """
    if not isinstance(action, Mapping) or name not in action:
        raise InputError(f"action: found {shown(action)}, expected a mapping with 'pick' and 'place'")
    values = _numbers(action[name])
    if values is None or values.shape != (7,) or not np.isfinite(values).all():
        found = shown(action[name])
        raise InputError(f"action {name}: found {found}, expected 7 finite numbers (x y z, qx qy qz qw)")
    largest = float(np.abs(values[3:]).max())
    if largest < 1e-6:
        raise InputError(f"action {name}: found the quaternion 0 0 0 0, expected one that is not zero")
    notes = []
    position = np.clip(values[:3], BOUNDS[:, 0], BOUNDS[:, 1])
    if not np.allclose(position, values[:3], rtol=0, atol=CLIP_TOLERANCE_M):
        notes.append(f"{name} clipped to the workspace")
    rotation = values[3:] / largest  # so that no square is beyond the range of numbers
    rotation /= np.linalg.norm(rotation)
    if tilt_of(rotation) > TILT_TOLERANCE_RAD:
        notes.append(f"{name} tilt ignored")
    x, y, z = (float(value) for value in position)
    qx, qy, qz, qw = (float(value) for value in rotation)
    return Pose((x, y, z), (qx, qy, qz, qw)), notes


def _numbers(values: ArrayLike) -> NDArray[np.float64] | None:
    """An array of real numbers; None for text, complex numbers, lists of unequal length and whatever else is none."""
    try:
        array = np.asarray(values)
    except (OverflowError, TypeError, ValueError):
        return None
    return array.astype(np.float64) if array.dtype.kind in "fiu" else None


def encoded_pose(pose: Pose) -> NDArray[np.float32]:
    position = np.clip(pose.position, BOUNDS[:, 0], BOUNDS[:, 1])
    return np.concatenate([position, pose.rotation]).astype(np.float32)
