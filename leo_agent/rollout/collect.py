"""Collects demonstrations: runs a behaviour policy, labels every frame with the expert's action, keeps a dataset."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leo_agent.contract.checks import check_number, check_whole
from leo_agent.contract.errors import InputError
from leo_agent.contract.policy import Policy
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.results.rows import Row
from leo_agent.rollout.environments import EnvConfig, check_effects, environment_class
from leo_agent.rollout.episode import Job, RunSubscriber
from leo_agent.rollout.execution import RunOptions, RunPlan, execute, resolve_policy
from leo_agent.rollout.perturbed import Perturbed
from leo_agent.rollout.plan import choose_episodes, plan_jobs, plan_random_starts
from leo_agent.rollout.runner import EnvInfo
from leo_agent.rollout.subscribers.demonstrations import DatasetIntake, DemonstrationSubscription


@dataclass(frozen=True, kw_only=True)
class CollectOptions(RunOptions):
    """How to collect."""

    random_starts: int = 0  # navigation: how many episodes more, with the split's goals from random places
    policy: str = "expert"  # what acts; the labels are always the expert's
    random_actions: float = 0.0  # probability that an action is replaced by a random one
    keep_failures: bool | None = None  # whether episodes without success are kept; None: if not only the expert acts

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("random_actions", self.random_actions, 0, 1)
        check_whole("random_starts", self.random_starts)

    @property
    def keeps_failures(self) -> bool:
        """`keep_failures` with its default: what the expert alone fails at teaches nothing, other failures do."""
        if self.keep_failures is None:
            return self.policy != "expert" or self.random_actions > 0
        return self.keep_failures


@dataclass(frozen=True)
class CollectReport:
    """What was collected."""

    folder: Path
    kept: int  # episodes in the dataset
    results: list[dict[str, Any]]  # the lines of all episodes that ran
    rows: list[Row]  # of their table


def collect(config: EnvConfig, out: Path, options: CollectOptions, progress: bool = True) -> CollectReport:
    """Records demonstrations into the dataset `out`, which is resumed if it was begun the same way.

    Args:
        config: the environment.
        out: folder of the dataset, and of the run.
        options: how to collect.
        progress: whether a progress bar is drawn.

    Raises:
        InputError: something that was given does not exist or does not fit.
    """
    check_effects(config, draws_pictures=False)
    collection = _Collection(config, out, options)
    report = execute(collection, config, out, progress)
    assert collection.intake is not None
    return CollectReport(out, collection.intake.num_episodes, report.results, report.rows)


class _Collection:
    """The kind of run that makes demonstrations."""

    def __init__(self, config: EnvConfig, out: Path, options: CollectOptions) -> None:
        self.options = options
        self.intake: DatasetIntake | None = None
        self._config, self._out = config, out

    @property
    def policy(self) -> str:
        return self.options.policy

    def plan(self, env_info: EnvInfo) -> RunPlan:
        """The chosen episodes of the split and then those with random starts, all of them recorded."""
        options, env_id = self.options, self._config.env_id
        if options.random_starts and not env_info.draws_starts:
            raise InputError(f"random_starts: found {options.random_starts}, but {env_id} cannot draw starts")
        policy = self._policy(env_info)
        everything = choose_episodes(env_info.episodes, options.scenes, None)
        scenes = list(dict.fromkeys(entry.get("scene") for entry in everything))
        chosen = choose_episodes(env_info.episodes, options.scenes, options.episodes)
        jobs = plan_jobs(env_id, chosen, options.seed, needs_expert=True)
        jobs += plan_random_starts(env_id, scenes, options.random_starts, options.seed, len(jobs))
        recording = DemonstrationSubscription(str(self._out), env_id, policy.name, options.keeps_failures)
        names = ("episodes", "random_starts", "random_actions", "keep_failures")
        identity = {name: getattr(options, name) for name in names}
        return RunPlan(policy, [replace(job, subscriptions=(recording,)) for job in jobs], identity)

    def subscribers(self, remaining: Sequence[Job]) -> Sequence[RunSubscriber]:
        """What takes the demonstrations into the dataset."""
        self.intake = DatasetIntake(DatasetWriter(self._out), remaining)
        return [self.intake]

    def _policy(self, env_info: EnvInfo) -> Policy:
        options = self.options
        policy = resolve_policy(options.policy, env_info, options, {})
        if options.random_actions == 0:
            return policy
        random_policy = resolve_policy("random", env_info, options, {})
        return Perturbed(policy, random_policy, options.random_actions, env_info.embodiment)


def with_training_seeds(config: EnvConfig, mode: str | None) -> EnvConfig:
    """The environment with these seeds; where it has modes, demonstrations are of its training seeds by default."""
    has_modes = "mode" in inspect.signature(environment_class(config.env_id)).parameters
    if mode is None and (not has_modes or "mode" in config.options):
        return config
    return replace(config, options={**config.options, "mode": mode or "train"})
