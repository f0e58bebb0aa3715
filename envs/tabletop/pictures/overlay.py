"""The present goal as outlines in pictures for people: where objects are to come to rest; observations have none."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Pose
from leo_agent.envs.rendering import Frame, Mesh, RenderScene
from leo_agent.envs.tabletop.goals import Goal, PoseGoal, ZoneGoal
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.visuals.cameras import PosedCamera

OUTLINE_RGB = (90, 255, 170)
OUTLINE_WIDTH_M = 0.004
LIFT_M = 0.0015  # above the surface that a target lies on
CIRCLE_CORNERS = 40
VISIBLE_SHARE, HIDDEN_SHARE = 0.9, 0.35  # of the outline's colour, in front of everything and behind something
DEPTH_TOLERANCE_M = 0.004


class GoalOverlay:
    """Draws the outlines of one goal's targets over a picture."""

    def __init__(self) -> None:
        self._scene = RenderScene()

    def show(self, goal: Goal | None, bodies: Mapping[int, Body]) -> None:
        """Draw this goal's targets from now on; None draws nothing."""
        self._scene.clear()
        for corners, pose in _outlines(goal, bodies):
            self._scene.add(_band(corners), pose.matrix())

    def drawn(self, picture: NDArray[np.uint8], frame: Frame, camera: PosedCamera) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8 of that view with the outlines over it, fainter where something hides them."""
        outline = self._scene.render(camera.intrinsics, camera.T_world_camera)
        front = (frame.depth == 0) | (outline.depth <= frame.depth + DEPTH_TOLERANCE_M)
        share = np.where(outline.segmentation > 0, np.where(front, VISIBLE_SHARE, HIDDEN_SHARE), 0.0)[..., None]
        return np.asarray(np.rint(picture * (1 - share) + np.array(OUTLINE_RGB) * share), np.uint8)


def _outlines(goal: Goal | None, bodies: Mapping[int, Body]) -> list[tuple[NDArray[np.float64], Pose]]:
    """Convex polygons (K, 2), metres, with the pose of their plane."""
    if isinstance(goal, ZoneGoal):
        half_x, half_y = goal.rule.size_m[0] / 2, goal.rule.size_m[1] / 2
        corners = np.array([[-half_x, -half_y], [half_x, -half_y], [half_x, half_y], [-half_x, half_y]])
        return [(corners, goal.zone @ Pose((0.0, 0.0, LIFT_M)))]
    if not isinstance(goal, PoseGoal):
        return []
    outlines = []
    for j, target in enumerate(goal.targets):
        fitting = [i for i in range(len(goal.objects)) if goal.matches[i][j]]
        if fitting:
            shape = bodies[goal.objects[fitting[0]]].shape
            turns = goal.symmetries_rad[fitting[0]] > 0
            x, y, z = target.position
            pose = Pose((x, y, max(0.0, z - shape.size[2] / 2) + LIFT_M), target.rotation)
            outlines.append((shape.footprint if turns else _circle(goal.position_tolerance_m, shape.footprint), pose))
    return outlines


def _circle(tolerance_m: float, footprint: NDArray[np.float64]) -> NDArray[np.float64]:
    radius = max(tolerance_m, float(np.linalg.norm(footprint, axis=1).max()))
    angles = 2 * math.pi * np.arange(CIRCLE_CORNERS) / CIRCLE_CORNERS
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _band(corners: NDArray[np.float64]) -> Mesh:
    """The flat band between a convex polygon about the origin and a larger one of the same form."""
    count = len(corners)
    larger = corners * (1 + OUTLINE_WIDTH_M / np.linalg.norm(corners, axis=1).min())
    vertices = np.zeros((2 * count, 3), np.float32)
    vertices[:count, :2], vertices[count:, :2] = corners, larger
    k = np.arange(count)
    following = (k + 1) % count
    faces = np.concatenate([
        np.stack([k, k + count, following + count], axis=1), np.stack([k, following + count, following], axis=1)
    ]).astype(np.int32)  # fmt: skip
    colors = np.tile(np.array(OUTLINE_RGB, np.uint8), (len(faces), 1))
    return Mesh(vertices, faces, colors, np.ones(len(faces), np.int32))
