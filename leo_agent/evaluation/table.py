"""Scores of evaluations side by side, beside the published ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leo_agent.contract.json_file import read_json_object
from leo_agent.episodes.run_folder import SUMMARY_FILE, to_json
from leo_agent.evaluation.answers_folder import ANSWERS_FILE, read_answers
from leo_agent.evaluation.published import PUBLISHED
from leo_agent.evaluation.scoring import scores

Found = dict[str, dict[str, Any]]
_NOTE = (
    "in percent, CIDEr times 100; 95 % intervals over scenes; published: LEO (Vicuna-7B) on the authors' scans, which "
    "made houses are not"
)


def find_evaluations(path: Path) -> list[Path]:
    """The folder itself if it is an evaluation's, else those below it, in order of their names."""
    if (path / ANSWERS_FILE).is_file():
        return [path]
    return sorted(file.parent for file in path.rglob(ANSWERS_FILE)) if path.is_dir() else []


def scores_of(folder: Path) -> Found:
    """What summary.json holds, or, of an evaluation that was not ended, the scores of the answers so far."""
    if (folder / SUMMARY_FILE).is_file():
        found: Found = read_json_object(folder / SUMMARY_FILE, "the scores of an evaluation").get("sets", {})
        return found
    return scores(read_answers(folder))


def scores_table(named: Sequence[tuple[str, Found]]) -> str:
    """One line a score, one column an evaluation, the published value last where there is one."""
    columns = [(name, _count(found)) for name, found in named]
    sets = dict.fromkeys(key for _, found in named for key in found)
    rows = [["set", "score", *(name for name, _ in columns), "published"]]
    for key in sets:
        measures = dict.fromkeys(measure for _, found in named for measure in found.get(key, {}).get("scores", {}))
        for measure in measures:
            cells = [_cell(found.get(key, {}).get("scores", {}).get(measure)) for _, found in named]
            published = PUBLISHED.get((key, measure))
            rows.append([key, measure, *cells, "" if published is None else f"{published:.1f}"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    counts = [f"{name}: {count}" for name, count in columns]
    return "\n".join([*lines, *counts, _NOTE])


def scores_json(named: Sequence[tuple[str, Found]]) -> str:
    """The same as JSON."""
    return json.dumps(to_json(dict(named)), indent=2)


def _count(found: Found) -> str:
    return ", ".join(f"{part['texts']:,} of {key} in {part['scans']} scans" for key, part in found.items())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    mean = f"{100 * value['mean']:.1f}"
    return mean if value["low"] is None else f"{mean} [{100 * value['low']:.1f}, {100 * value['high']:.1f}]"
