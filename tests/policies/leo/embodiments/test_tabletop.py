"""Poses as action indices: every index both ways, over the whole workspace, its edges and beyond."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.policies.leo.embodiments import tabletop
from leo_agent.policies.leo.embodiments.tabletop import LeoTabletop
from leo_agent.policies.leo.text import action_tokens as tokens

FLAT = np.arange(320 * 160, dtype=np.float32).reshape(320, 160) * 1e-6
PIXEL_M = 0.5 / 160
HALF_PIXEL_M = 0.0015625
HALF_BIN_RAD = math.radians(5)
ROUNDING = 1e-6  # decoded poses are float32

any_turn = st.floats(-1e3, 1e3)
any_float = st.floats(allow_nan=False, allow_infinity=False)


def turn(axis: int, angle_rad: float) -> np.ndarray:
    """Quaternion x, y, z, w of a rotation about one axis."""
    quaternion = np.zeros(4)
    quaternion[axis], quaternion[3] = math.sin(angle_rad / 2), math.cos(angle_rad / 2)
    return quaternion


def after(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Quaternion of the first rotation and then the second."""
    a, b = second[:3], first[:3]
    imaginary = second[3] * b + first[3] * a + np.cross(a, b)
    return np.append(imaginary, second[3] * first[3] - a @ b)


def pose_of(x: float, y: float, rotation: np.ndarray) -> np.ndarray:
    return np.array([x, y, 0.1, *rotation])


def apart(one_rad: float, other_rad: float) -> float:
    return abs(math.remainder(one_rad - other_rad, math.tau))


def axis_error(value: float, low: float, high: float) -> float:
    """How far a decoded coordinate may be: half a pixel; the last half pixel at the far edge folds onto the last."""
    inside = min(max(value, low), high)
    return max(HALF_PIXEL_M, inside - (high - PIXEL_M)) + ROUNDING


def check_round_trip(x: float, y: float, rotation: np.ndarray, yaw_rad: float) -> None:
    indices = tabletop.encode_pose(pose_of(x, y, rotation))
    decoded = tabletop.decode_pose(indices, FLAT)
    assert abs(decoded[0] - np.clip(x, 0.25, 0.75)) <= axis_error(x, 0.25, 0.75)
    assert abs(decoded[1] - np.clip(y, -0.5, 0.5)) <= axis_error(y, -0.5, 0.5)
    assert apart(tabletop.yaw_of(decoded[3:]), yaw_rad) <= HALF_BIN_RAD + ROUNDING
    assert decoded[2] == FLAT[indices[0] - tokens.U.start, indices[1] - tokens.V.start]
    assert tabletop.encode_pose(decoded) == indices


@given(st.floats(0.25, 0.75), st.floats(-0.5, 0.5), any_turn)
def test_a_pose_in_the_workspace(x, y, yaw_rad):
    check_round_trip(x, y, turn(2, yaw_rad), yaw_rad)


@given(any_float, any_float)
@example(0.75, 0.5)
@example(0.25, -0.5)
@example(np.nextafter(0.75, 1), np.nextafter(-0.5, -1))
@example(1.7e308, -1.7e308)
def test_a_position_anywhere_is_clamped(x, y):
    check_round_trip(x, y, turn(2, 0.1), 0.1)


@given(st.integers(0, 160), st.integers(0, 320), st.integers(-4, 4))
def test_borders_between_pixels(v, u, steps):
    """Exactly on a border, and the numbers next to it, belong to one of the two pixels beside it."""
    x, y = 0.25 + (v - 0.5) * PIXEL_M, -0.5 + (u - 0.5) * PIXEL_M
    for _ in range(abs(steps)):
        x, y = np.nextafter(x, math.copysign(math.inf, steps)), np.nextafter(y, math.copysign(math.inf, steps))
    found = tabletop.encode_pose(pose_of(x, y, turn(2, 0.1)))
    assert found[0] - tokens.U.start in {max(u - 1, 0), min(u, 319)}
    assert found[1] - tokens.V.start in {max(v - 1, 0), min(v, 159)}
    check_round_trip(x, y, turn(2, 0.1), 0.1)


@given(st.integers(-108, 108), st.sampled_from([0.0, 1e-17, -1e-17, 1e-9, -1e-9]), st.booleans())
@example(0, -1e-17, False)
@example(18, 0.0, False)
@example(-18, 0.0, False)
@example(36, 0.0, True)
@example(-72, 0.0, False)
def test_borders_between_yaw_bins(tens, off_rad, negated):
    """Multiples of 10 degrees, with pi, -pi and full turns, and hairs beside them; q and -q are the same rotation."""
    yaw_rad = math.radians(10 * tens) + off_rad
    rotation = turn(2, yaw_rad)
    check_round_trip(0.5, 0.0, -rotation if negated else rotation, yaw_rad)


@pytest.mark.parametrize(("yaw_deg", "expected"), [(0, 0), (5, 0), (359.9, 35), (-0.1, 35), (180.1, 18), (355, 35)])
def test_yaw_wraps_around(yaw_deg, expected):
    assert tabletop.encode_pose(pose_of(0.5, 0, turn(2, math.radians(yaw_deg))))[2] - tokens.YAW.start == expected


@given(any_turn, st.floats(-math.radians(89), math.radians(89)), any_turn, st.floats(1e-100, 1e100), st.booleans())
def test_yaw_of_tilted_rotations(yaw_rad, about_x_rad, about_y_rad, length, negated):
    """The turn about z that comes first, whatever tilt about x and then y follows; the length does not matter."""
    rotation = after(turn(1, about_y_rad), after(turn(0, about_x_rad), turn(2, yaw_rad)))
    rotation *= -length if negated else length
    assert apart(tabletop.yaw_of(rotation), yaw_rad) <= 1e-9
    check_round_trip(0.5, 0.0, rotation, yaw_rad)


@given(any_turn, st.sampled_from([-1, 1]))
def test_tilted_by_a_right_angle_all_of_the_turn_is_yaw(yaw_rad, sign):
    rotation = after(turn(0, sign * math.pi / 2), turn(2, yaw_rad))
    assert apart(tabletop.yaw_of(rotation), yaw_rad) <= 1e-9


def test_every_index_both_ways():
    """All pixels, each with a yaw bin; every pair of a row, or of a column, with a bin occurs."""
    pairs = set()
    for u in range(320):
        for v in range(160):
            yaw_bin = (u + 7 * v + v // 36) % 36
            indices = (tokens.U.start + u, tokens.V.start + v, tokens.YAW.start + yaw_bin)
            assert tabletop.encode_pose(tabletop.decode_pose(indices, FLAT)) == indices
            pairs |= {("u", u, yaw_bin), ("v", v, yaw_bin)}
    assert len(pairs) == (320 + 160) * 36


def test_decoded_yaw_is_the_bin_centre_within_half_a_turn():
    centres = [
        np.degrees(2 * np.arctan2(*tabletop.decode_pose((8, 328, tokens.YAW.start + each), FLAT)[5:7]))
        for each in range(36)
    ]
    expected = [10 * each + 5 - (360 if each >= 18 else 0) for each in range(36)]
    assert np.allclose(centres, expected, atol=1e-4)


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_pose_without_numbers_is_an_error(place, value):
    pose = pose_of(0.5, 0, turn(2, 0.1))
    pose[place] = value
    with pytest.raises(InputError, match=rf"pose of an action: found \[.*{value}.*\], expected finite numbers"):
        LeoTabletop(TabletopEmbodiment()).encode({"pick": pose_of(0.5, 0, turn(2, 0.1)), "place": pose})


def test_a_pose_of_another_form_is_an_error():
    with pytest.raises(InputError, match="expected finite numbers, the last 4 not all zero"):
        tabletop.encode_pose(np.zeros(7))
    with pytest.raises(InputError, match=r"found shape \(6,\), expected \(7,\)"):
        tabletop.encode_pose(np.ones(6))


@given(st.lists(st.integers(-2, 600), max_size=7))
def test_wrong_indices_are_an_error(indices):
    if [block_of(index) for index in indices] != [tokens.U, tokens.V, tokens.YAW]:
        with pytest.raises(InputError, match="not of the form u, v, yaw"):
            tabletop.decode_pose(indices, FLAT)


def block_of(index: int) -> tokens.TokenRange | None:
    return next((each for each in tokens.RANGES if each.start <= index < each.start + each.size), None)
