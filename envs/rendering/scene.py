"""A set of rigid bodies that can be moved and rendered to colour, depth and instance ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from envs.camera import Intrinsics
from envs.rendering.mesh import ClusteredMesh, Mesh, cluster_mesh
from envs.rendering.rasterizer import draw, resolve

# OpenGL camera frame (x right, y up, -z forward) to the rasterizer's (x right, y down, z forward).
_FLIP = np.diag([1.0, -1.0, -1.0])
# The part of a face's colour that it shows with its edge to the light.
AMBIENT = 0.45


@dataclass(frozen=True)
class Frame:
    """One rendered view; the arrays belong to the caller.

    image (H, W, 3) uint8 RGB; depth (H, W) float32, metres along the optical axis, 0 = nothing hit; segmentation (H, W)
    int32 ids, 0 = background.
    """

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    segmentation: NDArray[np.int32]


class _Body:
    def __init__(self, mesh: Mesh, pose: NDArray[np.float64]) -> None:
        self.clusters: ClusteredMesh = cluster_mesh(mesh)
        self.base_colors = np.ascontiguousarray(mesh.colors, np.uint8)
        self.ids = np.ascontiguousarray(mesh.ids, np.int32)
        corners = mesh.vertices[mesh.faces].astype(np.float64)
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        self.normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        self.pose = pose

    def shaded(self, light_direction: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Colours (F, 3) under a directional light that lights both sides of a face alike (Lambert's law)."""
        cosine = np.abs(self.normals @ (self.pose[:3, :3].T @ light_direction))
        brightness = AMBIENT + (1.0 - AMBIENT) * cosine
        return (self.base_colors * brightness[:, None] + 0.5).astype(np.uint8)


class Scene:
    """Bodies, their poses and their light.

    background: RGB of pixels without a hit. light_direction: (3,) world frame; None draws the base colours unchanged,
    as Habitat's "no_lights".
    """

    def __init__(self, background: Sequence[int] = (0, 0, 0), light_direction: ArrayLike | None = None) -> None:
        self._background = np.array(background, np.uint8)
        self._light: NDArray[np.float64] | None = None
        if light_direction is not None:
            light = np.asarray(light_direction, np.float64)
            self._light = light / np.linalg.norm(light)
        self._bodies: dict[int, _Body] = {}
        self._first_faces: dict[int, int] = {}
        self._next_handle = 0
        self._colors = np.zeros((0, 3), np.uint8)
        self._ids = np.zeros(0, np.int32)
        self._layout_changed = False
        self._inverse_depth = np.zeros((0, 0), np.float32)
        self._face_index = np.zeros((0, 0), np.int32)

    def add(self, mesh: Mesh, pose: NDArray[np.float64] | None = None) -> int:
        """Add a body at T_world_body (4, 4), by default the identity; returns its handle."""
        handle = self._next_handle
        self._next_handle += 1
        self._bodies[handle] = _Body(mesh, np.eye(4) if pose is None else _rigid_pose(pose))
        self._layout_changed = True
        return handle

    def set_pose(self, handle: int, pose: NDArray[np.float64]) -> None:
        """Move a body to T_world_body (4, 4)."""
        body = self._bodies[handle]
        body.pose = _rigid_pose(pose)
        if self._light is not None and not self._layout_changed:
            first = self._first_faces[handle]
            self._colors[first : first + len(body.ids)] = body.shaded(self._light)

    def remove(self, handle: int) -> None:
        """Take a body out of the scene."""
        del self._bodies[handle]
        self._first_faces.pop(handle, None)
        self._layout_changed = True

    def clear(self) -> None:
        """Take every body out of the scene."""
        self._bodies.clear()
        self._first_faces.clear()
        self._layout_changed = True

    def render(self, intrinsics: Intrinsics, T_world_camera: NDArray[np.float64]) -> Frame:
        """Draw the scene seen from a camera pose (4, 4), OpenGL camera frame."""
        if self._layout_changed:
            self._lay_out()
        shape = (intrinsics.height, intrinsics.width)
        inverse_depth, face_index = self._cleared_buffers(shape, 1.0 / intrinsics.far_m)
        lens = (
            float(intrinsics.focal_x_px),
            float(intrinsics.focal_y_px),
            float(intrinsics.center_x_px),
            float(intrinsics.center_y_px),
        )
        T_world_camera = _rigid_pose(T_world_camera)
        R_camera_world = _FLIP @ T_world_camera[:3, :3].T
        for handle, body in self._bodies.items():
            matrix = np.empty((3, 4))
            matrix[:, :3] = R_camera_world @ body.pose[:3, :3]
            matrix[:, 3] = R_camera_world @ (body.pose[:3, 3] - T_world_camera[:3, 3])
            clusters = body.clusters
            draw(
                clusters.vertices,
                clusters.faces,
                clusters.face_numbers,
                clusters.front_only,
                clusters.vertex_start,
                clusters.face_start,
                clusters.centers,
                clusters.half_extents,
                matrix,
                lens,
                float(intrinsics.near_m),
                float(intrinsics.far_m),
                self._first_faces[handle],
                inverse_depth,
                face_index,
            )
        frame = Frame(np.empty((*shape, 3), np.uint8), np.empty(shape, np.float32), np.empty(shape, np.int32))
        resolve(
            inverse_depth,
            face_index,
            self._colors,
            self._ids,
            self._background,
            frame.image,
            frame.depth,
            frame.segmentation,
        )
        return frame

    def _cleared_buffers(self, shape: tuple[int, int], background: float) -> tuple[NDArray, NDArray]:
        """Inverse depth float32 and face number int32 of each pixel, without a hit; kept between frames of a size."""
        if self._inverse_depth.shape != shape:
            self._inverse_depth, self._face_index = np.empty(shape, np.float32), np.empty(shape, np.int32)
        self._inverse_depth.fill(background)
        self._face_index.fill(-1)
        return self._inverse_depth, self._face_index

    def _lay_out(self) -> None:
        """Number the faces of all bodies and put their colours and ids in one array each."""
        colors, ids, total = [np.zeros((0, 3), np.uint8)], [np.zeros(0, np.int32)], 0
        for handle, body in self._bodies.items():
            self._first_faces[handle] = total
            total += len(body.ids)
            colors.append(body.base_colors if self._light is None else body.shaded(self._light))
            ids.append(body.ids)
        self._colors, self._ids = np.concatenate(colors), np.concatenate(ids)
        self._layout_changed = False


def _rigid_pose(pose: NDArray[np.float64]) -> NDArray[np.float64]:
    checked = np.array(pose, np.float64)
    if checked.shape != (4, 4) or not np.isfinite(checked).all():
        raise ValueError(f"a pose must be a (4, 4) matrix of finite numbers, found shape {checked.shape}: {pose}")
    return checked
