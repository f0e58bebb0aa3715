"""Means with 95 % intervals: Wilson for success rates, bootstrap for scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.measures import Kind

NORMAL_975 = 1.959963984540054  # 97.5 % quantile of the standard normal distribution
_RESAMPLES = 10_000
_CHUNK_VALUES = 4_000_000  # resampled values in memory at once


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval; NaN where there is nothing to average."""

    count: int  # episodes
    mean: float
    low: float
    high: float


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % score interval of a rate (Wilson 1927), which stays inside [0, 1] and is honest at 0 and 1.

    Returns (nan, nan) for no trials. 8 of 10 gives (0.490, 0.943).
    """
    if trials == 0:
        return math.nan, math.nan
    if not 0 <= successes <= trials:
        raise ValueError(f"successes must lie in 0..{trials}, got {successes}")
    z2 = NORMAL_975**2
    rate = successes / trials
    center = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = NORMAL_975 * math.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    # At the ends the formula gives exactly 0 or 1 up to rounding.
    low = 0.0 if successes == 0 else max(0.0, center - half)
    high = 1.0 if successes == trials else min(1.0, center + half)
    return low, high


def bootstrap_interval(values: Sequence[float] | NDArray[Any], seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean (10 000 resamples, its own seeded generator).

    The same values give the same interval; a single value gives that value twice; none gives (nan, nan).
    """
    data = np.sort(np.asarray(values, dtype=np.float64))  # whatever order the episodes finished in
    if data.ndim != 1:
        raise ValueError(f"values must be one-dimensional, got shape {data.shape}")
    if data.size == 0:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    means = np.empty(_RESAMPLES)
    rows = max(1, _CHUNK_VALUES // data.size)
    for begin in range(0, _RESAMPLES, rows):
        end = min(begin + rows, _RESAMPLES)
        means[begin:end] = data[rng.integers(data.size, size=(end - begin, data.size))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def estimate(values: Sequence[float] | NDArray[Any], kind: Kind = "quantity") -> Estimate:
    """Mean and 95 % interval of one measure over episodes.

    Args:
        values: one number an episode.
        kind: `rate` (0 or 1): Wilson. `fraction` (in [0, 1]): bootstrap, but where all values are 0 or all are 1,
            of which the bootstrap would claim certainty, Wilson's interval, which a fraction of the same mean cannot
            exceed in variance. `quantity`: bootstrap.
    """
    data = np.asarray(values, dtype=np.float64)
    if data.size == 0:
        return Estimate(0, math.nan, math.nan, math.nan)
    extreme = bool((data == 0).all() or (data == 1).all())
    if kind == "rate" or (kind == "fraction" and extreme):
        successes = int(np.count_nonzero(data > 0.5))
        return Estimate(data.size, successes / data.size, *wilson_interval(successes, data.size))
    return Estimate(data.size, float(data.mean()), *bootstrap_interval(data))
