"""The batch renderer for GPUs against the renderer on the CPU; it runs here on Warp's own CPU device."""

from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.rendering import Mesh, RenderScene
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from tests.envs.rendering.test_rendering import mesh_of, wall
from tests.envs.rendering.test_rendering_threads import cluttered_room, poses

pytest.importorskip("warp")
torch = pytest.importorskip("torch")

from leo_agent.envs.rendering.warp.renderer import WarpRenderer  # noqa: E402 - after the check that Warp is there

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"
CAMERA = Intrinsics.from_hfov(64, 48, 79)


def compare(name: str, mesh: Mesh, cameras: np.ndarray) -> None:
    scene = RenderScene()
    scene.add(mesh)
    expected = scene.render_batch(CAMERA, cameras)
    drawn = WarpRenderer([mesh], "cpu").render_batch(CAMERA, cameras)
    same_id = (drawn.segmentation.numpy() == expected.segmentation).mean()
    near = np.mean(np.abs(drawn.depth.numpy() - expected.depth) <= 0.005)
    color = np.abs(drawn.image.numpy().astype(int) - expected.image).max(axis=-1)
    print(f"{name}: ids equal {same_id:.3%}, depth in 5 mm {near:.3%}, RGB in 2/255 {np.mean(color <= 2):.3%}")
    assert min(same_id, near, np.mean(color <= 2)) > 0.99


def test_a_house_looks_as_on_the_cpu() -> None:
    files = find_scene(HOUSES, "scenes/house_0001.scene_instance.json", "golden.scene_dataset_config.json")
    views = np.load(HOUSES / "house_0001.golden.npz")["view_pose"].astype(float)[:4]
    halves = np.radians(views[:, 3]) / 2.0
    cameras = [
        pose_matrix((x, y + 0.88, z), (0.0, np.sin(half), 0.0, np.cos(half)))
        for (x, y, z, _), half in zip(views, halves, strict=True)
    ]
    compare("house_0001", load_scene(files, 1).mesh, np.stack(cameras))


def test_textures_and_vertex_colours_look_as_on_the_cpu() -> None:
    compare("textured room", cluttered_room(), poses(3))


def test_each_view_is_of_its_own_scene() -> None:
    renderer = WarpRenderer([mesh_of(wall(-2.0)), mesh_of(wall(-3.0))], "cpu", background=(9, 8, 7))
    frames = renderer.render_batch(CAMERA, np.stack([np.eye(4)] * 3), [1, 0, 1])
    assert torch.allclose(frames.depth.mean(dim=(1, 2)), torch.tensor([3.0, 2.0, 3.0]), rtol=1e-5)
    away = renderer.render_batch(CAMERA, pose_matrix((0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0))[None])
    assert (away.image == torch.tensor([9, 8, 7], dtype=torch.uint8)).all()
    assert not away.depth.any()
    for scenes in ([2], [-1]):
        with pytest.raises(InputError, match="rows of 2 meshes"):
            renderer.render_batch(CAMERA, np.eye(4)[None], scenes)
    with pytest.raises(InputError, match="finite"):
        renderer.render_batch(CAMERA, np.full((1, 4, 4), np.nan))


def test_faces_seen_from_behind_are_passed_through_or_show_their_other_side() -> None:
    front, back = wall(-2.0), wall(-2.0)[:, ::-1]
    around = pose_matrix((0.0, 0.0, -5.0), (0.0, 1.0, 0.0, 0.0))
    cameras = np.stack([np.eye(4), around])
    one_sided = WarpRenderer([mesh_of(np.concatenate([front, wall(-4.0)]), front_only=True)], "cpu")
    assert set(one_sided.render_batch(CAMERA, cameras).segmentation[0].unique().tolist()) == {1, 2}
    assert not one_sided.render_batch(CAMERA, cameras).depth[1].any()
    both = WarpRenderer([mesh_of(np.concatenate([front, back]), front_only=True)], "cpu")
    shown = both.render_batch(CAMERA, cameras).segmentation
    assert set(shown[0].unique().tolist()) == {1, 2}
    assert set(shown[1].unique().tolist()) == {3, 4}
