"""Draws many views of static scenes at once with NVIDIA Warp, by casting a ray a pixel; results stay on the device.

Needs `pip install leo-agent[gpu]`. The pictures are those of `Scene`, but for rounding, for pixels on the edges of
faces, and where faces lie in one plane. It runs on the CPU too, for tests; there `Scene` is many times faster.
"""

# mypy: disable-error-code="valid-type"
# Warp describes the arrays of a kernel by calls in their annotations.

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from envs.camera import Intrinsics
from envs.rendering.bodies import Body, join_surfaces
from envs.rendering.mesh import WRAPS, Mesh

try:
    import warp as wp
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError("warp is not installed: pip install 'leo-agent[gpu]'", name="warp") from missing

REPEAT, MIRROR = wp.constant(WRAPS.index("repeat")), wp.constant(WRAPS.index("mirror"))
# Where a face is seen from behind and not drawn, the ray goes on so much farther along.
STEP_M = wp.constant(1e-5)
FACES_PASSED = wp.constant(1000)


@wp.struct
class _Camera:
    focal: wp.vec2
    center: wp.vec2
    near: float
    far: float


@wp.struct
class _Surfaces:
    meshes: wp.array(dtype=wp.uint64)  # a scene
    first_faces: wp.array(dtype=int)  # a scene
    behind: wp.array(dtype=int)  # a face: which one is shown where it is seen from behind; -1 = none
    colors: wp.array(dtype=wp.vec3)  # a face, 0..255
    ids: wp.array(dtype=int)  # a face
    textures: wp.array(dtype=int)  # a face
    maps: wp.array2d(dtype=wp.vec4)  # see surfaces.Surfaces
    first_tint: int


@wp.struct
class _Textures:
    texels: wp.array(dtype=wp.uint32)
    levels: wp.array2d(dtype=int)
    first_level: wp.array(dtype=int)
    wraps: wp.array2d(dtype=int)


@wp.func
def _value(linear: wp.vec4, point: wp.vec3) -> float:
    return linear[0] * point[0] + linear[1] * point[1] + linear[2] * point[2] + linear[3]


@wp.func
def _gradient(linear: wp.vec4) -> wp.vec3:
    return wp.vec3(linear[0], linear[1], linear[2])


@wp.func
def _fold(position: float, wrap: int) -> float:
    if wrap == REPEAT:
        return position - wp.floor(position)
    if wrap == MIRROR:
        return 1.0 - wp.abs(1.0 - (position - 2.0 * wp.floor(0.5 * position)))
    return wp.clamp(position, 0.0, 1.0)


@wp.func
def _inside(index: int, size: int, wrap: int) -> int:
    if wrap == REPEAT:
        if index < 0:
            return size - 1
        if index >= size:
            return 0
    return wp.clamp(index, 0, size - 1)


@wp.func
def _texel(textures: _Textures, index: int) -> wp.vec3:
    packed = int(textures.texels[index])
    return wp.vec3(float(packed & 255), float((packed >> 8) & 255), float((packed >> 16) & 255))


@wp.func
def _bilinear(textures: _Textures, level: int, u: float, v: float, wrap_u: int, wrap_v: int) -> wp.vec3:
    width, height = textures.levels[level, 1], textures.levels[level, 2]
    x, y = u * float(width) - 0.5, v * float(height) - 0.5
    low_x, low_y = wp.floor(x), wp.floor(y)
    left, right = _inside(int(low_x), width, wrap_u), _inside(int(low_x) + 1, width, wrap_u)
    upper = textures.levels[level, 0] + _inside(int(low_y), height, wrap_v) * width
    lower = textures.levels[level, 0] + _inside(int(low_y) + 1, height, wrap_v) * width
    top = wp.lerp(_texel(textures, upper + left), _texel(textures, upper + right), x - low_x)
    bottom = wp.lerp(_texel(textures, lower + left), _texel(textures, lower + right), x - low_x)
    return wp.lerp(top, bottom, y - low_y)


@wp.func
def _sample(textures: _Textures, texture: int, u: float, v: float, across: wp.vec2, down: wp.vec2) -> wp.vec3:
    """Trilinear sample; across and down: how u and v change from pixel to pixel."""
    first, last = textures.first_level[texture], textures.first_level[texture + 1] - 1
    wrap_u, wrap_v = textures.wraps[texture, 0], textures.wraps[texture, 1]
    size = wp.vec2(float(textures.levels[first, 1]), float(textures.levels[first, 2]))
    longer = wp.max(wp.length(wp.cw_mul(across, size)), wp.length(wp.cw_mul(down, size)))
    detail = wp.clamp(wp.log2(wp.max(longer, 1.0)), 0.0, float(last - first))
    level = first + int(detail)
    folded_u, folded_v = _fold(u, wrap_u), _fold(v, wrap_v)
    near = _bilinear(textures, level, folded_u, folded_v, wrap_u, wrap_v)
    far = _bilinear(textures, wp.min(level + 1, last), folded_u, folded_v, wrap_u, wrap_v)
    return wp.lerp(near, far, detail - wp.floor(detail))


@wp.func
def _across_face(ray: wp.vec3, step: wp.vec3, normal: wp.vec3, depth: float) -> wp.vec3:
    """How the point that is seen moves over the face while the ray changes by a step."""
    return depth * (step - ray * (wp.dot(normal, step) / wp.dot(normal, ray)))


@wp.kernel
def _draw(
    camera: _Camera,
    surfaces: _Surfaces,
    textures: _Textures,
    scenes: wp.array(dtype=int),
    poses: wp.array(dtype=wp.mat44),
    image: wp.array4d(dtype=wp.uint8),
    depths: wp.array3d(dtype=float),
    segmentation: wp.array3d(dtype=int),
) -> None:
    view, row, column = wp.tid()
    pose, scene = poses[view], scenes[view]
    right = wp.vec3(pose[0, 0], pose[1, 0], pose[2, 0]) / camera.focal[0]
    down = -wp.vec3(pose[0, 1], pose[1, 1], pose[2, 1]) / camera.focal[1]
    forward = -wp.vec3(pose[0, 2], pose[1, 2], pose[2, 2])
    origin = wp.vec3(pose[0, 3], pose[1, 3], pose[2, 3])
    ray = forward + right * (float(column) + 0.5 - camera.center[0]) + down * (float(row) + 0.5 - camera.center[1])
    length = wp.length(ray)
    travelled = camera.near * length
    # Warp wants variables that change in a loop declared by a call.
    face, passed, searching = int(-1), int(0), bool(True)  # noqa: UP018, RUF046
    while searching:
        start = origin + ray * (travelled / length)
        hit = wp.mesh_query_ray(surfaces.meshes[scene], start, ray / length, camera.far * length - travelled)
        searching = False
        if hit.result:
            travelled += hit.t
            face = surfaces.first_faces[scene] + hit.face
            if wp.dot(hit.normal, ray) > 0.0:
                face = surfaces.behind[face]
            if face < 0:
                travelled += STEP_M * (1.0 + travelled)
                passed += 1
                searching = passed < FACES_PASSED
    if face < 0:
        return
    depth = travelled / length
    depths[view, row, column] = depth
    segmentation[view, row, column] = surfaces.ids[face]
    color, point = wp.vec3(surfaces.colors[face]), origin + ray * depth
    if surfaces.textures[face] >= 0:
        along_u, along_v = surfaces.maps[face, 0], surfaces.maps[face, 1]
        normal = _gradient(surfaces.maps[face, 2])
        step_x, step_y = _across_face(ray, right, normal, depth), _across_face(ray, down, normal, depth)
        across = wp.vec2(wp.dot(_gradient(along_u), step_x), wp.dot(_gradient(along_v), step_x))
        below = wp.vec2(wp.dot(_gradient(along_u), step_y), wp.dot(_gradient(along_v), step_y))
        u, v = _value(along_u, point), _value(along_v, point)
        color = wp.cw_mul(color, _sample(textures, surfaces.textures[face], u, v, across, below)) / 255.0
    if surfaces.first_tint >= 0:
        for channel in range(3):
            tint = _value(surfaces.maps[face, surfaces.first_tint + channel], point)
            color[channel] = color[channel] * wp.clamp(tint, 0.0, 255.0) / 255.0
    for channel in range(3):
        image[view, row, column, channel] = wp.uint8(color[channel] + 0.5)


@dataclass(frozen=True)
class DeviceFrames:
    """A batch of views as tensors of the device that drew them.

    image (B, H, W, 3) uint8 RGB; depth (B, H, W) float32, metres along the optical axis, 0 = nothing hit; segmentation
    (B, H, W) int32 ids, 0 = background.
    """

    image: torch.Tensor
    depth: torch.Tensor
    segmentation: torch.Tensor


class WarpRenderer:
    """Static scenes, one mesh each in the world frame, drawn in their base colours, textures and vertex colours.

    device: as torch names it, "cuda", "cuda:1" or "cpu". background: RGB of pixels without a hit.
    """

    def __init__(self, scenes: Sequence[Mesh], device: str = "cuda", background: Sequence[int] = (0, 0, 0)) -> None:
        wp.init()
        self._device = torch.device(device)
        self._warp_device = wp.device_from_torch(device)
        self._background = torch.tensor(list(background), dtype=torch.uint8, device=self._device)
        bodies = [Body(mesh, np.eye(4)) for mesh in scenes]
        joined, textures = join_surfaces(bodies, None)
        first_faces = np.cumsum([0, *map(len, bodies)])
        self._meshes = [self._mesh(mesh) for mesh in scenes]
        surfaces, packed = _Surfaces(), _Textures()
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
        """Draw B views from camera poses (B, 4, 4), OpenGL camera frame; `scenes` (B,) are rows of the given meshes.

        Without `scenes` all views are of the first.
        """
        poses = np.asarray(T_world_cameras, np.float32)
        rows = np.zeros(len(poses), np.int32) if scenes is None else np.asarray(scenes, np.int32)
        if poses.shape != (len(rows), 4, 4) or not np.isfinite(poses).all():
            raise ValueError(f"poses must be ({len(rows)}, 4, 4) finite numbers, found shape {poses.shape}")
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self._meshes):
            raise ValueError(f"scenes must be rows of {len(self._meshes)} meshes, found one outside")
        shape = (len(poses), intrinsics.height, intrinsics.width)
        image = self._background.repeat(*shape, 1)
        depth = torch.zeros(shape, dtype=torch.float32, device=self._device)
        segmentation = torch.zeros(shape, dtype=torch.int32, device=self._device)
        with self._stream():
            arguments = [
                _camera(intrinsics),
                self._surfaces,
                self._textures,
                self._array(rows, int),
                self._array(poses, wp.mat44),
                wp.from_torch(image, dtype=wp.uint8),
                wp.from_torch(depth),
                wp.from_torch(segmentation),
            ]
            wp.launch(_draw, dim=shape, inputs=arguments, device=self._warp_device)
        return DeviceFrames(image, depth, segmentation)

    def _stream(self) -> AbstractContextManager[Any]:
        """On a GPU, work in torch's stream: what torch does with the pictures then comes after they are drawn."""
        if self._device.type == "cpu":
            return nullcontext()
        return wp.ScopedStream(wp.stream_from_torch(torch.cuda.current_stream(self._device)))

    def _array(self, values: NDArray, dtype: Any) -> Any:
        converted = values.astype(np.int32) if dtype is int else values
        return wp.array(np.ascontiguousarray(converted), dtype=dtype, device=self._warp_device)

    def _mesh(self, mesh: Mesh) -> Any:
        points = self._array(mesh.vertices.astype(np.float32), wp.vec3)
        return wp.Mesh(points=points, indices=self._array(mesh.faces.reshape(-1), int))


def _camera(intrinsics: Intrinsics) -> Any:
    camera = _Camera()
    camera.focal = wp.vec2(intrinsics.focal_x_px, intrinsics.focal_y_px)
    camera.center = wp.vec2(intrinsics.center_x_px, intrinsics.center_y_px)
    camera.near, camera.far = intrinsics.near_m, intrinsics.far_m
    return camera


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
