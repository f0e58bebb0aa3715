"""Run a policy in an environment and record every episode."""

import argparse
from pathlib import Path

from leo_agent.commands._options import (
    KEY_VALUE,
    add_episode_options,
    add_run_options,
    env_config,
    key_values,
    outcome_text,
    run_values,
)
from leo_agent.rollout.run import RolloutOptions, run_rollout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_episode_options(parser)
    add_run_options(parser)
    parser.add_argument(
        "--policy",
        required=True,
        metavar="NAME_OR_PATH",
        help="name, folder or hub id of weights, or module:Class (required)",
    )
    parser.add_argument(
        "--policy-option",
        action="append",
        default=[],
        metavar=KEY_VALUE,
        help="an option of the policy: LEO's are beams, for the likeliest action that a search with so many finds, and "
        "legacy, published behaviours; may be repeated (default: none)",
    )
    parser.add_argument(
        "--video",
        dest="videos",
        type=int,
        default=0,
        metavar="N",
        help="write an MP4 of each of the first N episodes (default: 0)",
    )


def run(args: argparse.Namespace) -> str:
    policy_options = key_values("policy_option", args.policy_option)
    options = RolloutOptions(**run_values(args), videos=args.videos, policy_options=policy_options)
    report = run_rollout(env_config(args), args.policy, Path(args.out), options)
    return outcome_text(report.rows, f"written to {report.folder}")
