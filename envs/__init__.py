"""The worlds: Gymnasium environments, simulators, scenes, tasks and their experts.

Importing `leo_agent` registers the ids; `gymnasium.make("leo_agent:leo/ObjectNav-v0", ...)` does both in one.
"""

from pathlib import Path

from gymnasium.envs.registration import register, registry
from leo_agent.envs.navigation.ids import navigation_ids, register_navigation


def _tabletop_ids() -> dict[str, str]:
    """Environment id -> task name of every task file; only file names are read, so registering imports no physics."""
    files = sorted((Path(__file__).parent / "tabletop" / "tasks").glob("[a-z]*.py"))
    tasks = [file.stem.replace("_", "-") for file in files]
    return {tabletop_id(task): task for task in tasks}


def tabletop_id(task: str) -> str:
    """Environment id of a tabletop task: leo/PutBlocksInBowls-v0 of put-blocks-in-bowls."""
    return f"leo/{task.title().replace('-', '')}-v0"


def env_ids() -> list[str]:
    """Ids of all environments of this package."""
    return [*navigation_ids(), *_tabletop_ids()]


def register_envs() -> None:
    """Registers the ids with Gymnasium; safe to call more than once."""
    register_navigation()
    for env_id, task in _tabletop_ids().items():
        if env_id not in registry:
            # Step limits are the environments' own: they depend on the task and on the episode.
            register(id=env_id, entry_point="leo_agent.envs.tabletop.env:TabletopEnv", kwargs={"task": task})
