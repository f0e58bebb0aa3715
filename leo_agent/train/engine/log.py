"""What a run tells while it goes: JSON lines always, TensorBoard and Weights & Biases where asked for."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import torch
from accelerate.tracking import GeneralTracker, TensorBoardTracker, WandBTracker

from leo_agent.contract.errors import NotInstalledError
from leo_agent.contract.files import writing
from leo_agent.contract.handles import NotCopyable


class Window:
    """Sums over the steps since the last line of the log; what a checkpoint keeps of it goes on exactly."""

    def __init__(self, sums: Mapping[str, float] | None = None) -> None:
        self.sums: dict[str, float] = dict(sums or {})

    def add(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def row(self) -> dict[str, float]:
        """Means: of the steps, of each task's samples, of its answer tokens."""
        sums, steps = self.sums, self.sums["steps"]
        tasks = [name.removeprefix("samples/") for name in sums if name.startswith("samples/")]
        row = {"loss": sums["loss"] / steps, "gradient_norm": sums["gradient_norm"] / steps}
        row |= {f"loss/{task}": sums[f"loss/{task}"] / sums[f"samples/{task}"] for task in tasks}
        row |= {f"accuracy/{task}": sums[f"right/{task}"] / sums[f"answer_tokens/{task}"] for task in tasks}
        row |= {f"samples/{task}": sums[f"samples/{task}"] for task in tasks}
        row |= {f"answer_tokens/{task}": sums[f"answer_tokens/{task}"] for task in tasks}
        return row


class Pace(NotCopyable):
    """How fast the steps since the last line were; measured, and so no part of what is exact."""

    instead = "it measures its own process; make another there"

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._process = psutil.Process()
        self.reset()

    def reset(self) -> None:
        self._started = time.perf_counter()
        self._waited = self._samples = self._tokens = 0.0

    def add(self, samples: int, tokens: int, waited_s: float) -> None:
        self._samples += samples
        self._tokens += tokens
        self._waited += waited_s

    def row(self) -> dict[str, float]:
        seconds = max(time.perf_counter() - self._started, 1e-9)
        row = {
            "samples_per_s": self._samples / seconds,
            "tokens_per_s": self._tokens / seconds,
            "data_wait_share": self._waited / seconds,
            "memory_mb": self._process.memory_info().rss / 1e6,
        }
        if self._device.type == "cuda":
            row["device_memory_mb"] = torch.cuda.max_memory_allocated(self._device) / 1e6
        return row


class Log:
    """Appends lines to the run's log; `with` closes the trackers.

    Args:
        path: of the log; what stands in it beyond `kept_bytes` belongs to steps that are done again, and is cut off.
        kept_bytes: of the lines that stay.
        trackers: names of what the figures go to as well.
        config: of the run, for the trackers.

    Raises:
        NotInstalledError: a tracker's package is not there.
    """

    def __init__(self, path: Path, kept_bytes: int, trackers: Sequence[str], config: Mapping[str, Any]) -> None:
        self._path = path
        with writing(path), path.open("ab") as file:
            file.truncate(min(kept_bytes, path.stat().st_size))
        self._trackers = [_started(name, path.parent, config) for name in trackers]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for tracker in self._trackers:
            tracker.finish()

    @property
    def bytes(self) -> int:
        """Of its lines so far."""
        return self._path.stat().st_size

    def write(self, row: Mapping[str, Any], pace: Mapping[str, float] | None = None) -> None:
        """Appends a line; `pace` is what was measured beside it.

        Raises:
            OutputError: the disk is full, or the like.
        """
        line = {**row, **({"pace": dict(pace)} if pace else {})}
        with writing(self._path), self._path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        figures = {**row, **{f"pace/{name}": value for name, value in (pace or {}).items()}}
        numbers = {name: value for name, value in figures.items() if isinstance(value, int | float) and name != "step"}
        for tracker in self._trackers:
            tracker.log(numbers, step=int(row["step"]))


def _started(name: str, folder: Path, config: Mapping[str, Any]) -> GeneralTracker:
    try:
        if name == "tensorboard":
            tracker: GeneralTracker = TensorBoardTracker(folder.name, folder / "tensorboard")
        else:
            tracker = WandBTracker("leo-agent", name=folder.name, dir=str(folder), mode="offline")
        tracker.start()
    except ImportError as error:
        raise NotInstalledError(
            f"trackers: found {name}, which is not installed", f"  pip install 'leo-agent[{name}]'"
        ) from error
    tracker.store_init_configuration({key: _plain(value) for key, value in config.items()})
    return tracker


def _plain(value: Any) -> int | float | str:
    """As trackers take it."""
    return value if isinstance(value, int | float | str) else json.dumps(value)
