"""Report versions, devices, renderers and optional backends."""

import argparse

from leo_agent.doctor import examine
from leo_agent.results.tables import align


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares nothing: the command has no options."""


def run(args: argparse.Namespace) -> str:
    return align([["what", "found"], *examine()])
