"""Tell versions, devices, renderers and optional backends."""

import argparse

from leo_agent.doctor import examine
from leo_agent.results.tables import align


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options: none."""


def run(args: argparse.Namespace) -> str:
    """Runs the command and gives what to print."""
    return align([["what", "found"], *examine()])
