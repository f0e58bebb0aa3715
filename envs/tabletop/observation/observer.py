"""What a policy sees of the tabletop: the cameras' images, the maps from above and the object clouds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_choice, check_whole
from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.camera import MAX_SIDE_PX
from leo_agent.envs.geometry import Pose
from leo_agent.envs.objects import ObjectPacker, ObjectSet
from leo_agent.envs.rendering import Frame
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.observation.clouds import SOURCES, CameraClouds, SurfaceClouds
from leo_agent.envs.tabletop.observation.maps import fused_maps
from leo_agent.envs.tabletop.stopwatch import Stopwatch
from leo_agent.envs.tabletop.visuals.cameras import CAMERAS, FRONT_CAMERA, PosedCamera, front_intrinsics
from leo_agent.envs.tabletop.visuals.view import TabletopView

MOST = {"width": MAX_SIDE_PX, "height": MAX_SIDE_PX, "num_objects": 1000, "num_points": 65_536}


@dataclass(frozen=True)
class ObservationOptions:
    """What is observed; the fields are those of `TabletopEnv`.

    Raises:
        InputError: a value is of another type or out of range.
    """

    width: int  # of the task camera, pixels
    height: int
    num_objects: int  # slots of the object clouds
    num_points: int  # of each cloud
    object_points: str  # one of SOURCES
    cameras: Sequence[str]  # names of CLIPort's cameras that the observation has, too
    share_arrays: bool  # whether arrays that did not change are the very same

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            check_whole(name, getattr(self, name), 1, most)
        check_choice("share_arrays", self.share_arrays, (False, True))
        check_choice("object_points", self.object_points, SOURCES)
        known = [camera.name for camera in CAMERAS]
        names = self.cameras if isinstance(self.cameras, (list, tuple)) else [None]
        if not all(isinstance(name, str) and name in known for name in names) or len({*names}) < len(names):
            raise InputError(
                f"cameras: found {shown(self.cameras)}, expected a list of {', '.join(known)}, none of them twice"
            )


class Observer:
    """Draws and gathers everything of an observation but the words."""

    def __init__(self, options: ObservationOptions, stopwatch: Stopwatch) -> None:
        self._options = options
        self._stopwatch = stopwatch
        self._task_camera = PosedCamera(
            "task", front_intrinsics(options.width, options.height), FRONT_CAMERA.T_world_camera
        )
        self._view = TabletopView()

    def start(self, layout: Layout, seed: int) -> None:
        """Show these objects from now on; `seed` draws the points of their surfaces."""
        bodies = layout.bodies
        self._view.reset(bodies, layout.tool)
        self._packer = ObjectPacker(self._options.num_objects)
        self._surface_clouds = self._camera_clouds = None
        if self._options.object_points == "surface":
            self._surface_clouds = SurfaceClouds(bodies, self._options.num_points, seed)
        else:
            self._camera_clouds = CameraClouds(bodies, self._options.num_points)

    def observe(self, poses: Mapping[int, Pose], joints_rad: ArrayLike) -> dict[str, Any]:
        """The arrays of the observation with the objects (object id -> pose) and the arm there."""
        with self._stopwatch.measure("rendering"):
            self._view.update(poses, joints_rad)
            frames = [self._view.render(camera) for camera in CAMERAS]
            same_lens = self._task_camera.intrinsics == FRONT_CAMERA.intrinsics
            task_frame = frames[0] if same_lens else self._view.render(self._task_camera)
        with self._stopwatch.measure("maps"):
            color_map, height_map = fused_maps(frames)
        with self._stopwatch.measure("clouds"):
            packed = self._packer.pack(self._objects(poses, frames))
            if not self._options.share_arrays:
                packed = {name: array.copy() for name, array in packed.items()}
        return {
            **_arrays(task_frame),
            "color_map": color_map,
            "height_map": height_map,
            **packed,
            "agent_position": np.zeros(3, np.float32),
            "agent_rotation": np.array([0, 0, 0, 1], np.float32),
            **self._camera_arrays(frames),
        }

    def _objects(self, poses: Mapping[int, Pose], frames: Sequence[Frame]) -> ObjectSet:
        if self._surface_clouds is not None:
            return self._surface_clouds.objects(poses)
        assert self._camera_clouds is not None
        return self._camera_clouds.objects(poses, frames)

    def _camera_arrays(self, frames: Sequence[Frame]) -> dict[str, NDArray[Any]]:
        return {
            f"{key}_{camera.name}": array.copy()
            for camera, frame in zip(CAMERAS, frames, strict=True)
            if camera.name in self._options.cameras
            for key, array in _arrays(frame).items()
        }


def _arrays(frame: Frame) -> dict[str, NDArray[Any]]:
    return {"image": frame.image, "depth": frame.depth, "segmentation": frame.segmentation}
