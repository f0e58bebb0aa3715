"""Pictures of the tabletop for people, softly lit: one of the present state, or a film of the whole motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.tabletop.goals import Goal
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.physics.arm import Arm
from leo_agent.envs.tabletop.physics.physics import TIME_STEP_S, Physics
from leo_agent.envs.tabletop.pictures.overlay import GoalOverlay
from leo_agent.envs.tabletop.pictures.shadows import light_camera, shaded
from leo_agent.envs.tabletop.visuals.cameras import PosedCamera
from leo_agent.envs.tabletop.visuals.view import LIGHT_DIRECTION, TabletopView, picture_camera

Picture = NDArray[np.uint8]

FRAMES_PER_S = 20
STEPS_PER_FRAME = round(1 / (FRAMES_PER_S * TIME_STEP_S))
SMOOTHING = 2  # a single picture is drawn this many times as wide and high, and averaged
LARGEST_SMOOTHED_SIDE = 4096
HORIZON_RGB, SKY_RGB = (222, 227, 233), (250, 251, 252)


class Film:
    """Draws arm, table and objects; following the motion, it also collects a picture every 1/20 s of simulated time.

    With `overlay` the targets of the goal shown last are outlined.
    """

    def __init__(self, physics: Physics, width: int, height: int, overlay: bool = False) -> None:
        self._physics = physics
        self._smoothing = SMOOTHING if max(width, height) <= LARGEST_SMOOTHED_SIDE else 1
        self._camera = picture_camera(width, height)
        self._large_camera = picture_camera(width * self._smoothing, height * self._smoothing)
        self._light = light_camera(LIGHT_DIRECTION)
        self._overlay = GoalOverlay() if overlay else None
        self._scene = TabletopView(bench=True)
        self._frames: list[Picture] = []

    def start(self, layout: Layout, arm: Arm, goal: Goal | None, follow: bool) -> None:
        """Begin an episode with these objects, arm and goal; `follow` collects pictures from here on."""
        self._arm = arm
        self._scene.reset(layout.bodies, layout.tool)
        self._bodies = {body.object_id: body for body in layout.bodies}
        self.show_goal(goal)
        self._frames = [self._drawn(self._camera)] if follow else []
        self._physics.watcher = self._stepped if follow else None
        self._arm.watcher = self._collect if follow else None

    def show_goal(self, goal: Goal | None) -> None:
        """Outline the targets of this goal from now on."""
        if self._overlay is not None:
            self._overlay.show(goal, self._bodies)

    def picture(self) -> Picture:
        """The present state, (height, width, 3) uint8, with smooth edges."""
        k, lens = self._smoothing, self._camera.intrinsics
        large = self._drawn(self._large_camera).reshape(lens.height, k, lens.width, k, 3)
        return np.asarray(np.rint(large.mean(axis=(1, 3))).astype(np.uint8))

    def _drawn(self, camera: PosedCamera) -> Picture:
        self._scene.update(self._physics.poses(), self._arm.joints_rad)
        light_depth = self._scene.render(self._light).depth
        frame = self._scene.render(camera)
        picture = shaded(frame, camera, light_depth, self._light)
        rise = np.linspace(1, 0, len(picture))[:, None]
        sky = np.array(HORIZON_RGB) + rise * (np.array(SKY_RGB) - np.array(HORIZON_RGB))
        picture = np.where((frame.depth == 0)[..., None], np.rint(sky).astype(np.uint8)[:, None], picture)
        return picture if self._overlay is None else self._overlay.drawn(picture, frame, camera)

    def take(self) -> list[Picture]:
        """The pictures collected since the last call; they are handed over."""
        frames, self._frames = self._frames, []
        return frames

    def _collect(self) -> None:
        self._frames.append(self._drawn(self._camera))

    def _stepped(self) -> None:
        if self._physics.steps % STEPS_PER_FRAME == 0:
            self._arm.follow_tip()
            self._collect()
