"""Point clouds of the task's objects: from their surfaces, or fused from what the three cameras see of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Pose
from leo_agent.envs.objects import ObjectSet, bounding_box, sample_surface
from leo_agent.envs.rendering import Frame
from leo_agent.envs.rendering.surface_colors import surface_tint
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.visuals.cameras import CAMERAS, PosedCamera, pixel_points
from leo_agent.envs.tabletop.visuals.view import body_mesh

SOURCES = ("surface", "cameras")
MOVED_M = 0.0001
MOVED_RAD = math.radians(0.1)


class SurfaceClouds:
    """Points drawn once from each object's surface in its own frame and carried along by its pose.

    While no object moved by more than 0.1 mm or 0.1 degrees, the same ObjectSet is returned; else the rows of those
    that did not move are equal to the last ones.
    """

    def __init__(self, bodies: Sequence[Body], num_points: int, seed: int) -> None:
        self._bodies = tuple(bodies)
        self._local = [_sampled(body, num_points, np.random.default_rng((seed, body.object_id))) for body in bodies]
        self._poses: dict[int, Pose] = {}
        self._objects = ObjectSet.empty(num_points)

    def objects(self, poses: Mapping[int, Pose]) -> ObjectSet:
        """The clouds at these poses (object id -> pose)."""
        moved = [
            k for k, body in enumerate(self._bodies)
            if body.object_id not in self._poses
            or poses[body.object_id].moved_from(self._poses[body.object_id], MOVED_M, MOVED_RAD)
        ]  # fmt: skip
        if not moved:
            return self._objects
        points, boxes = _arrays_like(self._objects, self._local)
        for k in moved:
            body = self._bodies[k]
            pose = poses[body.object_id]
            self._poses[body.object_id] = pose
            T = pose.matrix()
            points[k] = self._local[k]
            points[k, :, :3] = self._local[k][:, :3] @ T[:3, :3].T + T[:3, 3]
            boxes[k] = bounding_box(body.shape.vertices @ T[:3, :3].T + T[:3, 3])
        self._objects = _object_set(self._bodies, points, boxes)
        return self._objects


class CameraClouds:
    """Points that the cameras see of each object, fused and thinned to a fixed number; an unseen object has no row."""

    def __init__(self, bodies: Sequence[Body], num_points: int, cameras: Sequence[PosedCamera] = CAMERAS) -> None:
        self._bodies = tuple(bodies)
        self._num_points = num_points
        self._cameras = tuple(cameras)
        self._poses: dict[int, Pose] = {}
        self._objects = ObjectSet.empty(num_points)

    def objects(self, poses: Mapping[int, Pose], frames: Sequence[Frame]) -> ObjectSet:
        """The clouds in these views; the same ObjectSet as last time if no object moved since."""
        if self._poses and not any(
            pose.moved_from(self._poses[object_id], MOVED_M, MOVED_RAD) for object_id, pose in poses.items()
        ):
            return self._objects
        self._poses = dict(poses)
        last_id = max(body.object_id for body in self._bodies)
        views = zip(frames, self._cameras, strict=True)
        seen = np.concatenate([_seen_points(frame, camera, last_id) for frame, camera in views])
        clouds, boxes, bodies = [], [], []
        for body in self._bodies:
            cloud = seen[seen[:, 6] == body.object_id, :6]
            if len(cloud):
                rows = np.arange(self._num_points) * len(cloud) // self._num_points
                clouds.append(cloud[rows])
                boxes.append(bounding_box(cloud[:, :3]))
                bodies.append(body)
        if bodies:
            self._objects = _object_set(bodies, np.stack(clouds), np.stack(boxes))
        else:
            self._objects = ObjectSet.empty(self._num_points)
        return self._objects


def _sampled(body: Body, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    mesh = body_mesh(body)
    tint = partial(surface_tint, mesh) if mesh.textures else None
    return sample_surface(mesh.vertices, mesh.faces, mesh.colors, count, rng, tint)


def _seen_points(frame: Frame, camera: PosedCamera, last_id: int) -> NDArray[np.float32]:
    """Points (K, 7) float32 of a view that belong to the objects: xyz, rgb in [0, 1], segmentation id."""
    rows, columns = np.nonzero((frame.segmentation > 0) & (frame.segmentation <= last_id))
    xyz = pixel_points(frame.depth, rows, columns, camera).astype(np.float32)
    ids = frame.segmentation[rows, columns].astype(np.float32)
    return np.concatenate([xyz, frame.image[rows, columns].astype(np.float32) / 255, ids[:, None]], axis=1)


def _arrays_like(
    objects: ObjectSet, clouds: Sequence[NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Copies of the arrays of `objects`, or fresh ones for that many clouds; what was handed out stays as it is."""
    if len(objects) == len(clouds):
        return objects.points.copy(), objects.boxes.copy()
    return np.zeros((len(clouds), *objects.points.shape[1:]), np.float32), np.zeros((len(clouds), 6), np.float32)


def _object_set(bodies: Sequence[Body], points: NDArray[np.float32], boxes: NDArray[np.float32]) -> ObjectSet:
    ids = np.array([body.object_id for body in bodies], np.int64)
    return ObjectSet(points, boxes, ids, [body.category for body in bodies])
