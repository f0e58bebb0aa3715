"""Print one table of run folders, with intervals, beside published numbers."""

import argparse
from pathlib import Path

from leo_agent.results.score import score_json, score_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="folders of rollouts or of evaluations, or above them"
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table (default: off)")


def run(args: argparse.Namespace) -> str:
    from leo_agent.evaluation.table import find_evaluations, scores_json, scores_of, scores_table

    evaluations = [each for path in args.folders for each in find_evaluations(path)]
    if not evaluations:
        return score_json(args.folders) if args.json else score_table(args.folders)
    named = [(folder.name, scores_of(folder)) for folder in evaluations]
    return scores_json(named) if args.json else scores_table(named)
