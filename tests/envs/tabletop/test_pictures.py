"""The pictures of the tabletop for people: what they show, the outlined goal, and shadows."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects import block
from leo_agent.envs.rendering import Frame
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.goals import ZoneGoal, ZoneRule
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.pictures.overlay import GoalOverlay
from leo_agent.envs.tabletop.pictures.shadows import light_camera, shaded
from leo_agent.envs.tabletop.tasks import registered_tasks
from leo_agent.envs.tabletop.visuals.cameras import FRONT_CAMERA, pixel_points
from leo_agent.envs.tabletop.visuals.view import LIGHT_DIRECTION, TABLE_SEGMENT, TabletopView
from tests.envs.tabletop.tabletop_tasks import tasks_without_files


def test_picture_shows_arm_table_and_objects():
    environment = TabletopEnv(split="unseen", render_mode="rgb_array", num_objects=20)
    environment.reset(options={"episode_id": 7})
    picture = environment.render()
    environment.close()
    assert picture.shape == (480, 640, 3)
    assert picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 30


def test_the_goal_is_outlined_in_pictures_only_and_goes_when_it_is_reached():
    plain, outlined = (
        TabletopEnv(width=320, height=240, render_mode="rgb_array", goal_overlay=overlay) for overlay in (False, True)
    )
    first, second = (environment.reset(options={"episode_id": 2})[0] for environment in (plain, outlined))
    assert all(np.array_equal(first[key], second[key]) for key in first)
    changed = (plain.render() != outlined.render()).any(axis=-1)
    assert 20 < changed.sum() < 0.1 * changed.size
    greenish = outlined.render()[changed].astype(int)
    assert (greenish[:, 1] >= plain.render()[changed].astype(int)[:, 1]).mean() > 0.9
    while plain.step(plain.expert_action())[2:4] == (False, False):
        outlined.step(outlined.expert_action())
    outlined.step(outlined.expert_action())
    assert np.array_equal(plain.render(), outlined.render())
    plain.close()
    outlined.close()


def test_zones_are_outlined_where_they_count():
    zone = ZoneGoal(
        (1,), Pose((0.5, 0.2, 0.0)), ZoneRule({1: np.zeros((1, 3))}, (0.2, 0.1)), (Pose((0.5, 0.2, 0.0)),), ((True,),)
    )
    overlay = GoalOverlay()
    black = np.zeros((480, 640, 3), np.uint8)
    nothing = Frame(black, np.zeros((480, 640), np.float32), np.zeros((480, 640), np.int32))
    assert not overlay.drawn(black, nothing, FRONT_CAMERA).any()
    overlay.show(zone, {})
    drawn = overlay.drawn(black, nothing, FRONT_CAMERA).any(axis=-1)
    table = TabletopView()
    rows, columns = np.nonzero(drawn)
    points = pixel_points(table.render(FRONT_CAMERA).depth, rows, columns, FRONT_CAMERA)
    assert points[:, :2].min(axis=0) == pytest.approx([0.4, 0.15], abs=0.012)
    assert points[:, :2].max(axis=0) == pytest.approx([0.6, 0.25], abs=0.012)
    overlay.show(None, {})
    assert not overlay.drawn(black, nothing, FRONT_CAMERA).any()


def test_shadows_lie_beside_what_stands_in_the_light():
    light = light_camera(LIGHT_DIRECTION)
    scene = TabletopView()
    body = Body(1, block(), "red", Pose((0.5, 0.0, 0.02)), 0.01)
    pictures = []
    for bodies in ((), (body,)):
        scene.reset(bodies)
        frame = scene.render(FRONT_CAMERA)
        pictures.append((frame, shaded(frame, FRONT_CAMERA, scene.render(light).depth, light)))
    (bare, bare_shaded), (frame, picture) = pictures
    table = (frame.segmentation == TABLE_SEGMENT) & (bare.segmentation == TABLE_SEGMENT)
    darker = table & (picture[..., 0] < bare_shaded[..., 0])
    assert darker.sum() > 200
    middle = pixel_points(frame.depth, *np.nonzero(darker), FRONT_CAMERA).mean(axis=0)
    assert middle[:2] == pytest.approx([0.49, 0.02], abs=0.02)  # away from the light
    assert (picture <= frame.image).all()
    assert (frame.image - picture).max() <= 0.5 * 255


@pytest.fixture(scope="module")
def documentation():
    """The script that makes the picture of all tasks."""
    path = Path(__file__).parents[3] / "docs" / "make_tabletop_pictures.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_documentation_leaves_out_only_tasks_whose_assets_were_not_given(documentation, tmp_path, assets):
    assert documentation.drawn_tasks(None) == tasks_without_files()
    assert documentation.drawn_tasks(assets) == list(registered_tasks())
    pictures, instruction = documentation.episode_pictures("packing-google-objects-seq", 2, assets)
    assert pictures.size == (2 * documentation.WIDTH, documentation.HEIGHT - documentation.CROP_TOP)
    assert instruction.startswith("pack the ")
    with pytest.raises(InputError, match="assets: found none of the objects"):
        documentation.episode_pictures("packing-google-objects-seq", 2, str(tmp_path))
    with pytest.raises(InputError, match="episode_id: found -1"):
        documentation.episode_pictures("put-blocks-in-bowls", -1, None)
