"""Acting in either world: the expert's action for what a demonstration shows, one task an embodiment."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.tabletop import PIXEL_SIZE_M
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.train.samples.demonstrations import Demonstrations
from leo_agent.train.samples.source import Source, SourceOptions
from leo_agent.train.tasks.base import TrainingTask, register_task
from leo_agent.train.tasks.sets import holds_sets
from leo_agent.train.tasks.texts import holds_texts


class _Acting(TrainingTask):
    def is_in(self, folder: Path) -> bool:
        return not holds_texts(folder) and not holds_sets(folder) and Dataset(folder).embodiment.name == self.name

    def source(self, folder: Path, options: SourceOptions) -> Source:
        return Demonstrations(folder, options)

    def digest(self, folder: Path) -> str:
        return Dataset(folder).digest


@register_task("navigation")
class Navigation(_Acting):
    """Habitat's actions; `exact` is the share of steps at which the expert's is the most probable one."""


@register_task("tabletop")
class Tabletop(_Acting):
    """Pick and place; `exact` is the share of actions with all six tokens right, distances are of the two places."""

    def metrics(self, answered: NDArray[np.int64], batch: LeoBatch) -> dict[str, NDArray[np.floating]]:
        """Also how far from the expert's pick and place the most probable ones are, in metres on the table."""
        right = batch.answer_ids.numpy()
        pixels = (answered - right).reshape(len(right), 2, 3)[..., :2]  # u, v, yaw of each; ids count pixels downwards
        distance_m = np.linalg.norm(pixels, axis=-1) * PIXEL_SIZE_M
        return {
            **super().metrics(answered, batch),
            "pick_distance_m": distance_m[:, 0],
            "place_distance_m": distance_m[:, 1],
        }
