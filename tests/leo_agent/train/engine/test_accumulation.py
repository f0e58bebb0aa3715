"""Gradient accumulation: micro-batches give the step of the whole batch, in the memory of one of them."""

import dataclasses
import json
import weakref
from types import SimpleNamespace
from typing import ClassVar

import pytest
import torch

from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.train.engine.checkpoints import Position
from leo_agent.train.engine.log import Log
from leo_agent.train.engine.processes import Processes
from leo_agent.train.engine.stopping import Stopping
from leo_agent.train.engine.trainer import StageRun, Trainer
from leo_agent.train.recipes.flat import flat_recipe
from leo_agent.train.samples.mixture import StepBatches
from tests.policies.leo import tiny

BATCH, STEPS = 12, 2


class Stream:
    """A mixture whose batches are always the same samples, in parts as large as each other or not."""

    sources: ClassVar[list] = [SimpleNamespace(name="both", task="acting")]

    def __init__(self, parts: int, uneven: bool = False) -> None:
        samples = [tiny.sample(world, seed) for seed in range(BATCH // 2) for world in ("navigation", "tabletop")]
        chosen = [samples[first::parts] for first in range(parts)]
        if uneven:
            chosen = [samples[:1], samples[1:4], samples[4:]]
        self.parts = [tiny.batch_of(each) for each in chosen]
        self.step = StepBatches(tuple(self.parts), tuple((0,) * len(each) for each in self.parts), BATCH)

    def batches(self, first_step):
        yield from [self.step] * STEPS


def model() -> LeoModel:
    """Without batch statistics and dropout, of which each micro-batch has its own."""
    return tiny.model(points=dataclasses.replace(tiny.config().points, trainable=False))


def trainer_of(model: LeoModel, stream: Stream, log: Log | None, **changes) -> Trainer:
    recipe = flat_recipe(
        **{
            "steps": STEPS,
            "batch_size": BATCH,
            "warmup_steps": 0,
            "bin_smoothing_sigma": 0.0,
            "log_every": 1,
            **changes,
        }
    )
    device = torch.device("cpu")
    run = StageRun(model, stream, recipe, recipe.stages[0], device, Processes(device), log)
    return Trainer(run, Position())


class Run:
    """A short training: the gradients that each step is made with, the weights after, the log."""

    def __init__(self, stream: Stream, folder, **changes) -> None:
        self.model = model()
        path = folder / f"{len(stream.parts)}.jsonl"
        log = Log(path, 0, (), {})
        trainer = trainer_of(self.model, stream, log, **changes)
        self.gradients: list[torch.Tensor] = []
        trainer.optimizer.register_step_pre_hook(lambda *_: self.gradients.append(_flat(self.model, gradients=True)))
        trainer.train(lambda: None, lambda: None, Stopping())
        self.weights = _flat(self.model)
        self.log = [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("parts", [2, 5, 12, 0])
def test_micro_batches_give_the_gradients_and_weights_of_the_whole_batch(parts, tmp_path):
    """0 parts: of 1, 3 and 8 samples."""
    start = _flat(model())
    stream = Stream(parts) if parts else Stream(3, uneven=True)
    whole, split = (Run(each, tmp_path, clip_norm=1e9) for each in (Stream(1), stream))
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
    still = Run(Stream(3), tmp_path, learning_rate=1e-12, weight_decay=0.0, clip_norm=1e9)
    for gradient in still.gradients:
        assert _apart(gradient, sum(alone) / 3) < 1e-4
    assert _apart(alone[-1] / 3, sum(alone) / 3) > 0.1, "the defect would be seen"


def test_the_norm_that_is_clipped_is_that_of_the_whole_batch(tmp_path):
    free, clipped = (Run(Stream(4), tmp_path, steps=1, clip_norm=norm) for norm in (1e9, 0.01))
    assert clipped.gradients[0].norm().item() == pytest.approx(0.01, rel=1e-3)
    assert _apart(clipped.gradients[0] / 0.01, free.gradients[0] / free.gradients[0].norm()) < 1e-4


def test_activations_of_one_micro_batch_are_held_at_a_time(tmp_path):
    peaks = {parts: _peak_saved_bytes(parts, tmp_path) for parts in (1, 4)}
    print(
        f"activations kept for the gradient, most at a time: {peaks[1]:,} bytes whole, {peaks[4]:,} in 4 micro-batches"
    )
    assert peaks[4] < 0.4 * peaks[1]


def _peak_saved_bytes(parts: int, folder) -> int:
    """Most bytes of storage that autograd keeps at a time during one step, the weights apart."""
    trained, held, peak = model(), weakref.WeakValueDictionary(), 0
    weights = {each.untyped_storage().data_ptr() for each in trained.parameters()}
    trainer = trainer_of(trained, Stream(parts), None)

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
        trainer._step(0, Stream(parts).step, 0.0, Stopping())
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
