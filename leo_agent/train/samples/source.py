"""What batches are drawn from: the samples of one task in one dataset."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leo_agent.policies.leo.batches.batch import LeoSample, PreparedClouds
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """How datasets are read."""

    model: LeoModel
    tokenizer: LeoTokenizer
    mirror: bool = True
    rotate: bool = False
    validation_share: float = 0.03
    frozen: frozenset[str] = field(default_factory=frozenset)  # encoders that stay as they are in this stage


@dataclass(frozen=True, kw_only=True)
class Showing:
    """How a training sample is shown."""

    others_share: float = 1.0  # of the objects that the decision is not about; those that it is about are all kept
    history_dropout: float = 0.0  # probability that no past actions are shown
    # What all samples of a step share: those of one scene are moved alike. None: each is moved by itself.
    step_seed: tuple[int, ...] | None = None


PLAIN = Showing()


class Source(Protocol):
    """Samples of one task in one dataset, numbered from 0."""

    name: str  # of the dataset
    task: str
    num_train: int
    num_validation: int
    num_episodes: int  # of both parts together

    @property
    def clouds(self) -> PreparedClouds:
        """That the samples' object rows are of."""

    def order(self, epoch: int, seed: int) -> NDArray[np.int64]:
        """(num_train,) every number of a training sample once: a function of epoch and seed alone."""

    def prepare(self, rows: NDArray[np.int64]) -> None:
        """Names the training samples that come next, in order, so that they may be loaded.

        They take the place of those that were named before; none: nothing more is needed.
        """

    def training_sample(self, row: int, rng: np.random.Generator, showing: Showing = PLAIN) -> LeoSample:
        """A training sample as it is shown once.

        Args:
            row: its number.
            rng: draws the order of objects and all augmentation.
            showing: how it is shown; what does not apply to the source's task is ignored.
        """

    def validation_sample(self, number: int) -> LeoSample:
        """A sample that is held out."""


def random_order(count: int, epoch: int, seed: int) -> NDArray[np.int64]:
    """A permutation of 0 to count - 1."""
    return np.random.default_rng([seed, epoch]).permutation(count)
