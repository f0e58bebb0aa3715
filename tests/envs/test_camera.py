"""Intrinsics, poses and unprojection."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import Intrinsics, pose_matrix, rotation_matrix


def test_from_hfov_is_habitats_pinhole() -> None:
    camera = Intrinsics.from_hfov(640, 480, 79)
    assert camera.focal_x_px == camera.focal_y_px == pytest.approx(388.19, abs=0.005)
    assert (camera.center_x_px, camera.center_y_px) == (320.0, 240.0)
    vertical_deg = 2.0 * math.degrees(math.atan(camera.center_y_px / camera.focal_y_px))
    assert vertical_deg == pytest.approx(63.45, abs=0.01)


def test_unproject_puts_points_in_front_of_the_camera() -> None:
    camera = Intrinsics.from_hfov(4, 2, 90)
    points = camera.unproject(np.full((2, 4), 2.0, np.float32))
    assert points.dtype == np.float32
    assert np.allclose(points[..., 2], -2.0)
    assert np.allclose(points[0, 0], [-1.5, 0.5, -2.0])  # top left: left and up
    assert np.allclose(points[1, 3], [1.5, -0.5, -2.0])


@pytest.mark.parametrize(
    "arguments", [(0, 10, 79), (10, 0, 79), (10, 10, 0), (10, 10, 180), (9000, 10, 79), (10, 10, math.nan)]
)
def test_impossible_cameras_are_refused(arguments: tuple[int, int, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        Intrinsics.from_hfov(*arguments)


def test_unproject_wants_its_own_size() -> None:
    with pytest.raises(InputError, match=r"found shape \(3, 4\), expected \(2, 4\)"):
        Intrinsics.from_hfov(4, 2, 90).unproject(np.zeros((3, 4), np.float32))


def test_yaw_quaternion_turns_left_about_up() -> None:
    half = math.radians(30.0) / 2.0
    pose = pose_matrix((1.0, 2.0, 3.0), (0.0, math.sin(half), 0.0, math.cos(half)))
    forward = pose[:3, :3] @ np.array([0.0, 0.0, -1.0])
    assert np.allclose(forward, [-0.5, 0.0, -math.cos(math.radians(30.0))])
    assert np.allclose(pose[:, 3], [1.0, 2.0, 3.0, 1.0])


@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 1e-3))
def test_every_quaternion_gives_a_rotation(quaternion: list[float]) -> None:
    matrix = rotation_matrix(quaternion)
    assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_zero_quaternion_is_refused() -> None:
    with pytest.raises(InputError, match="not all 0"):
        rotation_matrix((0.0, 0.0, 0.0, 0.0))
