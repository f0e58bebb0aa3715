"""Gradient accumulation: micro-batches give the step of the whole batch, in the memory of one of them."""

import dataclasses
import json
import weakref

import numpy as np
import pytest
import torch

from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.train.config import TrainConfig
from leo_agent.train.demonstrations import Demonstrations
from leo_agent.train.loop import Trainer
from leo_agent.train.mixture import Mixture
from tests.policies.leo import tiny

BATCH, STEPS = 12, 2
CONFIG = TrainConfig(
    data=(), out="", batch_size=BATCH, steps=STEPS, warmup_steps=0, precision="float32", bin_smoothing_sigma=0.0
)


class Stream:
    """A mixture whose batches are always the same samples, in parts."""

    datasets = ()

    def __init__(self, parts: int) -> None:
        samples = [tiny.sample(world, seed) for seed in range(BATCH // 2) for world in ("navigation", "tabletop")]
        self.parts = [tiny.batch_of(samples[first::parts]) for first in range(parts)]

    def batches(self, steps, rng, curriculum_steps=0):
        return iter([self.parts] * steps)


def model() -> LeoModel:
    """Without batch statistics and dropout, of which each micro-batch has its own."""
    return tiny.model(points=dataclasses.replace(tiny.config().points, trainable=False))


class Run:
    """A short training: the gradients that each step is made with, the weights after, the log."""

    def __init__(self, parts: int, folder, steps: int = STEPS, **changes) -> None:
        self.model = model()
        config = dataclasses.replace(CONFIG, steps=steps, **changes)
        trainer = Trainer(self.model, Stream(parts), config, torch.device("cpu"), folder / f"{parts}.jsonl")
        self.gradients: list[torch.Tensor] = []
        trainer._optimizer.register_step_pre_hook(lambda *_: self.gradients.append(_flat(self.model, gradients=True)))
        trainer.run(lambda: None)
        self.weights = _flat(self.model)
        self.log = [json.loads(line) for line in (folder / f"{parts}.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("parts", [2, 5, 12])
def test_micro_batches_give_the_gradients_and_weights_of_the_whole_batch(parts, tmp_path):
    start = _flat(model())
    whole, split = Run(1, tmp_path, clip_norm=1e9), Run(parts, tmp_path, clip_norm=1e9)
    torch.testing.assert_close(split.gradients[0], whole.gradients[0], rtol=1e-4, atol=1e-6)
    gradients, weights = (
        _apart(split.gradients[0], whole.gradients[0]),
        _apart(split.weights - start, whole.weights - start),
    )
    print(
        f"{parts} micro-batches: gradients {gradients:.1e} apart, {STEPS} steps' changes of the weights {weights:.1e}"
    )
    assert gradients < 1e-5
    assert weights < 1e-4
    torch.testing.assert_close(split.weights, whole.weights, rtol=1e-5, atol=1e-5)
    assert split.log[0]["loss"] == pytest.approx(whole.log[0]["loss"], rel=1e-5)
    assert len(split.log) == len(whole.log)
    assert [row["step"] for row in split.log] == [row["step"] for row in whole.log]


def test_every_micro_batch_counts_and_no_step_is_seen_in_the_next(tmp_path):
    """The published trainer's gradients were those of the last micro-batch alone, divided by their number."""
    stream, reference = Stream(3), model()
    alone = []
    for batch in stream.parts:
        reference.zero_grad()
        reference.train().loss(batch).mean().backward()
        alone.append(_flat(reference, gradients=True))
    still = Run(3, tmp_path, learning_rate=1e-12, weight_decay=0.0, clip_norm=1e9)
    for gradient in still.gradients:
        assert _apart(gradient, sum(alone) / 3) < 1e-4
    assert _apart(alone[-1] / 3, sum(alone) / 3) > 0.1, "the defect would be seen"


def test_the_norm_that_is_clipped_is_that_of_the_whole_batch(tmp_path):
    free, clipped = (Run(4, tmp_path, steps=1, clip_norm=norm) for norm in (1e9, 0.01))
    assert clipped.gradients[0].norm().item() == pytest.approx(0.01, rel=1e-3)
    assert _apart(clipped.gradients[0] / 0.01, free.gradients[0] / free.gradients[0].norm()) < 1e-4


def test_activations_of_one_micro_batch_are_held_at_a_time(tmp_path):
    peaks = {parts: _peak_saved_bytes(parts, tmp_path) for parts in (1, 4)}
    print(
        f"activations kept for the gradient, most at a time: {peaks[1]:,} bytes whole, {peaks[4]:,} in 4 micro-batches"
    )
    assert peaks[4] < 0.4 * peaks[1]


def test_micro_batches_of_a_mixture_are_the_batch_in_equal_shares(demonstrations, nano):
    config, tokenizer = nano[0].config, nano[1]
    datasets = [
        Demonstrations(folder, config, tokenizer, mirror=True, validation_share=0.0) for folder in demonstrations
    ]
    whole, split, uneven = (
        list(
            Mixture(datasets, weights, size, config, tokenizer, micro_batches=parts).batches(
                3, np.random.default_rng(0)
            )
        )
        for weights, size, parts in (((3, 1), 16, 1), ((3, 1), 16, 4), ((1, 1), 5, 5))
    )
    for (batch,), parts in zip(whole, split, strict=True):
        assert [len(part) for part in parts] == [4, 4, 4, 4]
        assert [int(part.y_up.sum()) for part in parts] == [3, 3, 3, 3]
        assert sorted(row for part in parts for row in _answers(part)) == sorted(_answers(batch))
    assert [len(part) for part in uneven[0]] == [1] * 5, "shares of 2.5 samples add up to the batch all the same"


def _answers(batch: LeoBatch) -> list[tuple[list[int], list[float]]]:
    """What tells the samples of a batch apart: answers and poses."""
    answers = [ids[mask].tolist() for ids, mask in zip(batch.answer_ids, batch.answer_mask, strict=True)]
    return list(zip(answers, batch.agent_position.tolist(), strict=True))


def _peak_saved_bytes(parts: int, folder) -> int:
    """Most bytes of storage that autograd keeps at a time during one step, the weights apart."""
    trained, held, peak = model(), weakref.WeakValueDictionary(), 0
    weights = {each.untyped_storage().data_ptr() for each in trained.parameters()}
    trainer = Trainer(trained, Stream(parts), CONFIG, torch.device("cpu"), folder / "log.jsonl")

    class Saved:
        def __init__(self, tensor: torch.Tensor) -> None:
            self.tensor = tensor

    def keep(tensor: torch.Tensor) -> Saved:
        nonlocal peak
        saved = Saved(tensor.detach())
        held[id(saved)] = saved
        storages = {each.tensor.untyped_storage().data_ptr(): each.tensor.untyped_storage() for each in held.values()}
        peak = max(peak, sum(storage.nbytes() for place, storage in storages.items() if place not in weights))
        return saved

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved.tensor):
        trainer._step(0, Stream(parts).parts)
    return peak


def _flat(model: LeoModel, gradients: bool = False) -> torch.Tensor:
    """All trained weights, or their gradients, in one vector."""
    trained = [each for each in model.parameters() if each.requires_grad]
    values = [each.grad if gradients else each.detach() for each in trained]
    return torch.cat(
        [
            torch.zeros_like(weight).flatten() if value is None else value.flatten()
            for weight, value in zip(trained, values, strict=True)
        ]
    ).clone()


def _apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """Distance of two vectors as a share of the second's length."""
    return float((one - other).norm() / other.norm())
