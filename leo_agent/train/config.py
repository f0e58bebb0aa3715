"""What a training run is told: data, model, schedule, stage."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

Stage = Literal["full", "lora"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Options of one training run; `steps` counts optimiser steps.

    data: dataset folders. weights: share of each batch's samples that comes from each dataset (scaled to sum to 1).
    preset: the configuration to start a new model from; init: a policy folder to continue from (then preset is unused).
    stage: "full" trains the language model's own weights and leaves its LoRA adapters as they are, new ones at zero;
    "lora" freezes the language model and trains the adapters, as LEO's two published stages do. Encoders and
    projections are trained in both as their configuration says.
    curriculum_share: over this share of the steps, scenes are shown with few objects beside those that the
    decision is about, then with more and more; afterwards as they are. A small model finds out which object
    the words mean within thousands of samples this way, and hardly at all without.
    mirror: navigation samples are shown mirrored half of the time. rotate: navigation samples are turned by a random
    multiple of 90 degrees about the world's vertical axis, as in LEO's training; see `augmentation`.
    accumulation: micro-batches that a batch is computed in, one after the other, for the memory of one. The step is
    that of the whole batch, except that batch normalisation, where it is trained, sees a micro-batch's statistics.
    history_dropout: share of the samples whose prompt shows no past actions, as at an episode's first step. An imitator
    that always sees the last actions tends to repeat them rather than to look.
    legacy: names of published behaviours to train with, see `Legacy`; the policy's config.json names them.
    With init and none, those of that policy.
    """

    data: tuple[str, ...]
    out: str
    weights: tuple[float, ...] = ()
    preset: str = "leo-nano"
    init: str | None = None
    stage: Stage = "full"
    steps: int = 5000
    batch_size: int = 64
    accumulation: int = 1
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    bin_smoothing_sigma: float = 3.0
    mirror: bool = True
    rotate: bool = False
    history_dropout: float = 0.0
    legacy: tuple[str, ...] = ()
    curriculum_share: float = 0.3
    validation_share: float = 0.03
    save_every: int = 500
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    device: str = "auto"
    threads: int = 0
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
