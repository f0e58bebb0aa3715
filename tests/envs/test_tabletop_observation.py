"""What the tabletop shows: cameras, maps from above, object clouds and pictures."""

import numpy as np
import pytest

from envs.rendering import Frame
from envs.tabletop.cameras import CAMERAS, FRONT_CAMERA, front_intrinsics, pixel_points
from envs.tabletop.clouds import CameraClouds
from envs.tabletop.env import TabletopEnv
from envs.tabletop.geometry import Pose
from envs.tabletop.shapes import block
from envs.tabletop.task import Body
from envs.tabletop.view import ROBOT_SEGMENT, TABLE_SEGMENT
from envs.tabletop.workspace import BOUNDS, PIXEL_SIZE_M


@pytest.fixture(scope="module")
def seen():
    environment = TabletopEnv(split="unseen", render_mode="rgb_array", num_objects=20)
    observation, _ = environment.reset(options={"episode_id": 7})
    yield environment, observation
    environment.close()


@pytest.mark.parametrize(
    ("camera", "looks_along", "meets_table_at"),
    [
        (CAMERAS[0], (-0.707, 0, -0.707), (0.25, 0)),
        (CAMERAS[1], (0.455, -0.455, -0.766), (0.445, 0.055)),
        (CAMERAS[2], (0.455, 0.455, -0.766), (0.445, -0.055)),
    ],
    ids=[camera.name for camera in CAMERAS],
)
def test_cameras_stand_where_the_original_has_them(camera, looks_along, meets_table_at):
    forward, eye = -camera.T_world_camera[:3, 2], camera.T_world_camera[:3, 3]
    assert forward == pytest.approx(looks_along, abs=1e-3)
    assert (eye - forward * eye[2] / forward[2])[:2] == pytest.approx(meets_table_at, abs=1e-3)
    assert camera.T_world_camera[2, 1] > 0  # not upside down
    assert np.linalg.det(camera.T_world_camera) == pytest.approx(1)


def test_lens_of_another_size_keeps_the_field_of_view():
    assert front_intrinsics(640, 480) == FRONT_CAMERA.intrinsics
    small = front_intrinsics(320, 320)
    assert (small.focal_x_px, small.center_x_px, small.center_y_px) == (225, 160, 160)


def test_segmentation_names_the_objects_and_depth_fits_them(seen):
    environment, observation = seen
    ids = set(observation["object_ids"][observation["object_mask"]].tolist())
    assert set(np.unique(observation["segmentation"])) == ids | {0, TABLE_SEGMENT, ROBOT_SEGMENT}
    for k, object_id in enumerate(observation["object_ids"][observation["object_mask"]]):
        box = observation["object_boxes"][k]
        pixels = np.nonzero(observation["segmentation"] == object_id)
        visible = pixel_points(observation["depth"], *pixels, FRONT_CAMERA)
        assert (np.abs(visible - box[:3]) <= box[3:] / 2 + 1e-3).all()
    assert ((observation["depth"] == 0) == (observation["segmentation"] == 0)).all()
    assert environment.observation_space.contains(observation)


def test_height_map_has_the_true_heights(seen):
    environment, observation = seen
    layout = environment._layout
    heights = observation["height_map"]
    assert np.median(heights) == pytest.approx(0, abs=1e-3)
    for body in layout.bodies:
        x, y, _ = body.pose.position
        u, v = round((y - BOUNDS[1, 0]) / PIXEL_SIZE_M), round((x - BOUNDS[0, 0]) / PIXEL_SIZE_M)
        top = 0.039 if body.shape.name == "block" else 0.003
        assert heights[u - 1 : u + 2, v - 1 : v + 2] == pytest.approx(top, abs=1.5e-3), body.category


def test_color_map_shows_each_object_in_its_color(seen):
    environment, observation = seen
    for body in environment._layout.bodies:
        x, y, _ = body.pose.position
        u, v = round((y - BOUNDS[1, 0]) / PIXEL_SIZE_M), round((x - BOUNDS[0, 0]) / PIXEL_SIZE_M)
        shown = observation["color_map"][u, v].astype(float)
        wanted = np.array(body.rgb, float)
        assert shown @ wanted / np.linalg.norm(shown) / np.linalg.norm(wanted) > 0.995
    assert (observation["color_map"].any(axis=-1)).mean() > 0.995


def test_clouds_lie_on_their_objects_and_follow_them():
    environment = TabletopEnv(width=64, height=48, num_points=256, share_arrays=True)
    before, _ = environment.reset(options={"episode_id": 0})
    action = environment.expert_action()
    after, *_, info = environment.step(action)
    moved = int(np.flatnonzero(before["object_ids"] == info["action"]["object_id"])[0])
    count = int(before["object_mask"].sum())
    for observation in (before, after):
        clouds, boxes = observation["object_points"][:count], observation["object_boxes"][:count]
        assert (np.abs(clouds[..., :3] - boxes[:, None, :3]) <= boxes[:, None, 3:] / 2 + 1e-5).all()
        assert not observation["object_points"][count:].any()
    assert (before["object_points"][moved] != after["object_points"][moved]).any()
    assert after["object_boxes"][moved, :2] == pytest.approx(action["place"][:2], abs=0.02)
    still = [k for k in range(count) if k != moved]
    assert (before["object_points"][still] == after["object_points"][still]).all()
    idle = {name: np.array([0.26, -0.49, 0, 0, 0, 0, 1], np.float32) for name in ("pick", "place")}
    again, *_ = environment.step(idle)
    assert again["object_points"] is after["object_points"]
    assert again["object_boxes"] is after["object_boxes"]
    environment.close()


def test_clouds_from_the_cameras_agree_with_the_surfaces():
    surface, cameras = (TabletopEnv(object_points=source, num_points=256) for source in ("surface", "cameras"))
    whole, _ = surface.reset(options={"episode_id": 2})
    parts, _ = cameras.reset(options={"episode_id": 2})
    assert (whole["object_ids"] == parts["object_ids"]).all()
    count = int(whole["object_mask"].sum())
    for k in range(count):
        box = whole["object_boxes"][k]
        assert (np.abs(parts["object_points"][k, :, :3] - box[:3]) <= box[3:] / 2 + 2e-3).all()
        assert parts["object_boxes"][k, 3:5] == pytest.approx(box[3:5], abs=0.015)
        shown, wanted = parts["object_points"][k, :, 3:].mean(axis=0), whole["object_points"][k, 0, 3:]
        assert shown @ wanted / np.linalg.norm(shown) / np.linalg.norm(wanted) > 0.995
    surface.close()
    cameras.close()


def test_clouds_of_cameras_that_see_nothing_are_none():
    body = Body(1, block(), "red", Pose((0.5, 0.0, 0.02)), 0.01)
    blank, full = (
        Frame(np.zeros((480, 640, 3), np.uint8), np.ones((480, 640), np.float32), np.full((480, 640), seen, np.int32))
        for seen in (0, 1)
    )
    clouds = CameraClouds([body], 8)
    assert len(clouds.objects({1: body.pose}, [full] * 3)) == 1
    elsewhere = {1: Pose((0.6, 0.0, 0.02))}
    assert len(clouds.objects(elsewhere, [blank] * 3)) == 0
    assert len(clouds.objects(elsewhere, [blank] * 3)) == 0


def test_picture_shows_arm_table_and_objects(seen):
    environment, _ = seen
    picture = environment.render()
    assert picture.shape == (480, 640, 3)
    assert picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 30
