"""Intervals against hand-computed values and against how often they hold the truth."""

import math

import numpy as np
import pytest

from leo_agent.results.statistics import bootstrap_interval, estimate, wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, Table I, method 3 (Wilson without continuity correction), and 8 of 10.
    [(8, 10, 0.4902, 0.9433), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilson_published_values(successes, trials, low, high):
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_at_the_ends_and_without_trials():
    assert wilson_interval(0, 5)[0] == 0.0
    assert wilson_interval(5, 5)[1] == 1.0
    assert all(math.isnan(bound) for bound in wilson_interval(0, 0))
    with pytest.raises(ValueError, match=r"0\.\.3"):
        wilson_interval(4, 3)


def test_wilson_is_symmetric():
    low, high = wilson_interval(3, 17)
    assert wilson_interval(14, 17) == pytest.approx((1 - high, 1 - low))


def test_bootstrap_is_reproducible_and_near_the_normal_interval():
    values = np.random.default_rng(3).normal(2.0, 1.5, 400)
    low, high = bootstrap_interval(values)
    assert (low, high) == bootstrap_interval(values)
    half = 1.96 * values.std(ddof=1) / math.sqrt(len(values))
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)


def test_bootstrap_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    intervals = [bootstrap_interval(rng.random(60)) for _ in range(150)]
    assert 0.88 <= np.mean([low <= 0.5 <= high for low, high in intervals]) <= 1.0


def test_bootstrap_of_one_and_none():
    assert bootstrap_interval([0.25]) == (0.25, 0.25)
    assert all(math.isnan(bound) for bound in bootstrap_interval([]))
    with pytest.raises(ValueError, match="one-dimensional"):
        bootstrap_interval(np.zeros((2, 2)))


def test_estimate_by_kind():
    rate = estimate([1, 1, 0, 1], "rate")
    assert (rate.count, rate.mean) == (4, 0.75)
    assert (rate.low, rate.high) == wilson_interval(3, 4)
    # All zeros: the bootstrap would claim certainty.
    assert estimate([0.0] * 10, "fraction").high == wilson_interval(0, 10)[1]
    assert estimate([0.2, 0.4], "fraction").mean == pytest.approx(0.3)
    assert estimate([7.0] * 3, "quantity").high == 7.0
    assert math.isnan(estimate([]).mean)
