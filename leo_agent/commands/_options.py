"""Options that several commands have."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from leo_agent.commands import Unsuccessful
from leo_agent.contract.errors import InputError
from leo_agent.results.rows import Row
from leo_agent.results.tables import format_rows
from leo_agent.rollout.environments import EnvConfig

ENV_OPTIONS = ("dataset", "scenes", "assets", "split", "width", "height")  # of constructors, with an option each
KEY_VALUE = "KEY=VALUE"


def add_episode_options(parser: argparse.ArgumentParser) -> None:
    """The options that choose an environment and its episodes."""
    group = parser.add_argument_group("environment")
    group.add_argument("--env", required=True, metavar="ID", help="Gymnasium id, such as leo/ObjectNav-v0 (required)")
    group.add_argument(
        "--scene", action="append", metavar="NAME", help="only this scene; may be repeated (default: all of the split)"
    )
    add_env_options(group)


def add_env_options(group: argparse._ArgumentGroup) -> None:
    """The options of an environment's constructor, which `env_config` reads."""
    group.add_argument(
        "--dataset",
        metavar="PATH",
        help="navigation episodes in the layout of the task: {split}.json.gz or the folder above it "
        "(default: the built-in houses)",
    )
    group.add_argument(
        "--scenes",
        metavar="DIR",
        help="folder with scenes and their dataset config (default: the nearest above the dataset that has them)",
    )
    group.add_argument(
        "--assets",
        metavar="DIR",
        help="folder of the scanned objects that the tasks of Google's objects need (default: none)",
    )
    group.add_argument("--split", help="split of the episodes, such as val, seen, unseen (default: the environment's)")
    group.add_argument("--width", type=int, metavar="PIXELS", help="image width in pixels (default: the environment's)")
    group.add_argument("--height", type=int, metavar="PIXELS", help="image height, pixels (default: the environment's)")
    group.add_argument(
        "--env-option",
        action="append",
        default=[],
        metavar=KEY_VALUE,
        help="any other argument of the environment's constructor; the value is read as JSON where it is JSON; "
        "may be repeated (default: none)",
    )


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The options about how to run episodes."""
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write, or to resume (required)")
    parser.add_argument(
        "--episodes",
        type=int,
        metavar="N",
        help="number of episodes, taken in turn from every scene (default: all of the split; 100 on the tabletop)",
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="W", help="environments that step at once, in processes (default: 1)"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="K",
        help="of random policies, starts and actions; the episodes of a split are the same with any (default: 0)",
    )
    parser.add_argument(
        "--device", default="auto", metavar="D", help="device of the policy: auto, cpu, cuda, cuda:1 (default: auto)"
    )


def run_values(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of `RunOptions` that the command line has."""
    return {
        "episodes": args.episodes,
        "scenes": tuple(args.scene) if args.scene else None,
        "workers": args.workers,
        "seed": args.seed,
        "device": args.device,
    }


def env_config(args: argparse.Namespace) -> EnvConfig:
    """The environment that the command line describes."""
    options: dict[str, Any] = {name: getattr(args, name) for name in ENV_OPTIONS if getattr(args, name) is not None}
    return EnvConfig(args.env, options | key_values("env_option", args.env_option))


def key_values(parameter: str, texts: Sequence[str]) -> dict[str, Any]:
    """The values of an option that is given as KEY=VALUE any number of times.

    Raises:
        InputError: one of them is not of that form.
    """
    values: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"{parameter}: found {text!r}, expected {KEY_VALUE}")
        values[key] = _value(value)
    return values


def outcome_text(rows: Sequence[Row], end: str) -> str:
    """The table of a run and a last line; unsuccessful where no episode could be scored."""
    text = f"{format_rows(rows)}\n{end}"
    return text if any(row.episodes for row in rows) else Unsuccessful(text)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
