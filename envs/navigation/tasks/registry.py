"""The registry of navigation tasks, by the ids of their environments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from leo_agent.contract.checks import check_choice
from leo_agent.envs.navigation.ids import register_task_id
from leo_agent.envs.navigation.tasks.base import NavigationTask
from leo_agent.envs.package_scan import check_free, import_modules

TaskClass = TypeVar("TaskClass", bound=type[NavigationTask[Any]])
PACKAGE = __name__.rpartition(".")[0]
_tasks: dict[str, type[NavigationTask[Any]]] = {}


def register_task(env_id: str) -> Callable[[TaskClass], TaskClass]:
    """Class decorator: the task becomes the Gymnasium environment of that id, such as "leo/PointNav-v0".

    Raises:
        InputError: the id is taken by another one.
    """

    def add(task: TaskClass) -> TaskClass:
        check_free(f"task {env_id}", task, lambda: _tasks.get(env_id), PACKAGE)
        task.env_id = env_id
        _tasks[env_id] = task
        register_task_id(env_id, task.max_episode_steps)
        return task

    return add


def task_ids() -> list[str]:
    """Ids of the registered tasks: those of this package, and of whatever else was imported."""
    import_modules(PACKAGE)
    return sorted(_tasks)


def navigation_task(env_id: str) -> type[NavigationTask[Any]]:
    """The class of a task.

    Raises:
        InputError: there is none of that id; those that exist are listed.
    """
    return _tasks[check_choice("task", env_id, task_ids())]
