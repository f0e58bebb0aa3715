"""The measures of navigation: values worked out by hand, and properties that hold for every episode."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import FORWARD, STOP
from leo_agent.envs.navigation.measures import EpisodeState, navigation_measures
from leo_agent.envs.navigation.measures.distance_to_goal import distance_gained_m
from leo_agent.envs.navigation.measures.spl import path_efficiency, soft_spl, spl
from leo_agent.envs.navigation.measures.success import decide_success
from leo_agent.envs.navigation.measures.tracker import MeasureTracker
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav

METRES = st.floats(0, 1e4) | st.just(math.inf)
MEASURES = navigation_measures(ObjectNav.measures)


def state(start: float = 4.0, path: float = 0.0, distance: float = 4.0, **more: float) -> EpisodeState:
    return EpisodeState(0.1, start, distance, more.pop("before", distance), path_length_m=path, **more)


def track(start: np.ndarray) -> MeasureTracker:
    return MeasureTracker(straight_distance, start, MEASURES, success_distance_m=0.1)


def straight_distance(position: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(position) - np.array([4.0, 0.0, 0.0])))


def test_each_measure_has_what_tables_need_and_the_columns_of_before_come_first():
    described = [(one.measure.name, one.measure.label, one.measure.kind, one.measure.unit) for one in MEASURES]
    assert described == [
        ("success", "Success", "rate", ""),
        ("spl", "SPL", "fraction", ""),
        ("soft_spl", "Soft-SPL", "fraction", ""),
        ("distance_to_goal", "Distance to goal", "quantity", "m"),
        ("collisions", "Collisions", "quantity", ""),
        ("path_length", "Path length", "quantity", "m"),
    ]
    assert [one.measure.name for one in MEASURES if not one.measure.headline] == ["collisions", "path_length"]


def test_an_unknown_measure_is_named():
    with pytest.raises(InputError, match="measure: found 'speed', expected one of collisions, distance_to_goal"):
        navigation_measures(["spl", "speed"])


@pytest.mark.parametrize(
    ("distance", "stop", "expected"),
    [(0.0, True, 1.0), (0.0999, True, 1.0), (0.1, True, 0.0), (0.05, False, 0.0), (math.inf, True, 0.0)],
)
def test_success_needs_stop_strictly_within_the_success_distance(distance, stop, expected):
    assert decide_success(state(distance=distance, stop_called=stop)) == expected


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
    assert spl(state(start, path, distance, success=1.0)) == pytest.approx(expected_spl)
    assert spl(state(start, path, distance)) == 0.0
    assert soft_spl(state(start, path, distance)) == pytest.approx(expected_soft)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(3.0, 2.75, 0.25), (2.0, 2.5, -0.5), (math.inf, 2.0, 0.0), (2.0, math.inf, 0.0), (math.inf, math.inf, 0.0)],
)
def test_reward_is_the_distance_gained(before, after, expected):
    assert distance_gained_m(state(distance=after, before=before)) == expected


@given(start=METRES, path=st.floats(0, 1e4), distance=METRES, stop=st.booleans())
def test_measures_are_fractions_for_every_input(start, path, distance, stop):
    one = state(start, path, distance, stop_called=stop)
    one.success = decide_success(one)
    values = [one.success, path_efficiency(start, path), spl(one), soft_spl(one)]
    assert all(0.0 <= value <= 1.0 for value in values)
    assert spl(one) <= one.success
    assert math.isfinite(distance_gained_m(state(start, path, distance, before=start)))


def test_tracker_on_a_walk_worked_out_by_hand():
    tracker = track(np.array([0.0, 0.0, 0.0]))
    assert tracker.values()["distance_to_goal"] == 4.0
    tracker.update(np.array([0.0, 0.0, 3.0]), FORWARD)  # sideways: 5 m from the goal now
    assert tracker.distance_gained_m == pytest.approx(-1.0)
    tracker.update(np.array([0.0, 0.0, 3.0]), FORWARD, collided=True)
    tracker.update(np.array([4.0, 0.0, 0.0]), FORWARD)
    tracker.update(np.array([4.0, 0.0, 0.0]), STOP)
    assert tracker.values() == {
        "distance_to_goal": 0.0,
        "success": 1.0,
        "spl": pytest.approx(4.0 / 8.0),
        "soft_spl": pytest.approx(4.0 / 8.0),
        "collisions": 1.0,
        "path_length": 8.0,
    }
    assert tracker.state.actions == [FORWARD, FORWARD, FORWARD, STOP]


def test_tracker_measures_again_only_after_a_move_and_keeps_its_own_copy():
    asked = []

    def distance(position: np.ndarray) -> float:
        asked.append(position)
        return straight_distance(position)

    position = np.zeros(3)
    tracker = MeasureTracker(distance, position, MEASURES, 0.1)
    for _ in range(3):
        position[0] += 4e-5  # below the tolerance each time; the third has drifted beyond it in sum
        tracker.update(position, FORWARD)
    assert len(asked) == 2
    assert tracker.state.path_length_m == pytest.approx(1.2e-4, rel=1e-3)


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-2, 2), st.floats(-50, 50)), min_size=1, max_size=20),
    st.booleans(),
)
def test_path_length_bounds_progress(positions, stop):
    tracker = track(np.array(positions[0]))
    for position in positions[1:]:
        tracker.update(np.array(position), FORWARD)
    tracker.update(np.array(positions[-1]), STOP if stop else FORWARD)
    walked = np.linalg.norm(np.array(positions[-1]) - np.array(positions[0]))
    final = tracker.state
    assert final.path_length_m >= walked - 1e-3
    assert final.start_distance_m - final.distance_m <= final.path_length_m + 1e-2
    assert 0.0 <= tracker.values()["soft_spl"] <= 1.0
