"""What every navigation episode is: where it starts, where stopping counts, and how it is described."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.json_fields import describe, take, take_rotation, take_vector

_SCENE_ENDINGS = (".scene_instance.json", ".basis.glb", ".glb", ".ply")


@dataclass(frozen=True, eq=False)
class Goal:
    """One thing that an episode asks for; one of an episode's goals is enough."""

    position: NDArray[np.float64]  # (3,), metres, world frame: of an object its middle
    view_points: NDArray[np.float64]  # (V, 3), metres: where an agent's base may stop; of a point that point
    object_id: str = ""  # of an object: a decimal number where the scene knows the instance by it
    category: str = ""  # of an object, where the file says it


@dataclass(frozen=True, eq=False, kw_only=True)
class Episode(ABC):
    """One navigation episode; a task has a subclass with what it asks for. World frame: +Y up, metres."""

    episode_id: str  # unique together with `scene_name`
    scene_id: str  # as the scene dataset knows it
    scene_dataset_config: str  # path of the scene dataset's configuration, or "default"
    start_position: NDArray[np.float64]  # (3,), of the agent's base
    start_rotation: NDArray[np.float64]  # (4,), quaternion x, y, z, w of length 1 up to the file's rounding
    goals: tuple[Goal, ...]
    info: dict[str, Any] = field(default_factory=dict)  # what else the file says; no measure reads it

    @property
    def scene_name(self) -> str:
        """Base name of the scene without its file ending: `house_0001`."""
        return scene_name(self.scene_id)

    @property
    def view_points(self) -> NDArray[np.float64]:
        """(V, 3) where stopping counts, of all goals in file order; (0, 3) if there is nowhere."""
        return np.concatenate([np.empty((0, 3)), *(goal.view_points for goal in self.goals)])

    @property
    @abstractmethod
    def instruction(self) -> str:
        """What is asked for, in words."""

    @property
    @abstractmethod
    def goal_name(self) -> str:
        """The goal in a word or two, for legends and error messages."""

    def description(self) -> dict[str, Any]:
        """What `info["episode_info"]` holds of this task's episodes beside what it holds of all; values of JSON."""
        return {}


def scene_name(scene_id: str) -> str:
    """Base name of a scene id without its file ending."""
    name = PurePosixPath(scene_id).name
    for ending in _SCENE_ENDINGS:
        if name.endswith(ending) and name != ending:
            return name[: -len(ending)]
    return name


def check_record(record: Any, where: str) -> dict[str, Any]:
    """A JSON value that has to be an object.

    Raises:
        InputError: it is none.
    """
    if not isinstance(record, dict):
        raise InputError(f"{where}: must be an object, found {describe(record)}")
    return record


def common_fields(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields that Habitat's episodes of all tasks have, as `Episode` takes them.

    Raises:
        InputError: one is missing or wrong.
    """
    scene_id = take(record, "scene_id", str, where)
    if not scene_name(scene_id) or "\0" in scene_id:
        raise InputError(f"{where}: 'scene_id' names no scene, found {describe(scene_id)}")
    return {
        "scene_id": scene_id,
        # HM3D-OVON's files have "" where no dataset is meant, others null or nothing.
        "scene_dataset_config": take_optional(record, "scene_dataset_config", str, "", where) or "default",
        "start_position": take_vector(record, "start_position", 3, where),
        "start_rotation": take_rotation(record, "start_rotation", where),
        "info": take_optional(record, "info", dict, {}, where),
    }


def stored_episode_id(record: Mapping[str, Any], index: int, where: str) -> str:
    """The episode's own id, as habitat-lab keeps it but in ObjectNav; without one its index in the file.

    Raises:
        InputError: it is neither a text nor a whole number.
    """
    found = record.get("episode_id", index)
    if not isinstance(found, (str, int)) or isinstance(found, bool):
        raise InputError(f"{where}: 'episode_id' must be a string or an integer, found {describe(found)}")
    return str(found)


def take_optional(record: Mapping[str, Any], key: str, kind: type, default: Any, where: str) -> Any:
    """A field of that JSON type, or the default where it is missing or null.

    Raises:
        InputError: it is of another type.
    """
    return default if record.get(key) is None else take(record, key, kind, where)
