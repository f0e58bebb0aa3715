"""Surface sampling and packing of objects."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.objects import ObjectPacker, ObjectSet, bounding_box, pack_objects, sample_surface


def objects_at(*centers: tuple[float, float, float], num_points: int = 8) -> ObjectSet:
    """One object with a unit box at each centre, ids 1, 2, ..."""
    count = len(centers)
    points = np.zeros((count, num_points, 6), np.float32)
    points[..., :3] = np.array(centers, np.float32).reshape(count, 1, 3)
    boxes = np.concatenate([np.array(centers).reshape(count, 3), np.ones((count, 3))], axis=1).astype(np.float32)
    return ObjectSet(points, boxes, np.arange(1, count + 1), ["chair"] * count)


def test_points_lie_on_the_surface_in_proportion_to_area() -> None:
    """A red unit square at z = 0 and a blue one of three times the area at z = 1."""
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    vertices = np.concatenate([square, square * [3, 1, 1] + [0, 0, 1]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    colors = np.array([[255, 0, 0], [255, 0, 0], [0, 0, 51], [0, 0, 51]], np.uint8)
    points = sample_surface(vertices, faces, colors, 8000, np.random.default_rng(0))
    assert points.shape == (8000, 6)
    assert points.dtype == np.float32
    red = points[:, 3] > 0.5
    assert red.mean() == pytest.approx(0.25, abs=0.02)
    assert np.allclose(points[red][:, 2], 0.0)
    assert np.allclose(points[~red][:, 2], 1.0)
    assert np.allclose(points[~red][:, 3:], [0.0, 0.0, 0.2])
    histogram, _ = np.histogram(points[~red][:, 0], bins=6, range=(0.0, 3.0))
    assert histogram.min() > 0.85 * histogram.mean()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 64))
def test_points_stay_within_the_box(seed: int, face_count: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.normal(size=(10, 3)) * rng.choice([0.0, 1.0, 100.0], 3)
    faces = rng.integers(0, 10, (face_count, 3))
    points = sample_surface(vertices, faces, np.zeros((face_count, 3), np.uint8), count, rng)
    box = bounding_box(vertices[faces].reshape(-1, 3))
    assert np.isfinite(points).all()
    assert (np.abs(points[:, :3] - box[:3]) <= box[3:] / 2.0 + 1e-4).all()


def test_a_mesh_without_faces_has_no_points() -> None:
    with pytest.raises(InputError, match="faces: found none"):
        sample_surface(np.zeros((3, 3)), np.zeros((0, 3), int), np.zeros((0, 3), np.uint8), 4, np.random.default_rng(0))


def test_packing_pads_with_zeros() -> None:
    packed = pack_objects(objects_at((1, 2, 3), (4, 5, 6)), num_objects=4)
    assert packed["object_points"].shape == (4, 8, 6)
    assert packed["object_mask"].tolist() == [True, True, False, False]
    assert packed["object_ids"].tolist() == [1, 2, 0, 0]
    assert np.allclose(packed["object_boxes"][1], [4, 5, 6, 1, 1, 1])
    assert not packed["object_points"][2:].any()
    assert not packed["object_boxes"][2:].any()
    assert {key: value.dtype for key, value in packed.items()} == {
        "object_points": np.float32,
        "object_boxes": np.float32,
        "object_mask": np.bool_,
        "object_ids": np.int64,
    }


def test_no_objects_at_all() -> None:
    packed = pack_objects(ObjectSet.empty(16), num_objects=3, near=(0, 0, 0))
    assert packed["object_points"].shape == (3, 16, 6)
    assert not packed["object_mask"].any()


def test_more_objects_than_slots_keep_the_nearest_in_order() -> None:
    objects = objects_at((9, 0, 0), (1, 0, 0), (5, 0, 0), (2, 0, 0))
    assert pack_objects(objects, 2, near=(0, 0, 0))["object_ids"].tolist() == [2, 4]
    assert pack_objects(objects, 2, near=(10, 0, 0))["object_ids"].tolist() == [1, 3]
    assert pack_objects(objects, 2)["object_ids"].tolist() == [1, 2]


def test_unchanged_objects_are_the_same_arrays() -> None:
    packer, objects = ObjectPacker(2), objects_at((9, 0, 0), (1, 0, 0), (5, 0, 0))
    first = packer.pack(objects, near=(0, 0, 0))
    again = packer.pack(objects, near=(0.1, 0, 0))
    assert all(first[key] is again[key] for key in first)
    elsewhere = packer.pack(objects, near=(9, 0, 0))
    assert elsewhere["object_ids"].tolist() == [1, 3]
    moved = packer.pack(objects_at((9, 0, 0), (1, 0, 1), (5, 0, 1)), near=(9, 0, 0))
    assert moved["object_points"] is not elsewhere["object_points"]
    assert first["object_ids"].tolist() == [2, 3]
