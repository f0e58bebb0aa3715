"""Lists the environments: ids, splits, constructor options, what they are."""

import argparse
import inspect
from typing import Any

import gymnasium

from leo_agent.score import align


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `leo-agent envs`."""
    parser.add_argument("env", nargs="?", metavar="ID", help="tell everything about this one")


def run(args: argparse.Namespace) -> str:
    """Runs the command and gives what to print."""
    from leo_agent.stage import environment_class

    if args.env:
        return describe(args.env, environment_class(args.env))
    table = [["id", "splits", "what it is"]]
    for env_id in sorted(name for name in gymnasium.registry if name.startswith("leo/")):
        maker = environment_class(env_id)
        table.append([env_id, _splits(maker), (inspect.getdoc(maker) or "").split("\n", 1)[0]])
    return f"{align(table)}\n\n'leo-agent envs ID' tells more."


def _splits(maker: Any) -> str:
    """The class's `splits`; the files of a dataset where it names none."""
    splits = getattr(maker, "splits", None) or getattr(maker, "metadata", {}).get("splits")
    return ", ".join(splits) if splits else "of the dataset"


def describe(env_id: str, maker: Any) -> str:
    """The class's own documentation, and its constructor's options with their defaults."""
    options = [
        f"  {name} = {'required' if parameter.default is inspect.Parameter.empty else repr(parameter.default)}"
        for name, parameter in inspect.signature(maker).parameters.items()
    ]
    return "\n".join([env_id, "", inspect.getdoc(maker) or "", "", "options:", *options])
