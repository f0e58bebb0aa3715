"""A scene as a set of segmented objects: what a person hands to the agent, from files or from an environment."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_array
from leo_agent.contract.embodiment import UpAxis
from leo_agent.contract.errors import InputError
from leo_agent.contract.observation import OBJECT_KEYS
from leo_agent.policies.leo.config.config import ObjectCenter
from leo_agent.policies.leo.scenes.locations import Points, centroids, object_locations

FARTHEST_M = 1e6
SHOWN_IDS = 10


def evenly_spaced(total: int, count: int) -> NDArray[np.int64]:
    """(count,) which of `total` points to take, in their order; each several times if there are fewer."""
    return np.arange(count) * total // count


def same_objects(one: "ObjectScene", other: "ObjectScene") -> bool:
    """Whether both scenes hold the same objects, with the same points and boxes in the same order."""
    return (
        one.up_axis == other.up_axis
        and np.array_equal(one.ids, other.ids)
        and np.array_equal(one.box_centers, other.box_centers)
        and np.array_equal(one.extents, other.extents)
        and all(np.array_equal(*pair) for pair in zip(one.points, other.points, strict=True))
    )


def check_points(points: ArrayLike, where: str) -> Points:
    """The points (n, 6) as float32, if they are what a scene holds: xyz in metres and rgb in [0, 1], at least one.

    Raises:
        InputError: begins with `where` and names the first point that is wrong.
    """
    array = np.asarray(points)
    if array.ndim != 2 or array.shape[1] != 6 or array.dtype.kind not in "fiu":
        raise InputError(f"{where}: points are {array.dtype} of shape {array.shape}, expected (n, 6) float32")
    if len(array) == 0:
        raise InputError(f"{where}: holds no point, expected at least one")
    far = ~(np.abs(array[:, :3]) <= FARTHEST_M).all(axis=1)  # true for NaN, too
    if far.any():
        row = int(far.argmax())
        found = ", ".join(f"{value:g}" for value in array[row, :3])
        raise InputError(f"{where}: point {row} is at ({found}), expected finite metres")
    off = ~((array[:, 3:] >= 0.0) & (array[:, 3:] <= 1.0)).all(axis=1)
    if off.any():
        row = int(off.argmax())
        found = ", ".join(f"{value:g}" for value in array[row, 3:])
        raise InputError(f"{where}: point {row} has the colour ({found}), expected red, green, blue in [0, 1]")
    return array.astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class ObjectScene:
    """K objects of a scene, in the order in which the model reads them. K may be 0: nothing is in sight.

    Raises:
        InputError: names the object by its id.
    """

    name: str
    points: tuple[Points, ...]  # K arrays (n_i, 6), n_i >= 1: xyz in metres, world frame, and rgb in [0, 1]
    ids: NDArray[np.int64]  # (K,), each once
    labels: tuple[str, ...]  # "" where unknown
    up_axis: UpAxis = "z"
    # (K, 6) middle and extents of each object's box, for a scene that holds only a part of its objects' points.
    known_boxes: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        where = f"scene {self.name!r}"
        ids = np.asarray(self.ids)
        if ids.ndim != 1 or (ids.dtype.kind not in "iu" and len(ids) > 0):
            raise InputError(f"{where}: ids are {ids.dtype} of shape {ids.shape}, expected (K,) int64")
        if not len(self.points) == len(ids) == len(self.labels):
            raise InputError(
                f"{where}: {len(self.points)} objects, {len(ids)} ids and {len(self.labels)} labels, expected as many"
            )
        if self.up_axis not in ("z", "y"):
            raise InputError(f"{where}: the up axis is {self.up_axis!r}, expected 'z' or 'y'")
        distinct, times = np.unique(ids, return_counts=True)
        if (times > 1).any():
            raise InputError(f"{where}: object {distinct[times > 1][0]} is there more than once")
        for number, label in zip(ids, self.labels, strict=True):
            if not isinstance(label, str):
                raise InputError(f"{where}: object {number} has the label {label!r}, expected text")
        points = [
            check_points(each, f"{where}: object {number}") for number, each in zip(ids, self.points, strict=True)
        ]
        object.__setattr__(self, "points", tuple(points))
        object.__setattr__(self, "ids", ids.astype(np.int64))
        object.__setattr__(self, "labels", tuple(self.labels))
        if self.known_boxes is not None:
            boxes = check_array(f"{where}: boxes", self.known_boxes, (len(ids), 6), FARTHEST_M)
            object.__setattr__(self, "known_boxes", boxes.astype(np.float32))

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def from_observation(cls, observation: Mapping[str, Any], up_axis: UpAxis, name: str = "") -> Self:
        """What an environment's observation shows: the objects of its mask, with the boxes that it gives them.

        Those boxes are of all points of an object, of which an observation holds a sample.

        Args:
            observation: holds at least `OBJECT_KEYS`.
            up_axis: that of the environment's embodiment.
            name: of the scene.

        Raises:
            InputError: a key is missing or its shape wrong.
        """
        missing = [key for key in OBJECT_KEYS if key not in observation]
        if missing:
            raise InputError(f"observation: {', '.join(missing)} is missing, expected {', '.join(OBJECT_KEYS)}")
        points, boxes, mask, ids = (np.asarray(observation[key]) for key in OBJECT_KEYS)
        if (
            mask.ndim != 1
            or mask.dtype != bool
            or {len(np.atleast_1d(each)) for each in (points, boxes, ids)} != {len(mask)}
        ):
            found = ", ".join(f"{key} {np.shape(observation[key])}" for key in OBJECT_KEYS)
            raise InputError(f"observation: found {found}, expected (N, P, 6), (N, 6), (N,) bool and (N,)")
        seen = np.flatnonzero(mask)
        return cls(name, tuple(points[seen]), ids[seen], ("",) * len(seen), up_axis, boxes[seen])

    @cached_property
    def centroids(self) -> NDArray[np.float32]:
        """(K, 3), the mean of each object's points, metres, world frame: what LEO was trained with."""
        return centroids(self.points)

    @cached_property
    def box_centers(self) -> NDArray[np.float32]:
        """(K, 3), the middle of the box around each object, metres, world frame."""
        return self._boxes[:, :3]

    @cached_property
    def extents(self) -> NDArray[np.float32]:
        """(K, 3), sizes of the box around each object along the axes, metres."""
        return self._boxes[:, 3:]

    def locations(self, center: ObjectCenter) -> NDArray[np.float32]:
        """(K, 6), centre xyz and extents along the axes, metres, world frame."""
        return object_locations(self._boxes, self.centroids, center)

    @cached_property
    def _boxes(self) -> NDArray[np.float32]:
        """(K, 6), middle and extents of the objects' boxes."""
        if self.known_boxes is not None:
            return self.known_boxes
        boxes = np.zeros((len(self), 6), dtype=np.float32)
        for row, points in enumerate(self.points):
            low, high = points[:, :3].min(axis=0), points[:, :3].max(axis=0)
            boxes[row] = *((low + high) / 2), *(high - low)
        return boxes

    def row(self, object_id: int) -> int:
        """Where an object stands in the scene.

        Raises:
            InputError: it has none of this id.
        """
        rows = np.flatnonzero(self.ids == object_id)
        if not len(rows):
            shown = ", ".join(map(str, self.ids[:SHOWN_IDS].tolist()))
            more = f" and {len(self) - SHOWN_IDS} more" if len(self) > SHOWN_IDS else ""
            raise InputError(f"scene {self.name!r}: has no object {object_id}; it has {shown or 'none'}{more}")
        return int(rows[0])

    def clouds(self, num_points: int) -> Points:
        """(K, num_points, 6): every n-th point of each object, or each point several times, in its order.

        The choice is that of point_encoder.prepare_clouds, which takes these clouds as they are.
        """
        if num_points < 1:
            raise InputError(f"scene {self.name!r}: {num_points} points an object, expected at least 1")
        clouds = np.zeros((len(self), num_points, 6), dtype=np.float32)
        for row, points in enumerate(self.points):
            clouds[row] = points[evenly_spaced(len(points), num_points)]
        return clouds

    def nearest(self, count: int, position: ArrayLike, center: ObjectCenter, kept: Sequence[int] = ()) -> Self:
        """The `count` objects whose centres are nearest to a position (3,), metres, world frame, in their order.

        Of objects equally far the earlier ones stay; those of the ids `kept` before all others.
        """
        place = check_array(f"scene {self.name!r}: position", position, (3,), FARTHEST_M).astype(np.float32)
        distance = np.linalg.norm(self.locations(center)[:, :3] - place, axis=1)
        distance[np.isin(self.ids, kept)] = -1.0
        return self._take(np.sort(np.argsort(distance, kind="stable")[: self._checked(count)]))

    def first(self, count: int, kept: Sequence[int] = ()) -> Self:
        """Those of the ids `kept`, then the first: what LEO's code does with more objects than the model has slots."""
        order = np.argsort(~np.isin(self.ids, kept), kind="stable")
        return self._take(np.sort(order[: self._checked(count)]))

    def _checked(self, count: int) -> int:
        if count < 1:
            raise InputError(f"scene {self.name!r}: {count} objects asked for, expected at least 1")
        return count

    def _take(self, rows: NDArray[np.int64]) -> Self:
        return dataclasses.replace(
            self,
            points=tuple(self.points[row] for row in rows),
            ids=self.ids[rows],
            labels=tuple(self.labels[row] for row in rows),
            known_boxes=None if self.known_boxes is None else self.known_boxes[rows],
        )
