"""The registry of tabletop tasks: one file a task, found by scanning this package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from envs.errors import InputError
from envs.tabletop.task import Task

TaskClass = TypeVar("TaskClass", bound=Callable[[], Task])


@dataclass(frozen=True)
class TaskEntry:
    """A registered task: its name, the Gymnasium id of its environment and how to make it."""

    name: str
    env_id: str
    make: Callable[[], Task]


_ENTRIES: dict[str, TaskEntry] = {}


def register_task(name: str, env_id: str) -> Callable[[TaskClass], TaskClass]:
    """Class decorator that enters a task under `name`, with the Gymnasium id `env_id`."""

    def register(task_class: TaskClass) -> TaskClass:
        _ENTRIES[name] = TaskEntry(name, env_id, task_class)
        return task_class

    return register


def registered_tasks() -> dict[str, TaskEntry]:
    """All tasks of this package by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(_ENTRIES.items()))


def make_task(name: str) -> Task:
    """The task of that name. Raises InputError if there is none."""
    entries = registered_tasks()
    if name not in entries:
        raise InputError(f"task: found {name!r}, expected one of {', '.join(entries)}")
    return entries[name].make()
