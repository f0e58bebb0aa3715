"""Which episode comes next: a shuffled pass over the split after another, or the one that `reset` options name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from leo_agent.envs.navigation.episodes.custom import custom_episode
from leo_agent.envs.navigation.episodes.dataset import EpisodeCollection
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.scenes.paths import strip_scene_prefix

from leo_agent.contract.errors import InputError


class EpisodeChooser:
    """Chooses among the episodes of a dataset, all of which must be of the scene dataset `scene_dataset_config`."""

    def __init__(self, dataset: EpisodeCollection, scene_dataset_config: str) -> None:
        self._dataset = dataset
        self._scene_dataset_config = scene_dataset_config
        self._upcoming: Iterator[Episode] = iter(())

    def start_over(self) -> None:
        """Forget the running pass: the next episode begins a new one."""
        self._upcoming = iter(())

    def choose(self, options: Mapping[str, Any] | None, rng: np.random.Generator) -> Episode:
        """The episode of `reset` options, or without any the next of a pass in an order that `rng` gives.

        Raises `InputError` for options that name no episode.
        """
        episode = self._named(options) if options else self._next(rng)
        self.check_scene_dataset(episode)
        return episode

    def options(self, limit: int | None) -> list[dict[str, str]]:
        """The `reset` options of the first `limit` episodes (all without a limit), in file order."""
        episodes = itertools.islice(self._dataset, limit)
        options = [{"scene": episode.scene_name, "episode_id": episode.episode_id} for episode in episodes]
        if len({tuple(option.values()) for option in options}) < len(options):
            raise InputError(
                f"{self._dataset.path}: two files hold episodes of one scene, their numbers are not unique"
            )
        return options

    def check_scene_dataset(self, episode: Episode) -> None:
        """Raises `InputError` for an episode of another scene dataset: the simulator was made for one."""
        found, expected = (
            strip_scene_prefix(name) for name in (episode.scene_dataset_config, self._scene_dataset_config)
        )
        if found != expected:
            raise InputError(
                f"{self._dataset.path}: episode {episode.episode_id} of {episode.scene_name} has the scene dataset "
                f"{found!r}, expected {expected!r}, that of the first episode"
            )

    def _next(self, rng: np.random.Generator) -> Episode:
        episode = next(self._upcoming, None)
        if episode is None:
            self._upcoming = self._shuffled(rng)
            episode = next(self._upcoming)
        return episode

    def _shuffled(self, rng: np.random.Generator) -> Iterator[Episode]:
        """Every episode once; files (hence scenes) in random order, and the episodes of a file together."""
        for file in rng.permutation(len(self._dataset.episode_files)):
            episodes = self._dataset.load(self._dataset.episode_files[file])
            for index in rng.permutation(len(episodes)):
                yield episodes[index]

    def _named(self, options: Mapping[str, Any]) -> Episode:
        if set(options) & {"category", "start_position", "start_rotation"}:
            return custom_episode(self._dataset, options)
        unknown = sorted(map(str, set(options) - {"scene", "episode_id"}))
        if unknown:
            raise InputError(f"reset options: found {', '.join(unknown)}, expected 'scene' and 'episode_id'")
        if options.get("episode_id") is None:
            raise InputError("reset options: found no 'episode_id', expected one beside 'scene'")
        scene = options.get("scene")
        return self._dataset.find(str(options["episode_id"]), None if scene is None else str(scene))
