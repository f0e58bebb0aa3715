"""One training run from its recipe: builds the model, opens the datasets, goes through the stages, keeps the policy."""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import write_file, writing
from leo_agent.contract.json_file import read_json_object
from leo_agent.policies.leo.model.devices import choose_device
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from leo_agent.results.provenance import package_versions
from leo_agent.train import building, run_files
from leo_agent.train.engine import checkpoints
from leo_agent.train.engine.checkpoints import Position
from leo_agent.train.engine.log import Log
from leo_agent.train.engine.processes import Processes
from leo_agent.train.engine.stopping import Stopping
from leo_agent.train.engine.trainer import StageRun, Trainer, is_validation_due
from leo_agent.train.engine.validation import check_finite, held_out_figures, is_better, rollout_figures
from leo_agent.train.recipes.recipe import DEFAULT_BEST, Recipe, Stage
from leo_agent.train.samples.mixture import Draws, Mixture
from leo_agent.train.samples.source import SourceOptions
from leo_agent.train.tasks.base import chosen_sources, find_task

LOG = logging.getLogger(__name__)


def train(recipe: Recipe, out: str | Path) -> str:
    """Trains, or goes on with the training that the folder holds.

    Args:
        recipe: what to do.
        out: folder of the run: config.json, log.jsonl, policy/ (the last one, in float16), best_policy/, checkpoints/.

    Returns:
        A few lines: what was reached, and where the policy is; nothing in all processes but the first.

    Raises:
        InputError: a model or dataset does not fit the recipe, the folder holds another run, or the training diverged.
        OutputError: the disk is full, or the like; what was saved before stands.
    """
    folder = run_files.check_folder(str(out))
    device = choose_device(recipe.device)
    processes = Processes(device)
    with ExitStack() as closing:
        if processes.is_first:
            closing.enter_context(run_files.locked(folder))
        closing.enter_context(_exact(recipe, device))
        model, tokenizer = building.build_model(recipe)
        run = _Run(recipe, folder, device, processes, model.to(device), tokenizer)
        return run.train()


@contextmanager
def _exact(recipe: Recipe, device: torch.device) -> Iterator[None]:
    """The same numbers in every run on a CPU: sums into one place in one order, and as many threads as asked for."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic  # a module whose attribute is a property
    fills = memory.fill_uninitialized_memory
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    if device.type == "cpu":
        torch.use_deterministic_algorithms(True, warn_only=True)
        memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
        memory.fill_uninitialized_memory = fills


class _Run:
    """A run with its model; stages are opened one after the other."""

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        device: torch.device,
        processes: Processes,
        model: LeoModel,
        tokenizer: LeoTokenizer,
    ) -> None:
        self._recipe, self._out, self._device, self._processes = recipe, out, device, processes
        self._model, self._tokenizer = model, tokenizer
        self._trained = building.trained_tensors(model, recipe.stages)
        self._figures: dict[str, float] = {}
        self._unheld: list[str] = []

    def train(self) -> str:
        plans = [self._plan(stage) for stage in self._recipe.stages]
        if self._processes.is_first:
            self._begin(plans)
        self._processes.wait()
        checkpoint = checkpoints.newest_checkpoint(self._out)
        position = Position()
        if checkpoint is not None:
            position = checkpoints.read_position(checkpoint)
            checkpoints.restore(checkpoint, self._trained)
            LOG.info("%s: goes on after step %d of %d", self._out, position.total, self._recipe.total_steps)
        stopping = Stopping()
        log = self._log(position) if self._processes.is_first else None
        with stopping.deferred(), log or nullcontext():
            for number in range(position.stage, len(self._recipe.stages)):
                resumed = checkpoint if number == position.stage else None
                self._train_stage(number, position, resumed, plans[number], log, stopping)
                done = position.steps_before + self._recipe.stages[number].steps
                position = Position(number + 1, 0, done, log.bytes if log else 0)
        if not self._processes.is_first:
            return ""
        lines = [f"{name}: {value:.4f}" for name, value in sorted(self._figures.items())]
        return "\n".join([*lines, *self._unheld, f"policy: {self._out / run_files.POLICY_FOLDER}"])

    def _plan(self, stage: Stage) -> list[tuple[str, str]]:
        """Folder and task of each source of a stage."""
        chosen = chosen_sources(self._recipe.data, list(stage.tasks), stage.max_datasets)
        names = {task.name for _, task in chosen}
        for name in stage.tasks:
            if name not in names:
                LOG.warning("stage %s: no dataset is of the task %s, which is left out", stage.name, name)
        return [(folder, task.name) for folder, task in chosen]

    def _begin(self, plans: list[list[tuple[str, str]]]) -> None:
        stages = {stage.name: plan for stage, plan in zip(self._recipe.stages, plans, strict=True)}
        recipe = self._recipe.to_dict()
        where = {key: recipe.pop(key) for key in ("device", "trackers")}
        read = [pair for plan in plans for pair in plan]
        digests = {f"{task} of {folder}": find_task(task).digest(Path(folder)) for folder, task in read}
        identity = {
            "recipe": recipe,
            "sources": {name: [list(pair) for pair in plan] for name, plan in stages.items()},
            "data": digests,
            "begins_with": building.origins(self._recipe),
        }
        description = {**where, "versions": package_versions()}
        run_files.begin_or_resume(self._out, identity, description)

    def _log(self, position: Position) -> Log:
        path = self._out / run_files.LOG_FILE
        return Log(path, position.log_bytes, self._recipe.trackers, self._recipe.to_dict())

    def _train_stage(
        self,
        number: int,
        position: Position,
        resumed: Path | None,
        plan: list[tuple[str, str]],
        log: Log | None,
        stopping: Stopping,
    ) -> None:
        stage = self._recipe.stages[number]
        building.choose_parts(self._model, stage)
        mixture = self._mixture(stage, plan)
        run = StageRun(self._model, mixture, self._recipe, stage, self._device, self._processes, log)
        self._unheld += [
            f"validation of {source.name}: nothing is held out of {source.num_episodes} episodes"
            for source in mixture.sources
            if not source.num_validation
        ]
        with building.idle_adapters_skipped(self._model):
            trainer = Trainer(run, position)
            if resumed is not None and position.step:
                checkpoints.restore_optimizer(resumed, trainer.optimizer, trainer.names)
                self._keep_policy()  # a kill may have come before it was in its place
            weights = self._task_weights(mixture)
            if is_validation_due(position.step, stage, self._recipe):  # it was saved, and not measured any more
                self._validate(run, trainer, weights)
            trainer.train(lambda: self._keep(trainer), lambda: self._validate(run, trainer, weights), stopping)
            self._processes.wait()

    def _mixture(self, stage: Stage, plan: list[tuple[str, str]]) -> Mixture:
        recipe = self._recipe
        options = SourceOptions(
            model=self._model,
            tokenizer=self._tokenizer,
            mirror=recipe.mirror,
            rotate=recipe.rotate,
            validation_share=recipe.validation_share,
            frozen=building.frozen_encoders(self._model),
        )
        sources = [find_task(task).source(Path(folder), options) for folder, task in plan]
        draws = Draws(
            batch_size=stage.batch_size,
            steps=stage.steps,
            seed=recipe.seed + self._recipe.stages.index(stage),
            history_dropout=recipe.history_dropout,
            micro_batches=stage.accumulation,
            curriculum_steps=round(stage.curriculum_share * stage.steps),
            rank=self._processes.rank,
            world_size=self._processes.count,
        )
        weights = source_weights(recipe, stage, plan)
        return Mixture(sources, weights, self._model.config, self._tokenizer, draws)

    def _task_weights(self, mixture: Mixture) -> dict[str, float]:
        weights: dict[str, float] = {}
        for source, weight in zip(mixture.sources, mixture.weights, strict=True):
            weights[source.task] = weights.get(source.task, 0.0) + weight
        return weights

    def _keep(self, trainer: Trainer) -> None:
        """Saves the state, then the policy of it; both are there whole, or as they were."""
        if self._processes.is_first:
            checkpoints.write_checkpoint(self._out, trainer.position, self._trained, trainer.optimizer, trainer.names)
        self._keep_policy()

    def _keep_policy(self) -> None:
        if self._processes.is_first:
            place = self._out / run_files.POLICY_FOLDER
            aside = place.with_name(f".{place.name}.new")
            shutil.rmtree(aside, ignore_errors=True)
            try:
                with writing(place):
                    save_pretrained(self._model, self._tokenizer, aside, weights="float16")
                    run_files.replace_folder(place, aside)
            except BaseException:
                shutil.rmtree(aside, ignore_errors=True)
                raise
        self._processes.wait()

    def _validate(self, run: StageRun, trainer: Trainer, weights: dict[str, float]) -> None:
        """Measures the policy as it is saved, writes a line of it, and keeps the policy if it is the best so far."""
        if self._processes.is_first:
            step = trainer.position.total
            figures = held_out_figures(run, weights)
            check_finite(figures, step)
            for number, validation in enumerate(self._recipe.validate_rollouts):
                out = self._out / run_files.ROLLOUTS / f"{step:09d}-{number}"
                shutil.rmtree(out, ignore_errors=True)
                policy = self._out / run_files.POLICY_FOLDER
                figures |= rollout_figures(validation, policy, out, str(self._device))
            self._figures = figures
            assert run.log is not None  # the first process has it
            run.log.write({"step": step, "stage": run.stage.name, **figures})
            trainer.note_log()
            self._keep_best(run.stage.name, step, figures)
        self._processes.wait()

    def _keep_best(self, stage: str, step: int, figures: dict[str, float]) -> None:
        """Keeps the policy beside the last if its figure is the best of the stage; stages have other tasks."""
        figure = self._recipe.best
        if figure not in figures:
            if figures and figure != DEFAULT_BEST:
                raise InputError(f"best: found {figure!r}, expected one of {', '.join(figures)}")
            return
        path, place = self._out / run_files.BEST_FILE, self._out / run_files.BEST_FOLDER
        best = read_json_object(path) if path.is_file() else {}
        before = best.get("value") if best.get("stage") == stage else None
        if not is_better(figure, figures[figure], before):
            return
        aside = place.with_name(f".{place.name}.new")
        shutil.rmtree(aside, ignore_errors=True)
        with writing(place):
            shutil.copytree(self._out / run_files.POLICY_FOLDER, aside)
            run_files.replace_folder(place, aside)
        best = {"figure": figure, "value": figures[figure], "stage": stage, "step": step}
        write_file(path, (json.dumps(best) + "\n").encode())


def source_weights(recipe: Recipe, stage: Stage, plan: list[tuple[str, str]]) -> list[float]:
    """The weight of each source of a stage: its dataset's share of the weight of its task."""
    weights = recipe.weights or (1.0,) * len(recipe.data)
    own = [weights[recipe.data.index(folder)] for folder, _ in plan]
    if not stage.tasks:
        return own
    totals: dict[str, float] = {}
    for (_, task), weight in zip(plan, own, strict=True):
        totals[task] = totals.get(task, 0.0) + weight
    return [stage.tasks[task] * weight / totals[task] for (_, task), weight in zip(plan, own, strict=True)]
