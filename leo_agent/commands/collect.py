"""Record demonstrations labelled by the expert as a LeRobot v3 dataset."""

import argparse
from pathlib import Path

from leo_agent.commands._options import add_episode_options, add_run_options, env_config, outcome_text, run_values
from leo_agent.rollout.collect import CollectOptions, collect, with_training_seeds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_episode_options(parser)
    add_run_options(parser)
    parser.add_argument(
        "--mode", help="tabletop: which seeds, train, val or test, as CLIPort numbers them (default: train)"
    )
    parser.add_argument(
        "--policy",
        default="expert",
        metavar="NAME_OR_PATH",
        help="what acts: name, weights folder, or module:Class; labels are always the expert's (default: expert)",
    )
    parser.add_argument(
        "--random-actions",
        type=float,
        default=0.0,
        metavar="P",
        help="probability that an action is replaced by a random one, never by a stop (default: 0)",
    )
    parser.add_argument(
        "--random-starts",
        type=int,
        default=0,
        metavar="N",
        help="navigation: N episodes more, with the split's goals from random places (default: 0)",
    )
    parser.add_argument(
        "--keep-failures",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="keep episodes without success (default: only if not the expert alone acts)",
    )


def run(args: argparse.Namespace) -> str:
    options = CollectOptions(
        **run_values(args),
        policy=args.policy,
        random_actions=args.random_actions,
        random_starts=args.random_starts,
        keep_failures=args.keep_failures,
    )
    report = collect(with_training_seeds(env_config(args), args.mode), Path(args.out), options)
    return outcome_text(report.rows, f"{report.kept} demonstrations in {report.folder}")
