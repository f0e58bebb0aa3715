"""ObjectNav measures: values worked out by hand, and properties that hold for every episode."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leo_agent.envs.navigation.measures.measures import (
    MeasureTracker,
    distance_to_goal_reward,
    path_efficiency,
    soft_spl,
    spl,
    success,
)

METRES = st.floats(0, 1e4) | st.just(math.inf)


@pytest.mark.parametrize(
    ("distance", "stop", "expected"),
    [(0.0, True, 1.0), (0.0999, True, 1.0), (0.1, True, 0.0), (0.05, False, 0.0), (math.inf, True, 0.0)],
)
def test_success_needs_stop_strictly_within_a_tenth_of_a_metre(distance, stop, expected):
    assert success(distance, stop) == expected


@pytest.mark.parametrize(
    ("start", "path", "distance", "expected_spl", "expected_soft"),
    [
        (4.0, 5.0, 0.05, 0.8, 0.9875 * 0.8),
        (4.0, 3.0, 0.0, 1.0, 1.0),  # shorter than the geodesic: never above one
        (4.0, 8.0, 6.0, 0.5, 0.0),  # farther than at the start: no negative progress
        (0.0, 0.0, 0.0, 1.0, 1.0),
        (0.0, 2.0, 2.0, 1.0, 0.0),
        (math.inf, 2.0, math.inf, 0.0, 0.0),
        (4.0, 4.0, math.inf, 1.0, 0.0),
    ],
)
def test_spl_and_soft_spl_by_hand(start, path, distance, expected_spl, expected_soft):
    assert spl(1.0, start, path) == pytest.approx(expected_spl)
    assert spl(0.0, start, path) == 0.0
    assert soft_spl(distance, start, path) == pytest.approx(expected_soft)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(3.0, 2.75, 0.25), (2.0, 2.5, -0.5), (math.inf, 2.0, 0.0), (2.0, math.inf, 0.0), (math.inf, math.inf, 0.0)],
)
def test_reward_is_the_distance_gained(before, after, expected):
    assert distance_to_goal_reward(before, after) == expected


@given(start=METRES, path=st.floats(0, 1e4), distance=METRES, stop=st.booleans())
def test_measures_are_fractions_for_every_input(start, path, distance, stop):
    successful = success(distance, stop)
    values = [successful, path_efficiency(start, path), spl(successful, start, path), soft_spl(distance, start, path)]
    assert all(0.0 <= value <= 1.0 for value in values)
    assert spl(successful, start, path) <= successful
    assert math.isfinite(distance_to_goal_reward(start, distance))


def straight_distance(position: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(position) - np.array([4.0, 0.0, 0.0])))


def test_tracker_on_a_walk_worked_out_by_hand():
    tracker = MeasureTracker(straight_distance, np.array([0.0, 0.0, 0.0]))
    assert tracker.values()["distance_to_goal"] == 4.0
    tracker.update(np.array([0.0, 0.0, 3.0]))  # sideways: 5 m from the goal now
    assert tracker.distance_to_goal_reward == pytest.approx(-1.0)
    tracker.update(np.array([0.0, 0.0, 3.0]), collided=True)
    tracker.update(np.array([4.0, 0.0, 0.0]))
    tracker.update(np.array([4.0, 0.0, 0.0]), stop_called=True)
    assert tracker.values() == {
        "distance_to_goal": 0.0,
        "success": 1.0,
        "spl": pytest.approx(4.0 / 8.0),
        "soft_spl": pytest.approx(4.0 / 8.0),
        "collisions": 1.0,
        "path_length": 8.0,
    }


def test_tracker_measures_again_only_after_a_move_and_keeps_its_own_copy():
    asked = []

    def distance(position: np.ndarray) -> float:
        asked.append(position)
        return straight_distance(position)

    position = np.zeros(3)
    tracker = MeasureTracker(distance, position)
    for _ in range(3):
        position[0] += 4e-5  # below the tolerance each time; the third has drifted beyond it in sum
        tracker.update(position)
    assert len(asked) == 2
    assert tracker.path_length_m == pytest.approx(1.2e-4, rel=1e-3)


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-2, 2), st.floats(-50, 50)), min_size=1, max_size=20),
    st.booleans(),
)
def test_path_length_bounds_progress(positions, stop):
    tracker = MeasureTracker(straight_distance, np.array(positions[0]))
    for position in positions[1:]:
        tracker.update(np.array(position))
    tracker.update(np.array(positions[-1]), stop_called=stop)
    walked = np.linalg.norm(np.array(positions[-1]) - np.array(positions[0]))
    assert tracker.path_length_m >= walked - 1e-3
    assert tracker.start_distance_m - tracker.distance_m <= tracker.path_length_m + 1e-2
    assert 0.0 <= tracker.values()["soft_spl"] <= 1.0
