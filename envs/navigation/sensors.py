"""What the agent senses besides images: Habitat's GPS and compass, and the space of all observations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from gymnasium import spaces
from leo_agent.envs.camera import rotation_matrix
from leo_agent.envs.navigation.simulators import SimulatorConfig
from numpy.typing import ArrayLike, NDArray

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


def observation_space(
    config: SimulatorConfig,
    num_objects: int,
    task_category_ids: Sequence[int],
    instructions: Sequence[str],
    images: bool,
) -> spaces.Dict:
    """The space of the observations; `images` says whether those of the camera are among them."""
    parts: dict[str, spaces.Space] = {}
    if images:
        size = (config.height, config.width)
        parts["image"] = spaces.Box(0, 255, (*size, 3), np.uint8)
        parts["depth"] = spaces.Box(0.0, np.inf, size, np.float32)
        parts["segmentation"] = spaces.Box(0, 2**31 - 1, size, np.int32)
    parts |= {
        "object_points": _unbounded((num_objects, config.num_points, 6)),
        "object_boxes": _unbounded((num_objects, 6)),
        "object_mask": spaces.Box(0, 1, (num_objects,), np.bool_),  # type: ignore[arg-type]
        "object_ids": spaces.Box(0, 2**62, (num_objects,), np.int64),
        "agent_position": _unbounded((3,)),
        "agent_rotation": spaces.Box(-1.0, 1.0, (4,), np.float32),
        "instruction": spaces.Text(
            max_length=max(map(len, instructions)), charset="".join(sorted(set("".join(instructions))))
        ),
        "gps": _unbounded((2,)),
        "compass": spaces.Box(-math.pi, math.pi, (1,), np.float32),
        "objectgoal": spaces.Box(0, max(task_category_ids), (1,), np.int64),
    }
    return spaces.Dict(parts)


def _unbounded(shape: tuple[int, ...]) -> spaces.Box:
    return spaces.Box(-np.inf, np.inf, shape, np.float32)
