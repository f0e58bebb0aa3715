"""The steps of one stage: its batches one after the other, logged and saved as they go."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.train.engine.checkpoints import Position
from leo_agent.train.engine.log import Log, Pace, Window
from leo_agent.train.engine.processes import Processes
from leo_agent.train.engine.schedule import learning_rate_factor
from leo_agent.train.engine.stopping import Stopping
from leo_agent.train.recipes.recipe import Recipe, Stage
from leo_agent.train.samples.mixture import Mixture, StepBatches

BETAS = (0.9, 0.98)  # of AdamW


@dataclass(frozen=True)
class StageRun:
    """What a trainer works on."""

    model: LeoModel
    mixture: Mixture
    recipe: Recipe
    stage: Stage
    device: torch.device
    processes: Processes
    log: Log | None  # None in all processes but the first


class Trainer:
    """Optimises a model with AdamW on the batches of a stage.

    Args:
        run: the stage.
        position: where it begins.

    Attributes:
        optimizer: of the parameters that learn.
        names: of those, in its order.
        position: where it is; a step that is under way does not count yet.
    """

    def __init__(self, run: StageRun, position: Position) -> None:
        self._run, self.position, self._saved = run, position, position.total
        learning = {name: each for name, each in run.model.named_parameters() if each.requires_grad}
        self.names, self._learning = list(learning), list(learning.values())
        self.optimizer = torch.optim.AdamW(
            self._learning, lr=run.stage.learning_rate, weight_decay=run.stage.weight_decay, betas=BETAS
        )
        self._window = Window(position.window)
        self._pace = Pace(run.device)

    def train(self, keep: Callable[[], None], validate: Callable[[], None], stopping: Stopping) -> None:
        """Goes on to the end of the stage.

        Args:
            keep: saves the run as it is.
            validate: measures it.
            stopping: whether a signal has asked for the end.

        Raises:
            InputError: a loss or gradient is not finite.
            KeyboardInterrupt: a signal asked for the end; the run is saved.
        """
        stage, recipe, step = self._run.stage, self._run.recipe, self.position.step
        self._run.model.train()
        bar = tqdm(total=stage.steps, initial=step, desc=stage.name, unit="step", disable=self._run.log is None)
        with bar, closing(self._run.mixture.batches(step)) as stream:
            while step < stage.steps:
                waiting = time.perf_counter()
                batches = next(stream)
                waited_s = time.perf_counter() - waiting
                is_asked_to_stop = self._step(step, batches, waited_s, stopping)
                step += 1
                self._advance(step)
                bar.update()
                if step % recipe.log_every == 0 or step == stage.steps:
                    bar.set_postfix(loss=f"{self._log_window():.3f}")
                is_due = is_validation_due(step, stage, recipe)
                if is_due or step % recipe.save_every == 0 or is_asked_to_stop:
                    keep()
                    self._saved = self.position.total
                if is_asked_to_stop:
                    raise stopping.error()
                if is_due:
                    with stopping.at_once():
                        validate()
                    self._run.model.train()
                    self._pace.reset()

    def note_log(self) -> None:
        """The log has got a line that the position is to know of."""
        self._advance(self.position.step)

    def _advance(self, step: int) -> None:
        log_bytes = self._run.log.bytes if self._run.log else 0
        self.position = replace(self.position, step=step, log_bytes=log_bytes, window=dict(self._window.sums))

    def _log_window(self) -> float:
        """Writes the line of the steps since the last; gives their loss."""
        figures = self._window.row()
        rate = self.optimizer.param_groups[0]["lr"]
        row = {"step": self.position.total, "stage": self._run.stage.name, **figures, "learning_rate": rate}
        if self._run.log:
            self._run.log.write(row, self._pace.row())
        self._window, loss = Window(), figures["loss"]
        self._pace.reset()
        self._advance(self.position.step)
        return loss

    def _step(self, step: int, batches: StepBatches, waited_s: float, stopping: Stopping) -> bool:
        """One step on the mean loss over all samples of all processes; activations of one part are held at a time.

        Returns:
            Whether any process was asked to stop.
        """
        run, stage = self._run, self._run.stage
        factor = learning_rate_factor(step, stage.warmup_steps, stage.steps)
        self.optimizer.param_groups[0]["lr"] = stage.learning_rate * factor
        torch.manual_seed(_dropout_seed(run.recipe.seed, self.position.steps_before + step, run.processes.rank))
        sums = _Sums([source.task for source in run.mixture.sources])
        total, tokens = torch.zeros((), dtype=torch.float64), 0
        for batch, sources in zip(batches.parts, batches.sources, strict=True):
            batch = batch.to(run.device)
            losses, answered = self._judge(batch)
            loss = losses.sum() / batches.samples
            loss.backward()  # type: ignore[no-untyped-call]  # adds to the gradients, none only after a step
            sums.add(batch, losses.detach(), answered, sources)
            total += loss.detach().double().cpu()
            tokens += int(batch.lengths.sum()) + len(batch.prefix_ids)
        own = torch.tensor(
            [float(total), tokens, stopping.requested, *sums.values()], dtype=torch.float64, device=run.device
        )
        everywhere = run.processes.sum(own).cpu()
        value, all_tokens, stops = everywhere[:3].tolist()
        run.processes.sum_gradients(self._learning)
        norm = nn.utils.clip_grad_norm_(self._learning, stage.clip_norm)
        if not math.isfinite(value):
            raise self._not_finite(f"the loss is {value}", self._unwell(everywhere[3:], sums))
        if not math.isfinite(length := float(norm)):
            raise self._not_finite(f"the gradient's norm is {length}", [each.name for each in run.mixture.sources])
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._window.add({"steps": 1, "loss": value, "gradient_norm": length, **sums.by_task(everywhere[3:])})
        self._pace.add(batches.samples, int(all_tokens), waited_s)
        return bool(stops > 0)

    def _judge(self, batch: LeoBatch) -> tuple[Tensor, Tensor]:
        run = self._run
        with torch.autocast(
            run.device.type, torch.bfloat16, enabled=precision_of(run.recipe, run.device) == "bfloat16"
        ):
            return run.model.judge(batch, bin_smoothing_sigma=run.stage.bin_smoothing_sigma)

    def _not_finite(self, what: str, names: Sequence[str]) -> InputError:
        kept = f"the policy of step {self._saved} stands" if self._saved else "no policy was saved yet"
        samples = f"samples of {', '.join(dict.fromkeys(names))}"
        return InputError(f"step {self.position.total + 1}: {what} ({samples}); {kept}; try a lower learning rate")

    def _unwell(self, values: Tensor, sums: "_Sums") -> list[str]:
        """The datasets of the samples whose losses are not finite."""
        unwell = sums.losses(values)
        return [
            source.name
            for source, loss in zip(self._run.mixture.sources, unwell, strict=True)
            if not math.isfinite(loss)
        ]


class _Sums:
    """Figures of the samples of a step, a source each."""

    FIGURES = ("loss", "samples", "right", "answer_tokens")

    def __init__(self, tasks: Sequence[str]) -> None:
        self._tasks = tasks
        self._sums = torch.zeros(len(tasks), len(self.FIGURES), dtype=torch.float64)

    def add(self, batch: LeoBatch, losses: Tensor, answered: Tensor, sources: Sequence[int]) -> None:
        right = ((answered == batch.answer_ids) & batch.answer_mask).sum(-1)
        figures = torch.stack([losses, torch.ones_like(losses), right, batch.answer_mask.sum(-1)], dim=1)
        self._sums.index_add_(0, torch.tensor(sources), figures.double().cpu())

    def values(self) -> list[float]:
        """In one row, as they are summed over processes."""
        return self._sums.flatten().tolist()

    def losses(self, values: Tensor) -> list[float]:
        losses: list[float] = values.view_as(self._sums)[:, 0].tolist()
        return losses

    def by_task(self, values: Tensor) -> Mapping[str, float]:
        """Of that row, by `figure/task`; tasks without a sample in the step are left out."""
        found: dict[str, float] = {}
        for task, figures in zip(self._tasks, values.view_as(self._sums).tolist(), strict=True):
            if figures[1]:
                for name, value in zip(self.FIGURES, figures, strict=True):
                    found[f"{name}/{task}"] = found.get(f"{name}/{task}", 0.0) + value
        return found


def is_validation_due(step: int, stage: Stage, recipe: Recipe) -> bool:
    """Whether a stage is measured after so many of its steps."""
    return step > 0 and (step == stage.steps or step % (recipe.validate_every or recipe.save_every) == 0)


def _dropout_seed(seed: int, step: int, rank: int) -> int:
    """Of what a process drops in a step; no two of neighbouring runs, steps or processes are alike."""
    return int(np.random.SeedSequence([seed, step, rank]).generate_state(1, np.uint64)[0])


def precision_of(recipe: Recipe, device: torch.device) -> str:
    """What "auto" means: on CPUs without matrix units bfloat16 is slower, and with them no faster (see docs)."""
    if recipe.precision != "auto":
        return recipe.precision
    return "bfloat16" if device.type == "cuda" else "float32"
