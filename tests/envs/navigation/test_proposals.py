"""Noisy object proposals: what the rates do, that an episode decides, and the environment with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.objects.proposals import ProposalNoise, ProposalPlan
from leo_agent.envs.objects import ObjectSet, bounding_box

DATASET = Path(__file__).parents[2] / "data/habitat_houses/objectnav"
BLIND = {"render_observations": False, "num_points": 32}
NONE = {"drop_rate": 0.0, "merge_rate": 0.0, "split_rate": 0.0, "jitter_m": 0.0}


def boxes_in_a_row(count: int, gap_m: float, num_points: int = 64) -> ObjectSet:
    """Instances 1, 2, ... of 2 x 1 x 1 m along x, so far apart, with points all over them."""
    rng = np.random.default_rng(0)
    points = np.zeros((count, num_points, 6), np.float32)
    points[..., :3] = rng.uniform(-0.5, 0.5, (count, num_points, 3)) * [2.0, 1.0, 1.0]
    points[..., 0] += np.arange(count)[:, None] * (2.0 + gap_m)
    boxes = np.stack([bounding_box(cloud[:, :3]) for cloud in points]) if count else np.zeros((0, 6), np.float32)
    return ObjectSet(points, boxes, np.arange(1, count + 1), [f"thing {number}" for number in range(1, count + 1)])


def proposals(objects: ObjectSet, seed: int = 0, **changes: float) -> tuple[ProposalPlan, ObjectSet]:
    plan = ProposalPlan(objects, ProposalNoise(**{**NONE, **changes}), np.random.default_rng(seed))
    return plan, plan.apply(objects)


def test_without_noise_nothing_changes() -> None:
    objects = boxes_in_a_row(5, 1.0)
    plan, shown = proposals(objects)
    np.testing.assert_array_equal(shown.points, objects.points)
    np.testing.assert_array_equal(shown.boxes, objects.boxes)
    np.testing.assert_array_equal(shown.ids, objects.ids)
    assert shown.categories == objects.categories
    assert plan.ids_of(3) == [3]
    assert plan.ids_of(99) == []


def test_all_dropped() -> None:
    plan, shown = proposals(boxes_in_a_row(5, 1.0), drop_rate=1.0)
    assert len(shown) == 0
    assert shown.points.shape == (0, 64, 6)
    assert plan.ids_of(1) == []


def test_neighbours_are_merged_and_only_those_nearby() -> None:
    near = boxes_in_a_row(2, 0.2)
    plan, shown = proposals(near, merge_rate=1.0)
    assert shown.ids.tolist() == [1]
    assert plan.ids_of(1) == plan.ids_of(2) == [1]
    assert shown.boxes[0, 3] == pytest.approx(4.2, abs=0.2)
    assert np.mean(shown.points[0, :, 0] > 1.1) == pytest.approx(0.5)
    assert len(proposals(boxes_in_a_row(2, 0.8), merge_rate=1.0)[1]) == 2


def test_a_cut_leaves_two_parts_along_the_longer_side() -> None:
    objects = boxes_in_a_row(1, 1.0, num_points=500)
    plan, shown = proposals(objects, split_rate=1.0)
    assert shown.ids.tolist() == plan.ids_of(1) == [1, 2]
    left, right = shown.points[..., 0]
    assert left.max() < right.min()
    assert left.min() == objects.points[0, :, 0].min()
    assert right.max() == objects.points[0, :, 0].max()
    widths = shown.boxes[:, 3] / objects.boxes[0, 3]
    assert 0.25 <= widths.min() <= widths.max() <= 0.75


def test_rates_and_shifts_are_those_asked_for() -> None:
    objects = boxes_in_a_row(2000, 1.0, num_points=4)
    plan, _ = proposals(objects, drop_rate=0.3, split_rate=0.25)
    kept = [number for number in objects.ids if plan.ids_of(number)]
    assert len(kept) / 2000 == pytest.approx(0.7, abs=0.04)
    cut = [number for number in kept if len(plan.ids_of(number)) == 2]
    assert len(cut) / len(kept) == pytest.approx(0.25, abs=0.04)
    _, shifted = proposals(objects, jitter_m=0.1)
    offsets = shifted.boxes[:, :3] - objects.boxes[:, :3]
    assert offsets.std() == pytest.approx(0.1, rel=0.1)
    np.testing.assert_allclose(shifted.boxes[:, 3:], objects.boxes[:, 3:], atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 12), st.integers(0, 2**32 - 1), *[st.floats(0, 1)] * 3, st.floats(0, 0.5), st.floats(0, 1))
def test_any_noise_gives_a_proper_set(count, seed, drop, merge, split, jitter, gap) -> None:
    objects = boxes_in_a_row(count, gap, num_points=16)
    plan, shown = proposals(objects, seed, drop_rate=drop, merge_rate=merge, split_rate=split, jitter_m=jitter)
    assert len(set(shown.ids.tolist())) == len(shown) == len(shown.categories) <= 2 * count
    assert shown.points.shape == (len(shown), 16, 6)
    assert np.isfinite(shown.points).all()
    assert set(shown.ids.tolist()) == {number for instance in objects.ids for number in plan.ids_of(int(instance))}
    # Of fewer instances the same proposals are made, as far as there are points for them.
    half = slice(0, count // 2)
    part = plan.apply(ObjectSet(objects.points[half], objects.boxes[half], objects.ids[half], objects.categories[half]))
    assert set(part.ids.tolist()) <= set(shown.ids.tolist())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drop_rate": 1.5}, "proposal_drop_rate: found 1.5, expected a number, 0 to 1"),
        ({"merge_rate": float("nan")}, "proposal_merge_rate: found nan"),
        ({"split_rate": "often"}, "proposal_split_rate: found 'often'"),
        ({"drop_rate": True}, "proposal_drop_rate: found True"),
        ({"jitter_m": -0.1}, "proposal_jitter_m: found -0.1, expected a number, at least 0"),
        ({"seed": -1}, "proposal_seed: found -1"),
    ],
)
def test_wrong_rates_are_named(changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        NavigationEnv(
            "leo/ObjectNav-v0",
            DATASET,
            proposals="noisy",
            **{f"proposal_{name}": value for name, value in changes.items()},
        )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["drop_rate", "merge_rate", "split_rate", "jitter_m", "seed"])
def test_noise_that_nothing_uses_is_refused(name: str) -> None:
    message = f"proposal_{name}: found 0 with proposals='ground-truth', expected it with proposals='noisy' only"
    with pytest.raises(InputError, match=message):
        NavigationEnv("leo/ObjectNav-v0", DATASET, **{f"proposal_{name}": 0})


def test_an_episode_shows_the_same_proposals_each_time_and_at_every_step() -> None:
    noisy = NavigationEnv("leo/ObjectNav-v0", DATASET, proposals="noisy", share_arrays=True, **BLIND)
    one, two = ({"scene": "house_0001", "episode_id": number} for number in "01")
    first, info = noisy.reset(seed=1, options=one)
    later = noisy.step(1)[0]
    keys = ("object_points", "object_boxes", "object_mask", "object_ids")
    assert all(first[key] is later[key] for key in keys)
    other, _ = noisy.reset(options=two)
    again, _ = noisy.reset(seed=2, options=one)
    assert all(np.array_equal(first[key], again[key]) for key in keys)
    assert not np.array_equal(first["object_points"], other["object_points"])
    reseeded = NavigationEnv("leo/ObjectNav-v0", DATASET, proposals="noisy", proposal_seed=1, **BLIND)
    assert not np.array_equal(reseeded.reset(options=one)[0]["object_points"], first["object_points"])
    shown = set(first["object_ids"][first["object_mask"]].tolist())
    truth = NavigationEnv("leo/ObjectNav-v0", DATASET, **BLIND).reset(options=one)[1]
    assert set(info["episode_info"]["goal_object_ids"]) <= shown
    assert len(truth["episode_info"]["goal_object_ids"]) >= 1
    assert info["measures"] == truth["measures"]


def test_gymnasium_checker() -> None:
    check_env(NavigationEnv("leo/ObjectNav-v0", DATASET, proposals="noisy", **BLIND), skip_render_check=True)
