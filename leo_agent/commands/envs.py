"""Lists the environments: ids, splits, constructor options, what they are."""

import argparse
import inspect
import sys
from typing import Any

import gymnasium

from leo_agent import envs
from leo_agent.results.score import align
from leo_agent.rollout.environments import environment_class


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `leo-agent envs`."""
    parser.add_argument("env", nargs="?", metavar="ID", help="tell everything about this one")


def run(args: argparse.Namespace) -> str:
    """Runs the command and gives what to print."""
    if args.env:
        return describe(args.env)
    rows = [[env_id, splits(env_id), documentation(env_id).split("\n", 1)[0]] for env_id in envs.env_ids()]
    return f"{align([['id', 'splits', 'what it is'], *rows])}\n\n'leo-agent envs ID' tells more."


def splits(env_id: str) -> str:
    """Names of the splits; navigation's are files."""
    if _task_module(env_id) is None:
        return "those of the --dataset"
    from leo_agent.envs.tabletop.layout.colors import SPLITS

    return ", ".join(SPLITS)


def documentation(env_id: str) -> str:
    """What the environment is: of a task the task's own text."""
    told = _navigation_task(env_id) or _task_module(env_id)
    return inspect.cleandoc(getattr(told, "__doc__", None) or environment_class(env_id).__doc__ or "")


def _navigation_task(env_id: str) -> Any:
    """The class of the navigation task that the id stands for; None for other environments."""
    environment_class(env_id)  # complains about an unknown id, and imports the module of `module:id`
    from leo_agent.envs.navigation.tasks import navigation_task, task_ids

    name = env_id.rpartition(":")[2]
    return navigation_task(name) if name in task_ids() else None


def _task_module(env_id: str) -> Any:
    """The module of the tabletop task that the id stands for; None for other environments."""
    environment_class(env_id)  # complains about an unknown id
    task = gymnasium.spec(env_id.rpartition(":")[2]).kwargs.get("task")
    if task is None or _navigation_task(env_id) is not None:
        return None
    from leo_agent.envs.tabletop.tasks import registered_tasks

    return sys.modules[registered_tasks()[task].__module__]


def describe(env_id: str) -> str:
    """All of the documentation, and the constructor's options with their defaults."""
    maker = environment_class(env_id)
    options = [
        f"  {name} = {'required' if parameter.default is inspect.Parameter.empty else repr(parameter.default)}"
        for name, parameter in inspect.signature(maker).parameters.items()
    ]
    parts = [env_id, "", documentation(env_id), "", "splits: " + splits(env_id)]
    if _task_module(env_id) or _navigation_task(env_id):
        parts += ["", inspect.cleandoc(maker.__doc__ or "")]
    heading = "options (give those without an option of their own as --env-option NAME=VALUE):"
    return "\n".join([*parts, "", heading, *options])
