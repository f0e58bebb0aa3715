"""What a policy under training is worth: held-out samples by each task's own metrics, and episodes that it plays."""

import logging
import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.results.rows import rows_of_results
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.run import RolloutOptions, run_rollout
from leo_agent.train.engine.trainer import StageRun
from leo_agent.train.recipes.recipe import RolloutValidation
from leo_agent.train.tasks.base import find_task

LOG = logging.getLogger(__name__)
BATCHES, BATCH_SIZE = 8, 32  # of each source


@torch.inference_mode()
def held_out_figures(run: StageRun, weights: Mapping[str, float]) -> dict[str, float]:
    """Means over the held-out samples, by task: loss, share of answer tokens predicted exactly, the task's metrics.

    `validation_loss` is that of the tasks, each counted by its weight in training.

    Args:
        run: of the stage.
        weights: of its tasks.
    """
    run.model.eval()
    values: dict[str, list[NDArray[np.floating]]] = defaultdict(list)
    for number, source in enumerate(run.mixture.sources):
        task = find_task(source.task)
        for batch in run.mixture.validation_batches(number, BATCH_SIZE, BATCHES):
            losses, answered = run.model.judge(batch.to(run.device), run.stage.bin_smoothing_sigma)
            ids = answered.cpu().numpy()
            mask = batch.answer_mask.numpy()
            values[f"validation_loss/{source.task}"].append(losses.double().cpu().numpy())
            values[f"validation_accuracy/{source.task}"].append((ids == batch.answer_ids.numpy())[mask])
            for name, each in task.metrics(ids, batch).items():
                values[f"validation_{name}/{source.task}"].append(each)
    figures = {name: float(np.concatenate(each).mean()) for name, each in values.items()}
    measured = {task: weight for task, weight in weights.items() if f"validation_loss/{task}" in figures}
    if measured:
        weighted = sum(weight * figures[f"validation_loss/{task}"] for task, weight in measured.items())
        figures["validation_loss"] = weighted / sum(measured.values())
    return dict(sorted(figures.items()))


def rollout_figures(validation: RolloutValidation, policy: Path, out: Path, device: str) -> dict[str, float]:
    """Means of the environment's measures over the episodes that the policy plays, `rollout_MEASURE/ENV`.

    Raises:
        InputError: the environment or one of its options does not exist.
    """
    config = EnvConfig(validation.env, dict(validation.options))
    options = RolloutOptions(
        episodes=validation.episodes, workers=validation.workers, seed=validation.seed, device=device
    )
    report = run_rollout(config, str(policy), out, options)
    (row,) = rows_of_results(report.results)
    return {f"rollout_{name}/{validation.env}": measured.mean for name, measured in row.measures.items()}


def is_better(figure: str, value: float, before: float | None) -> bool:
    """Whether a value of a figure is better than the best before: smaller of losses and distances, else larger."""
    if before is None:
        return True
    lower = any(word in figure for word in ("loss", "distance"))
    return value < before if lower else value > before


def check_finite(figures: Mapping[str, float], step: int) -> None:
    """Raises InputError where a loss is no number."""
    for name, value in figures.items():
        if "loss" in name and not math.isfinite(value):
            raise InputError(f"step {step}: {name} is {value}; try a lower learning rate")
