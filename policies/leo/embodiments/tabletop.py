"""LEO as CLIPort's arm: six action tokens a step, u, v and yaw of the pick, then of the place."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.observation import Observation
from leo_agent.contract.tabletop import BOUNDS_M, MOVES, PIXEL_SIZE_M, TabletopEmbodiment
from leo_agent.policies.leo.batches.action_mask import ActionMask
from leo_agent.policies.leo.embodiments.base import LeoEmbodiment, register_embodiment
from leo_agent.policies.leo.text import prompts
from leo_agent.policies.leo.text.action_tokens import TABLETOP_BLOCKS, YAW, YAW_BIN_RAD, U, V

(X_MIN_M, X_MAX_M), (Y_MIN_M, Y_MAX_M) = BOUNDS_M[:2]
GIMBAL_LOCK_EPS = 1e-12


@register_embodiment("tabletop")
class LeoTabletop(LeoEmbodiment):
    """LEO above the table, which it sees as a map; its own place is the origin of the world, as it was trained."""

    embodiment: TabletopEmbodiment
    task = prompts.MANIPULATION_TASK
    padding = tuple(block.start for block in TABLETOP_BLOCKS)  # the "done" pose of the LEO paper's code
    pose_keys = ()

    @cached_property
    def mask(self) -> ActionMask:
        return ActionMask.of(*(block.indices for block in TABLETOP_BLOCKS))

    def encode(self, action: Mapping[str, NDArray[np.floating]]) -> tuple[int, ...]:
        """Action indices of a pick and a place; heights and tilts are not kept."""
        return tuple(index for move in MOVES for index in encode_pose(action[move]))

    def decode(self, indices: Sequence[int], observation: Observation) -> dict[str, NDArray[np.float32]]:
        """The action at the heights of the observation's `height_map`."""
        heights = observation["height_map"]
        return {move: decode_pose(indices[3 * place : 3 * place + 3], heights) for place, move in enumerate(MOVES)}

    def objects_meant(
        self, boxes: NDArray[np.float32], ids: NDArray[np.int64], action: Any, goal_ids: Sequence[int]
    ) -> NDArray[np.bool_]:
        """The objects nearest to the pick and to the place."""
        poses = np.stack([action[move][:2] for move in MOVES])  # x, y
        distances = np.square(boxes[:, None, :2] - poses).sum(-1)
        return np.isin(np.arange(len(boxes)), distances.argmin(axis=0))


def yaw_of(rotation: NDArray[np.floating]) -> float:
    """Rotation about z, applied first (static 'zxy' Euler angles), of a quaternion x, y, z, w of any length; radians.

    Where the tilt about x is a right angle, z and y turn about the same axis, and all of the turn counts as yaw.
    """
    x, y, z, w = (float(value) for value in rotation / np.abs(rotation).max())
    length = w * w + x * x + y * y + z * z
    if np.hypot(2 * (x * z + w * y), w * w - x * x - y * y + z * z) <= GIMBAL_LOCK_EPS * length:
        return float(np.arctan2(2 * (w * z - x * y), w * w + x * x - y * y - z * z))
    return float(np.arctan2(2 * (x * y + z * w), w * w - x * x + y * y - z * z))


def encode_pose(pose: NDArray[np.floating]) -> tuple[int, int, int]:
    """Action indices u, v, yaw of a (7,) pose (metres, quaternion x, y, z, w); height and tilt are not kept.

    Positions outside the workspace are clamped. y = 0.5 and x = 0.75 fold onto the last pixel. A yaw a hair below
    zero, which the LEO paper's code maps to bin 36, belongs to bin 0.

    Raises:
        InputError: it is not seven finite numbers with a rotation.
    """
    pose = np.asarray(pose, dtype=np.float64)
    if pose.shape != (7,):
        raise InputError(f"pose of an action: found shape {pose.shape}, expected (7,)")
    if not np.isfinite(pose).all() or not pose[3:].any():
        raise InputError(f"pose of an action: found {pose.tolist()}, expected finite numbers, the last 4 not all zero")
    x, y = np.clip(pose[0], X_MIN_M, X_MAX_M), np.clip(pose[1], Y_MIN_M, Y_MAX_M)
    u = int(np.clip(np.round((y - Y_MIN_M) / PIXEL_SIZE_M), 0, U.size - 1))
    v = int(np.clip(np.round((x - X_MIN_M) / PIXEL_SIZE_M), 0, V.size - 1))
    yaw_bin = int(np.floor(np.mod(yaw_of(pose[3:7]), 2 * np.pi) / YAW_BIN_RAD)) % YAW.size
    return U.start + u, V.start + v, YAW.start + yaw_bin


def decode_pose(indices: Sequence[int], height_map: NDArray[np.floating]) -> NDArray[np.float32]:
    """(7,) float32 pose of the action indices u, v, yaw; z is the height map (320, 160) at that pixel, in metres.

    Raises:
        InputError: the indices are not of that form.
    """
    blocks = (U, V, YAW)
    if len(indices) != 3 or not all(index in block.indices for index, block in zip(indices, blocks, strict=True)):
        raise InputError(f"action indices {tuple(indices)} are not of the form u, v, yaw")
    u, v, yaw_bin = (index - block.start for index, block in zip(indices, blocks, strict=True))
    half_yaw_rad = (yaw_bin + 0.5) * YAW_BIN_RAD / 2
    if half_yaw_rad > np.pi / 2:
        half_yaw_rad -= np.pi
    position = (X_MIN_M + v * PIXEL_SIZE_M, Y_MIN_M + u * PIXEL_SIZE_M, float(height_map[u, v]))
    return np.array([*position, 0.0, 0.0, np.sin(half_yaw_rad), np.cos(half_yaw_rad)], dtype=np.float32)
