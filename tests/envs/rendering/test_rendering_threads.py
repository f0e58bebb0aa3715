"""Pictures do not depend on how they are drawn: threads, bands, batches, clusters, what is left out as hidden."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.rendering import Frame, Frames, Mesh, RenderScene, Texture
from leo_agent.envs.rendering.threads import run_jobs
from tests.envs.rendering.test_rendering import cast_rays, mesh_of

CAMERA = Intrinsics.from_hfov(101, 83, 79)


def cluttered_room(seed: int = 0) -> Mesh:
    """Noisy textured walls around the origin, a wall across, and clutter on both sides of it."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 25), np.linspace(-1, 1, 25)), axis=-1)
    squares = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=2).reshape(-1, 4, 2)
    triangles = squares[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2)
    walls = []
    for axis in range(3):
        for offset in (-3.0, 0.8, 3.0)[:: 2 if axis else 1]:
            walls.append(np.insert(triangles * 3.0, axis, offset, axis=2))
    clutter = rng.uniform(-2.9, 2.9, (1500, 1, 3)) + rng.normal(0.0, 0.08, (1500, 3, 3))
    corners = np.concatenate([*walls, clutter])
    corners += 0.02 * np.sin(corners @ rng.normal(0.0, 9.0, (3, 3)))
    count = len(corners)
    return Mesh(
        corners.reshape(-1, 3).astype(np.float32),
        np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
        rng.integers(100, 256, (count, 3)).astype(np.uint8),
        rng.integers(1, 50, count).astype(np.int32),
        None,
        corners[..., :2].astype(np.float32),
        rng.integers(-1, 2, count).astype(np.int32),
        tuple(Texture(rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)) for _ in range(2)),
        rng.integers(0, 256, (3 * count, 3)).astype(np.uint8),
    )


def poses(count: int) -> np.ndarray:
    return np.stack(
        [
            pose_matrix((0.2 * np.sin(i), 0.1 * i / count, -0.5), (0.1 * np.sin(i), np.sin(i / 2), 0.0, np.cos(i / 2)))
            for i in range(count)
        ]
    )


def same(one: Frame | Frames, other: Frame | Frames) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("image", "depth", "segmentation"))


@pytest.fixture(autouse=True)
def _many_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures are otherwise drawn in one piece."""
    monkeypatch.setattr("leo_agent.envs.rendering.rasterizer.painter.WORK_PER_JOB", 1)


@pytest.fixture(scope="module")
def room() -> Mesh:
    return cluttered_room()


@pytest.mark.parametrize("size", [(101, 83), (64, 64), (33, 200), (8, 1)])
def test_any_number_of_threads_draws_the_same_picture(room: Mesh, size: tuple[int, int]) -> None:
    camera = Intrinsics.from_hfov(*size, 79)
    scenes = {threads: RenderScene(threads=threads) for threads in (1, 2, 3, 8)}
    for scene in scenes.values():
        scene.add(room)
    for pose in poses(6):
        frames = {threads: scene.render(camera, pose) for threads, scene in scenes.items()}
        assert frames[1].depth.any()
        assert all(same(frames[1], frame) for frame in frames.values())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_batch_is_its_single_views(room: Mesh, threads: int) -> None:
    scene = RenderScene(threads=threads)
    scene.add(room)
    for count in (1, 2, 7):
        batch = scene.render_batch(CAMERA, poses(count))
        assert len(batch) == count
        assert batch.image.shape == (count, 83, 101, 3)
        assert all(same(batch[i], scene.render(CAMERA, pose)) for i, pose in enumerate(poses(count)))
    empty = scene.render_batch(CAMERA, np.zeros((0, 4, 4)))
    assert len(empty) == 0


def test_a_batch_needs_poses(room: Mesh) -> None:
    scene = RenderScene()
    with pytest.raises(InputError, match=r"pose: found .*, expected a \(B, 4, 4\)"):
        scene.render_batch(CAMERA, np.eye(4))


def test_what_is_left_out_as_hidden_is_hidden(room: Mesh) -> None:
    scene = RenderScene()
    triangles = room.vertices[room.faces]
    scene.add(mesh_of(triangles))
    for pose in poses(2):
        frame = scene.render(CAMERA, pose)
        seen = (triangles - pose[:3, 3]) @ pose[:3, :3]
        depth, index = cast_rays(seen, CAMERA)
        agree = frame.segmentation == index + 1
        assert agree.mean() > 0.99
        assert np.allclose(frame.depth[agree & (index >= 0)], depth[agree & (index >= 0)], rtol=1e-4)


def test_bodies_apart_are_drawn_as_one_mesh(room: Mesh) -> None:
    together, apart = RenderScene(), RenderScene()
    together.add(room)
    for part in np.array_split(np.random.default_rng(1).permutation(len(room.faces)), 5):
        fields = {name: getattr(room, name)[part] for name in ("faces", "colors", "ids", "texcoords", "face_textures")}
        apart.add(Mesh(**{**vars(room), **fields}))
    for pose in poses(4):
        assert same(together.render(CAMERA, pose), apart.render(CAMERA, pose))


def test_several_threads_may_use_one_scene(room: Mesh) -> None:
    scene = RenderScene(threads=2)
    scene.add(room)
    expected = [scene.render(CAMERA, pose) for pose in poses(8)]
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda pose: scene.render(CAMERA, pose), [*poses(8), *poses(8)]))
    assert all(same(one, other) for one, other in zip(drawn, expected * 2, strict=True))


def test_a_forked_process_draws_too(room: Mesh) -> None:
    scene = RenderScene(threads=2)
    scene.add(room)
    expected = scene.render(CAMERA, poses(1)[0])
    child = os.fork()
    if child == 0:
        os._exit(0 if same(scene.render(CAMERA, poses(1)[0]), expected) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_jobs_are_done_once_each_and_errors_arrive() -> None:
    done: list[int] = []
    for threads in (1, 2, 4):
        done.clear()
        run_jobs([lambda i=i: done.append(i) for i in range(20)], threads)
        assert sorted(done) == list(range(20))

    def broken() -> None:
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError, match="no"):
        run_jobs([broken] * 4, 2)
