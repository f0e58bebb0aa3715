"""List the environments with their splits, measures and options."""

import argparse

from leo_agent.catalog import describe, overview


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("env", nargs="?", metavar="ID", help="describe this one in full")


def run(args: argparse.Namespace) -> str:
    if args.env is None:
        return f"{overview()}\n\n'leo-agent envs ID' describes one."
    return f"{describe(args.env)}\n\nOptions that this command line lacks are given as --env-option NAME=VALUE."
