"""What a policy is shown of the tabletop: cameras, maps from above and object clouds."""

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.tabletop import MAP_SHAPE, PIXEL_SIZE_M
from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects import Shape, block
from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh
from leo_agent.envs.rendering import Frame, Texture
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.layout.layout import Body, Layout
from leo_agent.envs.tabletop.observation.clouds import CameraClouds, SurfaceClouds
from leo_agent.envs.tabletop.observation.maps import FLOOR_TOLERANCE_M
from leo_agent.envs.tabletop.visuals.cameras import (
    CAMERAS,
    FRONT_CAMERA,
    front_intrinsics,
    pixel_points,
)
from leo_agent.envs.tabletop.visuals.view import ROBOT_SEGMENT, TABLE_SEGMENT, TabletopView
from leo_agent.envs.tabletop.workspace import BOUNDS
from tests.envs.tabletop.tabletop_tasks import tasks_without_files


@pytest.fixture(scope="module")
def seen():
    environment = TabletopEnv(split="unseen", num_objects=20)
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


def slow_maps(observation, names):
    """The maps as they are specified, in numpy: points of each camera sorted by height, the last in a cell counts."""
    heights, colors = [], []
    for name, camera in zip(names, CAMERAS, strict=True):
        depth, image = observation[f"depth_{name}"], observation[f"image_{name}"]
        rows, columns = np.nonzero(depth > 0)
        x, y, z = pixel_points(depth, rows, columns, camera).T
        z = z.astype(np.float32)
        inside = (x >= 0.25) & (x < 0.75) & (y >= -0.5) & (y < 0.5) & (z >= -FLOOR_TOLERANCE_M) & (z < 0.28)
        order = np.flatnonzero(inside)[np.argsort(z[inside], kind="stable")]
        u = np.minimum(np.floor((y[order] + 0.5) / PIXEL_SIZE_M).astype(int), MAP_SHAPE[0] - 1)
        v = np.minimum(np.floor((x[order] - 0.25) / PIXEL_SIZE_M).astype(int), MAP_SHAPE[1] - 1)
        height, color = np.zeros(MAP_SHAPE), np.zeros((*MAP_SHAPE, 3))
        height[u, v], color[u, v] = z[order], image[rows[order], columns[order]]
        heights.append(height)
        colors.append(color)
    count = np.stack([color.any(axis=-1) for color in colors]).sum(axis=0)
    mean = np.rint(np.sum(colors, axis=0) / np.maximum(count, 1)[..., None])
    return mean, np.maximum(np.max(heights, axis=0), 0)


@pytest.mark.parametrize("task", tasks_without_files())
def test_every_task_shows_what_its_cameras_and_maps_promise(task):
    names = ("front", "left", "right")
    environment = TabletopEnv(task=task, cameras=names, num_points=64, object_points="cameras")
    observation, _ = environment.reset(options={"episode_id": 4})
    assert environment.observation_space.contains(observation)
    assert set(observation) == set(environment.observation_space.spaces)
    for key in ("image", "depth", "segmentation"):
        assert np.array_equal(observation[key], observation[f"{key}_front"])
        assert not np.shares_memory(observation[key], observation[f"{key}_front"])
    color_map, height_map = slow_maps(observation, names)
    assert np.abs(observation["height_map"] - height_map).max() < 1e-6
    equal = (observation["color_map"] == color_map).all(axis=-1)
    print(f"{task}: {1 - equal.mean():.5%} of the colour map's cells differ")
    assert equal.all()
    assert 0 <= observation["height_map"].min() <= observation["height_map"].max() <= 0.28

    bodies = environment.scene()["layout"]["bodies"]
    assert len(bodies) <= 60
    seen = set(observation["object_ids"][observation["object_mask"]].tolist())
    shown = set(np.unique(np.stack([observation[f"segmentation_{name}"] for name in names])).tolist())
    assert seen == shown - {0, TABLE_SEGMENT, ROBOT_SEGMENT}
    assert len(seen) >= 0.9 * len(bodies)
    clouds = observation["object_points"][observation["object_mask"]]
    boxes = observation["object_boxes"][observation["object_mask"]]
    assert (np.abs(clouds[..., :3] - boxes[:, None, :3]) <= boxes[:, None, 3:] / 2 + 1e-5).all()
    environment.close()


@pytest.mark.parametrize("task", tasks_without_files())
def test_surfaces_of_every_task_lie_where_its_cameras_see_them(task):
    whole, parts = (
        TabletopEnv(task=task, width=64, height=48, object_points=source).reset(options={"episode_id": 1})[0]
        for source in ("surface", "cameras")
    )
    rows = {int(k): row for row, k in enumerate(whole["object_ids"]) if whole["object_mask"][row]}
    assert len(rows) == whole["object_mask"].sum()
    for row in np.flatnonzero(parts["object_mask"]):
        surface = rows[int(parts["object_ids"][row])]
        box, points = whole["object_boxes"][surface], parts["object_points"][row, :, :3]
        assert (np.abs(points - box[:3]) <= box[3:] / 2 + 3e-3).all()


def test_cameras_are_chosen_by_name():
    environment = TabletopEnv(width=64, height=48, cameras=["right"])
    extra = {"image_right", "depth_right", "segmentation_right"}
    assert extra == set(environment.observation_space.spaces) - set(TabletopEnv().observation_space.spaces)
    observation, _ = environment.reset(seed=0)
    assert observation["image_right"].shape == (480, 640, 3)
    again, *_ = environment.step(environment.expert_action())
    assert not np.shares_memory(observation["image_right"], again["image_right"])
    environment.close()
    for wrong in ("front", ("front", "front"), ("top",), (3,), 3, None):
        with pytest.raises(InputError, match="cameras: found"):
            TabletopEnv(cameras=wrong)


def test_of_more_objects_than_slots_the_lowest_ids_are_given():
    environment, few = (TabletopEnv(width=64, height=48, num_objects=count) for count in (60, 4))
    whole, _ = environment.reset(options={"episode_id": 2})
    first, _ = few.reset(options={"episode_id": 2})
    assert whole["object_mask"].sum() > 4
    assert first["object_ids"].tolist() == [1, 2, 3, 4]
    for key in ("object_points", "object_boxes", "object_mask"):
        assert np.array_equal(first[key], whole[key][:4])
    environment.close()
    few.close()


def painted_box(texture=None, colors=None):
    """A cube of 10 cm that nothing touches, with colours of its own."""
    vertices, faces = box_mesh((0.05,) * 3)
    corners = np.tile(np.array([[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]], np.float32), (len(faces), 1, 1))
    return Shape(
        "box", vertices, faces, (), rectangle(0.1, 0.1), (0.1,) * 3, (0.1, 0.1), colors=colors, texture=texture,
        texcoords=None if texture is None else corners,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["faces", "texture"])
def test_clouds_have_the_colors_of_painted_shapes(kind):
    if kind == "faces":
        colors = np.repeat(np.array([[200, 30, 30], [30, 200, 30]], np.uint8), 6, axis=0)
        shape, wanted = painted_box(colors=colors), colors[[0, 6]]
    else:
        pixels = np.repeat(np.array([[[220, 40, 40], [40, 40, 220]]], np.uint8), 2, axis=0)
        shape, wanted = painted_box(texture=Texture(pixels)), None
    body = Body(1, shape, None, Pose((0.5, 0.0, 0.05)), 0.0, fixed=True)
    poses = {1: body.pose}
    surface = SurfaceClouds([body], 4096, seed=0).objects(poses)
    scene = TabletopView()
    scene.reset(Layout((body,), (), (), "done.", 1).bodies)
    frames = [scene.render(camera) for camera in CAMERAS]
    seen = CameraClouds([body], 4096).objects(poses, frames)
    assert surface.boxes[0] == pytest.approx([0.5, 0, 0.05, 0.1, 0.1, 0.1], abs=1e-6)
    assert seen.boxes[0] == pytest.approx(surface.boxes[0], abs=0.05)
    hues = surface.points[0, :, 3:]
    if wanted is not None:
        assert {tuple(row) for row in np.rint(hues * 255).astype(int)} == {tuple(row) for row in wanted.tolist()}
    else:
        assert (hues.max(axis=0) > 0.6)[[0, 2]].all()
        assert (hues.min(axis=0) < 0.4)[[0, 2]].all()
    for channel in range(2 if wanted is not None else 1):  # both colours are seen, dimmed by the light
        assert (seen.points[0, :, 3 + channel] > 2 * seen.points[0, :, 3 + (channel + 1) % 3]).any()
