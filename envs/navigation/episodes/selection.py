"""Which episodes of a split are played, and where they may end: choices that evaluations publish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Literal, TypeVar, get_args

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.navigation.episodes.records import Episode

Names = str | int | Sequence[str | int]
EpisodeT = TypeVar("EpisodeT", bound=Episode)
DistanceTo = Literal["VIEW_POINTS", "POINT"]
"""Habitat's names of where a stop counts: near a view point of a goal, or near the middle of its object."""
DISTANCE_TO = get_args(DistanceTo)
OPTIONS = ("content_scenes", "episode_ids", "categories")
"""The options that leave episodes out."""


@dataclass(frozen=True)
class EpisodeSelection:
    """What is kept of a split's episodes, None for all, and where each of them may end.

    Raises:
        InputError: a value is of another type, or empty.
    """

    content_scenes: tuple[str, ...] | None = None  # names of scenes, Habitat's name for this choice
    episode_ids: tuple[str, ...] | None = None  # ids, "3" for that of every scene, "house_0002/3" for one
    categories: tuple[str, ...] | None = None  # what is asked for
    distance_to: DistanceTo = "VIEW_POINTS"

    @classmethod
    def of(
        cls,
        content_scenes: Names | None = None,
        episode_ids: Names | None = None,
        categories: Names | None = None,
        distance_to: str = "VIEW_POINTS",
    ) -> EpisodeSelection:
        """The selection of options as users give them: one name or a list of them."""
        check_choice("distance_to", distance_to, DISTANCE_TO)
        return cls(
            _names("content_scenes", content_scenes),
            _names("episode_ids", episode_ids),
            _names("categories", categories),
            distance_to,  # type: ignore[arg-type]  # just checked
        )

    def without(self, option: str) -> EpisodeSelection:
        """The same, with no choice by that option."""
        names = {name: None if name == option else getattr(self, name) for name in OPTIONS}
        return EpisodeSelection(**names, distance_to=self.distance_to)

    @property
    def is_everything(self) -> bool:
        """Whether all episodes are kept."""
        return all(getattr(self, option) is None for option in OPTIONS)

    @property
    def looks_inside(self) -> bool:
        """Whether episodes have to be read to know which of them are kept."""
        return self.categories is not None

    def keeps(self, scene: str, episode_id: str) -> bool:
        """Whether the episode of that id is kept, whatever it asks for."""
        if self.content_scenes is not None and scene not in self.content_scenes:
            return False
        ids = self.episode_ids
        return ids is None or episode_id in ids or f"{scene}/{episode_id}" in ids

    def kept(self, episodes: Iterable[EpisodeT]) -> tuple[EpisodeT, ...]:
        """The episodes that are kept, with their goals where a stop counts."""
        chosen = [episode for episode in episodes if self.keeps(episode.scene_name, episode.episode_id)]
        if self.categories is not None:
            chosen = [episode for episode in chosen if episode.goal_name in self.categories]
        if self.distance_to == "POINT":
            chosen = [_to_the_middle(episode) for episode in chosen]
        return tuple(chosen)


def _to_the_middle(episode: EpisodeT) -> EpisodeT:
    """The episode with the middle of each goal as its one view point."""
    goals = tuple(replace(goal, view_points=goal.position[None]) for goal in episode.goals)
    return replace(episode, goals=goals)


def _names(option: str, given: Any) -> tuple[str, ...] | None:
    """One name or a list of names, as strings.

    Raises:
        InputError: it is something else, or no name at all.
    """
    if given is None:
        return None
    listed = [given] if isinstance(given, (str, Integral)) else given
    is_list = isinstance(listed, (list, tuple)) and len(listed) > 0
    if not is_list or not all(isinstance(one, (str, Integral)) and not isinstance(one, bool) for one in listed):
        raise InputError(f"{option}: found {shown(given)}, expected a name or a list of names")
    return tuple(str(one) for one in listed)
