"""Statistics of a feature over frames, and their union over episodes, as LeRobot's meta/stats.json has them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from leo_agent.contract.errors import InputError, shown

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
Statistics = dict[str, np.ndarray]
_SAMPLED_ROWS = 64  # of an image; its mean and spread hardly change with more
_VALUES = 256  # that a channel of a pixel can have


def vector_statistics(values: np.ndarray) -> Statistics:
    """Of (T,) or (T, K) values, per component: arrays of shape (K,), `count` (1,)."""
    data = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    return _over_first_axis(data, len(values))


class ImageStatistics:
    """Of (H, W, 3) uint8 frames, per channel, scaled to [0, 1]; from about 64 x 64 pixels of each frame.

    It counts how often each value comes, which is all that they depend on.
    """

    def __init__(self) -> None:
        self._counts, self._num_frames = np.zeros((3, _VALUES), np.int64), 0

    def add(self, frame: np.ndarray) -> None:
        """Counts one frame."""
        step = max(1, frame.shape[0] // _SAMPLED_ROWS)
        apart = frame[::step, ::step] + _VALUES * np.arange(3)  # each channel in a range of its own
        self._counts += np.bincount(apart.ravel(), minlength=3 * _VALUES).reshape(3, _VALUES)
        self._num_frames += 1

    def result(self) -> Statistics:
        """Arrays of shape (3, 1, 1); `count` (1,) in frames."""
        values = np.arange(_VALUES) / (_VALUES - 1)
        channels = [_of_counts(counts, values) for counts in self._counts]
        result = {name: np.array([each[name] for each in channels]).reshape(3, 1, 1) for name in channels[0]}
        return {**result, "count": np.array([self._num_frames])}


def _of_counts(counts: np.ndarray, values: np.ndarray) -> dict[str, float]:
    """Statistics of ascending values that come so many times each."""
    total, up_to = counts.sum(), np.cumsum(counts)
    there = values[counts > 0]
    mean = float(counts @ values / total)
    spread = math.sqrt(counts @ (values - mean) ** 2 / total)
    result = {"min": float(there[0]), "max": float(there[-1]), "mean": mean, "std": spread}
    for name, quantile in QUANTILES.items():  # between the two neighbours in order, as np.quantile has it
        place = quantile * (total - 1)
        low, high = values[np.searchsorted(up_to, [math.floor(place), math.ceil(place)], side="right")]
        result[name] = float(low + (high - low) * (place - math.floor(place)))
    return result


def _over_first_axis(data: np.ndarray, count: int) -> Statistics:
    result = {"min": data.min(0), "max": data.max(0), "mean": data.mean(0), "std": data.std(0)}
    result["count"] = np.array([count])
    result.update(zip(QUANTILES, np.quantile(data, list(QUANTILES.values()), axis=0), strict=True))
    return result


def merge_statistics(parts: Sequence[Statistics]) -> Statistics:
    """Of the union of the parts' frames; exact but for the quantiles, which are averaged by count as LeRobot does."""
    counts = np.array([float(part["count"][0]) for part in parts])
    weights = (counts / counts.sum()).reshape(-1, *[1] * parts[0]["mean"].ndim)
    means = np.stack([part["mean"] for part in parts])
    mean = (weights * means).sum(0)
    variances = np.stack([part["std"] for part in parts]) ** 2 + (means - mean) ** 2
    merged = {
        "min": np.min([part["min"] for part in parts], axis=0),
        "max": np.max([part["max"] for part in parts], axis=0),
        "mean": mean,
        "std": np.sqrt((weights * variances).sum(0)),
        "count": np.array([int(counts.sum())]),
    }
    for name in QUANTILES:
        merged[name] = (weights * np.stack([part[name] for part in parts])).sum(0)
    return merged


def merge_all(parts: Sequence[Mapping[str, Statistics]]) -> dict[str, Statistics]:
    """`merge_statistics` for every feature of the parts, which all have the same features."""
    return {name: merge_statistics([part[name] for part in parts]) for name in parts[0]} if parts else {}


def as_statistics(value: Mapping[str, Mapping[str, Any]]) -> dict[str, Statistics]:
    """From JSON: lists become arrays."""
    return {name: {stat: np.asarray(given) for stat, given in stats.items()} for name, stats in value.items()}


def statistics_columns(statistics: Mapping[str, Statistics]) -> dict[str, Any]:
    """As columns `stats/<feature>/<statistic>` of an episode's row."""
    return {f"stats/{name}/{stat}": v.tolist() for name, stats in statistics.items() for stat, v in stats.items()}


def statistics_of_rows(table: pa.Table) -> list[dict[str, Statistics]]:
    """The inverse of `statistics_columns`, for every row of an episode table."""
    rows: list[dict[str, Statistics]] = [{} for _ in range(table.num_rows)]
    for column in table.column_names:
        if not column.startswith("stats/"):
            continue
        name, _, stat = column.removeprefix("stats/").rpartition("/")
        for row, value in zip(rows, table.column(column).to_pylist(), strict=True):
            row.setdefault(name, {})[stat] = np.asarray(value)
    return rows


def statistics_of(given: Any, where: str) -> dict[str, np.ndarray]:
    """The statistics of a feature, as meta/stats.json has them.

    Raises:
        InputError: they are no object of numbers.
    """
    if not isinstance(given, dict):
        raise InputError(f"{where}: found {shown(given)}, expected an object")
    statistics = {}
    for name, values in given.items():
        try:
            statistics[name] = np.asarray(values)
        except ValueError:  # ragged lists
            statistics[name] = np.empty(0, object)
        if statistics[name].dtype.kind not in "biuf":
            raise InputError(f"{where}: {name}: found {shown(values)}, expected numbers")
    return statistics
