"""Decoding of actions: beams find the likeliest answer, and nothing in it waits for the device."""

import dataclasses
from itertools import product

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from leo_agent.policies.leo.acting.decoding import decode_actions
from leo_agent.policies.leo.batches.action_mask import ActionMask
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import wake_adapters

CHOICES = ([8, 100, 327], [328, 400, 487], [488, 500, 523])


def decode(model, samples, beams=1):
    batch = tiny.batch_of(samples)
    with torch.no_grad():
        return decode_actions(model, batch, model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids), beams)


@pytest.mark.parametrize("seed", range(4))
def test_enough_beams_find_the_likeliest_of_all_answers(seed):
    model = tiny.model(seed).eval()
    wake_adapters(model)
    sample = dataclasses.replace(tiny.sample("tabletop", seed), action_mask=ActionMask.of(*CHOICES), answer_ids=())
    answers = list(product(*CHOICES))
    ids = [tuple(tiny.tokenizer().action_id(index) for index in answer) for answer in answers]
    with torch.no_grad():
        losses = model.loss(tiny.batch_of([dataclasses.replace(sample, answer_ids=each) for each in ids]))
    best = answers[int(losses.argmin())]
    assert tuple(decode(model, [sample], beams=27)[0].tolist()) == best
    scores = {answer: -float(loss) for answer, loss in zip(answers, losses, strict=True)}
    greedy, few = (tuple(decode(model, [sample], beams=beams)[0].tolist()) for beams in (1, 3))
    assert scores[best] >= scores[few] - 1e-6
    assert greedy in scores


@pytest.mark.parametrize("beams", [1, 5])
def test_answers_of_a_batch_of_both_embodiments_are_those_of_its_samples(beams):
    model = tiny.model().eval()
    wake_adapters(model)
    samples = [
        dataclasses.replace(tiny.sample(world, seed), answer_ids=())
        for seed, world in enumerate(["tabletop", "navigation", "tabletop"])
    ]
    together = decode(model, samples, beams)
    for row, sample in zip(together, samples, strict=True):
        alone = decode(model, [sample], beams)[0]
        assert len(alone) == sample.action_mask.length
        assert torch.equal(row[: len(alone)], alone)
        assert all(allowed[index] for allowed, index in zip(sample.action_mask.allowed, alone.tolist(), strict=True))


class _NothingFromTheHost(TorchDispatchMode):
    """Fails at operations that wait for a device, or bring values from the host: no CUDA graph may hold them."""

    FORBIDDEN = ("_local_scalar_dense", "nonzero", "lift_fresh", "masked_select", "unique", "bincount")

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert not any(name in func.__name__ for name in self.FORBIDDEN), func.__name__
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("beams", [1, 5])
@pytest.mark.parametrize("world", ["navigation", "tabletop"])
def test_a_call_can_be_captured_as_a_graph(world, beams):
    model = tiny.model(stop_threshold=0.5).eval()
    batch = tiny.batch_of([dataclasses.replace(tiny.sample(world, seed), answer_ids=()) for seed in range(2)])
    features, prefix = model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
    with torch.no_grad(), _NothingFromTheHost():
        decode_actions(model, batch, features, prefix, beams)
