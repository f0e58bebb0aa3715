"""A run from its first to its last step: rollouts and collections differ in their plan and in who follows them."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from leo_agent.contract.checks import check_whole
from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.interrupts import termination_interrupts
from leo_agent.contract.policy import Policy, PolicyContext, as_policy
from leo_agent.episodes.run_folder import RunFolder
from leo_agent.episodes.run_identity import changed_versions
from leo_agent.policies.loading import make_policy
from leo_agent.policies.registry import check_no_device
from leo_agent.results.provenance import describe_run, describe_session
from leo_agent.results.rows import Row, rows_of_results
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.episode import Job, RunSubscriber
from leo_agent.rollout.identity.code import attributes_of, fingerprint_of, policy_code
from leo_agent.rollout.loop import Loop, ask_content_hashes, ask_env_info
from leo_agent.rollout.plan import unfinished
from leo_agent.rollout.runner import EnvInfo
from leo_agent.rollout.subscribers.progress import ProgressBar
from leo_agent.rollout.subscribers.run_folder import ResultsSubscriber
from leo_agent.rollout.workers.pool import Worker, close_workers, make_workers

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

    @property
    def policy(self) -> Any:
        """The policy as it was given: a name, a path, or an object."""

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

    Ctrl-C, SIGTERM and SIGHUP end it with what is done so far on the disk.

    Args:
        kind: what to run.
        config: the environment.
        out: run folder; one begun with the same configuration is resumed.
        progress: whether a progress bar is drawn.

    Raises:
        InputError: something that was given does not exist or does not fit, or nothing more can be written.
    """
    with termination_interrupts():
        workers = make_workers(config, kind.options.workers)
        try:
            return _execute(kind, config, out, workers, progress)
        finally:
            close_workers(workers)


def _execute(kind: RunKind, config: EnvConfig, out: Path, workers: Sequence[Worker], progress: bool) -> RunReport:
    env_info = ask_env_info(workers[0], kind.options.episodes)
    plan = kind.plan(env_info)
    data = ask_content_hashes(workers[0], dict.fromkeys(job.options.get("scene") for job in plan.jobs))
    identity = _identity(config, plan, kind.options)
    identity |= {"code": policy_code(kind.policy) | env_info.code, "data": data}
    identity |= {"attributes": attributes_of(kind.policy, identity["policy_fingerprint"])}
    session = describe_session(asdict(kind.options))
    description = describe_run(env_info.spec, env_info.renderer, env_info.measures, session)
    with RunFolder(out, identity, description, session) as folder:
        remaining = unfinished(plan.jobs, folder.finished, out)
        _tell_what_is_there(folder, session, len(remaining), len(plan.jobs))
        outcomes = [line["outcome"] for line in folder.finished]
        results = ResultsSubscriber(folder, config.env_id, plan.policy.name, env_info.measures)
        more = kind.subscribers(remaining)
        bar = ProgressBar(outcomes, len(plan.jobs), plan.policy.name, progress)
        with ExitStack() as closing:  # closes them all, the results last, whatever happens
            for subscriber in (*more[::-1], results, bar):
                closing.callback(subscriber.close)
            closing.callback(_forget_state, folder, kind.policy, identity["attributes"])
            try:
                Loop(workers, plan.policy, [results, bar, *more]).run(remaining)
            except KeyboardInterrupt:
                done = f"{len(folder.finished)} of {len(plan.jobs)} episodes"
                log.warning("interrupted: %s are in %s; the same command continues", done, out)
                raise
        finished = list(folder.finished)
    return RunReport(out, finished, results.summary, rows_of_results(finished, env_info.measures))


def _tell_what_is_there(folder: RunFolder, session: Mapping[str, Any], remaining: int, total: int) -> None:
    """Says which episodes are not run because they are there already, and if they were run by another version."""
    there = total - remaining
    if there == 0:
        return
    end = "nothing was run" if remaining == 0 else f"{remaining} are run now"
    log.warning("%d of %d episodes were in %s already; %s", there, total, folder.path, end)
    changed = changed_versions(folder.sessions[-1], session) if folder.sessions and remaining else []
    if changed:
        log.warning("they were run by other versions, as config.json tells (%s)", "; ".join(changed))


def _forget_state(folder: RunFolder, policy: Any, before: Mapping[str, str]) -> None:
    """What the run itself has changed of a policy object is no setting of it, and may be another at a resume."""
    now = attributes_of(policy, None) if before else {}
    folder.forget("attributes", [name for name, each in before.items() if now.get(name) != each])


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
        check_no_device("a policy given as an object", options.device)
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
        "policy_fingerprint": fingerprint_of(plan.policy),
        "seed": options.seed,
        **plan.identity,
    }
