"""Point features and centroids of the objects that a policy's slots see, computed anew for changed objects alone."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leo_agent.contract.embodiment import UpAxis
from leo_agent.contract.observation import Observation
from leo_agent.policies.leo.acting.model_runner import ModelRunner
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.locations import centroids


@dataclass(frozen=True)
class EncodedObjects:
    """The objects of a slot's last observation, as they were then."""

    ids: NDArray[np.int64]  # (K,)
    points: NDArray[np.float32]  # (K, P, 6)
    features: Tensor  # (K, D)
    centroids: NDArray[np.float32]  # (K, 3) means of the points, metres, world frame


class ObjectFeatures:
    """Keeps the features of each slot's last observation; those of an object go on as long as its points are the same.

    Which clouds are encoded together decides about rounding: the first observation of an episode is therefore encoded
    as a whole, unless it holds what the last one of the episode before held.
    """

    def __init__(self, model: LeoModel, runner: ModelRunner, up_axis: UpAxis) -> None:
        self._model, self._runner, self._up_axis = model, runner, up_axis
        self._seen: dict[int, EncodedObjects] = {}
        self._begun: set[int] = set()  # slots whose episode has an observation already

    def reset(self, slot: int) -> None:
        """The slot starts a new episode."""
        self._begun.discard(slot)

    def of(self, slot: int, observation: Observation, present: NDArray[np.int64]) -> EncodedObjects:
        """The objects in the slots (K,) of an observation that are given."""
        ids, points = np.asarray(observation["object_ids"])[present], observation["object_points"][present]
        last = self._seen.get(slot)
        first = slot not in self._begun
        self._begun.add(slot)
        if last is not None and np.array_equal(last.ids, ids) and np.array_equal(last.points, points):
            return last
        seen = self._update(None if first else last, ids, points)
        self._seen[slot] = seen
        return seen

    def _update(
        self, last: EncodedObjects | None, ids: NDArray[np.int64], points: NDArray[np.float32]
    ) -> EncodedObjects:
        config, device = self._model.config.points, self._model.device
        rows = _unchanged(last, ids, points)
        means = np.zeros((len(ids), 3), np.float32)
        features = torch.zeros(len(ids), config.output_dim, device=device)
        if last is not None and (rows >= 0).any():
            means[rows >= 0] = last.centroids[rows[rows >= 0]]
            features[torch.from_numpy(rows >= 0)] = last.features[torch.from_numpy(rows[rows >= 0])]
        changed = np.flatnonzero(rows < 0)
        if len(changed):
            means[changed] = centroids(points[changed])
            clouds = torch.from_numpy(prepare_clouds(points[changed], config, self._up_axis))
            features[torch.from_numpy(changed)] = self._runner.encode_clouds(clouds.to(device))
        return EncodedObjects(ids.copy(), points, features, means)


def _unchanged(last: EncodedObjects | None, ids: NDArray[np.int64], points: NDArray[np.float32]) -> NDArray[np.int64]:
    """(K,) row of each object among those seen last, -1 where it was not there or has other points now."""
    rows = np.full(len(ids), -1, dtype=np.int64)
    if last is None or last.points.shape[1:] != points.shape[1:]:
        return rows
    where = {int(each): row for row, each in enumerate(last.ids)}
    for new, each in enumerate(ids):
        old = where.get(int(each), -1)
        if old >= 0 and np.array_equal(last.points[old], points[new]):
            rows[new] = old
    return rows
