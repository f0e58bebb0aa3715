"""ObjectNav: find an instance of a category and stop near it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.envs.navigation.episodes.object_episodes import (
    ObjectCollection,
    ObjectEpisode,
    ObjectEpisodes,
    instruction_for,
)
from leo_agent.envs.navigation.episodes.records import check_record
from leo_agent.envs.navigation.episodes.split_files import Dataset, SplitFiles, find_split
from leo_agent.envs.navigation.simulators import AgentState
from leo_agent.envs.navigation.tasks.object_goal import ObjectGoalTask
from leo_agent.envs.navigation.tasks.registry import register_task
from leo_agent.envs.scenes.json_fields import describe, take

CATEGORY_MAP = "category_to_task_category_id"


@register_task("leo/ObjectNav-v0")
class ObjectNav(ObjectGoalTask):
    """Find an instance of a category and stop near it (habitat-lab 0.3.4's ObjectNav-v1; step limit 500).

    A stop nearer than 0.1 m to a view point of any instance is a success. Adds Habitat's `objectgoal`, (1,) int64, the
    task's number of the category. The reward is habitat-lab's: metres gained towards the nearest view point, minus
    0.01, plus 2.5 on success. Episodes in no file have a `category`.

    A dataset without category numbers, such as HM3D-OVON, gets those of its episodes numbered in alphabetical order,
    for which all of its files are read.
    """

    def __init__(self, episodes: ObjectCollection) -> None:
        super().__init__(episodes)
        self.category_ids = episodes.category_ids

    @classmethod
    def read_episodes(cls, dataset: Dataset, split: str = "val") -> ObjectEpisodes:
        files = find_split(dataset, split)
        return ObjectEpisodes(files, _category_ids(files))

    def example_instructions(self) -> Sequence[str]:
        return [*map(instruction_for, self.category_ids)]

    def sensor_spaces(self) -> dict[str, spaces.Space[Any]]:
        return {"objectgoal": spaces.Box(0, max(self.category_ids.values()), (1,), np.int64)}

    def sense(self, episode: ObjectEpisode, agent: AgentState) -> dict[str, Any]:
        return {"objectgoal": np.array([self.category_ids[episode.object_category]], np.int64)}


def _category_ids(files: SplitFiles) -> dict[str, int]:
    """The category map of the split's own file, else of all of its content files, else one that is made."""
    found = _stored_category_ids(files.path)
    for path in files.episode_files if not found else ():
        for name, number in _stored_category_ids(path).items():
            if found.setdefault(name, number) != number:
                raise InputError(
                    f"{path}: found number {number} of {name!r} in {CATEGORY_MAP!r}, expected {found[name]} as in "
                    "other files of the split"
                )
    if found:
        return found
    words = sorted({category for path in files.episode_files for category in _categories_in(path)})
    if not words:
        raise InputError(f"{files.path}: no {CATEGORY_MAP!r} in it and no episodes, expected one of them")
    return {category: number for number, category in enumerate(words)}


def _stored_category_ids(path: Path) -> dict[str, int]:
    """The category map of a file, empty if it has none."""
    content = read_json_object(path)
    return _checked_category_ids(content, str(path)) if content.get(CATEGORY_MAP) else {}


def _checked_category_ids(content: dict[str, Any], where: str) -> dict[str, int]:
    ids = take(content, CATEGORY_MAP, dict, where)
    for name in ids:
        number = take(ids, name, int, f"{where}: {CATEGORY_MAP}")
        if not 0 <= number < 2**31:
            raise InputError(f"{where}: task category id of {name!r} must be 0 to 2^31 - 1, found {describe(number)}")
    return dict(ids)


def _categories_in(path: Path) -> Iterator[str]:
    where = str(path)
    for index, record in enumerate(take(read_json_object(path), "episodes", list, where)):
        place = f"{where}: episode {index}"
        yield take(check_record(record, place), "object_category", str, place)
