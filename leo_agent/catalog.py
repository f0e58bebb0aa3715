"""The environments there are: ids, splits, measures, options, tags, what they are."""

import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

import gymnasium

from leo_agent import envs
from leo_agent.contract.measures import Measure
from leo_agent.results.measures import heading
from leo_agent.results.tables import align
from leo_agent.rollout.environments import environment_class

_REQUIRED = "required"


def overview() -> str:
    """A table of the project's environments."""
    rows = [[env_id, splits(env_id), documentation(env_id).split("\n", 1)[0]] for env_id in envs.env_ids()]
    return align([["id", "splits", "what it is"], *rows])


def describe(env_id: str) -> str:
    """All of the documentation, measures and tags, and the options with their defaults.

    Raises:
        InputError: there is no such environment.
    """
    maker, task = environment_class(env_id), task_of(env_id)
    parts = [env_id, "", documentation(env_id), "", "splits: " + splits(env_id)]
    measures = measures_of(maker)
    if measures:
        parts.append("measures: " + ", ".join(f"{each.name} ({heading(each)})" for each in measures))
    if task is not None:
        parts += ["tags: " + ", ".join(task.tags)] if task.tags else []
        parts += ["", inspect.cleandoc(maker.__doc__ or "")]
    parts += ["", "options of the constructor:"]
    parts += _option_lines(constructor_options(maker))
    if task is not None and task.options:
        parts += ["options of the task:", *_option_lines(task.options)]
    return "\n".join(parts)


def splits(env_id: str) -> str:
    """Names of the splits; navigation's are files."""
    if task_of(env_id) is None:
        return "those of the dataset"
    from leo_agent.envs.tabletop.layout.colors import SPLITS

    return ", ".join(SPLITS)


def documentation(env_id: str) -> str:
    """What the environment is: of a tabletop task the task's own text."""
    task = task_of(env_id)
    return inspect.cleandoc((task.documentation if task else None) or environment_class(env_id).__doc__ or "")


@dataclass(frozen=True)
class TaskDescription:
    """What a task tells of itself, for environments that have one."""

    documentation: str | None
    options: dict[str, Any]  # name and default
    tags: Sequence[str]


def task_of(env_id: str) -> TaskDescription | None:
    """The tabletop task that the id stands for; None for other environments.

    Raises:
        InputError: there is no such environment.
    """
    environment_class(env_id)  # complains about an unknown id, and imports the module of `module:id`
    name = gymnasium.spec(env_id.rpartition(":")[2]).kwargs.get("task")
    if name is None:
        return None
    from leo_agent.envs.tabletop.tasks import registered_tasks

    maker = registered_tasks()[name]
    tags: Iterable[str] = getattr(maker, "tags", ())
    return TaskDescription(sys.modules[maker.__module__].__doc__, _field_defaults(maker), tuple(tags))


def _field_defaults(maker: Any) -> dict[str, Any]:
    if not is_dataclass(maker):
        return {}
    return {each.name: _REQUIRED if each.default is MISSING else each.default for each in fields(maker) if each.init}


def measures_of(maker: Callable[..., Any]) -> Sequence[Measure]:
    """What environments of this class measure, where the class tells it; others tell it once they are made."""
    measures = getattr(maker, "measures", ())
    return () if isinstance(measures, property) else tuple(measures)


def constructor_options(maker: Callable[..., Any]) -> dict[str, Any]:
    """Names and defaults of a constructor's arguments, without those that it passes on."""
    collecting = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {
        name: _REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default
        for name, parameter in inspect.signature(maker).parameters.items()
        if parameter.kind not in collecting
    }


def _option_lines(options: dict[str, Any]) -> list[str]:
    return [f"  {name} = {value if value is _REQUIRED else repr(value)}" for name, value in options.items()]
