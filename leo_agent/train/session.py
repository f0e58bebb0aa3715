"""One training run from its options: builds or loads the model, reads the datasets, trains, keeps the policy."""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import writing
from leo_agent.policies import hub
from leo_agent.policies.leo.model.devices import choose_device
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, new_model, save_pretrained
from leo_agent.results.provenance import package_versions
from leo_agent.train.config import TrainConfig, TrainingStage
from leo_agent.train.demonstrations import Demonstrations
from leo_agent.train.loop import Trainer
from leo_agent.train.mixture import Mixture
from leo_agent.train.run_files import CONFIG_FILE, LOG_FILE, POLICY_FOLDER, new_folder, policy_to_continue
from leo_agent.train.trained_state import restore_state, save_state

LOG = logging.getLogger(__name__)


def train(config: TrainConfig) -> str:
    """Runs the training.

    Returns:
        A few lines: what was reached, and where the policy is.

    Raises:
        InputError: a model or dataset does not fit the configuration, or the output folder holds something already.
    """
    out = new_folder(config.out)
    device = choose_device(config.device)
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model, tokenizer = _build(config)
    _freeze(model, config.stage)
    mixture = _mixture(config, model, tokenizer)
    sizes = dict(zip(config.data, mixture.batch_sizes, strict=True))
    LOG.info("each batch: %s", ", ".join(f"{size} of {name}" for name, size in sizes.items()))
    _write_json(out / CONFIG_FILE, {**config.to_dict(), "batch_sizes": sizes, "versions": package_versions()})
    trainer = Trainer(model.to(device), mixture, config, device, out / LOG_FILE)
    with _idle_adapters_skipped(model, config.stage):
        result = trainer.run(lambda: _save(model, tokenizer, out))
    lines = [f"{name}: {value:.4f}" for name, value in sorted(result.items())]
    lines += [
        f"validation_loss/{dataset.name}: nothing is held out of {dataset.num_episodes} episodes"
        for dataset in mixture.datasets
        if not len(dataset.validation_rows)
    ]
    return "\n".join([*lines, f"policy: {out / POLICY_FOLDER}"])


def _build(config: TrainConfig) -> tuple[LeoModel, LeoTokenizer]:
    if config.init is not None:
        init = policy_to_continue(config.init)
        model, tokenizer = from_pretrained(init, legacy=config.legacy or None)
        if not hub.is_hub_id(init):
            restore_state(model, Path(init))
        return model, tokenizer
    assert config.preset is not None  # TrainConfig names one where there is no policy to continue from
    return new_model(config.preset, config.seed, config.legacy)


def _freeze(model: LeoModel, stage: TrainingStage) -> None:
    """Leaves trainable either the language model's own weights or its adapters; the rest stays as configured."""
    if stage == "full" and not model.config.language_model.trainable:
        raise InputError("stage: found full, expected lora: this model builds on a released language model")
    adapters = [name for name, _ in model.named_parameters() if "lora_" in name]
    if stage == "lora" and not adapters:
        raise InputError("stage: found lora, expected full: this model's configuration has no LoRA adapters (rank 0)")
    for name, parameter in model.named_parameters():
        if name.startswith("llm_model."):
            parameter.requires_grad_(("lora_" in name) == (stage == "lora"))


def _mixture(config: TrainConfig, model: LeoModel, tokenizer: LeoTokenizer) -> Mixture:
    """The datasets of the run, read as the model sees them."""
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
    return Mixture(
        datasets,
        config.shares,
        config.batch_size,
        model.config,
        tokenizer,
        history_dropout=config.history_dropout,
        micro_batches=config.accumulation,
    )


@contextmanager
def _idle_adapters_skipped(model: LeoModel, stage: TrainingStage) -> Iterator[None]:
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


def _save(model: LeoModel, tokenizer: LeoTokenizer, out: Path) -> None:
    """Replaces the policy by one that is whole; float16 is what the repository's own policies are stored in.

    What was trained is kept beside it as it is, to go on from.

    Raises:
        InputError: a weight is not finite; the former policy stands.
        OutputError: the disk is full, or the like; the former policy stands.
    """
    folder = out / POLICY_FOLDER
    aside, former = folder.with_suffix(".new"), folder.with_suffix(".old")
    try:
        with writing(aside):
            save_pretrained(model, tokenizer, aside, weights="float16")
            save_state(model, out)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    if folder.exists():
        os.replace(folder, former)
    os.replace(aside, folder)
    shutil.rmtree(former, ignore_errors=True)


def _write_json(path: Path, value: object) -> None:
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(value, indent=1), encoding="utf-8")
    os.replace(aside, path)
