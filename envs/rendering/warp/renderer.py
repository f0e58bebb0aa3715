"""Draws many views of static scenes at once with NVIDIA Warp, by casting a ray a pixel; results stay on the device.

Needs `pip install leo-agent[gpu]`. The pictures are those of `RenderScene`, but for rounding, for pixels on the edges
of faces, and where faces lie in one plane. It runs on the CPU too, for tests; there `RenderScene` is many times faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.handles import NotCopyable
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.rendering.bodies import Body, join_surfaces
from leo_agent.envs.rendering.mesh import Mesh
from leo_agent.envs.rendering.warp.kernels import Projection, Surfaces, Textures, draw, wp


@dataclass(frozen=True)
class DeviceFrames:
    """A batch of views as tensors of the device that drew them."""

    image: torch.Tensor  # (B, H, W, 3) uint8 RGB
    depth: torch.Tensor  # (B, H, W) float32, metres along the optical axis, 0 = nothing hit
    segmentation: torch.Tensor  # (B, H, W) int32 ids, 0 = background


class WarpRenderer(NotCopyable):
    """Static scenes, one mesh each in the world frame, drawn in their base colours, textures and vertex colours.

    Args:
        scenes: their meshes.
        device: as torch names it, "cuda", "cuda:1" or "cpu".
        background: RGB of pixels without a hit.
    """

    instead = "it holds memory of a device; make another of the same scenes"

    def __init__(self, scenes: Sequence[Mesh], device: str = "cuda", background: Sequence[int] = (0, 0, 0)) -> None:
        wp.init()
        self._device = torch.device(device)
        self._warp_device = wp.device_from_torch(device)
        self._background = torch.tensor(list(background), dtype=torch.uint8, device=self._device)
        bodies = [Body(mesh, np.eye(4)) for mesh in scenes]
        joined, textures = join_surfaces(bodies, None)
        first_faces = np.cumsum([0, *map(len, bodies)])
        self._meshes = [self._mesh(mesh) for mesh in scenes]
        surfaces, packed = Surfaces(), Textures()
        surfaces.meshes = self._array(np.array([mesh.id for mesh in self._meshes], np.uint64), wp.uint64)
        surfaces.first_faces = self._array(first_faces, int)
        behind = [_shown_from_behind(mesh, first) for mesh, first in zip(scenes, first_faces[:-1], strict=True)]
        surfaces.behind = self._array(np.concatenate(behind), int)
        surfaces.colors = self._array(joined.colors.astype(np.float32), wp.vec3)
        surfaces.ids = self._array(joined.ids, int)
        no_textures = np.full(len(joined.ids), -1, np.int32)
        surfaces.textures = self._array(joined.textures if len(joined.textures) else no_textures, int)
        surfaces.maps = self._array(joined.maps, wp.vec4)
        surfaces.first_tint = joined.first_tint
        packed.texels = self._array(textures.texels, wp.uint32)
        packed.levels = self._array(textures.levels, int)
        packed.first_level = self._array(textures.first_level, int)
        packed.wraps = self._array(textures.wraps, int)
        self._surfaces, self._textures = surfaces, packed

    def render_batch(
        self, intrinsics: Intrinsics, T_world_cameras: NDArray[np.float64], scenes: Sequence[int] | None = None
    ) -> DeviceFrames:
        """Draw B views from camera poses (B, 4, 4), OpenGL camera frame.

        Args:
            intrinsics: the camera of all views.
            T_world_cameras: (B, 4, 4).
            scenes: (B,) rows of the meshes that were given; None: all views are of the first.

        Raises:
            InputError: poses are not finite, or a row is of no mesh.
        """
        poses = np.asarray(T_world_cameras, np.float32)
        rows = np.zeros(len(poses), np.int32) if scenes is None else np.asarray(scenes, np.int32)
        if poses.shape != (len(rows), 4, 4) or not np.isfinite(poses).all():
            raise InputError(f"poses: found shape {poses.shape}, expected ({len(rows)}, 4, 4) finite numbers")
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self._meshes):
            raise InputError(f"scenes: found a row that is no mesh, expected rows of {len(self._meshes)} meshes")
        shape = (len(poses), intrinsics.height, intrinsics.width)
        image = self._background.repeat(*shape, 1)
        depth = torch.zeros(shape, dtype=torch.float32, device=self._device)
        segmentation = torch.zeros(shape, dtype=torch.int32, device=self._device)
        with self._stream():
            arguments = [
                _projection(intrinsics),
                self._surfaces,
                self._textures,
                self._array(rows, int),
                self._array(poses, wp.mat44),
                wp.from_torch(image, dtype=wp.uint8),
                wp.from_torch(depth),
                wp.from_torch(segmentation),
            ]
            wp.launch(draw, dim=shape, inputs=arguments, device=self._warp_device)
        return DeviceFrames(image, depth, segmentation)

    def _stream(self) -> AbstractContextManager[Any]:
        """On a GPU, work in torch's stream: what torch does with the pictures then comes after they are drawn."""
        if self._device.type == "cpu":
            return nullcontext()
        stream: AbstractContextManager[Any] = wp.ScopedStream(
            wp.stream_from_torch(torch.cuda.current_stream(self._device))
        )
        return stream

    def _array(self, values: NDArray[Any], dtype: Any) -> Any:
        converted = values.astype(np.int32) if dtype is int else values
        return wp.array(np.ascontiguousarray(converted), dtype=dtype, device=self._warp_device)

    def _mesh(self, mesh: Mesh) -> Any:
        points = self._array(mesh.vertices.astype(np.float32), wp.vec3)
        return wp.Mesh(points=points, indices=self._array(mesh.faces.reshape(-1), int))


def _projection(intrinsics: Intrinsics) -> Any:
    projection = Projection()
    projection.focal = wp.vec2(intrinsics.focal_x_px, intrinsics.focal_y_px)
    projection.center = wp.vec2(intrinsics.center_x_px, intrinsics.center_y_px)
    projection.near, projection.far = intrinsics.near_m, intrinsics.far_m
    return projection


def _shown_from_behind(mesh: Mesh, first_face: int) -> NDArray[np.int64]:
    """For each face (F,) the one that is shown where it is seen from behind: itself, none (-1), or its other side.

    The other side of a one-sided face may be another face with the same corners. Faces count from first_face on.
    """
    own = np.arange(first_face, first_face + len(mesh.faces))
    if mesh.front_only is None:
        return own
    keys = np.sort(np.unique(mesh.vertices, axis=0, return_inverse=True)[1].reshape(-1)[mesh.faces], axis=1)
    _, groups = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(groups.reshape(-1), kind="stable")
    paired = groups.reshape(-1)[order][1:] == groups.reshape(-1)[order][:-1]
    behind = np.where(mesh.front_only, -1, own)
    for one, other in ((order[:-1][paired], order[1:][paired]), (order[1:][paired], order[:-1][paired])):
        behind[one] = np.where(mesh.front_only[one], own[other], behind[one])
    return behind
