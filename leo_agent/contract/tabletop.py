"""The embodiment of the tabletop: CLIPort's arm above its workspace, which picks and places or pushes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from leo_agent.contract.checks import check_array
from leo_agent.contract.embodiment import Embodiment, UpAxis
from leo_agent.contract.errors import InputError, shown

MOVES = ("pick", "place")
POSE_NAMES = ("x", "y", "z", "qx", "qy", "qz", "qw")

# CLIPort's workspace and its map from above (cliport/tasks/task.py, environments/environment.py).
BOUNDS_M = ((0.25, 0.75), (-0.5, 0.5), (0.0, 0.28))  # x, y, z
PIXEL_SIZE_M = 0.003125
MAP_SHAPE = (320, 160)  # rows along y, columns along x


@dataclass(frozen=True, kw_only=True)
class TabletopEmbodiment(Embodiment):
    """CLIPort's arm: an action is {"pick": (7,), "place": (7,)}, position in metres and quaternion x, y, z, w.

    World frame: +Z up, metres; the workspace is `BOUNDS_M`. A policy looks at it from above by default: `color_map`
    and `height_map`, (320, 160) cells of `PIXEL_SIZE_M`.
    """

    name: ClassVar[str] = "tabletop"
    up_axis: ClassVar[UpAxis] = "z"
    image_key: ClassVar[str] = "color_map"
    action_names: ClassVar[tuple[str, ...]] = tuple(f"{move}_{name}" for move in MOVES for name in POSE_NAMES)

    def action_space(self) -> spaces.Dict:
        bounds = np.array(BOUNDS_M)
        low = np.concatenate([bounds[:, 0], -np.ones(4)]).astype(np.float32)
        high = np.concatenate([bounds[:, 1], np.ones(4)]).astype(np.float32)
        return spaces.Dict({move: spaces.Box(low, high, dtype=np.float32) for move in MOVES})

    def to_vector(self, action: Any) -> NDArray[np.float32]:
        if not isinstance(action, Mapping) or not set(MOVES) <= action.keys():
            raise InputError(f"action: found {shown(action)}, expected a mapping with 'pick' and 'place'")
        parts = [check_array(f"action {move}", action[move], (len(POSE_NAMES),)) for move in MOVES]
        return np.concatenate(parts).astype(np.float32)

    def from_vector(self, vector: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        return {"pick": vector[:7].astype(np.float32), "place": vector[7:].astype(np.float32)}

    def draw_action(self, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        return {move: _draw_pose(rng) for move in MOVES}

    def done_action(self) -> dict[str, NDArray[np.float32]]:
        """Both poses at the minimum of the bounds, unrotated: the "done" pose of the LEO paper's code."""
        pose = np.array([*(low for low, _ in BOUNDS_M), 0.0, 0.0, 0.0, 1.0], dtype=np.float32)
        return {move: pose.copy() for move in MOVES}


def _draw_pose(rng: np.random.Generator) -> NDArray[np.float32]:
    """(7,) float32: position uniform in the workspace, quaternion x, y, z, w of a uniform yaw."""
    bounds = np.array(BOUNDS_M, dtype=np.float32)
    position = rng.uniform(bounds[:, 0], bounds[:, 1])
    yaw_rad = rng.uniform(-np.pi, np.pi)
    rotation = [0.0, 0.0, np.sin(yaw_rad / 2), np.cos(yaw_rad / 2)]
    return np.concatenate([position, rotation]).astype(np.float32)
