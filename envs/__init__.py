"""The worlds: Gymnasium environments, simulators, scenes, tasks and their experts.

Importing `leo_agent` registers the ids; `gymnasium.make("leo_agent:leo/ObjectNav-v0", ...)` does both in one.
"""

import re
from pathlib import Path

from gymnasium.envs.registration import register, registry

_FOLDER = Path(__file__).parent
_HABITAT_LAB = {"leo/HabitatLabObjectNav-v0": "leo_agent.envs.navigation.habitat_lab.env:HabitatLabObjectNavEnv"}
_NAVIGATION_ID = re.compile(r'^@register_task\("(leo/\w+-v\d+)"\)', re.MULTILINE)


def _navigation_ids() -> list[str]:
    """Ids of the navigation tasks, in the order of their files; those are only looked at, for a quick import."""
    files = sorted((_FOLDER / "navigation" / "tasks").glob("[a-z]*.py"))
    return [env_id for file in files for env_id in _NAVIGATION_ID.findall(file.read_text(encoding="utf-8"))]


def _tabletop_ids() -> dict[str, str]:
    """Environment id -> task name of every task file; only file names are read, so registering imports no physics."""
    files = sorted((_FOLDER / "tabletop" / "tasks").glob("[a-z]*.py"))
    tasks = [file.stem.replace("_", "-") for file in files]
    return {tabletop_id(task): task for task in tasks}


def tabletop_id(task: str) -> str:
    """Environment id of a tabletop task: leo/PutBlocksInBowls-v0 of put-blocks-in-bowls."""
    return f"leo/{task.title().replace('-', '')}-v0"


def env_ids() -> list[str]:
    """Ids of all environments of this package."""
    return [*_navigation_ids(), *_HABITAT_LAB, *_tabletop_ids()]


def register_envs() -> None:
    """Register the ids with Gymnasium; safe to call more than once."""
    entries: dict[str, tuple[str, dict[str, str]]] = {env_id: (entry, {}) for env_id, entry in _HABITAT_LAB.items()}
    for env_id in _navigation_ids():
        entries[env_id] = ("leo_agent.envs.navigation.env:NavigationEnv", {"task": env_id})
    for env_id, task in _tabletop_ids().items():
        entries[env_id] = ("leo_agent.envs.tabletop.env:TabletopEnv", {"task": task})
    for env_id, (entry_point, kwargs) in entries.items():
        if env_id not in registry:
            # Step limits are the environments' own: they depend on the task and on the episode.
            register(id=env_id, entry_point=entry_point, kwargs=dict(kwargs))
