"""Ids of the navigation environments, found without importing what they need."""

from __future__ import annotations

import re
from pathlib import Path

from gymnasium.envs.registration import register, registry

from leo_agent.envs.step_limit import OWN_STEP_LIMIT

MAX_EPISODE_STEPS = 500  # of Habitat's tasks
_TASK_ID = re.compile(r'^@register_task\("(leo/\w+-v\d+)"\)', re.MULTILINE)
_HABITAT_LAB = {"leo/HabitatLabObjectNav-v0": "leo_agent.envs.navigation.habitat_lab.env:HabitatLabObjectNavEnv"}


def task_ids_in_files() -> list[str]:
    """Ids of this package's tasks, in the order of their files, which are only looked at: registering stays quick."""
    files = sorted((Path(__file__).parent / "tasks").glob("[a-z]*.py"))
    return [env_id for file in files for env_id in _TASK_ID.findall(file.read_text(encoding="utf-8"))]


def navigation_ids() -> list[str]:
    """Ids of this package's navigation environments."""
    return [*task_ids_in_files(), *_HABITAT_LAB]


def register_navigation() -> None:
    """Registers them with Gymnasium; safe to call more than once."""
    for env_id in task_ids_in_files():
        register_task_id(env_id)
    for env_id, entry_point in _HABITAT_LAB.items():
        _register(env_id, entry_point, None)  # the configuration has the limit


def register_task_id(env_id: str, max_episode_steps: int = MAX_EPISODE_STEPS) -> None:
    """Registers the environment of a task, which goes by the same id."""
    _register(env_id, "leo_agent.envs.navigation.env:NavigationEnv", max_episode_steps, task=env_id)


def _register(env_id: str, entry_point: str, max_episode_steps: int | None, **options: str) -> None:
    if env_id not in registry:
        register(
            id=env_id,
            entry_point=entry_point,
            max_episode_steps=max_episode_steps,
            additional_wrappers=(OWN_STEP_LIMIT,),
            kwargs=options,
        )
