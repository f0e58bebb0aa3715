"""Actions as token ids, counted down from the end of the vocabulary, in both directions and for both worlds.

Action index n (0..523) is token id V - 1 - n, V the vocabulary size: 8 navigation actions, 320 u (pixels along y),
160 v (pixels along x) and 36 yaw bins of 10 degrees, as in the LEO paper's code, where V = 32000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leo_agent.contract.errors import InputError

NAVIGATION_ACTIONS = (
    "stop",
    "move_forward",
    "move_backward",
    "turn_left",
    "turn_right",
    "look_up",
    "look_down",
    "grab_release",
)
HABITAT_ACTIONS = ("stop", "move_forward", "turn_left", "turn_right", "look_up", "look_down")

NUM_U, NUM_V, NUM_YAW_BINS = 320, 160, 36
U_START = len(NAVIGATION_ACTIONS)
V_START = U_START + NUM_U
YAW_START = V_START + NUM_V
NUM_ACTION_TOKENS = YAW_START + NUM_YAW_BINS

PIXEL_M = 0.003125
X_MIN_M, Y_MIN_M = 0.25, -0.5
X_MAX_M, Y_MAX_M = 0.75, 0.5
YAW_BIN_RAD = 2 * np.pi / NUM_YAW_BINS
GIMBAL_LOCK_EPS = 1e-12

TABLETOP_LENGTH = 6
DONE_ACTION = (U_START, V_START, YAW_START) * 2


@dataclass(frozen=True)
class TokenRange:
    """A block of action indices [start, start + size); circular blocks wrap around (yaw)."""

    name: str
    start: int
    size: int
    circular: bool = False


NAVIGATION = TokenRange("navigation", 0, len(NAVIGATION_ACTIONS))
U = TokenRange("u", U_START, NUM_U)
V = TokenRange("v", V_START, NUM_V)
YAW = TokenRange("yaw", YAW_START, NUM_YAW_BINS, circular=True)
RANGES = (NAVIGATION, U, V, YAW)
TABLETOP_GRAMMAR = (U, V, YAW, U, V, YAW)


def action_index_to_token(index: int | np.ndarray, vocab_size: int) -> int | np.ndarray:
    """Token id of an action index; the same formula is its own inverse."""
    return vocab_size - 1 - index


def navigation_indices(num_actions: int) -> np.ndarray:
    """(num_actions,) action index of each of the first Habitat actions, mapped by name: the two orders differ."""
    if not 1 <= num_actions <= len(HABITAT_ACTIONS):
        raise InputError(f"action space: found Discrete({num_actions}), expected 1 to {len(HABITAT_ACTIONS)} actions")
    return np.array([NAVIGATION_ACTIONS.index(name) for name in HABITAT_ACTIONS[:num_actions]])


def encode_navigation(action: int) -> int:
    """Action index of an action id in Habitat's order."""
    if not 0 <= action < len(HABITAT_ACTIONS):
        raise InputError(f"navigation action: found {action}, expected 0 to {len(HABITAT_ACTIONS) - 1}")
    return NAVIGATION_ACTIONS.index(HABITAT_ACTIONS[action])


def decode_navigation(index: int) -> int:
    """Action id in Habitat's order of an action index."""
    name = NAVIGATION_ACTIONS[index] if 0 <= index < len(NAVIGATION_ACTIONS) else None
    if name not in HABITAT_ACTIONS:
        raise InputError(f"action index {index} is {name or 'no navigation action'}, which Habitat's ObjectNav lacks")
    return HABITAT_ACTIONS.index(name)


def yaw_of(rotation: np.ndarray) -> float:
    """Rotation about z, applied first (static 'zxy' Euler angles), of a quaternion x, y, z, w of any length; radians.

    Where the tilt about x is a right angle, z and y turn about the same axis, and all of the turn counts as yaw.
    """
    x, y, z, w = (float(value) for value in rotation / np.abs(rotation).max())
    length = w * w + x * x + y * y + z * z
    if np.hypot(2 * (x * z + w * y), w * w - x * x - y * y + z * z) <= GIMBAL_LOCK_EPS * length:
        return float(np.arctan2(2 * (w * z - x * y), w * w + x * x - y * y - z * z))
    return float(np.arctan2(2 * (x * y + z * w), w * w - x * x + y * y - z * z))


def encode_pose(pose: np.ndarray) -> tuple[int, int, int]:
    """Action indices u, v, yaw of a (7,) pose (metres, quaternion x, y, z, w); height and tilt are not kept.

    Positions outside the workspace are clamped. y = 0.5 and x = 0.75 fold onto the last pixel. A yaw a hair below
    zero, which upstream maps to bin 36, belongs to bin 0. InputError unless it is seven finite numbers with a rotation.
    """
    pose = np.asarray(pose, dtype=np.float64)
    if pose.shape != (7,):
        raise InputError(f"pose of an action: found shape {pose.shape}, expected (7,)")
    if not np.isfinite(pose).all() or not pose[3:].any():
        raise InputError(f"pose of an action: found {pose.tolist()}, expected finite numbers, the last 4 not all zero")
    x, y = np.clip(pose[0], X_MIN_M, X_MAX_M), np.clip(pose[1], Y_MIN_M, Y_MAX_M)
    u = int(np.clip(np.round((y - Y_MIN_M) / PIXEL_M), 0, NUM_U - 1))
    v = int(np.clip(np.round((x - X_MIN_M) / PIXEL_M), 0, NUM_V - 1))
    yaw_bin = int(np.floor(np.mod(yaw_of(pose[3:7]), 2 * np.pi) / YAW_BIN_RAD)) % NUM_YAW_BINS
    return U_START + u, V_START + v, YAW_START + yaw_bin


def decode_pose(indices: Sequence[int], height_map: np.ndarray) -> np.ndarray:
    """(7,) float32 pose of the action indices u, v, yaw; z is the height map (320, 160) at that pixel, in metres."""
    offsets = [int(index) - block.start for index, block in zip(indices, (U, V, YAW), strict=False)]
    in_range = all(0 <= offset < block.size for offset, block in zip(offsets, (U, V, YAW), strict=False))
    if len(indices) != 3 or not in_range:
        raise InputError(f"action indices {tuple(indices)} are not of the form u, v, yaw")
    u, v, yaw_bin = offsets
    half_yaw_rad = (yaw_bin + 0.5) * YAW_BIN_RAD / 2
    if half_yaw_rad > np.pi / 2:
        half_yaw_rad -= np.pi
    position = (X_MIN_M + v * PIXEL_M, Y_MIN_M + u * PIXEL_M, float(height_map[u, v]))
    return np.array([*position, 0.0, 0.0, np.sin(half_yaw_rad), np.cos(half_yaw_rad)], dtype=np.float32)


def encode_tabletop(action: Mapping[str, np.ndarray]) -> tuple[int, ...]:
    """Six action indices of {"pick": (7,), "place": (7,)}."""
    return encode_pose(action["pick"]) + encode_pose(action["place"])


def decode_tabletop(indices: Sequence[int], height_map: np.ndarray) -> dict[str, np.ndarray]:
    """The tabletop action of six action indices; inverse of `encode_tabletop` up to the bins."""
    return {"pick": decode_pose(indices[:3], height_map), "place": decode_pose(indices[3:], height_map)}
