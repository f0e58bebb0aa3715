"""Print one table of run folders, with intervals, beside published numbers."""

import argparse
from pathlib import Path

from leo_agent.results.score import score_json, score_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="run folders, or folders above them")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table (default: off)")


def run(args: argparse.Namespace) -> str:
    return score_json(args.folders) if args.json else score_table(args.folders)
