"""Batches of several sources: shares, resuming anywhere, processes, and what samples of a step share."""

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.train.samples.mixture import StepBatches, _parts, shares
from leo_agent.train.samples.source import Showing
from tests.leo_agent.train.samples.sources import mixture, read, recorded


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Demonstrations of navigation and of the tabletop."""
    folder = tmp_path_factory.mktemp("both")
    walks, bowls = recorded(folder / "walks", 5), recorded(folder / "bowls", 4, tabletop=True)
    return [read(walks, mirror=True, rotate=True), read(bowls, mirror=True)]


def batches(sources: list, first_step: int = 0, **draws: Any) -> list[StepBatches]:
    return list(mixture(sources, (3.0, 1.0), **draws).batches(first_step))


def assert_same(one: LeoBatch, other: LeoBatch) -> None:
    for name, value in vars(one).items():
        same = torch.equal(value, getattr(other, name)) if torch.is_tensor(value) else value == getattr(other, name)
        assert same, name


@pytest.mark.parametrize("weights", [(1.0,), (3.0, 1.0), (0.01, 2.0, 0.3), (1.0, 1.0, 1.0)])
def test_shares_add_up_are_within_a_sample_and_exact_in_the_mean(weights):
    counts = shares(weights, 16, 20_000, seed=1)
    quotas = 16 * np.array(weights) / sum(weights)
    assert (counts.sum(axis=1) == 16).all()
    assert (np.abs(counts - quotas) < 1).all()
    np.testing.assert_allclose(counts.mean(axis=0), quotas, atol=0.02)
    assert np.array_equal(shares(weights, 16, 50, seed=1), counts[:50]), "longer runs begin alike"


def test_batches_hold_samples_of_all_sources_by_their_shares(both):
    for step in batches(both):
        (batch,), (sources,) = step.parts, step.sources
        assert len(batch) == len(sources) == step.samples == 8
        assert sources.count(0) == 6
        assert batch.y_up.tolist() == [source == 0 for source in sources]


@pytest.mark.parametrize("first_step", [1, 4, 9])
def test_a_step_follows_from_seed_and_number_alone(both, first_step):
    options = {"steps": 10, "history_dropout": 0.3, "curriculum_steps": 6, "micro_batches": 3}
    whole, rest = batches(both, **options), batches(both, first_step, **options)
    assert len(rest) == 10 - first_step
    for one, other in zip(whole[first_step:], rest, strict=True):
        assert one.sources == other.sources
        for part, again in zip(one.parts, other.parts, strict=True):
            assert_same(part, again)
    other_seed = batches(both, seed=1, **options)
    assert not torch.equal(whole[0].parts[0].agent_position, other_seed[0].parts[0].agent_position)


def test_every_frame_comes_once_a_pass(both):
    walks = both[0]
    seen = [tuple(row) for step in mixture([walks], steps=5, batch_size=4).batches(0) for row in poses(step.parts[0])]
    assert len(seen) == 20
    assert len(set(seen)) == 20


def poses(batch: LeoBatch) -> list[list[float]]:
    """What tells frames apart however they are mirrored and turned: height and distance from the axis."""
    position = batch.agent_position.double()
    return torch.stack([position[:, 1], position[:, [0, 2]].norm(dim=1)], dim=1).round(decimals=5).tolist()


@pytest.mark.parametrize(("world_size", "micro_batches"), [(2, 1), (3, 2), (10, 1)])
def test_processes_share_each_batch(both, world_size, micro_batches):
    whole = batches(both)
    each = [batches(both, rank=rank, world_size=world_size, micro_batches=micro_batches) for rank in range(world_size)]
    for step, single in enumerate(whole):
        parts = [part for one in each for part in one[step].parts]
        assert [one[step].samples for one in each] == [8] * world_size
        assert sorted(row for part in parts for row in told(part)) == sorted(told(single.parts[0]))
        sizes = [sum(map(len, one[step].parts)) for one in each]
        assert max(sizes) - min(sizes) <= 1
    assert len(each[-1][0].parts) == (0 if world_size > 8 else micro_batches)


def told(batch: LeoBatch) -> list[tuple]:
    answers = [ids[mask].tolist() for ids, mask in zip(batch.answer_ids, batch.answer_mask, strict=True)]
    return list(zip(answers, batch.agent_position.tolist(), batch.agent_rotation.tolist(), strict=True))


@pytest.mark.parametrize("micro_batches", [1, 3, 8, 20])
def test_micro_batches_are_the_batch_in_parts_that_may_be_uneven(both, micro_batches):
    for whole, split in zip(batches(both), batches(both, micro_batches=micro_batches), strict=True):
        sizes = list(map(len, split.parts))
        assert sum(sizes) == 8
        assert max(sizes) - min(sizes) <= 1
        assert list(map(len, split.sources)) == sizes
        assert sorted(row for part in split.parts for row in told(part)) == sorted(told(whole.parts[0]))


def test_samples_of_a_house_are_moved_alike_in_a_step_and_otherwise_from_step_to_step(both):
    walks = both[0]
    distinct = [len(step.parts[0].clouds) for step in mixture([walks], steps=20, batch_size=16).batches(0)]
    assert distinct == [3] * 20, "three objects, one pose of them"
    alone = [walks.training_sample(row, np.random.default_rng(row)).object_rows.tolist() for row in range(16)]
    assert len({row for rows in alone for row in rows}) > 3
    step_poses = {
        tuple(sorted(walks.training_sample(0, np.random.default_rng(0), Showing(step_seed=(0, step))).object_rows))
        for step in range(60)
    }
    assert len(step_poses) == 8


def test_a_stream_that_is_left_stops_its_threads(both):
    before = threading.active_count()
    stream = mixture(both, (1.0, 1.0), steps=1000).batches(0)
    next(stream)
    stream.close()
    for source in both:
        while source._buffer._thread is not None:
            source._buffer._thread.join(1)
    assert threading.active_count() == before


def test_the_curriculum_shows_few_objects_first(both):
    objects = [step.parts[0].object_mask.sum() for step in mixture([both[1]], steps=2, curriculum_steps=1).batches(0)]
    assert objects[0] < objects[1]


@pytest.mark.parametrize(("samples", "count", "sizes"), [(7, 3, [2, 3, 2]), (2, 4, [1, 1]), (0, 2, []), (5, 1, [5])])
def test_a_batch_is_cut_into_parts_of_samples_of_similar_length(both, samples, count, sizes):
    drawn = [(0, both[number % 2].training_sample(number, np.random.default_rng(number))) for number in range(samples)]
    drawn = [(0, replace(each, object_rows=each.object_rows[: 1 + 5 * n % 7])) for n, (_, each) in enumerate(drawn)]
    parts = _parts(drawn, count)
    assert [len(part) for part in parts] == sizes
    lengths = [len(each.object_rows) + len(each.prompt_ids) for part in parts for _, each in part]
    assert lengths == sorted(lengths)
    assert sorted(map(id, drawn)) == sorted(id(each) for part in parts for each in part)
