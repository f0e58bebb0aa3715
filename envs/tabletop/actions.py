"""The way from the arrays of an action to poses and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_array
from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.geometry import Pose, tilt_of
from leo_agent.envs.tabletop.workspace import BOUNDS

TILT_TOLERANCE_RAD = 1e-3
CLIP_TOLERANCE_M = 1e-6  # rounding of float32


def decoded_pose(action: Mapping[str, ArrayLike], name: str) -> tuple[Pose, list[str]]:
    """The pose of one part of an action inside the workspace, with notes of what had to be changed.

    Args:
        action: position in metres, world frame, and quaternion x, y, z, w by the name of the part, (7,) each.
        name: "pick" or "place".

    Raises:
        InputError: there is no such part, or it is not seven finite numbers, or its quaternion is zero.
    """
    if not isinstance(action, Mapping) or name not in action:
        raise InputError(f"action: found {shown(action)}, expected a mapping with 'pick' and 'place'")
    values = check_array(f"action {name}", action[name], (7,))
    largest = float(np.abs(values[3:]).max())
    if largest < 1e-6:
        raise InputError(f"action {name}: found the quaternion 0 0 0 0, expected one that is not zero")
    notes = []
    position = np.clip(values[:3], BOUNDS[:, 0], BOUNDS[:, 1])
    if not np.allclose(position, values[:3], rtol=0, atol=CLIP_TOLERANCE_M):
        notes.append(f"{name} clipped to the workspace")
    rotation = values[3:] / largest  # so that no square overflows
    rotation /= np.linalg.norm(rotation)
    if tilt_of(rotation) > TILT_TOLERANCE_RAD:
        notes.append(f"{name} tilt ignored")
    x, y, z = (float(value) for value in position)
    qx, qy, qz, qw = (float(value) for value in rotation)
    return Pose((x, y, z), (qx, qy, qz, qw)), notes


def encoded_pose(pose: Pose) -> NDArray[np.float32]:
    """The pose as (7,) float32, moved into the workspace: position in metres, quaternion x, y, z, w."""
    position = np.clip(pose.position, BOUNDS[:, 0], BOUNDS[:, 1])
    return np.concatenate([position, pose.rotation]).astype(np.float32)
