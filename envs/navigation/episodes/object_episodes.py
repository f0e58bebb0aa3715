"""Episodes that ask for an object, as ObjectNav-v1 files and their kin hold them: goals by category, view points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.envs.navigation.episodes.collection import EpisodeCollection
from leo_agent.envs.navigation.episodes.records import Episode, Goal, check_record, common_fields, take_optional
from leo_agent.envs.navigation.episodes.split_files import SplitFiles
from leo_agent.envs.scenes.json_fields import describe, one_line, take, take_vector

# The article follows the sound: a unicorn, a utensil, a one seater, but an hourglass.
_VOWEL_SOUND = re.compile(r"(?!eu|uni(?!d)|use|usu|uten|ura|uku|one\b|once\b)[aeiou]|hour|heir|hono")
GoalTable = dict[str, tuple[Goal, ...]]


@dataclass(frozen=True, eq=False, kw_only=True)
class ObjectEpisode(Episode):
    """An episode that asks for any instance of a category."""

    object_category: str  # as the file names it

    @property
    def instruction(self) -> str:
        """The goal in words: "find a chair"."""
        return instruction_for(self.object_category)

    @property
    def goal_name(self) -> str:
        return self.object_category

    def description(self) -> dict[str, Any]:
        return {"object_category": self.object_category}


class ObjectCollection(EpisodeCollection[ObjectEpisode]):
    """Episodes that ask for objects, wherever they come from.

    Attributes:
        category_ids: the task's numbers of the categories that there may be; empty where any word may be one.
    """

    category_ids: Mapping[str, int]


class ObjectEpisodes(ObjectCollection):
    """The episodes of a split of ObjectNav-v1 files (habitat-lab 0.3.4); subclasses for other layouts of such files.

    habitat-lab overwrites the ids of ObjectNav's episodes by their index in the file, and so does this.
    """

    def __init__(self, files: SplitFiles, category_ids: Mapping[str, int]) -> None:
        super().__init__(files)
        self.category_ids = category_ids

    def _read(self, path: Path) -> tuple[ObjectEpisode, ...]:
        content, where = read_json_object(path), str(path)
        goals: GoalTable = {}
        if path != self.path:
            goals.update(self._goal_table(read_json_object(self.path), str(self.path)))
        goals.update(self._goal_table(content, where))
        records = take(content, "episodes", list, where)
        return tuple(self._episode(record, index, goals, where) for index, record in enumerate(records))

    def _episode(self, record: Any, index: int, goals: GoalTable, file: str) -> ObjectEpisode:
        """The episode of a JSON record; adds its own goals to `goals` where that has no entry for them."""
        where = f"{file}: episode {index}"
        fields = common_fields(check_record(record, where), where)
        category = take(record, "object_category", str, where)
        if self.category_ids and category not in self.category_ids:
            known = one_line(", ".join(sorted(self.category_ids)))
            raise InputError(f"{where}: 'object_category' {category!r} is not among the task's categories: {known}")
        key = goal_key(fields["scene_id"], category)
        if key not in goals:
            own = take(record, "goals", list, where) if "goals" in record else []
            if not own:
                raise InputError(f"{where}: no 'goals_by_category' entry {key!r} and no 'goals' of its own")
            # Shared from here on: the first episode of a key gives the goals of all of them, as in habitat-lab.
            goals[key] = self._goals(own, where)
        return ObjectEpisode(
            **fields,
            episode_id=self._episode_id(record, index, where),
            object_category=category,
            goals=self._goals_of(record, goals, key, where),
        )

    def _episode_id(self, record: dict[str, Any], index: int, where: str) -> str:
        return str(index)

    def _goals_of(self, record: dict[str, Any], goals: GoalTable, key: str, where: str) -> tuple[Goal, ...]:
        """The goals of an episode whose category has that key."""
        return goals[key]

    def _object_id(self, stored: str) -> str:
        """The instance id that the scene knows, from what the file says."""
        return stored

    def _goal_table(self, content: dict[str, Any], where: str) -> GoalTable:
        """The table `goals_by_category` of a file (see `goal_key`)."""
        if "goals_by_category" not in content:
            return {}
        table = take(content, "goals_by_category", dict, where)
        return {key: self._goals(take(table, key, list, where), f"{where}: goals of {key!r}") for key in table}

    def _goals(self, records: list[Any], where: str) -> tuple[Goal, ...]:
        return tuple(self._goal(record, f"{where}: goal {index}") for index, record in enumerate(records))

    def _goal(self, record: Any, where: str) -> Goal:
        object_id = check_record(record, where).get("object_id")
        if not isinstance(object_id, (str, int)) or isinstance(object_id, bool):
            raise InputError(f"{where}: 'object_id' must be a string or an integer, found {describe(object_id)}")
        points = []
        for index, view_point in enumerate(take(record, "view_points", list, where)):
            place = f"{where}: view point {index}"
            state = take(check_record(view_point, place), "agent_state", dict, place)
            points.append(take_vector(state, "position", 3, where))
        return Goal(
            position=take_vector(record, "position", 3, where),
            view_points=np.array(points).reshape(-1, 3),
            object_id=self._object_id(str(object_id)),
            category=take_optional(record, "object_category", str, "", where),
        )


def goal_key(scene_id: str, category: str) -> str:
    """The key of `goals_by_category`: "{base name of the scene}_{category}"."""
    return f"{PurePosixPath(scene_id).name}_{category}"


def instruction_for(category: str) -> str:
    """The instruction "find a {category}": underscores as spaces, "an" before a vowel sound."""
    words = " ".join(category.replace("_", " ").split()) or "object"
    article = "an" if _VOWEL_SOUND.match(words.lower()) else "a"
    return f"find {article} {words}"
