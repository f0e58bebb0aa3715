"""The episodes of one split, read file by file when they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.records import Episode, scene_name
from leo_agent.envs.navigation.episodes.split_files import SplitFiles, strip_ending
from leo_agent.envs.scenes.json_fields import one_line

EpisodeT = TypeVar("EpisodeT", bound=Episode)


class EpisodeCollection(ABC, Generic[EpisodeT]):
    """Episodes of one split; a task has a subclass that reads its files.

    Attributes:
        path: names the split in error messages.
        split: its name.
        episode_files: the files that hold episodes.
    """

    def __init__(self, files: SplitFiles) -> None:
        self.path, self.split, self.episode_files = files.path, files.split, files.episode_files
        self._loaded: dict[Path, tuple[EpisodeT, ...]] = {}
        self._categories: dict[str, dict[int, str]] = {}

    def __iter__(self) -> Iterator[EpisodeT]:
        for path in self.episode_files:
            yield from self.load(path)

    def load(self, path: Path) -> tuple[EpisodeT, ...]:
        """The episodes of one of `episode_files`; parsed once, then kept."""
        if path not in self._loaded:
            self._loaded[path] = self._read(path)
            self._name_instances(self._loaded[path])
        return self._loaded[path]

    def in_scene(self, scene: str) -> tuple[EpisodeT, ...]:
        """The episodes of a scene (a scene id or its name), at least one.

        Raises:
            InputError: there are none.
        """
        wanted = scene_name(scene)
        # The content file is named after its scene as a rule: then it is the only one to parse.
        named = [path for path in self.episode_files if strip_ending(path.name) == wanted]
        for files in (named, self.episode_files):
            found = [episode for path in files for episode in self.load(path) if episode.scene_name == wanted]
            if found:
                return tuple(found)
        raise InputError(f"{self.path}: no episodes in scene {scene!r}; its scenes are {_scene_names(self)}")

    def instance_categories(self, scene_id: str) -> dict[int, str]:
        """Category by instance id of the goals in a scene, as far as its episodes were loaded and ids are numbers."""
        return self._categories.get(scene_id, {})

    def find(self, episode_id: str, scene: str | None = None) -> EpisodeT:
        """The episode of that id in that scene (a scene id or its name; None: whatever scene).

        Raises:
            InputError: there is none, or more than one.
        """
        episodes = tuple(self) if scene is None else self.in_scene(scene)
        found = [episode for episode in episodes if episode.episode_id == episode_id]
        place = f"{self.path}: " + ("the split" if scene is None else f"scene {scene!r}")
        if not found:
            ids = f"its {len(episodes)} ids are {episodes[0].episode_id} to {episodes[-1].episode_id}"
            raise InputError(f"{place} has no episode {episode_id!r}; {ids}")
        if len(found) > 1:
            scenes = _scene_names(found)
            raise InputError(f"{place} has {len(found)} episodes {episode_id!r} (scenes {scenes}); name one")
        return found[0]

    @abstractmethod
    def _read(self, path: Path) -> tuple[EpisodeT, ...]:
        """The episodes of one of `episode_files`."""

    def _name_instances(self, episodes: tuple[EpisodeT, ...]) -> None:
        for episode in episodes:
            names = self._categories.setdefault(episode.scene_id, {})
            for goal in episode.goals:
                # Matterport's ids ("0_1_12": level, region, object) are no numbers, though int() would take them.
                if goal.object_id.isascii() and goal.object_id.isdigit() and len(goal.object_id) < 10:
                    names[int(goal.object_id)] = goal.category or episode.goal_name


def _scene_names(episodes: Iterable[Episode]) -> str:
    return one_line(", ".join(sorted({episode.scene_name for episode in episodes})))
