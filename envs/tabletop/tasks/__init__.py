"""The registry of tabletop tasks: one file a task, found by scanning this package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TypeVar

from envs.errors import InputError
from envs.tabletop.task import Task

TaskClass = TypeVar("TaskClass", bound=Callable[[], Task])

_TASKS: dict[str, Callable[[], Task]] = {}


def register_task(name: str) -> Callable[[TaskClass], TaskClass]:
    """Class decorator that enters a task under `name`, which is its file's name with dashes."""

    def register(task_class: TaskClass) -> TaskClass:
        _TASKS[name] = task_class
        return task_class

    return register


def registered_tasks() -> dict[str, Callable[[], Task]]:
    """All tasks of this package: name -> how to make one."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(_TASKS.items()))


def make_task(name: str) -> Task:
    """The task of that name. Raises InputError if there is none."""
    tasks = registered_tasks()
    if name not in tasks:
        raise InputError(f"task: found {name!r}, expected one of {', '.join(tasks)}")
    return tasks[name]()
