"""The environments there are: ids, splits, measures, options, tags, what they are."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium

from leo_agent import envs
from leo_agent.contract.measures import Measure
from leo_agent.results.measures import heading
from leo_agent.results.tables import align
from leo_agent.rollout.environments import constructor_options, environment_class


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
    measures = task.measures if task is not None else measures_of(maker)
    if measures:
        parts.append("measures: " + ", ".join(f"{each.name} ({heading(each)})" for each in measures))
    if task is not None:
        parts += ["tags: " + ", ".join(task.tags)] if task.tags else []
        parts += ["", inspect.cleandoc(maker.__doc__ or "")]
    parts += ["", "options of the constructor:"]
    fixed = gymnasium.spec(env_id.rpartition(":")[2]).kwargs
    parts += [f"  {name} = {_default(each)}" for name, each in constructor_options(maker, fixed).items()]
    if task is not None and task.options:
        parts += ["options of the task:", *(f"  {option}" for option in task.options)]
    return "\n".join(parts)


def splits(env_id: str) -> str:
    """Names of the splits; navigation's are files, but for those of the built-in houses."""
    task = task_of(env_id)
    if task is None:
        return "those of the dataset"
    if task.splits:
        return ", ".join(task.splits)
    from leo_agent.envs.house_sets import SPLITS  # numba takes a second

    return f"those of the dataset, without one {', '.join(SPLITS)}"


def documentation(env_id: str) -> str:
    """What the environment is: of a task the task's own text."""
    task = task_of(env_id)
    return inspect.cleandoc((task.documentation if task else None) or environment_class(env_id).__doc__ or "")


@dataclass(frozen=True)
class TaskDescription:
    """What a task says of itself, for environments that have one."""

    documentation: str | None
    measures: Sequence[Measure]
    splits: Sequence[str] = ()  # none where they are files
    options: Sequence[str] = ()  # name, range and default of each
    tags: Sequence[str] = ()


def task_of(env_id: str) -> TaskDescription | None:
    """The task of a registry that the id stands for; None for an environment without one.

    Raises:
        InputError: there is no such environment.
    """
    environment_class(env_id)  # raises for an unknown id, and imports the module of `module:id`
    name = gymnasium.spec(env_id.rpartition(":")[2]).kwargs.get("task")
    return None if name is None else _navigation_task(name) or _tabletop_task(name)


def _navigation_task(name: str) -> TaskDescription | None:
    from leo_agent.envs.navigation.measures import navigation_measures
    from leo_agent.envs.navigation.tasks import navigation_task, task_ids

    if name not in task_ids():
        return None
    task = navigation_task(name)
    return TaskDescription(task.__doc__, [each.measure for each in navigation_measures(task.measures)])


def _tabletop_task(name: str) -> TaskDescription | None:
    from leo_agent.envs.tabletop.env import TabletopEnv
    from leo_agent.envs.tabletop.layout.colors import SPLITS
    from leo_agent.envs.tabletop.layout.task import describe_option, option_fields
    from leo_agent.envs.tabletop.tasks import task_entries

    entry = task_entries().get(name)
    if entry is None:
        return None
    task = entry.task_class
    options = [describe_option(each) for each in option_fields(task)]
    return TaskDescription(task.__doc__, TabletopEnv.measures, SPLITS, options, sorted(entry.tags))


def measures_of(maker: Callable[..., Any]) -> Sequence[Measure]:
    """What environments of this class measure, where the class says so; others say it once they are made."""
    measures = getattr(maker, "measures", ())
    return () if isinstance(measures, property) else tuple(measures)


def _default(parameter: inspect.Parameter) -> str:
    return "required" if parameter.default is inspect.Parameter.empty else repr(parameter.default)
