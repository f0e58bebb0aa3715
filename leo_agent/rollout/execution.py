"""A run from its first to its last step: rollouts and collections differ in their plan and in who follows them."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from leo_agent.contract.checks import check_whole
from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.policy import Policy, PolicyContext, as_policy
from leo_agent.episodes.run_folder import RunFolder
from leo_agent.policies.loading import make_policy
from leo_agent.results.provenance import describe_run
from leo_agent.results.rows import Row, rows_of_results
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.episode import Job, RunSubscriber
from leo_agent.rollout.loop import Loop, ask_env_info
from leo_agent.rollout.plan import unfinished
from leo_agent.rollout.runner import EnvInfo
from leo_agent.rollout.subscribers.progress import ProgressBar
from leo_agent.rollout.subscribers.run_folder import ResultsSubscriber
from leo_agent.rollout.workers.pool import make_workers

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How to run episodes: everything but the environment and the policy."""

    episodes: int | None = None  # how many of the split, in turn from every scene; None for all
    scenes: tuple[str, ...] | None = None  # only these; None for all
    workers: int = 1  # environments that step at once; 1 steps in this process
    seed: int = 0  # of the run; every episode's own seed derives from it
    device: str = "auto"  # of the policy; CUDA where there is one, or a torch device string

    def __post_init__(self) -> None:
        check_whole("seed", self.seed)


@dataclass(frozen=True)
class RunPlan:
    """What a run is to do, once its environment is known."""

    policy: Policy
    jobs: list[Job]
    identity: dict[str, Any]  # what defines the results, beside what all runs have


class RunKind(Protocol):
    """What makes a run a rollout or a collection."""

    @property
    def options(self) -> RunOptions:
        """How to run."""

    def plan(self, env_info: EnvInfo) -> RunPlan:
        """What to do in this environment."""

    def subscribers(self, remaining: Sequence[Job]) -> Sequence[RunSubscriber]:
        """Who follows the run beside results and progress; called when the run folder is open."""


@dataclass(frozen=True)
class RunReport:
    """What a run came to."""

    folder: Path
    results: list[dict[str, Any]]  # the lines of episodes.jsonl
    summary: dict[str, Any]  # what summary.json holds
    rows: list[Row]  # of its table


def execute(kind: RunKind, config: EnvConfig, out: Path, progress: bool = True) -> RunReport:
    """Runs the episodes that are left to do, and records them in the run folder.

    Args:
        kind: what to run.
        config: the environment.
        out: run folder; one begun with the same configuration is resumed.
        progress: whether a progress bar is drawn.

    Raises:
        InputError: something that was given does not exist or does not fit.
    """
    workers = make_workers(config, kind.options.workers)
    try:
        env_info = ask_env_info(workers[0], kind.options.episodes)
        plan = kind.plan(env_info)
        description = describe_run(asdict(kind.options), env_info.spec, env_info.renderer, env_info.measures)
        with RunFolder(out, _identity(config, plan, kind.options), description) as folder:
            remaining = unfinished(plan.jobs, folder.finished, out)
            outcomes = [line["outcome"] for line in folder.finished]
            results = ResultsSubscriber(folder, config.env_id, plan.policy.name, env_info.measures)
            more = kind.subscribers(remaining)
            bar = ProgressBar(outcomes, len(plan.jobs), plan.policy.name, progress)
            with ExitStack() as closing:  # closes them all, the results last, whatever happens
                subscribers: list[RunSubscriber] = [results, bar, *more]
                for subscriber in subscribers:
                    closing.callback(subscriber.close)
                try:
                    Loop(workers, plan.policy, subscribers).run(remaining)
                except KeyboardInterrupt:
                    done = f"{len(folder.finished)} of {len(plan.jobs)} episodes"
                    log.warning("interrupted: %s are in %s; the same command continues", done, out)
                    raise
            finished = list(folder.finished)
        return RunReport(out, finished, results.summary, rows_of_results(finished, env_info.measures))
    finally:
        for worker in workers:
            worker.close()


def resolve_policy(policy: Any, env_info: EnvInfo, options: RunOptions, more: Mapping[str, Any]) -> Policy:
    """The policy of a name, folder or import path, for this environment; an object is taken as it is.

    Args:
        policy: a string, or an object with `reset` and `act`.
        env_info: of the environment.
        options: of the run.
        more: the policy's own options, for one that is made here.

    Raises:
        InputError: there is no such policy, it lacks a method or has no such option.
    """
    if not isinstance(policy, str):
        if more:
            raise InputError(f"policy_options: found {shown(dict(more))} for an object, which has its own already")
        return as_policy(policy)
    context = PolicyContext(env_info.embodiment, options.device, options.seed, more)
    return as_policy(make_policy(policy, context), f"policy {policy!r}")


def _identity(config: EnvConfig, plan: RunPlan, options: RunOptions) -> dict[str, Any]:
    """What defines the results of a run; a run is resumed only with the same."""
    return {
        "env": config.env_id,
        "env_options": dict(config.options),
        "scenes": None if options.scenes is None else sorted(options.scenes),
        "policy": plan.policy.name,
        "policy_fingerprint": plan.policy.fingerprint(),
        "seed": options.seed,
        **plan.identity,
    }
