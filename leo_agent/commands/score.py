"""Print one table of run folders, with intervals, beside published numbers."""

import argparse
from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.results.score import find_run_folders, score_json, score_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="folders of rollouts or of evaluations, or above them"
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table (default: off)")


def run(args: argparse.Namespace) -> str:
    from leo_agent.evaluation.table import find_evaluations, scores_json, scores_of, scores_table

    evaluations = [each for path in args.folders for each in find_evaluations(path)]
    named = [(folder.name, scores_of(folder)) for folder in evaluations]
    rollouts = [path for path in args.folders if not find_evaluations(path) or _holds_rollouts(path)]
    if args.json and named and rollouts:
        raise InputError("json: found rollouts and evaluations, expected folders of one kind")
    if args.json:
        return scores_json(named) if named else score_json(rollouts)
    tables = [score_table(rollouts)] if rollouts else []
    return "\n\n".join([*tables, *([scores_table(named)] if named else [])])


def _holds_rollouts(path: Path) -> bool:
    try:
        return bool(find_run_folders(path))
    except InputError:
        return False
