"""Tables of results: our rows with their intervals, beside the published ones."""

import argparse
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.schema import INFO_PATH
from leo_agent.episodes.results import CONFIG_FILE, EPISODES_FILE, read_json, read_results, to_json
from leo_agent.results.published import SCENES_DIFFER, Published, published_beside
from leo_agent.results.statistics import Estimate, Kind, estimate

_LONGEST_RULE = 40  # characters under a heading
SCORED = ("success", "failure")  # invalid and error are counted, not averaged
_KINDS: dict[str, Kind] = {"success": "rate", "spl": "fraction", "soft_spl": "fraction", "score": "fraction"}
COLUMNS = {"success": "Success", "spl": "SPL", "soft_spl": "Soft-SPL", "score": "Score"}


@dataclass(frozen=True)
class Row:
    """Episodes of one policy in one environment and split; `run` tells the folder."""

    policy: str
    env: str
    split: str | None
    episodes: int
    invalid: int
    errors: int
    measures: dict[str, Estimate] = field(default_factory=dict)
    run: str = ""


def rows_of_results(results: Iterable[Mapping[str, Any]]) -> list[Row]:
    """One row for each environment, split and policy, in the order in which they first appear.

    Means are over the episodes that ended in success or failure and whose measure is a finite number.
    """
    groups: dict[tuple[str, str | None, str], list[Mapping[str, Any]]] = {}
    for result in results:
        groups.setdefault((result["env"], result["split"], result["policy"]), []).append(result)
    return [_row(key, group) for key, group in _without_unknown_split(groups).items()]


def _without_unknown_split(
    groups: dict[tuple[str, str | None, str], list[Mapping[str, Any]]],
) -> dict[tuple[str, str | None, str], list[Mapping[str, Any]]]:
    """An episode that failed before its reset ended knows no split: it counts where its siblings are."""
    merged = {key: list(group) for key, group in groups.items() if key[1] is not None}
    for key, group in groups.items():
        if key[1] is None:
            sibling = next((other for other in merged if (other[0], other[2]) == (key[0], key[2])), key)
            merged.setdefault(sibling, []).extend(group)
    return merged


def _row(key: tuple[str, str | None, str], group: Sequence[Mapping[str, Any]]) -> Row:
    scored = [result["measures"] for result in group if result["outcome"] in SCORED]
    names = list(dict.fromkeys(name for measures in scored for name in measures))
    estimates = {}
    for name in names:
        values = [measures[name] for measures in scored if measures.get(name) is not None]
        estimates[name] = estimate(values, _KINDS.get(name, "quantity"))
    count = [result["outcome"] for result in group].count
    env, split, policy = key
    return Row(policy, env, split, len(scored), count("invalid"), count("error"), estimates)


def summarize(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What summary.json holds: the rows, and where the time went.

    Returns:
        `groups`: a row each, measures as {count, mean, low, high}; `timing`: seconds by part and episodes per second
        of lane time, over all episodes.
    """
    seconds: dict[str, float] = {}
    for result in results:
        for part, value in result["seconds"].items():
            seconds[part] = seconds.get(part, 0.0) + value
    steps = sum(result["steps"] for result in results)
    total = seconds.get("total", 0.0)
    timing = {
        "episodes": len(results),
        "steps": steps,
        "seconds": seconds,
        "steps_per_lane_second": steps / total if total else None,
    }
    return to_json({"groups": [asdict(row) for row in rows_of_results(results)], "timing": timing})


def format_estimate(value: Estimate | None) -> str:
    """Such as `80.0 [49.0, 94.3]`, in percent; a dash where there is no value."""
    if value is None or math.isnan(value.mean):
        return "-"
    return f"{100 * value.mean:.1f} [{100 * value.low:.1f}, {100 * value.high:.1f}]"


def tabulate_rows(rows: Sequence[Row]) -> list[list[str]]:
    """Our rows as cells below a header, measures in percent with 95 % intervals."""
    shown = [name for name in COLUMNS if any(name in row.measures for row in rows)]
    named = any(row.run for row in rows)
    header = ["policy", "env", "split", "episodes", "invalid", "errors", *(f"{COLUMNS[name]} %" for name in shown)]
    header += ["run"] if named else []
    body = [
        [row.policy, row.env, row.split or "-", str(row.episodes), str(row.invalid), str(row.errors)]
        + [format_estimate(row.measures.get(name)) for name in shown]
        + ([row.run] if named else [])
        for row in rows
    ]
    return [header, *body]


def format_rows(rows: Sequence[Row]) -> str:
    """`tabulate_rows` as an aligned text table."""
    return align(tabulate_rows(rows))


def align(table: Sequence[Sequence[str]]) -> str:
    """Columns of equal width, the first row underlined."""
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([lines[0], "  ".join("-" * min(width, _LONGEST_RULE) for width in widths), *lines[1:]])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `leo-agent score`."""
    parser.add_argument("folders", nargs="+", metavar="DIR", help="run folders, or folders above them")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table (default: off)")


def run(args: argparse.Namespace) -> str:
    """Runs the command and gives what to print."""
    folders = [found for name in args.folders for found in find_run_folders(Path(name))]
    rows = rows_of_folders(folders)
    beside = published_beside([row.env for row in rows])
    if args.json:
        value = {
            "rows": [asdict(row) for row in rows],
            "published": [asdict(entry) for entry in beside],
            "note": SCENES_DIFFER,
        }
        return json.dumps(to_json(value), indent=2)
    parts = [format_rows(rows)]
    if beside:
        parts += ["", "Published:", align(tabulate_published(beside)), "", SCENES_DIFFER]
    return "\n".join(parts)


def rows_of_folders(folders: Iterable[Path]) -> list[Row]:
    """The rows of run folders; folders of one configuration, say with other scenes or seeds, are taken together.

    Two checkpoints may have the same name: what makes them differ is the policy's fingerprint in config.json.
    """
    groups: dict[str, list[Path]] = {}
    for folder in dict.fromkeys(path.resolve() for path in folders):
        identity = read_json(folder / CONFIG_FILE).get("run")
        if not isinstance(identity, dict):
            raise InputError(f"{folder / CONFIG_FILE}: no configuration of a run under the key 'run'")
        fixed = {key: value for key, value in identity.items() if key not in ("seed", "scenes")}
        groups.setdefault(json.dumps(fixed, sort_keys=True), []).append(folder)
    rows = []
    for group in groups.values():
        name = group[0].name if len(group) == 1 else f"{group[0].name} and {len(group) - 1} more"
        results = [result for folder in group for result in read_results(folder)]
        rows += [replace(row, run=name) for row in rows_of_results(results)]
    return rows


def find_run_folders(path: Path) -> list[Path]:
    """`path` if it is a run folder, else the run folders anywhere below it, in order of their names.

    Below it, collected datasets are passed over: their episodes were run to be learnt from.

    Raises:
        InputError: there is none.
    """
    if (path / EPISODES_FILE).is_file():
        return [path]
    found = sorted(file.parent for file in path.rglob(EPISODES_FILE)) if path.is_dir() else []
    found = [folder for folder in found if not (folder / INFO_PATH).exists()]
    if not found:
        kind = "holds no run folder" if path.is_dir() else "no such folder"
        raise InputError(f"{path}: {kind}; expected {EPISODES_FILE} as 'leo-agent rollout --out' writes it")
    return found


def tabulate_published(entries: Sequence[Published]) -> list[list[str]]:
    """The published rows as cells below a header, in percent."""
    header = ["method", "benchmark", "published %", "read in"]
    body = []
    for entry in entries:
        values = ", ".join(f"{COLUMNS.get(name, name)} {value:.1f}" for name, value in entry.values.items())
        source = f"{entry.source}, second-hand" if entry.second_hand else entry.source
        body.append([entry.method, entry.benchmark, values, source])
    return [header, *body]
