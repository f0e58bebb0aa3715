"""Makes procedural houses while showing how far they are, and says what their folder holds then."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tqdm import tqdm

from leo_agent.contract.handles import NotCopyable
from leo_agent.envs.house_sets import HousesConfig, make_houses, split_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HousesReport:
    """What a folder of houses holds."""

    text: str  # in one line
    has_val: bool  # whether the split val has houses


def make_house_folder(config: HousesConfig, out: Path, workers: int) -> HousesReport:
    """Makes the houses that are missing in the folder; returns what it holds then.

    Args:
        config: which houses.
        out: the folder.
        workers: processes.

    Raises:
        InputError: something given does not fit, or the folder holds something else.
    """
    start_s = time.perf_counter()
    progress = _Progress()
    try:
        with progress:
            houses = make_houses(config, out, workers, progress)
    except KeyboardInterrupt:
        done = f"{progress.finished} of {config.count} houses"
        log.warning("interrupted: %s in %s; the same command continues", done, out)
        raise
    splits = [split_of(number) for number in houses]
    counts = ", ".join(f"{splits.count(split)} {split}" for split in ("train", "val"))
    houses_there = f"{len(houses)} house{'s' if len(houses) > 1 else ''} ({counts})"
    text = f"{houses_there} in {out} after {time.perf_counter() - start_s:.0f} s"
    return HousesReport(text, "val" in splits)


class _Progress(NotCopyable):
    """A bar from the first report on, which goes away before an error is printed."""

    instead = "it holds a line of the terminal; make another"

    def __init__(self) -> None:
        self.finished = 0
        self._bar: Any = None

    def __call__(self, finished: int, count: int) -> None:
        self.finished = finished
        if self._bar is None:
            self._bar = tqdm(total=count, initial=finished, unit="house", desc="scenes make")
        self._bar.update(finished - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *more: object) -> None:
        if self._bar is not None:
            self._bar.leave = kind is None
            self._bar.close()
