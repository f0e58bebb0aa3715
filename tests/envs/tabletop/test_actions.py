"""What the tabletop environments take as an action: everything in the workspace is done, everything else is refused."""

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.envs.tabletop.actions import decoded_pose
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.workspace import BOUNDS
from tests.envs.tabletop.tabletop_tasks import tasks_without_files

FINE = np.array([0.5, 0.1, 0.05, 0, 0, 0.6, 0.8], np.float32)
numbers = st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.sampled_from([1e308, -1e308, 10**400, 0])
things = st.recursive(
    numbers | st.none() | st.booleans() | st.text(max_size=3) | st.complex_numbers() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=10,
)


@given(st.lists(numbers, min_size=7, max_size=7) | things)
@example([1e308] * 7)
@example([10**5000] * 7)
@example(["0.5"] * 7)
@example([1j] * 7)
@example([True] * 7)
@example(np.array([None] * 7))
@example(np.zeros((7, 0)))
@settings(max_examples=400, deadline=None)
def test_a_pose_is_decoded_or_refused_in_one_line(value):
    try:
        pose, notes = decoded_pose({"pick": value}, "pick")
    except InputError as error:
        message = str(error)
        assert re.fullmatch(r"action pick: (found|holds) .*, expected .*", message)  # "." is no line break
        return
    assert all(low <= x <= high for x, (low, high) in zip(pose.position, BOUNDS, strict=True))
    assert np.linalg.norm(pose.rotation) == pytest.approx(1)
    beyond_m = np.abs(np.asarray(value, float)[:3] - pose.position).max()
    assert ("pick clipped to the workspace" in notes) == (beyond_m > 1e-6)


@pytest.mark.parametrize(("beyond_m", "is_clipped"), [(0.0, False), (5e-7, False), (3e-6, True), (1e-3, True)])
def test_whatever_lies_more_than_a_micrometre_outside_is_clipped_and_reported(beyond_m, is_clipped):
    for edge, outward in zip(BOUNDS.T, (-1, 1), strict=True):
        pose, notes = decoded_pose({"pick": [*(edge + outward * beyond_m), 0, 0, 0, 1]}, "pick")
        assert pose.position == tuple(edge)
        assert notes == ["pick clipped to the workspace"] * is_clipped


@given(things)
@settings(max_examples=200, deadline=None)
def test_what_is_no_mapping_of_two_poses_is_refused(action):
    with pytest.raises(InputError, match="action"):
        decoded_pose(action, "pick")


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3), st.lists(st.floats(-1, 1), min_size=4, max_size=4))
@settings(max_examples=200, deadline=None)
def test_actions_of_the_space_come_through_unchanged(position, rotation):
    if np.abs(rotation).max() < 1e-3:
        return
    pose, _ = decoded_pose({"pick": np.array([*position, *rotation])}, "pick")
    again, _ = decoded_pose({"pick": [*pose.position, *pose.rotation]}, "pick")
    assert again.position == pose.position
    assert again.rotation == pytest.approx(pose.rotation, abs=1e-12)
    if TabletopEmbodiment().action_space()["pick"].contains(np.array([*position, *rotation], np.float32)):
        assert pose.position == pytest.approx(position, abs=1e-6)


WRONG_ACTIONS = {
    "missing": {"pick": FINE},
    "not a number": {"pick": FINE, "place": np.full(7, np.nan)},
    "zero quaternion": {"pick": FINE, "place": np.zeros(7)},
    "tuple": (FINE, FINE),
    "nothing": None,
    "array": np.stack([FINE, FINE]),
}


@pytest.mark.parametrize("task", tasks_without_files())
def test_every_task_clips_and_refuses_alike(task):
    environment = TabletopEnv(task=task, width=64, height=48, num_points=16)
    environment.reset(options={"episode_id": 1})
    before = environment.scene()
    for action in WRONG_ACTIONS.values():
        with pytest.raises(InputError) as caught:
            environment.step(action)
        assert "\n" not in str(caught.value)
    assert environment.scene() == before
    outside = {"pick": FINE + np.array([3, 0, 0, 0, 0, 0, 0]), "place": FINE - np.array([0, 9, 1, 0, 0, 0, 0])}
    *_, info = environment.step(outside | {"gripper": 1})
    assert info["action"]["notes"] == ["pick clipped to the workspace", "place clipped to the workspace"]
    environment.close()
