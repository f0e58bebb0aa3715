"""Pictures of the tabletop for people: one of the present state, or a film of the whole motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from envs.tabletop.robot import Arm
from envs.tabletop.task import Layout
from envs.tabletop.view import TabletopScene, picture_camera
from envs.tabletop.world import TIME_STEP_S, World

Picture = NDArray[np.uint8]

FRAMES_PER_S = 20
STEPS_PER_FRAME = round(1 / (FRAMES_PER_S * TIME_STEP_S))


class Film:
    """Draws arm, table and objects; following the motion, it also collects a picture every 1/20 s of simulated time."""

    def __init__(self, world: World, width: int, height: int) -> None:
        self._world = world
        self._camera = picture_camera(width, height)
        self._scene = TabletopScene(bench=True)
        self._frames: list[Picture] = []

    def start(self, layout: Layout, arm: Arm, follow: bool) -> None:
        """Begin an episode with these objects and this arm; `follow` collects pictures from here on."""
        self._arm = arm
        self._scene.reset(layout.bodies, layout.tool)
        self._frames = [self.picture()] if follow else []
        self._world.watcher = self._stepped if follow else None
        self._arm.watcher = self._collect if follow else None

    def picture(self) -> Picture:
        """The present state, (height, width, 3) uint8."""
        self._scene.update(self._world.poses(), self._arm.joints_rad)
        return self._scene.render(self._camera).image

    def take(self) -> list[Picture]:
        """The pictures collected since the last call; they are handed over."""
        frames, self._frames = self._frames, []
        return frames

    def _collect(self) -> None:
        self._frames.append(self.picture())

    def _stepped(self) -> None:
        if self._world.steps % STEPS_PER_FRAME == 0:
            self._arm.follow_tip()
            self._collect()
