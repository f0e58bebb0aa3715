"""Scenes of objects: what is checked, boxes and clouds as the model was trained on them, and which objects stay."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.policies.leo.config.config import PointEncoderConfig
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.object_scene import ObjectScene

HOUSES = "tests/data/habitat_houses/objectnav/val"


def made_points(count: int, seed: int = 0, center: tuple[float, ...] = (0.0, 0.0, 0.0)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(center, 1.0, (count, 3)), rng.random((count, 3))], axis=1).astype(np.float32)


def made_scene(sizes: tuple[int, ...] = (5, 1, 9), **changes: Any) -> ObjectScene:
    points = tuple(made_points(size, seed, (3.0 * seed, 0.0, 1.0)) for seed, size in enumerate(sizes))
    ids = np.arange(len(sizes)) * 10
    values = {"name": "room", "points": points, "ids": ids, "labels": ("",) * len(sizes)} | changes
    return ObjectScene(**values)


def with_value(row: int, column: int, value: float) -> tuple[np.ndarray, ...]:
    points = made_points(5)
    points[row, column] = value
    return made_points(5), points, made_points(5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": with_value(3, 1, np.nan)}, r"object 10: point 3 is at \(.*nan.*\), expected finite metres"),
        ({"points": with_value(4, 2, np.inf)}, "object 10: point 4 is at .*inf"),
        ({"points": with_value(0, 0, 2e6)}, r"object 10: point 0 is at \(2e\+06"),
        ({"points": with_value(2, 5, 1.5)}, r"object 10: point 2 has the colour .*1.5\), expected"),
        ({"points": with_value(2, 3, -0.1)}, "object 10: point 2 has the colour"),
        ({"points": with_value(2, 4, np.nan)}, "object 10: point 2 has the colour"),
        ({"points": (made_points(2), np.zeros((0, 6)), made_points(2))}, "object 10: holds no point"),
        (
            {"points": (made_points(2), np.zeros((4, 3)), made_points(2))},
            r"object 10: points are float64 of shape \(4, 3\)",
        ),
        ({"points": (made_points(2), np.full((4, 6), "x"), made_points(2))}, "object 10: points are <U1"),
        ({"points": (made_points(2),)}, "1 objects, 3 ids and 3 labels"),
        ({"labels": ("a", "b")}, "3 objects, 3 ids and 2 labels"),
        ({"labels": ("a", None, "c")}, "object 10 has the label None"),
        ({"ids": np.array([4, 7, 4])}, "object 4 is there more than once"),
        ({"ids": np.array([4.0, 7.0, 5.0])}, "ids are float64"),
        ({"ids": np.zeros((3, 1), int)}, r"shape \(3, 1\)"),
        ({"up_axis": "x"}, "the up axis is 'x'"),
        ({"known_boxes": np.zeros((2, 6))}, r"boxes: found shape \(2, 6\), expected finite numbers of shape \(3, 6\)"),
        ({"known_boxes": np.full((3, 6), np.nan)}, "boxes"),
    ],
)
def test_bad_scenes_name_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        made_scene(**changes)
    assert "scene 'room'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_object_has_two_centres() -> None:
    points = np.zeros((4, 6), np.float32)
    points[:, 0] = [0, 0, 0, 4]
    points[:, 2] = [1, 2, 2, 3]
    scene = ObjectScene("room", (points,), np.array([7]), ("chair",))
    assert scene.centroids.tolist() == [[1.0, 0.0, 2.0]]
    assert scene.box_centers.tolist() == [[2.0, 0.0, 2.0]]
    assert scene.extents.tolist() == [[4.0, 0.0, 2.0]]
    assert scene.locations("centroid").tolist() == [[1.0, 0.0, 2.0, 4.0, 0.0, 2.0]]
    assert scene.locations("box_center").tolist() == [[2.0, 0.0, 2.0, 4.0, 0.0, 2.0]]
    assert {scene.locations(center).dtype for center in ("centroid", "box_center")} == {np.dtype(np.float32)}
    assert scene.nearest(1, (0, 0, 0), "centroid").centroids.tolist() == [[1.0, 0.0, 2.0]]


def test_an_empty_scene() -> None:
    scene = made_scene(())
    assert len(scene) == 0
    assert scene.locations("centroid").shape == scene.locations("box_center").shape == (0, 6)
    assert scene.clouds(16).shape == (0, 16, 6)
    assert len(scene.nearest(3, (0, 0, 0), "centroid")) == 0


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=4), num_points=st.integers(1, 50))
def test_clouds_are_spread_over_all_points_in_their_order(sizes: list[int], num_points: int) -> None:
    scene = made_scene(tuple(sizes))
    clouds = scene.clouds(num_points)
    assert clouds.shape == (len(sizes), num_points, 6)
    assert clouds.dtype == np.float32
    for cloud, points in zip(clouds, scene.points, strict=True):
        rows = (cloud[:, None] == points).all(-1).argmax(1)
        assert np.array_equal(points[rows], cloud)
        steps = np.diff(rows)
        if len(points) >= num_points:
            assert (steps >= 1).all()  # no point twice
            assert steps.size == 0 or steps.max() - steps.min() <= 1
        else:
            assert (steps >= 0).all()
            assert set(rows) == set(range(len(points)))
    assert np.array_equal(clouds, scene.clouds(num_points))


@pytest.mark.parametrize("num_held", [10, 64, 100, 1500])
def test_the_encoder_takes_the_same_points(num_held: int) -> None:
    config = PointEncoderConfig(num_points=64)
    scene = made_scene((num_held, num_held))
    prepared = prepare_clouds(scene.clouds(config.num_points), config)
    assert np.array_equal(prepared, prepare_clouds(np.stack(scene.points), config))


def test_nearest_keeps_the_order_and_breaks_ties_by_it() -> None:
    points = [np.array([[x, 0, 0, 1, 1, 1]], np.float32) for x in (5.0, 1.0, -1.0, 3.0, 0.5)]
    scene = ObjectScene("room", tuple(points), np.array([50, 10, -10, 30, 5]), ("e", "a", "b", "c", "d"))
    near = scene.nearest(2, (0.0, 0.0, 0.0), "centroid")
    assert near.ids.tolist() == [10, 5]
    assert near.labels == ("a", "d")
    assert scene.nearest(3, np.array([0.0, 0.0, 0.0]), "centroid").ids.tolist() == [10, -10, 5]
    assert scene.nearest(1, [4.2, 0, 0], "box_center").ids.tolist() == [50]
    assert scene.nearest(99, (0, 0, 0), "box_center").ids.tolist() == scene.ids.tolist()
    assert scene.first(2).ids.tolist() == [50, 10]
    assert scene.first(99).ids.tolist() == scene.ids.tolist()


def test_bad_choices() -> None:
    scene = made_scene()
    with pytest.raises(InputError, match="position: holds numbers that are not finite or too large"):
        scene.nearest(2, (0.0, np.nan, 0.0), "centroid")
    with pytest.raises(InputError, match=r"position: found shape \(2,\), expected finite numbers of shape \(3\)"):
        scene.nearest(2, (0.0, 0.0), "centroid")
    for choose in (lambda: scene.nearest(0, (0, 0, 0), "centroid"), lambda: scene.first(-1), lambda: scene.clouds(0)):
        with pytest.raises(InputError, match="expected at least 1"):
            choose()


def made_observation() -> dict[str, Any]:
    boxes = np.arange(24, dtype=np.float32).reshape(4, 6)
    points = np.stack([made_points(8, seed) for seed in range(4)])
    mask = np.array([True, False, True, True])
    return {"object_points": points, "object_boxes": boxes, "object_mask": mask, "object_ids": np.array([3, 0, 8, 9])}


def test_observations_keep_their_boxes() -> None:
    observation = made_observation()
    scene = ObjectScene.from_observation(observation, "y")
    assert scene.ids.tolist() == [3, 8, 9]
    assert scene.up_axis == "y"
    assert np.array_equal(scene.locations("box_center"), observation["object_boxes"][[0, 2, 3]])
    means = observation["object_points"][[0, 2, 3], :, :3].mean(axis=1)
    np.testing.assert_allclose(scene.locations("centroid")[:, :3], means, atol=1e-6)
    assert np.array_equal(scene.locations("centroid")[:, 3:], observation["object_boxes"][[0, 2, 3], 3:])
    assert np.array_equal(scene.clouds(8), observation["object_points"][[0, 2, 3]])
    near = scene.nearest(1, observation["object_boxes"][2, :3], "box_center")
    assert near.locations("box_center").tolist() == [list(range(12, 18))]
    assert scene.nearest(1, means[0], "centroid").ids.tolist() == [3]
    assert scene.first(2).locations("box_center").shape == (2, 6)
    assert ObjectScene.from_observation(observation, "z", name="seen").name == "seen"


def test_observations_of_both_worlds() -> None:
    house, table = NavigationEnv("leo/ObjectNav-v0", dataset=HOUSES), gymnasium.make("leo/PutBlocksInBowls-v0")
    for world, up_axis in ((house, "y"), (table, "z")):
        observation, _ = world.reset(seed=0)
        mask = observation["object_mask"]
        scene = ObjectScene.from_observation(observation, up_axis)
        assert scene.up_axis == up_axis
        assert len(scene) == mask.sum() > 2
        assert np.array_equal(scene.locations("box_center"), observation["object_boxes"][mask])
        assert np.array_equal(scene.clouds(1024), observation["object_points"][mask])
        world.close()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"object_mask": np.ones(3, bool)}, r"object_mask \(3,\)"),
        ({"object_mask": np.ones(4, int)}, "expected"),
        ({"object_points": np.float32(3)}, r"object_points \(\)"),
        ({"object_boxes": np.zeros((4, 5))}, "boxes"),
        ({"object_points": np.full((4, 2, 6), np.nan)}, "object 3: point 0"),
    ],
)
def test_bad_observations(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ObjectScene.from_observation({**made_observation(), **changes}, "y")


def test_an_observation_without_objects() -> None:
    observation = made_observation()
    del observation["object_ids"]
    with pytest.raises(InputError, match="object_ids is missing"):
        ObjectScene.from_observation(observation, "y")
