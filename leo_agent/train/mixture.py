"""Several datasets as one stream of batches, each with a fixed share of every dataset."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from leo_agent.policies.leo.batches.batch import LeoBatch, LeoSample, collate
from leo_agent.policies.leo.batches.sequence import SequenceBuilder
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.train.augmentation import MovableClouds
from leo_agent.train.demonstrations import Demonstrations
from leo_agent.train.shares import batch_sizes

_AHEAD = 3  # batches made before they are asked for


class Mixture:
    """Datasets of either world, drawn from together.

    A batch holds samples of all of them, so that the statistics that batch normalisation sees are those of the whole;
    so does each of the parts that it comes in.

    Args:
        datasets: the datasets, whose samples were made by the same tokenizer.
        weights: share of each dataset, scaled to sum to 1.
        batch_size: samples a batch, over all datasets; each has at least one, see `shares`.
        config: of the model that the batches are for.
        tokenizer: of that model.
        history_dropout: share of the training samples that are shown without their past actions.
        micro_batches: equal parts of a batch.

    Attributes:
        datasets: as given.
        batch_sizes: samples of each dataset in a batch.
    """

    def __init__(
        self,
        datasets: Sequence[Demonstrations],
        weights: Sequence[float],
        batch_size: int,
        config: LeoConfig,
        tokenizer: LeoTokenizer,
        history_dropout: float = 0.0,
        micro_batches: int = 1,
    ) -> None:
        self.datasets = datasets
        self.batch_sizes = batch_sizes(batch_size, weights)
        self._config = config
        self._history_dropout = history_dropout
        self._micro_batches = micro_batches
        self._builder = SequenceBuilder(tokenizer, config, training=True)
        self._clouds = MovableClouds(np.concatenate([dataset.clouds for dataset in datasets]))
        self._first_cloud = np.cumsum([0, *(len(dataset.clouds) for dataset in datasets)])

    def batches(self, steps: int, rng: np.random.Generator, curriculum_steps: int = 0) -> Iterator[list[LeoBatch]]:
        """That many training batches, each as its micro-batches, made a few ahead in a thread.

        Every dataset is gone through in a new random order before one of its samples comes again.

        Args:
            steps: number of batches.
            rng: draws order, curriculum and augmentation.
            curriculum_steps: so many batches at the start show only a share of the objects that the decision is not
                about, drawn between 0 and a limit that rises from 0 to 1.
        """
        streams = [
            _orders(len(dataset.train_rows), size, rng)
            for dataset, size in zip(self.datasets, self.batch_sizes, strict=True)
        ]

        def draw(step: int) -> Callable[[], list[LeoBatch]]:
            chosen = [next(stream) for stream in streams]
            others_share = rng.uniform(0, step / curriculum_steps) if step < curriculum_steps else 1.0
            seed = rng.integers(2**63)
            return lambda: self._training_batch(chosen, np.random.default_rng(seed), others_share)

        with ThreadPoolExecutor(max_workers=1) as pool:
            pending = [pool.submit(draw(step)) for step in range(min(_AHEAD, steps))]
            for step in range(steps):
                ready = pending.pop(0).result()
                if step + _AHEAD < steps:
                    pending.append(pool.submit(draw(step + _AHEAD)))
                yield ready

    def names(self, part: int, parts: int) -> list[str]:
        """The dataset of each sample in one of the parts that a batch came in."""
        names = [dataset.name for dataset in self.datasets]
        whole = [name for name, size in zip(names, self.batch_sizes, strict=True) for _ in range(size)]
        return whole[part::parts]

    def validation_batches(self, number: int, size: int, most: int) -> Iterator[LeoBatch]:
        """At most `most` batches of dataset `number`, spread evenly over its held-out frames."""
        dataset = self.datasets[number]
        count = min(len(dataset.validation_rows), size * most)
        chosen = dataset.validation_rows[np.linspace(0, len(dataset.validation_rows) - 1, count).astype(int)]
        for start in range(0, count, size):
            samples = [dataset.sample(int(row)) for row in chosen[start : start + size]]
            yield self._collate([(number, sample) for sample in samples])

    def _training_batch(
        self, chosen: Sequence[np.ndarray], rng: np.random.Generator, others_share: float
    ) -> list[LeoBatch]:
        samples = [
            (number, dataset.training_sample(int(row), rng, others_share, self._history_dropout))
            for number, (dataset, positions) in enumerate(zip(self.datasets, chosen, strict=True))
            for row in dataset.train_rows[positions]
        ]
        count = min(self._micro_batches, len(samples))
        return [self._collate(samples[first::count]) for first in range(count)]

    def _collate(self, samples: Sequence[tuple[int, LeoSample]]) -> LeoBatch:
        moved = [_moved(sample, int(self._first_cloud[number])) for number, sample in samples]
        return collate(moved, self._clouds, self._builder, self._config.image.size_px, self._config.max_objects)


def _moved(sample: LeoSample, offset: int) -> LeoSample:
    """The sample with its clouds `offset` rows further down."""
    rows = sample.object_rows
    return dataclasses.replace(sample, object_rows=np.where(rows >= 0, rows + offset, -1))


def _orders(count: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Endless index arrays of that size; each pass is a new permutation."""
    waiting = np.empty(0, dtype=np.int64)
    while True:
        while len(waiting) < size:
            waiting = np.concatenate([waiting, rng.permutation(count)])
        yield waiting[:size]
        waiting = waiting[size:]
