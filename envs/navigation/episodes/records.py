"""One ObjectNav episode and its goals: how they are stored, checked and named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from leo_agent.envs.scenes.json_fields import describe, one_line, take, take_rotation, take_vector

from leo_agent.contract.errors import InputError

_SCENE_ENDINGS = (".scene_instance.json", ".basis.glb", ".glb", ".ply")
# The article follows the sound: a unicorn, a utensil, a one seater, but an hourglass.
_VOWEL_SOUND = re.compile(r"(?!eu|uni(?!d)|use|usu|uten|ura|uku|one\b|once\b)[aeiou]|hour|heir|hono")


@dataclass(frozen=True, eq=False)
class Goal:
    """One instance of the wanted category. `view_points` (V, 3) float64, metres: where an agent base may stop."""

    object_id: str
    category: str
    position: np.ndarray
    view_points: np.ndarray


@dataclass(frozen=True, eq=False)
class Episode:
    """One ObjectNav episode. World frame: +Y up, metres; `start_rotation` is a quaternion x, y, z, w of length
    1 up to the file's rounding.

    `episode_id` is the index in its content file, as habitat-lab overwrites it; with `scene_name` it is unique.
    """

    episode_id: str
    scene_id: str
    scene_dataset_config: str
    object_category: str
    task_category_id: int
    start_position: np.ndarray
    start_rotation: np.ndarray
    goals: tuple[Goal, ...]
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def scene_name(self) -> str:
        """Base name of the scene without its file ending: `house_0001`."""
        return scene_name(self.scene_id)

    @property
    def view_points(self) -> np.ndarray:
        """(V, 3) float64 view points of all goals, in file order; (0, 3) if there are none."""
        return np.concatenate([np.empty((0, 3)), *(goal.view_points for goal in self.goals)])

    @property
    def instruction(self) -> str:
        """The goal in words: "find a chair"."""
        return instruction_for(self.object_category)


def instruction_for(category: str) -> str:
    """The instruction "find a {category}": underscores as spaces, "an" before a vowel sound."""
    words = " ".join(category.replace("_", " ").split()) or "object"
    article = "an" if _VOWEL_SOUND.match(words.lower()) else "a"
    return f"find {article} {words}"


def scene_name(scene_id: str) -> str:
    """Base name of a scene id without its file ending."""
    name = PurePosixPath(scene_id).name
    for ending in _SCENE_ENDINGS:
        if name.endswith(ending) and name != ending:
            return name[: -len(ending)]
    return name


def read_goals(content: dict[str, Any], where: str) -> dict[str, tuple[Goal, ...]]:
    """The table `goals_by_category` of a file: its keys are "{base name of the scene}_{category}"."""
    if "goals_by_category" not in content:
        return {}
    table = take(content, "goals_by_category", dict, where)
    return {key: _goals(take(table, key, list, where), f"{where}: goals of {key!r}") for key in table}


def read_episode(
    record: Any, index: int, goals: dict[str, tuple[Goal, ...]], category_ids: Mapping[str, int], file: str
) -> Episode:
    """The episode of a JSON record; adds its own goals to `goals` where that has no entry for them."""
    where = f"{file}: episode {index}"
    if not isinstance(record, dict):
        raise InputError(f"{where}: must be an object, found {describe(record)}")
    scene_id = take(record, "scene_id", str, where)
    category = take(record, "object_category", str, where)
    if not scene_name(scene_id) or "\0" in scene_id:
        raise InputError(f"{where}: 'scene_id' names no scene, found {describe(scene_id)}")
    if category not in category_ids:
        known = one_line(", ".join(sorted(category_ids)))
        raise InputError(f"{where}: 'object_category' {category!r} is not among the task's categories: {known}")
    key = f"{PurePosixPath(scene_id).name}_{category}"
    if key not in goals:
        own = take(record, "goals", list, where) if "goals" in record else []
        if not own:
            raise InputError(f"{where}: no 'goals_by_category' entry {key!r} and no 'goals' of its own")
        # Shared from here on: the first episode of a key gives the goals of all of them, as in habitat-lab.
        goals[key] = _goals(own, where)
    return Episode(
        episode_id=str(index),
        scene_id=scene_id,
        scene_dataset_config=_optional(record, "scene_dataset_config", str, "default", where),
        object_category=category,
        task_category_id=category_ids[category],
        start_position=take_vector(record, "start_position", 3, where),
        start_rotation=take_rotation(record, "start_rotation", where),
        goals=goals[key],
        info=_optional(record, "info", dict, {}, where),
    )


def _optional(record: dict[str, Any], key: str, kind: type, default: Any, where: str) -> Any:
    return default if record.get(key) is None else take(record, key, kind, where)


def _goals(records: list[Any], where: str) -> tuple[Goal, ...]:
    return tuple(_goal(record, f"{where}: goal {index}") for index, record in enumerate(records))


def _goal(record: Any, where: str) -> Goal:
    if not isinstance(record, dict):
        raise InputError(f"{where}: must be an object, found {describe(record)}")
    object_id = record.get("object_id")
    if not isinstance(object_id, (str, int)) or isinstance(object_id, bool):
        raise InputError(f"{where}: 'object_id' must be a string or an integer, found {describe(object_id)}")
    points = [
        take_vector(_agent_state(view_point, f"{where}: view point {index}"), "position", 3, where)
        for index, view_point in enumerate(take(record, "view_points", list, where))
    ]
    return Goal(
        object_id=str(object_id),
        category=_optional(record, "object_category", str, "", where),
        position=take_vector(record, "position", 3, where),
        view_points=np.array(points).reshape(-1, 3),
    )


def _agent_state(view_point: Any, where: str) -> dict[str, Any]:
    if not isinstance(view_point, dict):
        raise InputError(f"{where}: must be an object, found {describe(view_point)}")
    return take(view_point, "agent_state", dict, where)
