"""Gymnasium ids of the tabletop tasks; ours are known by their files, which are only looked at: no physics is imported.

A task's own rules end its episodes (`Layout.max_steps`). What Gymnasium is told as `max_episode_steps` is the most that
they may come to.
"""

from __future__ import annotations

import re
from pathlib import Path

from gymnasium.envs.registration import register, registry

from leo_agent.contract.checks import check_whole
from leo_agent.contract.errors import InputError
from leo_agent.envs.step_limit import OWN_STEP_LIMIT

ENTRY_POINT = "leo_agent.envs.tabletop.env:TabletopEnv"
TASKS_FOLDER = Path(__file__).parent / "tasks"
MAX_EPISODE_STEPS = 100  # of a task that does not say
_LIMIT = re.compile(r"^    max_episode_steps: ClassVar\[int\] = (\d+)", re.MULTILINE)


def own_task_names() -> list[str]:
    """Names of the tasks of this package: of each file in `tasks`, with dashes."""
    return sorted(file.stem.replace("_", "-") for file in TASKS_FOLDER.glob("[a-z]*.py"))


def own_tasks() -> dict[str, int]:
    """The tasks of this package, each with its `max_episode_steps`."""
    return {name: _limit_in(TASKS_FOLDER / f"{name.replace('-', '_')}.py") for name in own_task_names()}


def _limit_in(file: Path) -> int:
    found = _LIMIT.search(file.read_text(encoding="utf-8"))
    return int(found[1]) if found else MAX_EPISODE_STEPS


def tabletop_id(task: str) -> str:
    """Environment id of a tabletop task: leo/PutBlocksInBowls-v0 of put-blocks-in-bowls."""
    return f"leo/{task.title().replace('-', '')}-v0"


def register_id(task: str, max_episode_steps: int) -> None:
    """Registers the task's id with Gymnasium; safe to call more than once."""
    env_id = tabletop_id(task)
    if env_id not in registry:
        register(
            id=env_id,
            entry_point=ENTRY_POINT,
            max_episode_steps=max_episode_steps,
            additional_wrappers=(OWN_STEP_LIMIT,),
            kwargs={"task": task},
        )


def check_step_limit(task: str, limit: int, longest: int) -> int:
    """A limit of the task's episodes, at least 1.

    Raises:
        InputError: it cannot take effect, since no episode is longer than `longest`.
    """
    limit = check_whole("max_episode_steps", limit, low=1)
    if limit > longest:
        rules = f"the rules of {tabletop_id(task)} end its episodes by then"
        raise InputError(f"max_episode_steps: found {limit}, expected at most {longest}: {rules}")
    return limit
