"""One training run from its options: checks them, builds or loads the model, trains, keeps the policy."""

import json
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.model.devices import choose_device
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, new_model, save_pretrained
from leo_agent.results.provenance import package_versions
from leo_agent.train.config import Stage, TrainConfig
from leo_agent.train.demonstrations import Demonstrations
from leo_agent.train.loop import Trainer
from leo_agent.train.mixture import Mixture

POLICY_FOLDER = "policy"


def train(config: TrainConfig) -> str:
    """Runs the training; gives a few lines that tell what was reached and where it lies.

    Raises:
        InputError: an option or a dataset does not fit, or the output folder is in use by another run.
    """
    _check(config)
    out = _new_folder(config.out)
    device = choose_device(config.device)
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model, tokenizer = _build(config)
    if config.stage == "full" and not model.config.language_model.trainable:
        raise InputError("--stage full: this model builds on a published language model; expected --stage lora")
    _freeze(model, config.stage)
    datasets = [
        Demonstrations(
            folder,
            model.config,
            tokenizer,
            mirror=config.mirror,
            rotate=config.rotate,
            validation_share=config.validation_share,
        )
        for folder in config.data
    ]
    weights = config.weights or (1.0,) * len(datasets)
    mixture = Mixture(
        datasets,
        weights,
        config.batch_size,
        model.config,
        tokenizer,
        history_dropout=config.history_dropout,
        micro_batches=config.accumulation,
    )
    _write_json(out / "config.json", {**config.to_dict(), "versions": package_versions()})
    trainer = Trainer(model.to(device), mixture, config, device, out / "log.jsonl")
    with _idle_adapters_skipped(model, config.stage):
        result = trainer.run(lambda: _save(model, tokenizer, out / POLICY_FOLDER))
    measured = "\n".join(f"{name}: {value:.4f}" for name, value in sorted(result.items()))
    return f"{measured}\npolicy: {out / POLICY_FOLDER}"


def _check(config: TrainConfig) -> None:
    positive = ("steps", "batch_size", "accumulation", "learning_rate", "clip_norm", "save_every")
    for name in positive:
        value = getattr(config, name)
        if not (value > 0 and math.isfinite(value)):
            raise InputError(f"--{name.replace('_', '-')}: found {value}, expected a number above 0")
    if config.batch_size % config.accumulation:
        raise InputError(
            f"--accumulation: found {config.accumulation}, expected a divisor of {config.batch_size} samples"
        )
    for name in ("warmup_steps", "weight_decay", "bin_smoothing_sigma", "threads", "seed"):
        value = getattr(config, name)
        if not (value >= 0 and math.isfinite(value)):
            raise InputError(f"--{name.replace('_', '-')}: found {value}, expected 0 or more")
    for name, most in (("seed", 2**63 - 1), ("threads", 4096)):
        if getattr(config, name) > most:
            raise InputError(f"--{name}: found {getattr(config, name)}, expected at most {most}")
    if not 0 <= config.validation_share <= 0.5:
        raise InputError(f"--validation-share: found {config.validation_share}, expected 0 to 0.5")
    for name in ("curriculum_share", "history_dropout"):
        value = getattr(config, name)
        if not 0 <= value <= 1:
            raise InputError(f"--{name.replace('_', '-')}: found {value}, expected 0 to 1")
    if config.weights and len(config.weights) != len(config.data):
        raise InputError(f"--weights: found {len(config.weights)}, expected one for each of {len(config.data)} --data")
    wrong = [weight for weight in config.weights if not (weight > 0 and math.isfinite(weight))]
    if wrong:
        raise InputError(f"--weights: found {wrong[0]}, expected numbers above 0")


def _new_folder(name: str) -> Path:
    """The folder of the run, made before the work begins; nothing that lies there already is written over."""
    out = Path(name)
    try:
        out.mkdir(parents=True, exist_ok=True)
        held = next(out.iterdir(), None)
    except OSError as problem:
        raise InputError(f"--out {name}: cannot be written ({problem}); choose another folder") from None
    if held is not None:
        raise InputError(f"--out {name}: holds {held.name} already, expected a new or empty folder")
    return out


def _build(config: TrainConfig) -> tuple[LeoModel, LeoTokenizer]:
    if config.init is not None:
        return from_pretrained(config.init, legacy=config.legacy or None)
    return new_model(config.preset, config.seed, config.legacy)


def _freeze(model: nn.Module, stage: Stage) -> None:
    """Leaves trainable either the language model's own weights or its adapters; the rest stays as configured."""
    adapters = [name for name, _ in model.named_parameters() if "lora_" in name]
    if stage == "lora" and not adapters:
        raise InputError("--stage lora: this model has no LoRA adapters, expected a configuration with rank above 0")
    for name, parameter in model.named_parameters():
        if name.startswith("llm_model."):
            parameter.requires_grad_(("lora_" in name) == (stage == "lora"))


@contextmanager
def _idle_adapters_skipped(model: LeoModel, stage: Stage) -> Iterator[None]:
    """While the language model's own weights are trained, adapters that add nothing (B = 0) are not computed.

    Adapters that were trained before stay on: their part belongs to what the model says.
    """
    adds_nothing = all(not each.any() for name, each in model.named_parameters() if "lora_B" in name)
    skipped = stage == "full" and adds_nothing
    if skipped:
        model.use_adapters(False)
    try:
        yield
    finally:
        if skipped:
            model.use_adapters(True)


def _save(model: LeoModel, tokenizer: LeoTokenizer, folder: Path) -> None:
    """Replaces the folder by one that is whole; float16 is what the repository's own policies are stored in."""
    aside, former = folder.with_suffix(".new"), folder.with_suffix(".old")
    save_pretrained(model, tokenizer, aside, weights="float16")
    if folder.exists():
        os.replace(folder, former)
    os.replace(aside, folder)
    shutil.rmtree(former, ignore_errors=True)


def _write_json(path: Path, value: object) -> None:
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(value, indent=1), encoding="utf-8")
    os.replace(aside, path)
