"""The renderer against exact answers: analytic depths, ray casting, coverage rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.rendering import Mesh, RenderScene

CAMERA = Intrinsics.from_hfov(64, 48, 79)
IDENTITY = np.eye(4)


def mesh_of(triangles: np.ndarray, front_only: bool = False) -> Mesh:
    """Triangles (F, 3, 3), ids 1, 2, ... and a colour for each."""
    count = len(triangles)
    ids = np.arange(1, count + 1, dtype=np.int32)
    colors = np.stack([ids % 251, ids // 251, np.full(count, 7)], axis=1).astype(np.uint8)
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    vertices = np.asarray(triangles, np.float32).reshape(-1, 3)
    return Mesh(vertices, faces, colors, ids, np.full(count, True) if front_only else None)


def wall(z: float, size: float = 50.0) -> np.ndarray:
    """Two triangles facing +z."""
    low, high = -size, size
    return np.array(
        [[[low, low, z], [high, low, z], [high, high, z]], [[low, low, z], [high, high, z], [low, high, z]]]
    )


def cast_rays(triangles: np.ndarray, camera: Intrinsics) -> tuple[np.ndarray, np.ndarray]:
    """Depth and index of the nearest triangle through each pixel centre, by Moeller and Trumbore's intersection."""
    rays = camera.unproject(np.ones((camera.height, camera.width), np.float32)).astype(np.float64).reshape(-1, 3)
    depth, index = np.full(len(rays), np.inf), np.full(len(rays), -1)
    for number, (a, b, c) in enumerate(triangles.astype(np.float64)):
        p = np.cross(rays, c - a)
        determinant = p @ (b - a)
        with np.errstate(all="ignore"):
            u = -(p @ a) / determinant
            q = np.cross(-a, b - a)
            v = rays @ q / determinant
            distance = q @ (c - a) / determinant
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > camera.near_m) & (distance < depth)
        depth[hit], index[hit] = distance[hit], number
    shape = (camera.height, camera.width)
    return depth.reshape(shape), index.reshape(shape)


def test_empty_scene_is_background() -> None:
    frame = RenderScene(background=(1, 2, 3)).render(CAMERA, IDENTITY)
    assert frame.image.shape == (48, 64, 3)
    assert (frame.image.dtype, frame.depth.dtype, frame.segmentation.dtype) == (np.uint8, np.float32, np.int32)
    assert (frame.image == (1, 2, 3)).all()
    assert not frame.depth.any()
    assert not frame.segmentation.any()


def test_wall_has_depth_along_the_axis() -> None:
    scene = RenderScene()
    scene.add(mesh_of(wall(-3.0)))
    frame = scene.render(CAMERA, IDENTITY)
    assert np.allclose(frame.depth, 3.0, rtol=1e-6)
    assert set(np.unique(frame.segmentation)) == {1, 2}


def test_frames_belong_to_the_caller() -> None:
    scene = RenderScene()
    handle = scene.add(mesh_of(wall(-3.0)))
    first = scene.render(CAMERA, IDENTITY)
    scene.set_pose(handle, pose_matrix((0.0, 0.0, -1.0), (0.0, 0.0, 0.0, 1.0)))
    second = scene.render(CAMERA, IDENTITY)
    assert np.allclose(first.depth, 3.0)
    assert np.allclose(second.depth, 4.0)


def test_nearest_body_wins_and_removed_bodies_are_gone() -> None:
    scene = RenderScene()
    far, near = scene.add(mesh_of(wall(-5.0))), scene.add(mesh_of(wall(-2.0)))
    assert np.allclose(scene.render(CAMERA, IDENTITY).depth, 2.0)
    scene.remove(near)
    assert np.allclose(scene.render(CAMERA, IDENTITY).depth, 5.0)
    scene.remove(far)
    assert not scene.render(CAMERA, IDENTITY).depth.any()
    scene.add(mesh_of(wall(-1.0)))
    scene.clear()
    assert not scene.render(CAMERA, IDENTITY).segmentation.any()


def test_faces_seen_from_behind_are_culled_only_where_asked() -> None:
    for front_only in (False, True):
        scene = RenderScene()
        scene.add(mesh_of(wall(3.0), front_only))
        behind = scene.render(CAMERA, pose_matrix((0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)))
        front = scene.render(CAMERA, pose_matrix((0.0, 0.0, 6.0), (0.0, 0.0, 0.0, 1.0)))
        assert behind.depth.any() != front_only
        assert np.allclose(front.depth, 3.0)


def test_of_coplanar_faces_the_first_is_shown() -> None:
    rotation = (0.1, 0.2, 0.3, 0.9)
    triangles = np.concatenate([wall(-3.0, 40.0), wall(-3.0, 33.0)])
    scene = RenderScene()
    scene.add(mesh_of(triangles), pose_matrix((0.0, 0.0, -4.0), rotation))
    shown = set(np.unique(scene.render(CAMERA, IDENTITY).segmentation))
    assert {1, 2} <= shown <= {0, 1, 2}


def test_floor_under_the_camera_is_clipped_at_the_near_plane() -> None:
    floor = wall(0.0, 1000.0)[:, :, [0, 2, 1]] - np.array([0.0, 1.0, 0.0])
    scene = RenderScene()
    scene.add(mesh_of(floor))
    frame = scene.render(CAMERA, IDENTITY)
    down = (np.arange(48) + 0.5 - 24.0) / CAMERA.focal_y_px
    expected = np.where(down > 0, 1.0 / np.where(down > 0, down, 1.0), 0.0)
    assert np.allclose(frame.depth, np.repeat(expected[:, None], 64, 1), rtol=1e-5)


def test_nothing_beyond_the_far_plane() -> None:
    scene = RenderScene()
    scene.add(mesh_of(wall(-1001.0, 1e5)))
    assert not scene.render(CAMERA, IDENTITY).depth.any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_triangles_agree_with_ray_casting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    triangles = rng.normal(0.0, 1.0, (12, 1, 3)) * 2.0 + rng.normal(0.0, 1.5, (12, 3, 3))
    triangles = triangles.astype(np.float32)
    scene = RenderScene()
    scene.add(mesh_of(triangles))
    frame = scene.render(CAMERA, IDENTITY)
    depth, index = cast_rays(triangles, CAMERA)
    same = frame.segmentation == index + 1
    assert same.mean() > 0.985  # the rest lies within 1/256 pixel of an edge, or at the near plane
    assert np.allclose(frame.depth[same & (index >= 0)], depth[same & (index >= 0)], rtol=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.02, 30.0))
def test_neighbouring_triangles_leave_no_gap_and_do_not_overlap(seed: int, distance: float) -> None:
    """A fan around a point covers each pixel exactly once, wherever the point is."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0.0, 2.0 * np.pi, 9))
    angles = np.concatenate([angles, np.arange(0.0, 6.2, 1.5)])
    angles.sort()
    rim = 1e4 * distance * np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)
    center = np.append(rng.uniform(-1.0, 1.0, 2) * distance, 0.0)
    fan = np.stack([np.broadcast_to(center, rim.shape), rim, np.roll(rim, -1, axis=0)], axis=1)
    fan -= np.array([0.0, 0.0, distance])
    scene = RenderScene()
    covered = np.zeros((48, 64), int)
    for triangle in fan:
        scene.clear()
        scene.add(mesh_of(triangle[None]))
        covered += scene.render(CAMERA, IDENTITY).segmentation > 0
    assert (covered == 1).all()


def test_culling_of_clusters_changes_nothing() -> None:
    """Many small faces in one body look as the same faces in bodies of their own."""
    rng = np.random.default_rng(3)
    triangles = (rng.uniform(-4.0, 4.0, (600, 1, 3)) + rng.normal(0.0, 0.2, (600, 3, 3))).astype(np.float32)
    together, apart = RenderScene(), RenderScene()
    mesh = mesh_of(triangles)
    together.add(mesh)
    for i in range(0, 600, 30):
        part = slice(i, i + 30)
        apart.add(Mesh(mesh.vertices, mesh.faces[part], mesh.colors[part], mesh.ids[part]))
    for yaw in np.linspace(0.0, np.pi, 5):
        pose = pose_matrix((0.5, 0.2, 0.1), (0.0, np.sin(yaw), 0.1, np.cos(yaw)))
        one, other = together.render(CAMERA, pose), apart.render(CAMERA, pose)
        assert np.array_equal(one.segmentation, other.segmentation)
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.depth, other.depth)


def test_pose_of_body_and_camera_cancel() -> None:
    rng = np.random.default_rng(5)
    mesh = mesh_of(rng.normal(0.0, 1.0, (50, 3, 3)) - np.array([0.0, 0.0, 4.0]))
    pose = pose_matrix((3.0, -2.0, 1.0), (0.3, -0.2, 0.5, 0.7))
    plain, moved = RenderScene(), RenderScene()
    plain.add(mesh)
    moved.add(mesh, pose)
    first, second = plain.render(CAMERA, IDENTITY), moved.render(CAMERA, pose)
    same = first.segmentation == second.segmentation
    assert same.mean() > 0.999
    assert np.allclose(first.depth[same], second.depth[same], rtol=1e-3)


def test_light_shades_by_the_angle_on_both_sides_and_follows_the_body() -> None:
    scene = RenderScene(light_direction=(0.0, 0.0, 1.0))
    white = Mesh(
        wall(0.0, 1.0).reshape(-1, 3).astype(np.float32),
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.full((2, 3), 200, np.uint8),
        np.ones(2, np.int32),
    )
    away = pose_matrix((0.0, 0.0, -3.0), (0.0, 0.0, 0.0, 1.0))
    handle = scene.add(white, away)
    facing = scene.render(CAMERA, IDENTITY).image[24, 32, 0]
    scene.set_pose(handle, pose_matrix((0.0, 0.0, -3.0), (0.0, 1.0, 0.0, 0.0)))
    assert scene.render(CAMERA, IDENTITY).image[24, 32, 0] == facing == 200
    half = np.radians(60.0) / 2.0
    scene.set_pose(handle, pose_matrix((0.0, 0.0, -3.0), (0.0, np.sin(half), 0.0, np.cos(half))))
    assert scene.render(CAMERA, IDENTITY).image[24, 32, 0] < 160


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vertices", np.full((6, 3), np.nan, np.float32)),
        ("vertices", np.zeros((6, 2), np.float32)),
        ("faces", np.array([[0, 1, 6], [0, 1, 2]], np.int32)),
        ("faces", np.array([[0, 1, -1], [0, 1, 2]], np.int32)),
        ("colors", np.zeros((3, 3), np.uint8)),
        ("ids", np.zeros(1, np.int32)),
        ("front_only", np.zeros(1, bool)),
    ],
)
def test_malformed_meshes_are_refused(field: str, value: np.ndarray) -> None:
    good = mesh_of(wall(-1.0), front_only=True)
    fields = {name: getattr(good, name) for name in ("vertices", "faces", "colors", "ids", "front_only")}
    with pytest.raises(InputError, match=rf"{field}.*: found .*, expected "):
        Mesh(**{**fields, field: value})


def test_poses_must_be_finite_matrices() -> None:
    scene = RenderScene()
    handle = scene.add(mesh_of(wall(-1.0)))
    with pytest.raises(InputError, match=r"pose: found .*, expected a \(4, 4\) matrix of finite"):
        scene.set_pose(handle, np.full((4, 4), np.nan))
    with pytest.raises(InputError, match=r"pose: found .*, expected a \(4, 4\) matrix of finite"):
        scene.render(CAMERA, np.eye(3))
