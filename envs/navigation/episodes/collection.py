"""The episodes of one split, read file by file when they are asked for."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, Self, TypeVar

from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.navigation.episodes.records import Episode, scene_name
from leo_agent.envs.navigation.episodes.selection import OPTIONS, EpisodeSelection
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
        self._on_demand = files.on_demand
        self._selection = EpisodeSelection()
        self._loaded: dict[Path, tuple[EpisodeT, ...]] = {}
        self._categories: dict[str, dict[int, str]] = {}

    def __iter__(self) -> Iterator[EpisodeT]:
        for path in self.episode_files:
            yield from self.load(path)

    @property
    def stored_files(self) -> tuple[Path, ...]:
        """The files that were there from the beginning: what is made on demand is known by the folder's version."""
        return (
            (self.path,)
            if self._on_demand is not None
            else tuple({self.path: None, **dict.fromkeys(self.episode_files)})
        )

    def load(self, path: Path) -> tuple[EpisodeT, ...]:
        """The episodes of one of `episode_files`; parsed once, then kept."""
        if path not in self._loaded:
            if self._on_demand is not None:
                self._on_demand.make(path)
            everything = self._read(path)
            self._name_instances(everything)
            self._loaded[path] = self._selection.kept(everything)
        return self._loaded[path]

    def selected(self, selection: EpisodeSelection) -> Self:
        """The same split with the chosen episodes alone.

        Raises:
            InputError: something was chosen that no episode is or has.
        """
        chosen = self._narrowed(selection)
        for option in OPTIONS:
            given = getattr(selection, option)
            if given is None:
                continue
            there = chosen._there(option)
            missing = [one for one in given if one not in there]
            if missing:
                possible = self._narrowed(selection.without(option))._there(option)
                listed = one_line(", ".join(sorted(one for one in possible if "/" not in one))) or "nothing"
                raise InputError(f"{option}: found {shown(missing[0])}, expected some of {self.path}: {listed}")
        return chosen

    def _narrowed(self, selection: EpisodeSelection) -> Self:
        chosen = copy.copy(self)
        chosen._loaded, chosen._categories, chosen._selection = {}, {}, selection
        wanted = set(selection.content_scenes or ())
        named = tuple(path for path in self.episode_files if strip_ending(path.name) in wanted)
        if wanted and {strip_ending(path.name) for path in named} == wanted:
            chosen.episode_files = named  # as a rule they are named after their scenes: no other has to be read
        if not selection.is_everything:
            # What holds none of the chosen episodes is never read again, nor made.
            chosen.episode_files = tuple(path for path in chosen.episode_files if any(chosen._names_in(path)))
        return chosen

    def _there(self, option: str) -> set[str]:
        """The values of an option of EpisodeSelection that choose some of these episodes."""
        if option == "categories":
            return {episode.goal_name for episode in self}
        names = list(self.names())
        if option == "content_scenes":
            return {scene for scene, _ in names}
        return {episode_id for _, episode_id in names} | {f"{scene}/{episode_id}" for scene, episode_id in names}

    def names(self) -> Iterator[tuple[str, str]]:
        """Name of the scene and id of each episode; content files that are made on demand are not made for it."""
        for path in self.episode_files:
            yield from self._names_in(path)

    def _names_in(self, path: Path) -> Iterator[tuple[str, str]]:
        known = None if self._on_demand is None else self._on_demand.episode_ids
        if known is None or self._selection.looks_inside:
            yield from ((episode.scene_name, episode.episode_id) for episode in self.load(path))
        else:
            scene = strip_ending(path.name)
            yield from ((scene, each) for each in known if self._selection.keeps(scene, each))

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
