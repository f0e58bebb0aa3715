"""The table of frames, which lies in several files: one of them at a time, so that no dataset has to fit the memory."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from leo_agent.contract.errors import InputError, shown
from leo_agent.episodes.demonstrations.schema import INFO_PATH, TASKS_PATH
from leo_agent.episodes.demonstrations.tables import column_values, count_rows, read_table


class FrameFiles:
    """The data files of a dataset in the order of their frames.

    Args:
        folder: of the dataset.
        paths: of the files.
        features: as in meta/info.json.
        tasks: numbers that `task_index` may hold.

    Attributes:
        names: of all columns but the images.
        first: (files + 1,) number of the first frame of each file, and of all frames.

    Raises:
        InputError: a file is missing or not Parquet.
    """

    def __init__(
        self,
        folder: Path,
        paths: Sequence[Path],
        features: Mapping[str, Mapping[str, Any]],
        tasks: frozenset[int],
    ) -> None:
        self._folder, self._paths, self._features, self._tasks = folder / "data", paths, features, tasks
        self.names = [name for name, feature in features.items() if feature["dtype"] not in ("video", "image")]
        self.first = np.cumsum([0, *map(count_rows, paths)])

    def __len__(self) -> int:
        return len(self._paths)

    def check_total(self, num_frames: int) -> None:
        """Checks that the files hold so many frames.

        Raises:
            InputError: they hold others.
        """
        if self.first[-1] != num_frames:
            raise InputError(f"{self._folder}: {self.first[-1]} frames, but {INFO_PATH} says {num_frames}")

    def file_of(self, frame: int) -> int:
        """Number of the file that holds a frame."""
        return int(np.searchsorted(self.first, frame, side="right")) - 1

    def read(self, file: int, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Columns of all frames of one file, (n,) or (n, K).

        Args:
            file: its number.
            names: of the columns; by default all of them. Where the frames stand is checked in either case.

        Raises:
            InputError: the file is damaged, or has other rows or columns than the dataset's description says.
        """
        wanted = self.names if names is None else list(dict.fromkeys([*names, "index", "task_index"]))
        table = read_table(self._paths[file], wanted)
        columns = {name: self._column(name, table.column(name)) for name in wanted}
        unknown = set(np.unique(columns["task_index"]).tolist()) - self._tasks
        if unknown:
            raise InputError(f"{self._folder}: task_index {min(unknown)} is not in {TASKS_PATH}")
        if not np.array_equal(columns["index"], np.arange(self.first[file], self.first[file + 1])):
            raise InputError(f"{self._folder}: the column 'index' does not count the frames from 0")
        return columns

    def read_all(self) -> dict[str, np.ndarray]:
        """All columns of all frames."""
        if not self._paths:
            return {name: np.empty((0,)) for name in self.names}
        files = [self.read(file) for file in range(len(self._paths))]
        return {name: np.concatenate([columns[name] for columns in files]) for name in self.names}

    def _column(self, name: str, column: pa.ChunkedArray) -> np.ndarray:
        try:
            values = column_values(column)
        except ValueError as problem:
            raise InputError(f"{self._folder}: the column {name} cannot be read ({problem})") from None
        width, shape = values.size // max(len(values), 1), self._features[name]["shape"]
        if len(values) and width != math.prod(shape):
            raise InputError(f"{self._folder}: {name} has {width} values a frame, but {INFO_PATH} says {shown(shape)}")
        return values
