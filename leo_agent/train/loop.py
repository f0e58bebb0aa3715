"""The training loop: imitation of the expert's actions, logged, validated and saved as it goes."""

import json
import logging
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from leo_agent.contract.errors import InputError, OutputError
from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.train.config import TrainConfig
from leo_agent.train.mixture import Mixture
from leo_agent.train.schedule import learning_rate_factor

LOG = logging.getLogger(__name__)
LOG_EVERY = 50
VALIDATION_BATCHES = 8
VALIDATION_BATCH_SIZE = 32


class Trainer:
    """Optimises a model on a mixture of datasets with AdamW.

    Args:
        model: is trained in place; what requires no gradient stays as it is.
        mixture: the batches.
        config: schedule, optimiser and precision.
        device: where the model lies.
        log_path: gets one line of JSON every LOG_EVERY steps, and one at each validation.
    """

    def __init__(
        self, model: LeoModel, mixture: Mixture, config: TrainConfig, device: torch.device, log_path: Path
    ) -> None:
        self._model, self._mixture, self._config, self._device = model, mixture, config, device
        self._log_path = log_path
        self._step_done, self._saved_step = 0, 0
        self._trainable = [each for each in model.parameters() if each.requires_grad]
        self._optimizer = torch.optim.AdamW(
            self._trainable, lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
        )

    def run(self, save: Callable[[], None]) -> dict[str, float]:
        """Trains to the end.

        Args:
            save: keeps the model as it is: every `save_every` steps, at the end and after Ctrl-C.

        Returns:
            What the last validation measured.

        Raises:
            InputError: a loss or gradient is not finite; what was saved last stands.
        """
        config = self._config
        curriculum_steps = round(config.curriculum_share * config.steps)
        stream = self._mixture.batches(config.steps, np.random.default_rng(config.seed), curriculum_steps)
        measured: list[tuple[float, int]] = []
        step = 0
        self._model.train()
        started = time.perf_counter()
        try:
            with tqdm(total=config.steps, desc="train", unit="step") as bar:
                for step, micro_batches in enumerate(stream, start=1):
                    measured.append((self._step(step - 1, micro_batches), sum(map(len, micro_batches))))
                    self._step_done = step
                    bar.update()
                    if step % LOG_EVERY == 0 or step == config.steps:
                        seconds = time.perf_counter() - started
                        row = _summary(step, measured, seconds, self._optimizer.param_groups[0]["lr"])
                        bar.set_postfix(loss=f"{row['loss']:.3f}")
                        self._write(row)
                        measured, started = [], time.perf_counter()
                    if step % config.save_every == 0 and step < config.steps:
                        self._write({"step": step, **self.validate()})
                        self._keep(save)
        except KeyboardInterrupt:
            self._keep(save)
            LOG.info("interrupted at step %d: the policy so far is saved", step)
            raise
        result = self.validate()
        self._write({"step": step, **result})
        self._keep(save)
        return result

    def _keep(self, save: Callable[[], None]) -> None:
        try:
            save()
        except OutputError:  # the disk's fault, not the training's
            raise
        except InputError as problem:
            raise self._stopped(self._step_done, str(problem), self._dataset_names) from None
        self._saved_step = self._step_done

    def _step(self, step: int, micro_batches: Sequence[LeoBatch]) -> float:
        """One optimiser step on the mean loss over all samples; one micro-batch's activations are held at a time."""
        factor = learning_rate_factor(step, self._config.warmup_steps, self._config.steps)
        for group in self._optimizer.param_groups:
            group["lr"] = self._config.learning_rate * factor
        samples = sum(map(len, micro_batches))
        total = torch.zeros((), device=self._device)
        all_losses: list[Tensor] = []
        for batch in micro_batches:
            losses = self._loss(batch.to(self._device))
            loss = losses.mean() * (len(batch) / samples)
            loss.backward()  # type: ignore[no-untyped-call]  # adds to the gradients, zero only after a step
            total += loss.detach()
            all_losses.append(losses.detach())
        norm = nn.utils.clip_grad_norm_(self._trainable, self._config.clip_norm)
        if not math.isfinite(value := float(total)):
            raise self._stopped(step + 1, f"the loss is {value}", self._sources(all_losses))
        if not math.isfinite(length := float(norm)):
            raise self._stopped(step + 1, f"the gradient's norm is {length}", self._dataset_names)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return value

    @property
    def _dataset_names(self) -> list[str]:
        return [dataset.name for dataset in self._mixture.datasets]

    def _sources(self, losses: Sequence[Tensor]) -> list[str]:
        """The datasets of the samples whose losses are not finite."""
        found: list[str] = []
        for part, values in enumerate(losses):
            wrong = (~torch.isfinite(values)).tolist()
            names = self._mixture.names(part, len(losses))
            found += [name for name, is_wrong in zip(names, wrong, strict=True) if is_wrong]
        return list(dict.fromkeys(found))

    def _stopped(self, step: int, what: str, names: Sequence[str]) -> InputError:
        """The error that ends a run which no longer computes with numbers."""
        kept = f"the policy of step {self._saved_step} stands" if self._saved_step else "no policy was saved yet"
        return InputError(f"step {step}: {what} (samples of {', '.join(names)}); {kept}; try a lower learning rate")

    def _loss(self, batch: LeoBatch) -> Tensor:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._config.precision == "bfloat16"):
            return self._model.loss(batch, bin_smoothing_sigma=self._config.bin_smoothing_sigma)

    @torch.inference_mode()
    def validate(self) -> dict[str, float]:
        """Per dataset: mean loss and share of answer tokens predicted exactly, on the held-out episodes."""
        self._model.eval()
        result = {}
        for number, dataset in enumerate(self._mixture.datasets):
            losses, right = [], []
            for batch in self._mixture.validation_batches(number, VALIDATION_BATCH_SIZE, VALIDATION_BATCHES):
                moved = batch.to(self._device)
                losses.append(self._model.loss(moved, bin_smoothing_sigma=self._config.bin_smoothing_sigma))
                right.append(self._exact(moved))
            if losses:
                loss = float(torch.cat(losses).mean())
                if not math.isfinite(loss):
                    raise self._stopped(self._step_done, f"the validation loss is {loss}", [dataset.name])
                result[f"validation_loss/{dataset.name}"] = loss
                result[f"validation_exact/{dataset.name}"] = float(torch.cat(right).float().mean())
        self._model.train()
        return result

    def _exact(self, batch: LeoBatch) -> Tensor:
        """Whether each answer token (n,) is the most probable one among those that are allowed there."""
        logits = self._model.action_logits(
            self._model.answer_states(batch), batch.allowed | ~batch.answer_mask[..., None]
        )
        tokens = self._model.config.language_model.vocab_size - 1 - logits.argmax(-1)
        return (tokens == batch.answer_ids)[batch.answer_mask]

    def _write(self, row: dict[str, float]) -> None:
        with self._log_path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")


def _summary(step: int, measured: Sequence[tuple[float, int]], seconds: float, rate: float) -> dict[str, float]:
    samples = sum(count for _, count in measured)
    loss = sum(loss for loss, _ in measured) / len(measured)
    return {"step": step, "loss": loss, "learning_rate": rate, "samples_per_s": samples / seconds}
