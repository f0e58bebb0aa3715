"""The tabletop's actions as a few bounded numbers."""

import math
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_array
from leo_agent.contract.errors import InputError
from leo_agent.contract.tabletop import BOUNDS_M, MOVES, TabletopEmbodiment

_LOW_M, _HIGH_M = np.array(BOUNDS_M).T
_NUMBERS = 4  # of one pose


class FlatAction(gymnasium.ActionWrapper[Any, NDArray[np.float32], Any], RecordConstructorArgs):
    """Eight numbers in [-1, 1] in place of two poses: x, y, z and yaw of the pick, then those of the place.

    -1 and 1 are the workspace's bounds, and -180 and 180 degrees. Nothing is lost: the tool points down, so that an
    environment looks at the yaw of a rotation alone.

    Args:
        env: of the tabletop.

    Raises:
        InputError: its actions are no two poses; those of navigation are one number already.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        RecordConstructorArgs.__init__(self)
        gymnasium.ActionWrapper.__init__(self, env)
        if env.action_space != TabletopEmbodiment().action_space():
            raise InputError(f"env: found actions of {env.action_space}, expected the tabletop's pick and place")
        self.action_space = spaces.Box(-1.0, 1.0, (len(MOVES) * _NUMBERS,), np.float32)

    def action(self, action: ArrayLike) -> dict[str, NDArray[np.float32]]:
        """The two poses of eight numbers.

        Raises:
            InputError: they are no eight finite numbers.
        """
        numbers = check_array("action", action, self.action_space.shape or ()).reshape(len(MOVES), _NUMBERS)
        return {move: _pose(part) for move, part in zip(MOVES, numbers, strict=True)}

    def flat(self, action: Mapping[str, ArrayLike]) -> NDArray[np.float32]:
        """The eight numbers of two poses, such as the expert's: the inverse of `action`, up to a tilt."""
        return np.concatenate([_numbers(np.asarray(action[move], np.float64)) for move in MOVES]).astype(np.float32)


def _pose(numbers: NDArray[np.float64]) -> NDArray[np.float32]:
    position = _LOW_M + (numbers[:3] + 1.0) / 2.0 * (_HIGH_M - _LOW_M)
    half_yaw_rad = numbers[3] * math.pi / 2.0
    return np.array([*position, 0.0, 0.0, math.sin(half_yaw_rad), math.cos(half_yaw_rad)], np.float32)


def _numbers(pose: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, z, w = pose[3:]
    yaw_rad = math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    return np.append(2.0 * (pose[:3] - _LOW_M) / (_HIGH_M - _LOW_M) - 1.0, yaw_rad / math.pi)
