"""The episodes of a habitat-lab dataset, as our own records beside the objects that they came from."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.object_episodes import ObjectCollection, ObjectEpisode
from leo_agent.envs.navigation.episodes.records import Goal
from leo_agent.envs.navigation.episodes.split_files import SplitFiles
from leo_agent.envs.navigation.habitat_lab.config import WANTED_BY
from leo_agent.envs.navigation.simulators.habitat_install import import_habitat
from leo_agent.envs.scenes.paths import is_file, strip_scene_prefix


class LabEpisodes(ObjectCollection):
    """All episodes that habitat-lab finds for `composed.habitat.dataset`, scene by scene in its order.

    Scene dataset configurations that are not found from the working folder are looked for in `scenes_dir`.

    Attributes:
        lab_dataset: habitat-lab's own.

    Args:
        composed: the whole configuration.

    Raises:
        InputError: habitat-lab refuses the data, or they are another task's.
    """

    def __init__(self, composed: Any) -> None:
        settings = composed.habitat.dataset
        path = Path(settings.data_path.format(split=settings.split))
        self.lab_dataset = _load(settings)
        self.category_ids = dict(getattr(self.lab_dataset, "category_to_task_category_id", {}))
        if not self.category_ids or not self.lab_dataset.episodes:
            raise InputError(f"{path}: found no ObjectNav episodes, expected habitat.dataset.type=ObjectNav-v1")
        self._scenes = Path(settings.scenes_dir)
        self._originals: dict[ObjectEpisode, Any] = {}
        scenes: dict[Path, list[ObjectEpisode]] = {}
        for original in self.lab_dataset.episodes:
            original.scene_dataset_config = self._resolve(original.scene_dataset_config)
            episode = self._convert(original)
            self._originals[episode] = original
            scenes.setdefault(Path(original.scene_id), []).append(episode)
        super().__init__(SplitFiles(path, settings.split, tuple(scenes)))
        self._episodes = {scene: tuple(episodes) for scene, episodes in scenes.items()}

    def _read(self, path: Path) -> tuple[ObjectEpisode, ...]:
        return self._episodes[path]

    def original(self, episode: ObjectEpisode) -> Any:
        """habitat-lab's episode; one made for an episode that is in no file (see tasks/custom.py)."""
        if episode in self._originals:
            return self._originals[episode]
        alike = next(
            self._originals[known]
            for known in self.in_scene(episode.scene_id)
            if known.object_category == episode.object_category
        )
        made = copy.copy(alike)
        made.episode_id = episode.episode_id
        made.start_position = episode.start_position.tolist()
        made.start_rotation = episode.start_rotation.tolist()
        made.info = dict(episode.info)
        return made

    def _resolve(self, scene_dataset_config: str) -> str:
        if scene_dataset_config == "default" or is_file(Path(scene_dataset_config)):
            return scene_dataset_config
        path = self._scenes / strip_scene_prefix(scene_dataset_config)
        if not is_file(path):
            raise InputError(f"{path}: no such file, expected the episodes' scene dataset {scene_dataset_config!r}")
        return str(path)

    def _convert(self, original: Any) -> ObjectEpisode:
        # habitat-lab joins the scenes folder in front of what the file says.
        inside = original.scene_id.removeprefix(str(self._scenes)).lstrip("/")
        return ObjectEpisode(
            episode_id=str(original.episode_id),
            scene_id=inside,
            scene_dataset_config=original.scene_dataset_config.removeprefix(f"{self._scenes}/"),
            object_category=original.object_category,
            start_position=np.array(original.start_position, np.float64),
            start_rotation=np.array(original.start_rotation, np.float64),
            goals=tuple(_goal(goal) for goal in original.goals),
            info=dict(original.info or {}),
        )


def _load(settings: Any) -> Any:
    habitat = import_habitat("habitat", WANTED_BY)
    try:
        return habitat.make_dataset(settings.type, config=settings)
    # What habitat-lab's readers raise for missing files, other formats, and keys that are missing or too many.
    except (OSError, ValueError, TypeError, KeyError, AttributeError, AssertionError) as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        path = settings.data_path.format(split=settings.split)
        raise InputError(f"{path}: habitat-lab cannot read the split {settings.split!r} ({reason})") from error


def _goal(goal: Any) -> Goal:
    points = [point.agent_state.position for point in goal.view_points or ()]
    return Goal(
        object_id=str(goal.object_id),
        category=goal.object_category or "",
        position=np.array(goal.position, np.float64),
        view_points=np.array(points, np.float64).reshape(-1, 3),
    )
