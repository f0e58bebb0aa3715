"""Several sources as one stream of batches; what a step trains on follows from the seed and its number alone."""

import dataclasses
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.batches.batch import LeoBatch, LeoSample, collate
from leo_agent.policies.leo.batches.sequence import SequenceBuilder
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.train.samples.joined_clouds import JoinedClouds, rows_of_source
from leo_agent.train.samples.source import Showing, Source

_AHEAD = 3  # batches made before they are asked for
# What comes after them is told to the sources, which load it meanwhile.
_SAMPLES_PLANNED, _MOST_STEPS_PLANNED = 4096, 512
_SHARES, _SAMPLES = 0, 1  # what a generator is for, beside the seed


@dataclass(frozen=True)
class StepBatches:
    """What one process computes of a step."""

    parts: tuple[LeoBatch, ...]  # micro-batches, none where the batch has fewer samples than there are processes
    sources: tuple[tuple[int, ...], ...]  # number of the source of each sample of each part
    samples: int  # of the whole batch, over all processes


@dataclass(frozen=True, kw_only=True)
class Draws:
    """How batches are drawn from sources."""

    batch_size: int  # samples a batch, over all sources and processes
    steps: int  # number of batches
    seed: int  # of shares, order and augmentation
    history_dropout: float = 0.0  # share of the training samples that are shown without their past actions
    micro_batches: int = 1  # parts in which each process computes its share of a batch
    # So many batches at the start show only a share of the objects that the decision is not about, drawn between 0 and
    # a limit that rises from 0 to 1.
    curriculum_steps: int = 0
    rank: int = 0  # number of this process, of `world_size`
    world_size: int = 1  # how many processes share each batch


class Mixture:
    """Sources drawn from together.

    How many of a batch's samples come from each source is drawn anew at every step, by one offset on the line of all
    shares: whole numbers that add up, each within one of its share, and on average exactly it, however small.

    Args:
        sources: whose samples were made by the same tokenizer.
        weights: share of each, scaled to sum to 1.
        config: of the model that the batches are for.
        tokenizer: of that model.
        draws: how they are drawn.

    Attributes:
        sources: as given.
        weights: as given.

    Raises:
        InputError: a source has nothing to train on.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        weights: Sequence[float],
        config: LeoConfig,
        tokenizer: LeoTokenizer,
        draws: Draws,
    ) -> None:
        for source in sources:
            if not source.num_train:
                raise InputError(f"{source.name}: holds no training samples of {source.task}, expected at least one")
        self.sources, self.weights = sources, weights
        self._config, self._builder = config, SequenceBuilder(tokenizer, config, training=True)
        self._draws = draws
        self._counts = shares(weights, draws.batch_size, draws.steps, draws.seed)
        self._clouds = JoinedClouds([source.clouds for source in sources])

    def batches(self, first_step: int) -> Generator[StepBatches, None, None]:
        """The batches from a step on to the last, made a few ahead in a thread."""
        made = self._made(first_step)
        pending: deque[Future[StepBatches]] = deque()
        try:
            with ThreadPoolExecutor(max_workers=1) as pool:
                try:
                    for step in range(first_step, self._draws.steps):
                        while len(pending) < min(_AHEAD, self._draws.steps - step):
                            pending.append(pool.submit(next, made))
                        yield pending.popleft().result()
                finally:
                    for each in pending:
                        each.cancel()
        finally:
            for source in self.sources:
                source.prepare(np.empty(0, np.int64))

    def validation_batches(self, number: int, size: int, most: int) -> Iterator[LeoBatch]:
        """At most `most` batches of source `number`, spread evenly over its held-out samples."""
        source = self.sources[number]
        count = min(source.num_validation, size * most)
        chosen = np.linspace(0, source.num_validation - 1, count).astype(int)
        for start in range(0, count, size):
            samples = [(number, source.validation_sample(int(each))) for each in chosen[start : start + size]]
            yield self._collate(samples)

    def _made(self, first_step: int) -> Iterator[StepBatches]:
        streams = [
            _Stream(source, self._draws.seed, int(self._counts[:first_step, number].sum()))
            for number, source in enumerate(self.sources)
        ]
        planned: deque[_Plan] = deque()
        ahead = min(_MOST_STEPS_PLANNED, 1 + _SAMPLES_PLANNED // self._draws.batch_size)
        for step in range(first_step, self._draws.steps):
            while len(planned) < min(ahead, self._draws.steps - step):
                planned.append(self._plan(step + len(planned), streams))
            for number, source in enumerate(self.sources):
                source.prepare(np.concatenate([plan.rows[plan.sources == number] for plan in planned]))
            yield self._make(planned.popleft())

    def _plan(self, step: int, streams: Sequence["_Stream"]) -> "_Plan":
        drawn = [stream.take(int(count)) for stream, count in zip(streams, self._counts[step], strict=True)]
        sources = np.repeat(np.arange(len(drawn)), self._counts[step])
        mine = slice(self._draws.rank, None, self._draws.world_size)
        return _Plan(step, np.arange(self._draws.batch_size)[mine], sources[mine], np.concatenate(drawn)[mine])

    def _make(self, plan: "_Plan") -> StepBatches:
        step_seed = (self._draws.seed, _SAMPLES, plan.step)
        rng = np.random.default_rng(step_seed)
        others = (
            rng.uniform(0, plan.step / self._draws.curriculum_steps)
            if plan.step < self._draws.curriculum_steps
            else 1.0
        )
        showing = Showing(others_share=others, history_dropout=self._draws.history_dropout, step_seed=step_seed)
        seeds = rng.integers(2**63, size=self._draws.batch_size)
        samples = [
            (
                number,
                self.sources[number].training_sample(row, np.random.default_rng(seeds[place]), showing),
            )
            for place, number, row in zip(plan.places, plan.sources.tolist(), plan.rows.tolist(), strict=True)
        ]
        parts = _parts(samples, self._draws.micro_batches)
        return StepBatches(
            tuple(self._collate(part) for part in parts),
            tuple(tuple(number for number, _ in part) for part in parts),
            self._draws.batch_size,
        )

    def _collate(self, samples: Sequence[tuple[int, LeoSample]]) -> LeoBatch:
        numbered = [
            dataclasses.replace(sample, object_rows=rows_of_source(sample.object_rows, number))
            for number, sample in samples
        ]
        batch = collate(numbered, self._clouds, self._builder, self._config.image.size_px, self._config.max_objects)
        if batch.clouds.ndim == 3:
            return batch
        no_clouds = batch.clouds.new_zeros(0, self._config.points.num_points, 6)
        return dataclasses.replace(batch, clouds=no_clouds, cloud_features=batch.clouds)


@dataclass(frozen=True, eq=False)
class _Plan:
    """What one process draws for a step."""

    step: int
    places: NDArray[np.int64]  # (n,) number of each sample in the whole batch
    sources: NDArray[np.int64]  # (n,) number of its source
    rows: NDArray[np.int64]  # (n,) number of the training sample


def _parts(samples: list[tuple[int, LeoSample]], count: int) -> list[list[tuple[int, LeoSample]]]:
    """At most `count` parts of samples of similar length: all of a part are padded to its longest."""
    ranked = sorted(samples, key=lambda each: len(each[1].object_rows) + len(each[1].prompt_ids))
    ends = [round(part * len(ranked) / count) for part in range(count + 1)]
    return [ranked[start:end] for start, end in pairwise(ends) if end > start]


def shares(weights: Sequence[float], batch_size: int, steps: int, seed: int) -> NDArray[np.int64]:
    """(steps, sources) samples of each source in each batch, by systematic sampling."""
    edges = np.concatenate([[0.0], np.cumsum(weights) / np.sum(weights)]) * batch_size
    edges[-1] = batch_size
    offsets = np.random.default_rng([seed, _SHARES]).random(steps)
    counts: NDArray[np.int64] = np.diff(np.floor(edges + offsets[:, None]), axis=1).astype(np.int64)
    return counts


class _Stream:
    """The training samples of a source in the order in which they are drawn, from some place on."""

    def __init__(self, source: Source, seed: int, drawn: int) -> None:
        self._source, self._seed = source, seed
        self._epoch, place = divmod(drawn, source.num_train)
        self._waiting = source.order(self._epoch, seed)[place:]

    def take(self, count: int) -> NDArray[np.int64]:
        while len(self._waiting) < count:
            self._epoch += 1
            self._waiting = np.concatenate([self._waiting, self._source.order(self._epoch, self._seed)])
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken
