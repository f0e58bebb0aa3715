"""A scene as a set of segmented objects: what a person hands to the agent, from files or from an environment."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from leo_agent.contract.embodiment import UpAxis
from leo_agent.contract.errors import InputError

FARTHEST_M = 1e6
SHOWN_IDS = 10


def evenly_spaced(total: int, count: int) -> np.ndarray:
    """(count,) which of `total` points to take, in their order; each several times if there are fewer."""
    return np.arange(count) * total // count


def same_objects(one: "ObjectScene", other: "ObjectScene") -> bool:
    """Whether both scenes hold the same objects, with the same points and boxes in the same order."""
    return (
        one.up_axis == other.up_axis
        and np.array_equal(one.ids, other.ids)
        and np.array_equal(one.boxes(), other.boxes())
        and all(np.array_equal(*pair) for pair in zip(one.points, other.points, strict=True))
    )


def check_points(points: np.ndarray, where: str) -> np.ndarray:
    """The points (n, 6) as float32, if they are what a scene holds: xyz in metres and rgb in [0, 1], at least one.

    Raises InputError that begins with `where` and names the first point that is wrong.
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


def _as_vectors(values: Any, shape: tuple[int, ...], where: str) -> np.ndarray:
    """The values as float32 of that shape, all finite."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: not numbers, expected shape {shape}") from error
    if array.shape != shape or not (np.abs(array) <= FARTHEST_M).all():
        raise InputError(f"{where}: shape {array.shape}, expected finite metres of shape {shape}")
    return array.astype(np.float32)


@dataclass(frozen=True, eq=False)
class ObjectScene:
    """K objects of a scene, in the order in which the model reads them. K may be 0: nothing is in sight.

    points: K arrays (n_i, 6) float32, xyz in metres in the world frame and rgb in [0, 1], of which every n_i >= 1.
    ids: (K,) int64, each once. labels: K names, "" where unknown. known_boxes: (K, 6) float32 or None, for a scene that
    holds only a part of its objects' points. Raises InputError that names the object by its id.
    """

    name: str
    points: tuple[np.ndarray, ...]
    ids: np.ndarray
    labels: tuple[str, ...]
    up_axis: UpAxis = "z"
    known_boxes: np.ndarray | None = None

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
            boxes = _as_vectors(self.known_boxes, (len(ids), 6), f"{where}: boxes")
            object.__setattr__(self, "known_boxes", boxes)

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def from_observation(cls, observation: Mapping[str, Any], up_axis: UpAxis, name: str = "") -> Self:
        """What an environment's observation shows: the objects of its mask, with the boxes that it gives them.

        Those boxes are of all points of an object, of which an observation holds a sample. The axis is that of the
        environment's embodiment. Raises InputError for a missing key or wrong shapes.
        """
        keys = ("object_points", "object_boxes", "object_mask", "object_ids")
        missing = [key for key in keys if key not in observation]
        if missing:
            raise InputError(f"observation: {', '.join(missing)} is missing, expected {', '.join(keys)}")
        points, boxes, mask, ids = (np.asarray(observation[key]) for key in keys)
        if (
            mask.ndim != 1
            or mask.dtype != bool
            or {len(np.atleast_1d(each)) for each in (points, boxes, ids)} != {len(mask)}
        ):
            found = ", ".join(f"{key} {np.shape(observation[key])}" for key in keys)
            raise InputError(f"observation: found {found}, expected (N, P, 6), (N, 6), (N,) bool and (N,)")
        seen = np.flatnonzero(mask)
        return cls(name, tuple(points[seen]), ids[seen], ("",) * len(seen), up_axis, boxes[seen])

    def boxes(self) -> np.ndarray:
        """(K, 6) float32, centre xyz and extents along the axes, metres, world frame.

        The centre is the mean of an object's points, as LEO was trained (not the middle of its box); the known boxes,
        where the scene came with them.
        """
        if self.known_boxes is not None:
            return self.known_boxes
        boxes = np.zeros((len(self), 6), dtype=np.float32)
        for row, points in enumerate(self.points):
            boxes[row, :3] = points[:, :3].mean(axis=0, dtype=np.float64)
            boxes[row, 3:] = np.ptp(points[:, :3], axis=0)
        return boxes

    def row(self, object_id: int) -> int:
        """Where an object stands in the scene; InputError if it has none of this id."""
        rows = np.flatnonzero(self.ids == object_id)
        if not len(rows):
            shown = ", ".join(map(str, self.ids[:SHOWN_IDS].tolist()))
            more = f" and {len(self) - SHOWN_IDS} more" if len(self) > SHOWN_IDS else ""
            raise InputError(f"scene {self.name!r}: has no object {object_id}; it has {shown or 'none'}{more}")
        return int(rows[0])

    def clouds(self, num_points: int) -> np.ndarray:
        """(K, num_points, 6) float32: every n-th point of each object, or each point several times, in its order.

        The choice is that of point_encoder.prepare_clouds, which takes these clouds as they are.
        """
        if num_points < 1:
            raise InputError(f"scene {self.name!r}: {num_points} points an object, expected at least 1")
        clouds = np.zeros((len(self), num_points, 6), dtype=np.float32)
        for row, points in enumerate(self.points):
            clouds[row] = points[evenly_spaced(len(points), num_points)]
        return clouds

    def nearest(self, count: int, position: Sequence[float] | np.ndarray) -> Self:
        """The `count` objects whose box centres are nearest to a position (3,), metres, world frame, in their order.

        Of objects equally far the earlier ones stay.
        """
        center = _as_vectors(position, (3,), f"scene {self.name!r}: position")
        distance = np.linalg.norm(self.boxes()[:, :3] - center, axis=1)
        return self._take(np.sort(np.argsort(distance, kind="stable")[: self._checked(count)]))

    def first(self, count: int) -> Self:
        """The first `count` objects: what the published code does with more objects than the model has slots."""
        return self._take(np.arange(len(self))[: self._checked(count)])

    def _checked(self, count: int) -> int:
        if count < 1:
            raise InputError(f"scene {self.name!r}: {count} objects asked for, expected at least 1")
        return count

    def _take(self, rows: np.ndarray) -> Self:
        return dataclasses.replace(
            self,
            points=tuple(self.points[row] for row in rows),
            ids=self.ids[rows],
            labels=tuple(self.labels[row] for row in rows),
            known_boxes=None if self.known_boxes is None else self.known_boxes[rows],
        )
