"""The scores of run folders: our rows with their intervals, beside the published ones."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.contract.measures import Measure
from leo_agent.episodes.demonstrations.schema import INFO_PATH
from leo_agent.episodes.run_folder import CONFIG_FILE, EPISODES_FILE, read_results
from leo_agent.episodes.run_identity import DATA
from leo_agent.results.measures import in_column_order, measures_of_config, measures_to_json
from leo_agent.results.published import SCENES_DIFFER, published_beside
from leo_agent.results.rows import Row, rows_of_results
from leo_agent.results.tables import align, format_rows, tabulate_published


def score_table(paths: Iterable[Path]) -> str:
    """One table of all run folders at or below these paths, and the published rows.

    Raises:
        InputError: there is no run folder, or a file of one is damaged.
    """
    rows = _rows_below(paths)
    beside = published_beside([row.env for row in rows])
    parts = [format_rows(rows)]
    if beside:
        parts += ["", "Published:", align(tabulate_published(beside)), "", SCENES_DIFFER]
    return "\n".join(parts)


def score_json(paths: Iterable[Path]) -> str:
    """As `score_table`, in JSON: `rows`, `measures` (descriptions by name), `published`, `note`.

    Raises:
        InputError: there is no run folder, or a file of one is damaged.
    """
    rows = _rows_below(paths)
    value = {
        "rows": [row.to_json() for row in rows],
        "measures": measures_to_json(in_column_order(measure for row in rows for measure in row.described)),
        "published": [asdict(entry) for entry in published_beside([row.env for row in rows])],
        "note": SCENES_DIFFER,
    }
    return json.dumps(value, indent=2, allow_nan=False)


def _rows_below(paths: Iterable[Path]) -> list[Row]:
    return rows_of_folders(folder for path in paths for folder in find_run_folders(path))


def rows_of_folders(folders: Iterable[Path]) -> list[Row]:
    """The rows of run folders; folders of one configuration, say with other scenes or seeds, are taken together.

    Two checkpoints may have the same name: what makes them differ is the policy's fingerprint in config.json.

    Raises:
        InputError: a file of a folder is missing or damaged.
    """
    groups: dict[str, list[Path]] = {}
    measures: dict[str, list[Measure]] = {}
    for folder in dict.fromkeys(path.resolve() for path in folders):
        config = read_json_object(folder / CONFIG_FILE, "the configuration of a run")
        identity = config.get("run")
        if not isinstance(identity, dict):
            raise InputError(f"{folder / CONFIG_FILE}: no configuration of a run under the key 'run'")
        key = json.dumps(_without_scenes(identity), sort_keys=True)
        groups.setdefault(key, []).append(folder)
        measures.setdefault(key, []).extend(measures_of_config(config, str(folder / CONFIG_FILE)))
    rows = []
    for key, group in groups.items():
        name = group[0].name if len(group) == 1 else f"{group[0].name} and {len(group) - 1} more"
        results = [result for folder in group for result in read_results(folder)]
        rows += [replace(row, run=name) for row in rows_of_results(results, measures[key])]
    return rows


def _without_scenes(identity: Mapping[str, Any]) -> dict[str, Any]:
    """What folders that are taken together have in common: they may be of other scenes and seeds."""
    kept = {name: value for name, value in identity.items() if name not in ("seed", "scenes")}
    data = kept.get(DATA)
    if isinstance(data, dict):
        kept[DATA] = {name: value for name, value in data.items() if not name.startswith("scene ")}
    return kept


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
        raise InputError(f"{path}: {kind}; expected {EPISODES_FILE} as a rollout writes it")
    return found
