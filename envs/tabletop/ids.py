"""Gymnasium ids of the tabletop tasks; ours are known by their files' names, so that no physics is imported."""

from __future__ import annotations

from pathlib import Path

from gymnasium.envs.registration import register, registry

ENTRY_POINT = "leo_agent.envs.tabletop.env:TabletopEnv"
TASKS_FOLDER = Path(__file__).parent / "tasks"


def own_task_names() -> list[str]:
    """Names of the tasks of this package: of each file in `tasks`, with dashes."""
    return sorted(file.stem.replace("_", "-") for file in TASKS_FOLDER.glob("[a-z]*.py"))


def tabletop_id(task: str) -> str:
    """Environment id of a tabletop task: leo/PutBlocksInBowls-v0 of put-blocks-in-bowls."""
    return f"leo/{task.title().replace('-', '')}-v0"


def register_id(task: str) -> None:
    """Registers the task's id with Gymnasium; safe to call more than once."""
    env_id = tabletop_id(task)
    if env_id not in registry:
        # Step limits are the environment's own: they depend on the task and on the episode.
        register(id=env_id, entry_point=ENTRY_POINT, kwargs={"task": task})
