"""Gymnasium ids of the tabletop tasks; ours are known by their files, which are only looked at: no physics is imported.

A task's own rules end its episodes (`Layout.max_steps`). What Gymnasium is told as `max_episode_steps` is the most that
they may come to.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.envs.registration import WrapperSpec, register, registry

from leo_agent.contract.errors import InputError

ENTRY_POINT = "leo_agent.envs.tabletop.env:TabletopEnv"
TASKS_FOLDER = Path(__file__).parent / "tasks"
MAX_EPISODE_STEPS = 100  # of a task that does not say
_LIMIT = re.compile(r"^    max_episode_steps: ClassVar\[int\] = (\d+)", re.MULTILINE)
_LIMIT_CHECK = WrapperSpec("leo_step_limit", f"{__name__}:check_step_limit", {})


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
            additional_wrappers=(_LIMIT_CHECK,),
            kwargs={"task": task},
        )


def check_step_limit(env: gymnasium.Env[Any, Any]) -> gymnasium.Env[Any, Any]:
    """The environment that `gymnasium.make` made, without one wrapper more.

    Raises:
        InputError: it was made with a `max_episode_steps` that cannot take effect.
    """
    assert env.spec is not None
    longest, wanted = registry[env.spec.id].max_episode_steps, env.spec.max_episode_steps
    if longest is not None and wanted is not None and wanted > longest:
        env.close()
        raise InputError(
            f"max_episode_steps: found {wanted}, expected at most {longest}: "
            f"the rules of {env.spec.id} end its episodes by then"
        )
    return env
