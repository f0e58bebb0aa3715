"""Which episode comes next: a shuffled pass over the split after another, or the one that `reset` options name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.collection import EpisodeCollection
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.scenes.paths import strip_scene_prefix


class EpisodeChooser:
    """Chooses among the episodes of a split, all of which must be of the scene dataset `scene_dataset_config`."""

    def __init__(self, episodes: EpisodeCollection[Any], scene_dataset_config: str) -> None:
        self._episodes = episodes
        self._scene_dataset_config = scene_dataset_config
        self._upcoming: Iterator[Episode] = iter(())

    def start_over(self) -> None:
        """Forgets the running pass: the next episode begins a new one."""
        self._upcoming = iter(())

    def next(self, rng: np.random.Generator) -> Episode:
        """The next of a pass in an order that `rng` gives."""
        episode = next(self._upcoming, None)
        if episode is None:
            self._upcoming = self._shuffled(rng)
            episode = next(self._upcoming)
        return episode

    def named(self, options: Mapping[str, Any]) -> Episode:
        """The episode of the `reset` options `scene` and `episode_id`.

        Raises:
            InputError: they name no episode, or are others.
        """
        unknown = sorted(map(str, set(options) - {"scene", "episode_id"}))
        if unknown:
            raise InputError(f"reset options: found {', '.join(unknown)}, expected 'scene' and 'episode_id'")
        if options.get("episode_id") is None:
            raise InputError("reset options: found no 'episode_id', expected one beside 'scene'")
        scene = options.get("scene")
        found: Episode = self._episodes.find(str(options["episode_id"]), None if scene is None else str(scene))
        return found

    def options(self, limit: int | None) -> list[dict[str, Any]]:
        """The `reset` options of the first `limit` episodes (all without a limit), in file order.

        Raises:
            InputError: they are not unique.
        """
        names = itertools.islice(self._episodes.names(), limit)
        options = [{"scene": scene, "episode_id": episode_id} for scene, episode_id in names]
        if len({tuple(option.values()) for option in options}) < len(options):
            raise InputError(
                f"{self._episodes.path}: several episodes of one scene have the same id, expected unique ones"
            )
        return options

    def check_scene_dataset(self, episode: Episode) -> None:
        """Checks that the episode is of the scene dataset that the simulator was made for.

        Raises:
            InputError: it is of another.
        """
        found, expected = (
            strip_scene_prefix(name) for name in (episode.scene_dataset_config, self._scene_dataset_config)
        )
        if found != expected:
            raise InputError(
                f"{self._episodes.path}: episode {episode.episode_id} of {episode.scene_name} has the scene dataset "
                f"{found!r}, expected {expected!r}, that of the first episode"
            )

    def _shuffled(self, rng: np.random.Generator) -> Iterator[Episode]:
        """Every episode once; files (hence scenes) in random order, and the episodes of a file together."""
        for file in rng.permutation(len(self._episodes.episode_files)):
            episodes = self._episodes.load(self._episodes.episode_files[file])
            for index in rng.permutation(len(episodes)):
                yield episodes[index]
