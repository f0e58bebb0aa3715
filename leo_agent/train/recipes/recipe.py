"""The typed recipe of a training run. What a field may hold stands at its type; a wrong value is an InputError."""

import dataclasses
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from leo_agent.contract.checks import check_number
from leo_agent.contract.errors import InputError, shown
from leo_agent.policies.leo.config.fields import SMALLEST_SCALE, Config, Count, Range

Part = Literal[
    "language_model",
    "adapters",
    "image_encoder",
    "image_projection",
    "point_encoder",
    "spatial_transformer",
    "object_projection",
    "direct_object_features",
    "object_resampler",
]
PARTS: tuple[Part, ...] = get_args(Part)
Precision = Literal["auto", "float32", "bfloat16"]
Tracker = Literal["tensorboard", "wandb"]
ENCODERS: tuple[Part, ...] = ("image_encoder", "point_encoder")

NEW_MODEL = "leo-nano"
MOST_THREADS = 4096
MOST_SEED = 2**63 - 1  # what torch.manual_seed takes
DEFAULT_BEST = "validation_loss"

Steps = Annotated[int, Range(1, 10**9)]
Share = Annotated[float, Range(0.0, 1.0)]
Positive = Annotated[float, Range(SMALLEST_SCALE, 1e30)]


@dataclass(frozen=True, kw_only=True)
class Stage(Config):
    """One stage: some tasks, the parts that learn from them, a schedule."""

    name: str = "train"
    # Share of the samples that each task gives, scaled to sum to 1; tasks that no dataset is of are left out. Without
    # any, all tasks of the datasets are trained, each dataset by its own weight (`Recipe.weights`).
    tasks: dict[str, float] = field(default_factory=dict)
    # Of each task's datasets only the first so many are trained on; 0: all.
    max_datasets: Count = 0
    # Parts that stay as they are, beside those that the model's configuration freezes. Encoders that stay are computed
    # once, and their features kept. Unless one of the two is named here, a language model that is trained from scratch
    # leaves its adapters as they are, new ones at zero, and a released one is left as it is and its adapters trained.
    frozen: tuple[Part, ...] = ()
    # Number of optimiser steps.
    steps: Steps = 5000
    # Samples a step, over all tasks.
    batch_size: Steps = 64
    # Micro-batches in which a batch is computed, one after the other, for the memory of one. The step is that of the
    # whole batch, except that batch normalisation, where it is trained, sees a micro-batch's statistics.
    accumulation: Steps = 1
    # Peak of the schedule: linear warm-up, then a cosine down to a thousandth.
    learning_rate: Positive = 1e-3
    warmup_steps: Count = 200
    # Decoupled, as in AdamW.
    weight_decay: Annotated[float, Range(0.0, 1e9)] = 0.05
    # Limit of the gradient's global norm.
    clip_norm: Positive = 1.0
    # Width of the target over neighbouring position and yaw bins, in bins; 0: the expert's bin alone.
    bin_smoothing_sigma: Annotated[float, Range(0.0, 1e3)] = 3.0
    # Over this share of the steps scenes are shown with few objects beside those that the decision is about, then with
    # more and more; afterwards as they are. A small model learns within thousands of samples this way which object the
    # words mean, and hardly at all without.
    curriculum_share: Share = 0.6

    def check_rules(self, where: str) -> None:
        prefix = f"{where}." if where else ""
        if self.accumulation > self.batch_size:
            raise InputError(
                f"{prefix}accumulation: found {self.accumulation}, expected at most the {self.batch_size} samples of a "
                "batch"
            )
        for task, weight in self.tasks.items():
            check_number(f"{prefix}tasks.{task}", weight, above=0)
        if set(PARTS) <= set(self.frozen):
            raise InputError(f"{prefix}frozen: found all parts, expected one that is trained")


@dataclass(frozen=True, kw_only=True)
class RolloutValidation(Config):
    """Episodes that are played with the policy as it is, at each validation."""

    env: str  # Gymnasium id
    episodes: Steps = 10
    workers: Steps = 1
    seed: Annotated[int, Range(0, MOST_SEED)] = 0
    # For the environment's constructor, such as {"split": "val"}.
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TakenParts(Config):
    """Parts of a new model that begin with another policy's weights."""

    policy: str  # name, folder or hub id
    parts: tuple[Part, ...] = ENCODERS


@dataclass(frozen=True, kw_only=True)
class Recipe(Config):
    """All that decides what a training run does, the output folder aside."""

    name: str = "custom"
    # Dataset folders, of any tasks.
    data: tuple[str, ...] = ()
    # Of each dataset, in their order: its share beside the others of its task; none: equal shares.
    weights: tuple[float, ...] = ()
    # The configuration that a new model starts from; NEW_MODEL where None is given and no `init`.
    preset: str | None = None
    # Keys of that configuration in the place of the preset's, such as {"spatial.object_tokens": 8}.
    model_options: dict[str, Any] = field(default_factory=dict)
    # Parts of a new model that are taken from a policy.
    take: TakenParts | None = None
    # Policy folder, or folder of a run, to continue from, in place of a preset. In a run's folder lie the weights that
    # its policy was rounded from, which are taken.
    init: str | None = None
    # Names of the published behaviours to train with, see `Legacy`; the policy's config.json names them. With `init`
    # and none here, those of that policy.
    legacy: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = (Stage(),)
    # Whether navigation samples are shown mirrored half of the time.
    mirror: bool = True
    # Whether navigation samples are turned by a random multiple of 90 degrees about the world's vertical axis, as in
    # LEO's training; see `augmentation`.
    rotate: bool = False
    # Share of the samples whose prompt shows no past actions, as at an episode's first step. An imitator that always
    # sees the last actions tends to repeat them rather than to look.
    history_dropout: Share = 0.0
    # Share of each dataset's episodes held out from training.
    validation_share: Annotated[float, Range(0.0, 0.5)] = 0.03
    # Steps between validations; 0: as `save_every`.
    validate_every: Count = 0
    validate_rollouts: tuple[RolloutValidation, ...] = ()
    # Figure of the validations by which the best policy is kept: the smallest loss, the largest of all else.
    best: str = DEFAULT_BEST
    # Steps between checkpoints.
    save_every: Steps = 500
    # Steps between lines of the log.
    log_every: Steps = 50
    trackers: tuple[Tracker, ...] = ()
    # Recompute a layer's activations for its gradient in the place of keeping them: less memory, about a third more
    # time.
    activation_checkpointing: bool = False
    # Of matrix products; weights stay float32. "auto": bfloat16 on a GPU, float32 on a CPU.
    precision: Precision = "auto"
    # "auto" (CUDA if there is any), "cpu", "cuda" or "cuda:N".
    device: str = "auto"
    # CPU threads; 0: one a core.
    threads: Annotated[int, Range(0, MOST_THREADS)] = 0
    # Of initial weights, order and augmentation.
    seed: Annotated[int, Range(0, MOST_SEED)] = 0

    def __post_init__(self) -> None:
        """Checks every range, and names the preset of a new model."""
        if self.init is None and self.preset is None:
            object.__setattr__(self, "preset", NEW_MODEL)
        self.check()

    def check_rules(self, where: str) -> None:
        if self.init is not None:
            for name, given in (("preset", self.preset), ("model_options", self.model_options), ("take", self.take)):
                if given:
                    raise InputError(f"{name}: found {shown(given)} with init={self.init!r}, which is a model already")
        if self.weights and len(self.weights) != len(self.data):
            raise InputError(f"weights: found {len(self.weights)}, expected one for each of {len(self.data)} datasets")
        for weight in self.weights:
            check_number("weights", weight, above=0)
        twice = [each for each in self.data if self.data.count(each) > 1]
        if twice:
            raise InputError(f"data: found {twice[0]} twice, expected each dataset once; weights give it more")
        names = [stage.name for stage in self.stages]
        if not names or len(set(names)) < len(names):
            raise InputError(f"stages: found {', '.join(names) or 'none'}, expected at least one, each name once")

    def with_device(self, device: str) -> "Recipe":
        """The same on another device."""
        return dataclasses.replace(self, device=device)

    @property
    def total_steps(self) -> int:
        """Of all stages."""
        return sum(stage.steps for stage in self.stages)
