"""The worlds: Gymnasium environments, simulators, scenes, tasks and their experts.

Importing `leo_agent` registers the ids; `gymnasium.make("leo_agent:leo/ObjectNav-v0", ...)` does both in one.
"""

import re
from pathlib import Path

from gymnasium.envs.registration import register, registry

from leo_agent.envs.tabletop.ids import own_task_names, register_id, tabletop_id

_HABITAT_LAB = {"leo/HabitatLabObjectNav-v0": "leo_agent.envs.navigation.habitat_lab.env:HabitatLabObjectNavEnv"}
_NAVIGATION_ID = re.compile(r'^@register_task\("(leo/\w+-v\d+)"\)', re.MULTILINE)


def _navigation_ids() -> list[str]:
    """Ids of the navigation tasks, in the order of their files; those are only looked at, for a quick import."""
    files = sorted((Path(__file__).parent / "navigation" / "tasks").glob("[a-z]*.py"))
    return [env_id for file in files for env_id in _NAVIGATION_ID.findall(file.read_text(encoding="utf-8"))]


def env_ids() -> list[str]:
    """Ids of all environments of this package."""
    return [*_navigation_ids(), *_HABITAT_LAB, *map(tabletop_id, own_task_names())]


def register_envs() -> None:
    """Registers the ids with Gymnasium; safe to call more than once."""
    # Step limits are the environments' own: they depend on the task and on the episode.
    for env_id, entry_point in _HABITAT_LAB.items():
        if env_id not in registry:
            register(id=env_id, entry_point=entry_point)
    for env_id in _navigation_ids():
        if env_id not in registry:
            register(id=env_id, entry_point="leo_agent.envs.navigation.env:NavigationEnv", kwargs={"task": env_id})
    for task in own_task_names():
        register_id(task)
