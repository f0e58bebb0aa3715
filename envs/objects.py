"""Object point clouds: points sampled from the surface of each instance, and their fixed-size observation arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.read_only import freeze_array


@dataclass(frozen=True, eq=False)
class ObjectSet:
    """K objects of a scene, world frame, metres; the arrays are read-only from then on."""

    points: NDArray[np.float32]  # (K, P, 6): xyz and rgb in [0, 1]
    boxes: NDArray[np.float32]  # (K, 6): middle xyz and extents of the box around the whole mesh
    ids: NDArray[np.int64]  # (K,) segmentation ids
    categories: list[str | None]  # K names, None where unknown

    def __post_init__(self) -> None:
        for array in (self.points, self.boxes, self.ids):
            freeze_array(array)

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def empty(cls, num_points: int) -> ObjectSet:
        """No objects, of that many points each."""
        return cls(np.zeros((0, num_points, 6), np.float32), np.zeros((0, 6), np.float32), np.zeros(0, np.int64), [])


def sample_surface(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    colors: NDArray[np.uint8],
    count: int,
    rng: np.random.Generator,
    tint: Callable[[NDArray[np.integer], NDArray[np.floating]], NDArray[np.floating]] | None = None,
) -> NDArray[np.float32]:
    """Points (count, 6) float32 drawn uniformly from the area of a mesh: xyz as the vertices, rgb in [0, 1].

    A mesh without area gives points on its corners' triangles, all faces alike.

    Args:
        vertices: (V, 3).
        faces: (F, 3) rows of `vertices`.
        colors: (F, 3) uint8, one a face.
        count: how many points.
        rng: draws them.
        tint: given the points' rows of `faces` (count,) and their barycentric weights (count, 3), gives what their
            colours are multiplied by (count, 3): texture, say.

    Raises:
        InputError: the mesh has no faces.
    """
    if len(faces) == 0:
        raise InputError("faces: found none, expected a mesh to sample points from")
    corners = np.asarray(vertices)[faces].astype(np.float64)
    edge_u, edge_v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    cumulative = np.cumsum(np.linalg.norm(np.cross(edge_u, edge_v), axis=1))
    if cumulative[-1] <= 0.0:
        cumulative = np.arange(1.0, len(faces) + 1.0)
    draws = rng.random((count, 3))
    face = np.minimum(np.searchsorted(cumulative, draws[:, 0] * cumulative[-1], side="right"), len(faces) - 1)
    u, v = draws[:, 1], draws[:, 2]
    # Points of the parallelogram beyond the triangle's third side are mirrored into the triangle.
    beyond = u + v > 1.0
    u, v = np.where(beyond, 1.0 - u, u), np.where(beyond, 1.0 - v, v)
    points = np.empty((count, 6), np.float32)
    points[:, :3] = corners[face, 0] + u[:, None] * edge_u[face] + v[:, None] * edge_v[face]
    points[:, 3:] = colors[face] / 255.0
    if tint is not None:
        points[:, 3:] *= tint(face, np.stack([1.0 - u - v, u, v], axis=1))
    return points


def spread_points(points: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """A copy (count, C) of every n-th of points (n, C), or of each several times where there are fewer.

    Raises:
        InputError: there is no point at all.
    """
    if len(points) == 0:
        raise InputError("points: found none, expected some to choose from")
    return points[np.arange(count) * len(points) // count]


def bounding_box(vertices: NDArray[np.floating]) -> NDArray[np.float32]:
    """Middle and extents (6,) float32 of the box around vertices (V, 3)."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return np.concatenate([(low + high) / 2.0, high - low]).astype(np.float32)


def pack_objects(objects: ObjectSet, num_objects: int, near: ArrayLike | None = None) -> dict[str, NDArray[Any]]:
    """The observation arrays of a set of objects, padded with zeros to `num_objects` slots.

    Keys: `object_points` (N, P, 6), `object_boxes` (N, 6), `object_mask` (N,) bool, `object_ids` (N,) int64. With more
    objects than slots the ones whose boxes are nearest to the point `near` (3,) stay, in the order of the set; without
    `near` the first ones.
    """
    return _pack(objects, num_objects, _choose(objects, num_objects, near))


class ObjectPacker:
    """Packs the objects of one observation after another, and hands over the same arrays while nothing changed."""

    def __init__(self, num_objects: int) -> None:
        self._num_objects = num_objects
        self._objects: ObjectSet | None = None
        self._chosen = np.zeros(0, np.int64)
        self._packed: dict[str, NDArray[Any]] = {}

    def pack(self, objects: ObjectSet, near: ArrayLike | None = None) -> dict[str, NDArray[Any]]:
        """As `pack_objects`; the arrays of the last call if `objects` is that call's set and the choice is the same."""
        chosen = _choose(objects, self._num_objects, near)
        if objects is not self._objects or not np.array_equal(chosen, self._chosen):
            self._objects, self._chosen = objects, chosen
            self._packed = _pack(objects, self._num_objects, chosen)
        return dict(self._packed)


def _pack(objects: ObjectSet, num_objects: int, chosen: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    count = len(chosen)
    packed: dict[str, NDArray[Any]] = {
        "object_points": np.zeros((num_objects, *objects.points.shape[1:]), np.float32),
        "object_boxes": np.zeros((num_objects, 6), np.float32),
        "object_mask": np.arange(num_objects) < count,
        "object_ids": np.zeros(num_objects, np.int64),
    }
    packed["object_points"][:count] = objects.points[chosen]
    packed["object_boxes"][:count] = objects.boxes[chosen]
    packed["object_ids"][:count] = objects.ids[chosen]
    return packed


def _choose(objects: ObjectSet, num_objects: int, near: ArrayLike | None) -> NDArray[np.int64]:
    if len(objects) <= num_objects or near is None:
        return np.arange(min(len(objects), num_objects))
    offset = np.abs(objects.boxes[:, :3] - np.asarray(near, np.float32)) - objects.boxes[:, 3:] / 2.0
    distance = np.linalg.norm(np.maximum(offset, 0.0), axis=1)
    return np.sort(np.argsort(distance, kind="stable")[:num_objects])
