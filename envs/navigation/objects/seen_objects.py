"""Object clouds fused from the depth images of one episode: an agent knows of an object what it has seen of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.objects import ObjectSet, spread_points

MAX_DEPTH_M = 5.0  # the range of the depth camera of Habitat's benchmark
MAX_CELLS = 4096  # per instance
MIN_POINTS = 16  # seen of an instance before it is listed
_CELL_M = 0.02
_MAX_PIXELS = 20_000  # of an image that are used, on a regular grid
_CELL_BITS = 21


class _Cloud:
    """The points (n, 6) seen of one instance, the first one seen in each cell of a grid.

    Memory is bounded: with more than MAX_CELLS points the cells grow to twice their side, as often as needed.
    """

    def __init__(self) -> None:
        self.cell_m = _CELL_M
        self.keys = np.zeros(0, np.int64)
        self.points = np.zeros((0, 6), np.float32)
        self.low = np.full(3, np.inf, np.float32)
        self.high = np.full(3, -np.inf, np.float32)

    def add(self, points: NDArray[np.float32]) -> bool:
        """Takes in points (n, 6); whether any lies where none was seen before."""
        keys, first = np.unique(_cell_keys(points, self.cell_m), return_index=True)
        new = np.isin(keys, self.keys, assume_unique=True, invert=True)
        if not new.any():
            return False
        added = points[first[new]]
        self.low = np.minimum(self.low, added[:, :3].min(axis=0))
        self.high = np.maximum(self.high, added[:, :3].max(axis=0))
        self._keep(np.concatenate([self.keys, keys[new]]), np.concatenate([self.points, added]))
        while len(self.points) > MAX_CELLS:
            self.cell_m *= 2.0
            keys, first = np.unique(_cell_keys(self.points, self.cell_m), return_index=True)
            self._keep(keys, self.points[first])
        return True

    def _keep(self, keys: NDArray[np.int64], points: NDArray[np.float32]) -> None:
        # In the order of the cells, so that every n-th point is spread over the instance.
        order = np.argsort(keys)
        self.keys, self.points = keys[order], points[order]

    def box(self) -> NDArray[np.float32]:
        """Centre and extents (6,) of what was seen."""
        return np.concatenate([(self.low + self.high) / 2.0, self.high - self.low])


class SeenObjects:
    """Builds the objects of an episode from what the camera sees.

    A point is seen where the depth is in `range_m`; of large images every n-th row and column is used. Instances
    are listed from MIN_POINTS points on, in the order in which that came about.

    Args:
        intrinsics: of the camera.
        num_points: of each object, evenly chosen (or repeated) from those kept.
        categories: names of instances by id.
        range_m: of the depth camera, the near and the far end.
    """

    def __init__(
        self,
        intrinsics: Intrinsics,
        num_points: int,
        categories: Mapping[int, str | None],
        range_m: tuple[float, float] = (0.0, MAX_DEPTH_M),
    ) -> None:
        self._range_m = range_m
        self._stride = max(1, math.ceil(math.sqrt(intrinsics.width * intrinsics.height / _MAX_PIXELS)))
        self._lens = _strided(intrinsics, self._stride)
        self._num_points = num_points
        self._categories = categories
        self._clouds: dict[int, _Cloud] = {}
        self._listed: dict[int, NDArray[np.float32]] = {}
        self._objects = ObjectSet.empty(num_points)

    @property
    def objects(self) -> ObjectSet:
        """What has been seen so far: the very same set until something new is seen."""
        return self._objects

    def see(self, frame: Mapping[str, NDArray[Any]], T_world_camera: NDArray[np.float64]) -> None:
        """Takes in `image` (H, W, 3), `depth` (H, W) and `segmentation` (H, W) of a camera at that pose (4, 4)."""
        step = self._stride
        depth, ids = frame["depth"][::step, ::step], frame["segmentation"][::step, ::step]
        nearest_m, farthest_m = self._range_m
        hit = (ids > 0) & (depth > 0.0) & (depth >= nearest_m) & (depth <= farthest_m)
        seen = np.empty((int(hit.sum()), 6), np.float32)
        seen[:, :3] = self._lens.unproject(depth)[hit] @ T_world_camera[:3, :3].T + T_world_camera[:3, 3]
        seen[:, 3:] = frame["image"][::step, ::step][hit] / 255.0
        order = np.argsort(ids[hit], kind="stable")
        instances, starts = np.unique(ids[hit][order], return_index=True)
        changed = False
        for instance, rows in zip(instances.tolist(), np.split(order, starts)[1:], strict=True):
            cloud = self._clouds.setdefault(instance, _Cloud())
            if cloud.add(seen[rows]) and len(cloud.points) >= MIN_POINTS:
                self._listed[instance] = spread_points(cloud.points, self._num_points)
                changed = True
        if changed:
            self._objects = self._gather()

    def _gather(self) -> ObjectSet:
        return ObjectSet(
            np.stack(list(self._listed.values())),
            np.stack([self._clouds[instance].box() for instance in self._listed]),
            np.array(list(self._listed), np.int64),
            [self._categories.get(instance) for instance in self._listed],
        )


def _cell_keys(points: NDArray[np.float32], cell_m: float) -> NDArray[np.int64]:
    """A number (n,) for the cell of each point (n, 6): its coordinates, 21 bits each, good for 10 km."""
    cells = np.floor(points[:, :3].astype(np.float64) / cell_m).astype(np.int64) & (2**_CELL_BITS - 1)
    keys: NDArray[np.int64] = (cells[:, 0] << 2 * _CELL_BITS) | (cells[:, 1] << _CELL_BITS) | cells[:, 2]
    return keys


def _strided(intrinsics: Intrinsics, step: int) -> Intrinsics:
    """The camera of every `step`-th row and column."""
    return Intrinsics(
        width=math.ceil(intrinsics.width / step),
        height=math.ceil(intrinsics.height / step),
        focal_x_px=intrinsics.focal_x_px / step,
        focal_y_px=intrinsics.focal_y_px / step,
        center_x_px=(intrinsics.center_x_px - 0.5) / step + 0.5,
        center_y_px=(intrinsics.center_y_px - 0.5) / step + 0.5,
    )
