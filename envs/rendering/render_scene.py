"""A set of rigid bodies that can be moved and rendered to colour, depth and instance ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.rendering.bodies import Body, BodyArrays, join_bodies
from leo_agent.envs.rendering.frames import Frame, Frames, empty_frames
from leo_agent.envs.rendering.mesh import Mesh
from leo_agent.envs.rendering.rasterizer.painter import Painter
from leo_agent.envs.rendering.threads import default_threads, run_jobs

# OpenGL camera frame (x right, y up, -z forward) to the rasterizer's (x right, y down, z forward).
_FLIP = np.diag([1.0, -1.0, -1.0])


class RenderScene:
    """Bodies, their poses and their light.

    Args:
        background: RGB of pixels without a hit.
        light_direction: (3,) world frame; None draws the base colours unchanged, as Habitat's "no_lights".
        threads: how many draw at once, by default numba's number (NUMBA_NUM_THREADS); the pictures are the same, bit
            for bit, with any number.
    """

    def __init__(
        self,
        background: Sequence[int] = (0, 0, 0),
        light_direction: ArrayLike | None = None,
        threads: int | None = None,
    ) -> None:
        self._background = np.array(background, np.uint8)
        self._light: NDArray[np.float64] | None = None
        if light_direction is not None:
            light = np.asarray(light_direction, np.float64)
            self._light = light / np.linalg.norm(light)
        self._threads = default_threads() if threads is None else threads
        self._bodies: dict[int, Body] = {}
        self._next_handle = 0
        self._arrays: BodyArrays | None = None
        self._painter: Painter | None = None

    def add(self, mesh: Mesh, pose: NDArray[np.float64] | None = None) -> int:
        """Add a body at T_world_body (4, 4), by default the identity; returns its handle.

        Raises:
            InputError: the pose is not finite or of another shape; the other methods that take one do the same.
        """
        handle = self._next_handle
        self._next_handle += 1
        self._bodies[handle] = Body(mesh, np.eye(4) if pose is None else _rigid_poses(pose, 2))
        self._arrays = None
        return handle

    def set_pose(self, handle: int, pose: NDArray[np.float64]) -> None:
        """Move a body to T_world_body (4, 4)."""
        body = self._bodies[handle]
        body.pose = _rigid_poses(pose, 2)
        if self._light is not None and self._arrays is not None:
            first = self._arrays.first_faces[handle]
            self._arrays.surfaces.colors[first : first + len(body)] = body.colors(self._light)

    def remove(self, handle: int) -> None:
        """Take a body out of the scene."""
        del self._bodies[handle]
        self._arrays = None

    def clear(self) -> None:
        """Take every body out of the scene."""
        self._bodies.clear()
        self._arrays = None

    def render(self, intrinsics: Intrinsics, T_world_camera: NDArray[np.float64]) -> Frame:
        """Draw the scene seen from a camera pose (4, 4), OpenGL camera frame."""
        return self.render_batch(intrinsics, _rigid_poses(T_world_camera, 2)[None])[0]

    def render_batch(self, intrinsics: Intrinsics, T_world_cameras: NDArray[np.float64]) -> Frames:
        """Draw the scene seen from B camera poses (B, 4, 4), OpenGL camera frame; each as `render` draws it."""
        cameras = _rigid_poses(T_world_cameras, 3)
        painter = self._prepared(intrinsics)
        frames = empty_frames(len(cameras), intrinsics)
        run_jobs(painter.jobs(self._matrices(cameras), frames, self._threads), self._threads)
        return frames

    def _prepared(self, intrinsics: Intrinsics) -> Painter:
        if self._arrays is None:
            self._arrays, self._painter = join_bodies(self._bodies, self._light), None
        if self._painter is None or self._painter.intrinsics != intrinsics:
            self._painter = Painter(self._arrays, intrinsics, self._background)
        return self._painter

    def _matrices(self, cameras: NDArray[np.float64]) -> NDArray[np.float64]:
        """(B, bodies, 3, 4): from the frame of each body to the rasterizer's camera frame."""
        poses = np.array([body.pose for body in self._bodies.values()]).reshape(-1, 4, 4)
        R_camera_world = _FLIP @ cameras[:, :3, :3].transpose(0, 2, 1)
        matrices = np.empty((len(cameras), len(poses), 3, 4))
        matrices[..., :3] = R_camera_world[:, None] @ poses[:, :3, :3]
        offsets = poses[:, :3, 3] - cameras[:, None, :3, 3]
        matrices[..., 3] = (R_camera_world[:, None] @ offsets[..., None])[..., 0]
        return matrices


def _rigid_poses(poses: NDArray[np.float64], axes: int) -> NDArray[np.float64]:
    checked = np.array(poses, np.float64)
    if checked.ndim != axes or checked.shape[-2:] != (4, 4) or not np.isfinite(checked).all():
        wanted = "a (4, 4) matrix" if axes == 2 else "a (B, 4, 4) array"
        raise InputError(f"pose: found shape {checked.shape}: {shown(poses)}, expected {wanted} of finite numbers")
    return checked
