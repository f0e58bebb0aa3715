"""The registry of tabletop tasks: one file a task; this package is scanned, a user's own module registers itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.package_scan import check_free, import_modules
from leo_agent.envs.tabletop.ids import register_id
from leo_agent.envs.tabletop.layout.task import ASSETS_FIELD, Task, describe_options, option_fields

TaskClass = TypeVar("TaskClass", bound=type[Task])

# What a tag says of a task. Those of the field: the tables that published numbers are in, and what makes tasks hard.
TAGS = {
    "cliport": "a task of CLIPort (arXiv 2109.12098), Table 1 or its demo-conditioned ones",
    "leo-table5": "a task of LEO's Table 5 (arXiv 2311.12871)",
    "sequence": "several goals, given one after the other",
    "unseen-colors": "the split unseen names other colours in val and test",
    "unseen-objects": "val and test name other objects than train, in the split unseen or in both",
    "fixed-language": "one sentence, whatever the split",
    "push": "the arm has a spatula and pushes; in all others it picks and places",
}
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class TaskEntry:
    """A task of the registry."""

    name: str
    task_class: type[Task]
    tags: frozenset[str]  # of TAGS, or a user's own
    needs_assets: bool  # whether it is made with the folder that the user gave, as `assets`
    expert_score: float  # what the expert's mean score over test seeds comes to at least


_ENTRIES: dict[str, TaskEntry] = {}


def register_task(
    name: str, tags: Sequence[str] = (), needs_assets: bool = False, expert_score: float = 1.0
) -> Callable[[TaskClass], TaskClass]:
    """Class decorator that enters a task under `name` and its id with Gymnasium.

    In any module: `gymnasium.make("mymodule:leo/MyTask-v0")` imports it and finds the task "my-task". One of this
    package has its file's name with dashes.

    Args:
        name: lower-case words joined by dashes.
        tags: what `tasks_with_tag` finds it by; see TAGS.
        needs_assets: the task has a field `assets`, the folder that the user gave or None.
        expert_score: the expert's mean score over test seeds comes to this at least; tests hold it to that.

    Raises:
        InputError: the name is malformed or taken by another class, or the class is no frozen dataclass of its own.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"task: found the name {shown(name)}, expected lower-case words joined by dashes")

    def register(task_class: TaskClass) -> TaskClass:
        parameters = vars(task_class).get("__dataclass_params__")
        if parameters is None or not parameters.frozen:
            raise InputError(f"task {name}: found the class {task_class.__name__}, expected a frozen dataclass")
        check_free(f"task {name}", task_class, lambda: _classes().get(name), __name__)
        _ENTRIES[name] = TaskEntry(name, task_class, frozenset(tags), needs_assets, expert_score)
        register_id(name, task_class.max_episode_steps)
        return task_class

    return register


def _classes() -> dict[str, type[Task]]:
    return {name: entry.task_class for name, entry in _ENTRIES.items()}


def task_entries() -> dict[str, TaskEntry]:
    """All entries by name: those of this package, and those of modules that were imported."""
    import_modules(__name__)
    return dict(sorted(_ENTRIES.items()))


def registered_tasks() -> dict[str, type[Task]]:
    """All tasks: name -> class."""
    import_modules(__name__)
    return dict(sorted(_classes().items()))


def tasks_that_need_assets() -> frozenset[str]:
    """Names of the tasks that can only be made with a folder of the user's."""
    return frozenset(name for name, entry in task_entries().items() if entry.needs_assets)


def tasks_with_tag(tag: str) -> list[str]:
    """Names of the tasks that have a tag.

    Raises:
        InputError: no task has it.
    """
    entries = task_entries().values()
    check_choice("tag", tag, sorted({each for entry in entries for each in entry.tags}))
    return [entry.name for entry in entries if tag in entry.tags]


def make_task(name: str, assets: str | None = None, options: Mapping[str, Any] | None = None) -> Task:
    """The task of that name.

    Args:
        name: in the registry.
        assets: the user's folder, for the tasks that need one.
        options: values of the task's fields; the others keep their defaults.

    Raises:
        InputError: an unknown name or option, a wrong value or folder.
    """
    entry = task_entries().get(name) if isinstance(name, str) else None
    if entry is None:
        raise InputError(f"task: found {shown(name)}, expected one of {', '.join(task_entries())}")
    given = dict(options or {})
    unknown = sorted(set(given) - {each.name for each in option_fields(entry.task_class)})
    if unknown:
        raise InputError(
            f"{', '.join(unknown)}: no option of {name} nor of all tabletop environments, expected one of the task's: "
            f"{describe_options(entry.task_class)}"
        )
    if entry.needs_assets:
        given[ASSETS_FIELD] = assets
    return entry.task_class(**given)
