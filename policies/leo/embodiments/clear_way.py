"""Decides from an observation whether the agent's next step forward would run into something.

A step that touches a wall ends on it, and without sliding Habitat's agent is then free in two or three headings of
twelve. Part of the action mask, not of the network: a step into an obstacle in plain sight is no move worth offering.

The camera is taken to be level: one tilted by look actions makes the depth part of the prediction wrong.
"""

import math

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.observation import Observation

_BESIDE_M = 0.02  # what lies no further ahead than this is passed, not met


def is_way_clear(observation: Observation, radius_m: float, body: NavigationEmbodiment) -> bool:
    """Whether the body can go one step ahead, by the depth image and by the points of the known objects.

    Args:
        observation: `depth` (H, W) where there is one, `object_points`, `object_mask` and the agent's pose.
        radius_m: how wide the body is taken to be.
        body: its step, heights and camera; heights from what it can climb to its top count as obstacles.
    """
    points = observation["object_points"][np.asarray(observation["object_mask"], bool)][..., :3].reshape(-1, 3)
    known = (points - observation["agent_position"]) @ _axes(observation["agent_rotation"])
    if _meets(known, radius_m, body):
        return False
    depth_m = observation.get("depth")
    return depth_m is None or not _meets(_unproject(np.asarray(depth_m), body), radius_m, body)


def _meets(points: NDArray[np.floating], radius_m: float, body: NavigationEmbodiment) -> bool:
    """Whether any of the points (K, 3) right, up, ahead of the agent's base is nearer than that to the step ahead."""
    right, up, ahead = points.T
    beyond_m = np.maximum(ahead - body.forward_step_m, 0.0)
    near = (ahead > _BESIDE_M) & (right * right + beyond_m * beyond_m < radius_m * radius_m)
    return bool((near & (up > body.max_climb_m) & (up < body.agent_height_m)).any())


def _axes(rotation: NDArray[np.floating]) -> NDArray[np.float32]:
    """(3, 3) columns right, up and ahead, in the world, of an upright agent with rotation x, y, z, w."""
    yaw_rad = 2.0 * math.atan2(float(rotation[1]), float(rotation[3]))
    sine, cosine = math.sin(yaw_rad), math.cos(yaw_rad)
    return np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [-sine, 0.0, -cosine]], np.float32)


def _unproject(depth_m: NDArray[np.floating], body: NavigationEmbodiment) -> NDArray[np.floating]:
    """(K, 3) right, up, ahead of the agent's base of the pixels (H, W), metres along the optical axis, that hit."""
    height, width = depth_m.shape
    focal_px = width / 2.0 / math.tan(math.radians(body.hfov_deg) / 2.0)
    right = (np.arange(width) + 0.5 - width / 2.0) / focal_px * depth_m
    up = body.camera_height_m - ((np.arange(height) + 0.5 - height / 2.0) / focal_px)[:, None] * depth_m
    return np.stack([right, up, depth_m], axis=-1)[depth_m > 0]
