"""Tells from what a navigation policy observes whether its next step forward would run into something.

A step that touches a wall ends on it, and without sliding Habitat's agent is then free in two or three headings of
twelve. Part of the grammar, not of the network: a step into an obstacle in plain sight is no move worth offering.

The camera is taken to be that of habitat-lab's ObjectNav benchmark, level: other fields of view, or a camera tilted by
look actions, make the depth part of the prediction wrong.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

# The agent of habitat-lab's ObjectNav benchmark.
STEP_M = 0.25
CAMERA_HEIGHT_M = 0.88
HFOV_DEG = 79.0
MAX_CLIMB_M, BODY_HEIGHT_M = 0.2, 0.88
_BESIDE_M = 0.02  # what lies no further ahead than this is passed, not met


def is_way_clear(observation: Mapping[str, Any], radius_m: float) -> bool:
    """Whether a body of that radius can go one step ahead, by the depth image and by the points of the known objects.

    Uses `depth` (H, W) where there is one (seen by an upright camera), `object_points`, `object_mask` and the agent's
    pose; heights from what the agent can climb to the top of its body count as obstacles.
    """
    points = observation["object_points"][np.asarray(observation["object_mask"], bool)][..., :3].reshape(-1, 3)
    known = (points - observation["agent_position"]) @ _axes(observation["agent_rotation"])
    if _meets(known, radius_m):
        return False
    depth = observation.get("depth")
    return depth is None or not _meets(_unproject(np.asarray(depth)), radius_m)


def _meets(points: np.ndarray, radius_m: float) -> bool:
    """Whether any of the points (K, 3) right, up, ahead of the agent's base is nearer than that to the step ahead."""
    right, up, ahead = points.T
    beyond_m = np.maximum(ahead - STEP_M, 0.0)
    near = (ahead > _BESIDE_M) & (right * right + beyond_m * beyond_m < radius_m * radius_m)
    return bool((near & (up > MAX_CLIMB_M) & (up < BODY_HEIGHT_M)).any())


def _axes(rotation: np.ndarray) -> np.ndarray:
    """(3, 3) columns right, up and ahead, in the world, of an upright agent with rotation x, y, z, w."""
    yaw_rad = 2.0 * math.atan2(float(rotation[1]), float(rotation[3]))
    sine, cosine = math.sin(yaw_rad), math.cos(yaw_rad)
    return np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [-sine, 0.0, -cosine]], np.float32)


def _unproject(depth: np.ndarray) -> np.ndarray:
    """(K, 3) right, up, ahead of the agent's base of the pixels (H, W), metres along the optical axis, that hit."""
    height, width = depth.shape
    focal_px = width / 2.0 / math.tan(math.radians(HFOV_DEG) / 2.0)
    right = (np.arange(width) + 0.5 - width / 2.0) / focal_px * depth
    up = CAMERA_HEIGHT_M - ((np.arange(height) + 0.5 - height / 2.0) / focal_px)[:, None] * depth
    return np.stack([right, up, depth], axis=-1)[depth > 0]
