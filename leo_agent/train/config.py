"""The options of a training run: data, model, schedule, training stage."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args

from leo_agent.contract.checks import check_choice, check_number, check_whole
from leo_agent.contract.errors import InputError
from leo_agent.train.samples.shares import batch_sizes

TrainingStage = Literal["full", "lora"]
Precision = Literal["float32", "bfloat16"]

NEW_MODEL = "leo-nano"
MOST_THREADS = 4096
MOST_SEED = 2**63 - 1  # what torch.manual_seed takes


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Options of one training run.

    Raises:
        InputError: a value is out of its range, or two of them do not go together.
    """

    # Dataset folders.
    data: tuple[str, ...]
    # New folder of the run.
    out: str
    # Share of each batch's samples that comes from each dataset, scaled to sum to 1; none: equal shares. See
    # `shares.batch_sizes` for the whole numbers that they become.
    weights: tuple[float, ...] = ()
    # The configuration that a new model starts from; NEW_MODEL where None is given and no `init`.
    preset: str | None = None
    # Policy folder, or folder of a run, to continue from, in place of a preset. Beside a run's policy lie the weights
    # that it was rounded from, which are taken.
    init: str | None = None
    # "full" trains the language model's own weights and leaves its LoRA adapters as they are, new ones at zero. "lora"
    # freezes the language model and trains the adapters, as both of LEO's published training stages do. Encoders and
    # projections are trained in both, where their configuration says so.
    stage: TrainingStage = "full"
    # Number of optimiser steps.
    steps: int = 5000
    # Samples a step, over all datasets.
    batch_size: int = 64
    # Micro-batches in which a batch is computed, one after the other, for the memory of one. The step is that of the
    # whole batch, except that batch normalisation, where it is trained, sees a micro-batch's statistics.
    accumulation: int = 1
    # Peak of the schedule.
    learning_rate: float = 1e-3
    # Steps of linear warm-up.
    warmup_steps: int = 200
    # Decoupled, as in AdamW.
    weight_decay: float = 0.05
    # Limit of the gradient's global norm.
    clip_norm: float = 1.0
    # Width of the target over neighbouring position and yaw bins, in bins; 0: the expert's bin alone.
    bin_smoothing_sigma: float = 3.0
    # Whether navigation samples are shown mirrored half of the time.
    mirror: bool = True
    # Whether navigation samples are turned by a random multiple of 90 degrees about the world's vertical axis, as in
    # LEO's training; see `augmentation`.
    rotate: bool = False
    # Share of the samples whose prompt shows no past actions, as at an episode's first step. An imitator that always
    # sees the last actions tends to repeat them rather than to look.
    history_dropout: float = 0.0
    # Names of the published behaviours to train with, see `Legacy`; the policy's config.json names them. With `init`
    # and none here, those of that policy.
    legacy: tuple[str, ...] = ()
    # Over this share of the steps scenes are shown with few objects beside those that the decision is about, then with
    # more and more; afterwards as they are. A small model learns within thousands of samples this way which object the
    # words mean, and hardly at all without.
    curriculum_share: float = 0.3
    # Share of each dataset's episodes held out from training.
    validation_share: float = 0.03
    # Steps between savings of the policy.
    save_every: int = 500
    # Of matrix products; weights stay float32.
    precision: Precision = "bfloat16"
    # "auto" (CUDA if there is any), "cpu", "cuda" or "cuda:N".
    device: str = "auto"
    # CPU threads; 0: one a core.
    threads: int = 0
    # Of initial weights, order and augmentation.
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks every range, and names the preset of a new model."""
        if self.init is not None and self.preset is not None:
            raise InputError(f"preset: found {self.preset!r} with init={self.init!r}, which is a model already")
        if self.init is None and self.preset is None:
            object.__setattr__(self, "preset", NEW_MODEL)
        check_choice("stage", self.stage, get_args(TrainingStage))
        check_choice("precision", self.precision, get_args(Precision))
        for name in ("steps", "batch_size", "accumulation", "save_every"):
            check_whole(name, getattr(self, name), 1)
        if self.batch_size % self.accumulation:
            raise InputError(
                f"accumulation: found {self.accumulation}, expected a divisor of {self.batch_size} samples"
            )
        check_whole("warmup_steps", self.warmup_steps)
        check_whole("threads", self.threads, 0, MOST_THREADS)
        check_whole("seed", self.seed, 0, MOST_SEED)
        for name in ("learning_rate", "clip_norm"):
            check_number(name, getattr(self, name), above=0)
        for name in ("weight_decay", "bin_smoothing_sigma"):
            check_number(name, getattr(self, name), 0)
        for name, most in (("validation_share", 0.5), ("curriculum_share", 1), ("history_dropout", 1)):
            check_number(name, getattr(self, name), 0, most)
        if self.weights and len(self.weights) != len(self.data):
            raise InputError(f"weights: found {len(self.weights)}, expected one for each of {len(self.data)} datasets")
        for weight in self.weights:
            check_number("weights", weight, above=0)
        batch_sizes(self.batch_size, self.shares)

    @property
    def shares(self) -> tuple[float, ...]:
        """`weights` with their default."""
        return self.weights or (1.0,) * len(self.data)

    def to_dict(self) -> dict[str, Any]:
        """The options as JSON's types, tuples aside."""
        return dataclasses.asdict(self)
