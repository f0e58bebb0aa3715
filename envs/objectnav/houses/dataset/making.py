"""Makes the houses of a dataset in worker processes, whole house by whole house."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from envs.errors import InputError
from envs.objectnav.houses.dataset.files import (
    CONFIG_NAME,
    SPLITS,
    dataset_config,
    gzip_bytes,
    house_paths,
    json_bytes,
    split_file,
)
from envs.objectnav.houses.dataset.one_house import make_house

# Changes when the same seed gives other houses than before.
GENERATOR_VERSION = 1
_MAX_COUNT = 9999
_SETTINGS_NAME = "houses.json"
_ASIDE = ".unfinished"
# Of five houses in turn the second is for validation: which split a house is in does not depend on their number.
_SPLIT_CYCLE, _VAL_PLACE = 5, 1


@dataclass(frozen=True, kw_only=True)
class HousesConfig:
    """Which houses to make: houses 1 to `count` of a seed, with so many episodes in each."""

    count: int
    seed: int = 0
    episodes_per_house: int = 50

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _MAX_COUNT:
            raise InputError(f"--count: found {self.count}, expected 1 to {_MAX_COUNT} houses")
        if not 0 <= self.seed < 2**63:
            raise InputError(f"--seed: found {self.seed}, expected 0 to 2^63 - 1")
        if not 1 <= self.episodes_per_house <= 10_000:
            raise InputError(f"--episodes: found {self.episodes_per_house}, expected 1 to 10000 in each house")


def split_of(number: int) -> str:
    """The split of a house by its number, counted from 1: houses 2, 7, 12, … are for validation."""
    return SPLITS[(number - 1) % _SPLIT_CYCLE == _VAL_PLACE]


def make_houses(
    config: HousesConfig, out: Path, workers: int = 1, on_house: Callable[[int, int], None] | None = None
) -> list[str]:
    """Makes the houses that `out` does not hold yet; gives the names of all.

    `on_house(finished, count)` is called at the start and after each house. The files do not depend on the number of
    workers. An interrupt leaves whole houses, and the same call goes on with the others. Raises `InputError` for a
    folder that holds something else.
    """
    if workers < 1:
        raise InputError(f"--workers: found {workers}, expected at least 1")
    _claim(out, config)
    names = {number: f"house_{number:04d}" for number in range(1, config.count + 1)}
    scenes = {number: out / house_paths(name, split_of(number))["scene"] for number, name in names.items()}
    finished = [number for number, scene in scenes.items() if scene.exists()]
    missing = [number for number in names if number not in set(finished)]
    report = on_house or (lambda done, count: None)
    report(len(finished), config.count)
    try:
        for number in _made(config, out / _ASIDE, missing, workers):
            with _interrupts_wait():
                _publish(out, names[number], split_of(number))
                finished.append(number)
            report(len(finished), config.count)
    finally:
        shutil.rmtree(out / _ASIDE, ignore_errors=True)
        _write_tables(out)
    return [names[number] for number in sorted(finished)]


def _claim(out: Path, config: HousesConfig) -> None:
    """Take an empty folder, or one that was begun with the same settings."""
    settings = {
        "generator": GENERATOR_VERSION,
        "seed": config.seed,
        "episodes_per_house": config.episodes_per_house,
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        content = [path for path in out.iterdir() if path.name != _ASIDE]
        path = out / _SETTINGS_NAME
        if content and not path.is_file():
            raise InputError(f"--out {out}: found {content[0].name!r} in it, expected an empty or new folder")
        if content and json.loads(path.read_bytes()) != settings:
            raise InputError(
                f"--out {out}: found houses of {path.read_text().split()}, expected an empty folder or one begun with "
                f"{json.dumps(settings)}"
            )
        path.write_bytes(json_bytes(settings))
        for folder in {path.parent for split in SPLITS for path in house_paths("", split).values()}:
            (out / folder).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"--out {out}: cannot be used ({error}), expected a folder to write to") from error


def _made(config: HousesConfig, aside: Path, numbers: list[int], workers: int) -> Iterator[int]:
    """Make houses in the folder `aside`; yields their numbers as they are finished."""
    shutil.rmtree(aside, ignore_errors=True)
    if workers == 1:
        for number in numbers:
            make_house(config.seed, number, config.episodes_per_house, split_of(number), aside)
            yield number
        return
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(workers, max(1, len(numbers))), context, initializer=_start_worker)
    try:
        jobs = {
            pool.submit(make_house, config.seed, number, config.episodes_per_house, split_of(number), aside): number
            for number in numbers
        }
        for job in as_completed(jobs):
            job.result()
            yield jobs[job]
    finally:
        # After an interrupt houses under way are given up: their files are aside.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
            process.join()


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means


def _publish(out: Path, name: str, split: str) -> None:
    """Move the files of a finished house to their places, the one that makes it known last."""
    for relative in house_paths(name, split).values():
        os.replace(out / _ASIDE / name / relative.name, out / relative)


def _write_tables(out: Path) -> None:
    """The dataset's configuration over the houses that are there, and the top file of each split that has one."""
    names = sorted(path.name.removesuffix(".scene_instance.json") for path in (out / "scenes").glob("*.json"))
    files = {CONFIG_NAME: json_bytes(dataset_config(names))}
    for split in SPLITS:
        if any((out / f"objectnav/{split}/content").iterdir()):
            files[f"objectnav/{split}/{split}.json.gz"] = gzip_bytes(split_file())
    for name, content in files.items():
        fresh = (out / name).with_name(f".{Path(name).name}.new")
        fresh.write_bytes(content)
        os.replace(fresh, out / name)


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Ctrl-C inside takes effect at the end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt
