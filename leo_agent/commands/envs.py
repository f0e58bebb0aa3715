"""List the environments with their splits, measures and options."""

import argparse

from leo_agent.catalog import describe, overview


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("env", nargs="?", metavar="ID", help="tell everything about this one")


def run(args: argparse.Namespace) -> str:
    """Runs the command and gives what to print."""
    return describe(args.env) if args.env else overview()
