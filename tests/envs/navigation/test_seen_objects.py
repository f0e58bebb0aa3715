"""Object clouds fused from depth: where the points lie, what stays the same, memory, and the environment with them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.objects.seen_objects import MAX_CELLS, MAX_DEPTH_M, SeenObjects

DATASET = Path(__file__).parents[2] / "data/habitat_houses/objectnav"
KEYS = ("object_points", "object_boxes", "object_mask", "object_ids")
FIRST = {"scene": "house_0001", "episode_id": "0"}
LEFT, LOOK_UP, LOOK_DOWN = 2, 4, 5


def frame(depth_m: np.ndarray, instance: int = 7) -> dict[str, np.ndarray]:
    return {
        "image": np.full((*depth_m.shape, 3), (255, 0, 51), np.uint8),
        "depth": depth_m.astype(np.float32),
        "segmentation": np.full(depth_m.shape, instance, np.int32),
    }


def test_points_lie_where_the_camera_saw_them() -> None:
    """A wall 2 m ahead of a camera at (1, 2, 3) that looks along +X."""
    seen = SeenObjects(Intrinsics.from_hfov(40, 40, 90.0), 256, {7: "wall"})
    pose = np.array([[0, 0, -1, 1], [0, 1, 0, 2], [1, 0, 0, 3], [0, 0, 0, 1]], float)
    seen.see(frame(np.full((40, 40), 2.0)), pose)
    objects = seen.objects
    assert objects.ids.tolist() == [7]
    assert objects.categories == ["wall"]
    assert objects.points.shape == (1, 256, 6)
    np.testing.assert_allclose(objects.points[0, :, 0], 3.0, atol=1e-5)
    np.testing.assert_allclose(objects.points[0, :, 3:], np.tile([1.0, 0.0, 0.2], (256, 1)), atol=1e-6)
    np.testing.assert_allclose(objects.boxes[0], [3.0, 2.0, 3.0, 0.0, 3.9, 3.9], atol=1e-4)


def test_every_nth_pixel_of_a_large_image_is_the_same_place() -> None:
    small, large = (SeenObjects(Intrinsics.from_hfov(size, size, 90.0), 64, {}) for size in (100, 1000))
    for seen, size in ((small, 100), (large, 1000)):
        seen.see(frame(np.full((size, size), 2.0)), np.eye(4))
    np.testing.assert_allclose(large.objects.boxes, small.objects.boxes, atol=0.05)


def test_what_was_seen_before_changes_nothing_and_nothing_is_lost() -> None:
    seen = SeenObjects(Intrinsics.from_hfov(64, 64, 79.0), 128, {})
    empty = seen.objects
    assert len(empty) == 0
    nowhere = frame(np.zeros((64, 64)))
    far = frame(np.full((64, 64), MAX_DEPTH_M + 0.1))
    few = frame(np.where(np.arange(64 * 64).reshape(64, 64) < 5, 1.0, 0.0))
    for nothing in (nowhere, far, few, frame(np.ones((64, 64)), instance=0)):
        seen.see(nothing, np.eye(4))
        assert seen.objects is empty
    seen.see(frame(np.full((64, 64), 1.0)), np.eye(4))
    first = seen.objects
    seen.see(frame(np.full((64, 64), 1.0)), np.eye(4))
    assert seen.objects is first
    seen.see(frame(np.full((64, 64), 3.0)), np.eye(4))
    assert seen.objects is not first
    assert seen.objects.points[0, :, 2].min() == pytest.approx(-3.0)
    assert seen.objects.points[0, :, 2].max() == pytest.approx(-1.0)


def test_memory_is_bounded() -> None:
    rng = np.random.default_rng(0)
    seen = SeenObjects(Intrinsics.from_hfov(128, 128, 79.0), 1024, {})
    for _ in range(30):
        seen.see(frame(rng.uniform(0.5, MAX_DEPTH_M, (128, 128))), np.eye(4))
        assert len(seen._clouds[7].points) <= MAX_CELLS
    assert seen.objects.points[0, :, 2].min() < -4.5


@pytest.fixture(scope="module")
def walk() -> list[dict]:
    """Observations of an episode in which the agent looks up, down, and walks to the goal."""
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, objects="seen", width=160, height=120)
    environment.reset(options=FIRST)
    observations = [environment.step(action)[0] for action in [LOOK_DOWN, LOOK_UP, LOOK_UP, LOOK_DOWN, *[LEFT] * 6]]
    while (action := environment.expert_action()) != 0:
        observations.append(environment.step(action)[0])
    return observations


def test_seen_points_lie_on_their_instances(walk: list[dict]) -> None:
    whole, _ = NavigationEnv("leo/ObjectNav-v0", DATASET, render_observations=False).reset(options=FIRST)
    boxes = dict(zip(whole["object_ids"].tolist(), whole["object_boxes"], strict=True))
    last = walk[-1]
    count = int(last["object_mask"].sum())
    print(f"\n{count} instances of {int(whole['object_mask'].sum())} seen after {len(walk)} steps")
    assert 5 <= count < whole["object_mask"].sum()
    for number, points, box in zip(
        last["object_ids"], last["object_points"][:count], last["object_boxes"], strict=False
    ):
        truth = boxes[int(number)]
        outside_m = np.abs(points[:, :3] - truth[:3]) - truth[3:] / 2.0
        assert outside_m.max() < 0.01  # a pixel's depth is that of its centre
        assert (box[3:] <= truth[3:] + 0.02).all()
    assert last["object_points"][:count, :, 3:].max() > 0.2
    goal = NavigationEnv("leo/ObjectNav-v0", DATASET, render_observations=False).reset(options=FIRST)[1][
        "episode_info"
    ]["goal_object_ids"]
    assert set(goal) & set(last["object_ids"].tolist())


def test_ids_keep_their_slots_while_more_come(walk: list[dict]) -> None:
    for before, after in itertools.pairwise(walk):
        count = int(before["object_mask"].sum())
        assert after["object_mask"].sum() >= count
        np.testing.assert_array_equal(after["object_ids"][:count], before["object_ids"][:count])
        np.testing.assert_array_less(before["object_boxes"][:count, 3:], after["object_boxes"][:count, 3:] + 1e-5)


def test_the_same_walk_sees_the_same(walk: list[dict]) -> None:
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, objects="seen", width=160, height=120, share_arrays=True)
    environment.reset(options={"scene": "house_0002", "episode_id": "3"})
    environment.reset(options=FIRST)
    for action, expected in zip([LOOK_DOWN, LOOK_UP, LOOK_UP, LOOK_DOWN], walk, strict=False):
        found = environment.step(action)[0]
        assert all(np.array_equal(found[key], expected[key]) for key in KEYS)
    # Looking up and down again shows nothing new.
    again = [environment.step(action)[0] for action in (LOOK_DOWN, LOOK_UP, LOOK_DOWN, LOOK_UP)]
    assert all(again[2][key] is again[3][key] for key in KEYS)


def test_proposals_of_what_was_seen() -> None:
    """Some are missing, some are halves; the ids are the same as those of the whole scene's proposals."""
    options = {"proposals": "noisy", "proposal_split_rate": 0.5}
    seen = NavigationEnv("leo/ObjectNav-v0", DATASET, objects="seen", width=64, height=48, **options)
    whole = NavigationEnv("leo/ObjectNav-v0", DATASET, render_observations=False, **options)
    expected = whole.reset(options=FIRST)[0]
    seen.reset(options=FIRST)
    for _ in range(12):
        found = seen.step(LEFT)[0]
    assert found["object_mask"].any()
    assert set(found["object_ids"][found["object_mask"]]) <= set(expected["object_ids"][expected["object_mask"]])


def test_gymnasium_checker() -> None:
    check_env(
        NavigationEnv("leo/ObjectNav-v0", DATASET, objects="seen", width=32, height=24, num_points=8),
        skip_render_check=True,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objects": "near"}, "objects: found 'near', expected one of scene, seen"),
        ({"proposals": "bad"}, "proposals: found 'bad', expected one of ground-truth, noisy"),
        ({"objects": "seen", "render_observations": False}, "objects: found 'seen' with render_observations=False"),
    ],
)
def test_wrong_options_are_named(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        NavigationEnv("leo/ObjectNav-v0", DATASET, **options)
