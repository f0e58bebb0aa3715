"""Action ids of both worlds: the published formulas, and round trips over the whole range."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import InputError
from policies.leo import action_tokens as tokens

FLAT = np.arange(320 * 160, dtype=np.float32).reshape(320, 160) * 1e-6


def yaw_pose(x: float, y: float, yaw_rad: float) -> np.ndarray:
    return np.array([x, y, 0.1, 0, 0, np.sin(yaw_rad / 2), np.cos(yaw_rad / 2)])


def test_published_ids_at_full_size():
    for index, token in [(0, 31999), (7, 31992), (8, 31991), (327, 31672), (328, 31671), (487, 31512), (523, 31476)]:
        assert tokens.action_index_to_token(index, 32000) == token
        assert tokens.action_index_to_token(token, 32000) == index
    done = [tokens.action_index_to_token(index, 32000) for index in tokens.DONE_ACTION]
    assert done == [31991, 31671, 31511] * 2


def test_navigation_is_mapped_by_name():
    assert tokens.navigation_indices(6).tolist() == [0, 1, 3, 4, 5, 6]
    assert tokens.navigation_indices(4).tolist() == [0, 1, 3, 4]
    assert [tokens.decode_navigation(tokens.encode_navigation(action)) for action in range(6)] == list(range(6))
    with pytest.raises(InputError, match="move_backward"):
        tokens.decode_navigation(2)
    with pytest.raises(InputError, match="found 6"):
        tokens.encode_navigation(6)


@given(st.floats(0.25, 0.75), st.floats(-0.5, 0.5), st.floats(-10, 10))
def test_pose_round_trip(x, y, yaw_rad):
    pose = yaw_pose(x, y, yaw_rad)
    indices = tokens.encode_pose(pose)
    decoded = tokens.decode_pose(indices, FLAT)
    # the half pixel at the far edges folds onto the last pixel
    assert abs(decoded[0] - x) <= (0.0015625 if x <= 0.7484375 else 0.003125) + 1e-6
    assert abs(decoded[1] - y) <= (0.0015625 if y <= 0.4984375 else 0.003125) + 1e-6
    turned = abs(np.angle(np.exp(1j * (tokens.yaw_of(decoded[3:]) - yaw_rad))))
    assert turned <= np.radians(5) + 1e-4
    assert decoded[2] == FLAT[indices[0] - tokens.U_START, indices[1] - tokens.V_START]
    assert tokens.encode_pose(decoded) == indices


def test_every_index_round_trips():
    for u in range(320):
        v, yaw_bin = u % 160, u % 36
        indices = (tokens.U_START + u, tokens.V_START + v, tokens.YAW_START + yaw_bin)
        assert tokens.encode_pose(tokens.decode_pose(indices, FLAT)) == indices


@pytest.mark.parametrize(("yaw_deg", "expected"), [(-1e-17, 0), (0, 0), (360, 0), (359.9, 35), (-0.1, 35), (180.1, 18)])
def test_yaw_wraps_around(yaw_deg, expected):
    assert tokens.encode_pose(yaw_pose(0.5, 0, np.radians(yaw_deg)))[2] - tokens.YAW_START == expected


def test_decoded_yaw_is_the_bin_centre_within_half_a_turn():
    centres = [
        np.degrees(2 * np.arctan2(*tokens.decode_pose((8, 328, tokens.YAW_START + each), FLAT)[5:7]))
        for each in (0, 17, 18, 35)
    ]
    assert np.allclose(centres, [5, 175, -175, -5], atol=1e-4)


def test_positions_outside_are_clamped():
    assert tokens.encode_pose(yaw_pose(-1, -1, 0))[:2] == (8, 328)
    assert tokens.encode_pose(yaw_pose(2, 2, 0))[:2] == (327, 487)


def test_tilt_does_not_change_the_yaw_of_an_upright_turn():
    half = np.radians(40) / 2
    pitched = np.array([np.sin(half), 0, 0, np.cos(half)])
    assert tokens.yaw_of(pitched) == pytest.approx(0)


def test_wrong_order_is_an_error():
    with pytest.raises(InputError, match="not of the form u, v, yaw"):
        tokens.decode_pose((328, 8, 488), FLAT)
