"""Makes 3D-language data of houses and tables: texts in the layouts of the paper's sets, and the scans they need."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from leo_agent.contract.checks import check_choice, check_whole
from leo_agent.contract.errors import InputError
from leo_agent.contract.files import write_file, writing
from leo_agent.contract.interrupts import termination_interrupts
from leo_agent.contract.json_file import read_json_object
from leo_agent.data.items import TextItem
from leo_agent.data.made.asked import MadeText, chosen_items
from leo_agent.data.made.houses.house_data import make_house_data
from leo_agent.data.made.tables.drawing import TABLE_PREFIX, WORDS, table_name
from leo_agent.data.made.tables.table_data import make_table_data
from leo_agent.data.sets.base import SPLITS, find_set, set_names
from leo_agent.data.sets.cap3d import TABLE, VALIDATION_ROWS, split_note
from leo_agent.envs.house_sets.files import split_of
from leo_agent.envs.house_sets.workers import each_finished

LOG = logging.getLogger(__name__)
SETTINGS, _ASIDE = "data.json", ".unfinished"
ALIGNMENT_SETS = ("cap3d", "obj_scene_cap", "scene_cap")  # the others are of instruction tuning
AXIS_ALIGNMENT = "instruction/sqa3d/axisAlignment.pth"
MOST_TABLES = 100_000
VERSION = 2  # changes when the same houses and seed give other texts
_SCENE_NAME = re.compile(r"house_(\d{4})\.scene_instance\.json")


@dataclass(frozen=True, kw_only=True)
class MakingConfig:
    """What is made of which houses, and of how many tables.

    Raises:
        InputError: a value is out of range, or there is nothing to make texts of.
    """

    houses: Path | None = None  # as `leo-agent scenes make` wrote them
    tables: int = 0  # tabletop scenes, drawn by the seed
    table_words: str = "all"  # "seen": of tables those colours and kinds alone that the tabletop's tasks train with
    seed: int = 0  # of words, of what is asked, of tables

    def __post_init__(self) -> None:
        check_whole("seed", self.seed, 0, 2**63 - 1)
        check_whole("tables", self.tables, 0, MOST_TABLES)
        check_choice("table_words", self.table_words, WORDS)
        if self.houses is None and not self.tables:
            raise InputError(
                "houses: found none, and 0 tables, expected a folder of houses, a number of tables or both"
            )


def make_data(
    config: MakingConfig, out: Path, workers: int = 1, on_scene: Callable[[int, int], None] | None = None
) -> dict[str, dict[str, int]]:
    """Makes all sets; the same houses, tables and seed give the same texts, with any number of workers.

    The same call goes on where one was interrupted, scene by scene.

    Args:
        config: what is made.
        out: a new or empty folder, or one begun alike.
        workers: processes that work on scenes at the same time.
        on_scene: called as `on_scene(finished, count)` at the start and after each scene.

    Returns:
        Number of texts by set and split.

    Raises:
        InputError: the houses lack files, or the folder holds something else.
        OutputError: it cannot be written.
    """
    check_whole("workers", workers, 1)
    report = on_scene or (lambda done, count: None)
    houses = {} if config.houses is None else _house_numbers(config.houses)
    _begin(config, out, sorted(houses))
    jobs: list[tuple[Any, ...]] = []
    splits: dict[str, str] = {}
    for number, name in sorted(houses.items()):
        splits[name] = split_of(number)
        jobs.append((make_house_data, name, out, config.houses, name, splits[name], config.seed))
    for number in range(1, config.tables + 1):
        name = table_name(number)
        splits[name] = split_of(number)
        jobs.append((make_table_data, name, out, number, config.table_words, splits[name], config.seed))
    with termination_interrupts():
        missing = {place: job for place, job in enumerate(jobs) if not _aside(out, job[1]).exists()}
        finished = len(jobs) - len(missing)
        report(finished, len(jobs))
        with closing(each_finished(make_scene_data, missing, workers)) as made:
            for _ in made:
                finished += 1
                report(finished, len(jobs))
        return _write_sets(out, splits, config.seed)


def make_scene_data(make: Callable[..., dict[str, list[MadeText]]], name: str, out: Path, *arguments: Any) -> None:
    """Has the scans of one scene made; its texts lie aside until all are there."""
    texts = make(*arguments, out)
    content = {key: [dataclasses.asdict(text) for text in made] for key, made in texts.items()}
    write_file(_aside(out, name), json.dumps(content).encode())


def _aside(out: Path, name: str) -> Path:
    return out / _ASIDE / f"{name}.json"


def _house_numbers(houses: Path) -> dict[int, str]:
    folder = houses / "scenes"
    matches = [_SCENE_NAME.fullmatch(path.name) for path in folder.iterdir()] if folder.is_dir() else []
    found = {int(match[1]): f"house_{match[1]}" for match in matches if match}
    if not found:
        raise InputError(f"houses: {houses} holds no houses, expected a folder of 'leo-agent scenes make'")
    return found


def _begin(config: MakingConfig, out: Path, houses: Sequence[int]) -> None:
    settings = {
        "version": VERSION,
        "seed": config.seed,
        "houses": list(houses),
        "tables": config.tables,
        "table_words": config.table_words,
    }
    path = out / SETTINGS
    if path.is_file():
        found = read_json_object(path, "the settings of made data")
        if found != settings:
            raise InputError(
                f"out: {out} was begun with other houses or another seed or tables, expected an empty folder"
            )
        if not (out / _ASIDE).is_dir():
            raise InputError(f"out: {out} is complete, expected a new or empty folder")
        return
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"out: {out} holds something else, expected a new or empty folder")
    with writing(out):
        (out / _ASIDE).mkdir(parents=True)
    write_file(path, _json(settings))


def _write_sets(out: Path, splits: Mapping[str, str], seed: int) -> dict[str, dict[str, int]]:
    """The files of all sets from what lies aside, which then goes."""
    items = {
        (name, split): of_set
        for number, split in enumerate(dict.fromkeys(splits.values()))
        for name, of_set in _chosen(out, [scene for scene in splits if splits[scene] == split], [seed, number]).items()
    }
    items["cap3d", "val"] = _shortened(items.get(("cap3d", "val"), []))
    counts: dict[str, dict[str, int]] = {}
    files: dict[str, Any] = {}
    for name in set_names():
        for split in SPLITS:
            # There is no third part of the scenes: the test of SQA3D is asked in those of the validation.
            given = items.get((name, "val" if split == "test" else split), [])
            if split == "test" and "test" not in find_set(name).published:
                continue
            for relative, value in find_set(name).contents(given, split).items():
                _join(files, f"{'alignment' if name in ALIGNMENT_SETS else 'instruction'}/{relative}", value)
            if given:
                counts.setdefault(name, {})[split] = len(given)
    files |= {f"alignment/{path}": value for path, value in split_note(len(items["cap3d", "val"])).items()}
    for relative, value in files.items():
        path = out / relative
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, _table(value) if relative.endswith(TABLE) else _json(value))
    alignment = io.BytesIO()
    torch.save({scene: torch.eye(3) for scene in splits}, alignment)
    write_file(out / AXIS_ALIGNMENT, alignment.getvalue())
    shutil.rmtree(out / _ASIDE)
    return counts


def _chosen(out: Path, scenes: Sequence[str], seed: Sequence[int]) -> dict[str, list[TextItem]]:
    texts: dict[str, list[MadeText]] = {}
    for scene in scenes:
        content = read_json_object(_aside(out, scene), "the texts of a scene")
        for name, rows in content.items():
            texts.setdefault(name, []).extend(map(_made_text, rows))
    return chosen_items(texts, np.random.default_rng(seed))


def _shortened(validation: Sequence[TextItem]) -> list[TextItem]:
    """As many as Cap3D's validation has rows; of tables up to half of them, where there are houses, too."""
    tables = [item for item in validation if item.scan.startswith(TABLE_PREFIX)]
    houses = [item for item in validation if not item.scan.startswith(TABLE_PREFIX)]
    of_tables = min(len(tables), max(VALIDATION_ROWS - len(houses), VALIDATION_ROWS // 2))
    return [*houses[: VALIDATION_ROWS - of_tables], *tables[:of_tables]]


def _join(files: dict[str, Any], relative: str, value: Any) -> None:
    """A file that several splits share holds the rows of all."""
    if relative not in files:
        files[relative] = value
    elif isinstance(value, list):
        files[relative] = [*files[relative], *value]
    else:
        files[relative] = {**files[relative], **value}


def _made_text(row: dict[str, Any]) -> MadeText:
    item = row["item"]
    lists = {key: tuple(item[key]) for key in ("answers", "relevant", "position", "rotation")}
    whole = TextItem(**{**item, **lists, "history": tuple(tuple(turn) for turn in item["history"])})
    return MadeText(whole, tuple(row["groups"]), tuple(row["templates"]), row["parts"])


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def make_data_folder(config: MakingConfig, out: Path, workers: int) -> str:
    """Makes all sets as `make_data` does while showing how far it is; returns in a few lines what was made."""
    began_s = time.perf_counter()
    with tqdm(unit="scene", desc="data make") as bar:

        def show(finished: int, count: int) -> None:
            bar.total = count
            bar.update(finished - bar.n)

        counts = make_data(config, out, workers, show)
    lines = [
        f"{name}: {', '.join(f'{count:,} {split}' for split, count in of_split.items())}"
        for name, of_split in counts.items()
    ]
    total = sum(sum(of_split.values()) for of_split in counts.values())
    return "\n".join([*lines, f"{total:,} texts in {out} after {time.perf_counter() - began_s:.0f} s"])
