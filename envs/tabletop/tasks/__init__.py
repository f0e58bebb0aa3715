"""The registry of tabletop tasks: one file a task, found by scanning this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from leo_agent.envs.package_scan import import_modules
from leo_agent.envs.tabletop.layout.layout import Task

from leo_agent.contract.errors import InputError, shown

TaskClass = TypeVar("TaskClass", bound=Callable[..., Task])

_TASKS: dict[str, Callable[..., Task]] = {}
_WITH_ASSETS: set[str] = set()


def register_task(name: str, needs_assets: bool = False) -> Callable[[TaskClass], TaskClass]:
    """Class decorator that enters a task under `name`, which is its file's name with dashes.

    A class that `needs_assets` is made with one argument, the folder that the user gave or None.
    """

    def register(task_class: TaskClass) -> TaskClass:
        _TASKS[name] = task_class
        if needs_assets:
            _WITH_ASSETS.add(name)
        return task_class

    return register


def registered_tasks() -> dict[str, Callable[..., Task]]:
    """All tasks of this package: name -> how to make one."""
    import_modules(__name__)
    return dict(sorted(_TASKS.items()))


def tasks_that_need_assets() -> frozenset[str]:
    """Names of the tasks that can only be made with a folder of the user's."""
    import_modules(__name__)
    return frozenset(_WITH_ASSETS)


def make_task(name: str, assets: str | None = None) -> Task:
    """The task of that name, with the folder `assets` if it needs one. Raises InputError for a wrong name or folder."""
    tasks = registered_tasks()
    if not isinstance(name, str) or name not in tasks:
        raise InputError(f"task: found {shown(name)}, expected one of {', '.join(tasks)}")
    return tasks[name](assets) if name in _WITH_ASSETS else tasks[name]()
