"""Write report.html of run folders: scores, pictures, every episode."""

import argparse
from pathlib import Path

from leo_agent.results.report import write_report
from leo_agent.results.score import find_run_folders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="run folders, or folders above them")


def run(args: argparse.Namespace) -> str:
    folders = dict.fromkeys(found for path in args.folders for found in find_run_folders(path))
    return "\n".join(f"written: {write_report(folder)}" for folder in folders)
