"""Runs a policy in an environment, episode by episode, into a run folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leo_agent.contract.checks import check_whole
from leo_agent.results.report import write_report
from leo_agent.rollout.environments import EnvConfig, check_effects
from leo_agent.rollout.episode import FinishedEpisode, Job, RunSubscriber
from leo_agent.rollout.execution import RunOptions, RunPlan, RunReport, execute, resolve_policy
from leo_agent.rollout.plan import choose_episodes, plan_jobs
from leo_agent.rollout.runner import EnvInfo
from leo_agent.rollout.subscribers.video import VideoSubscription


@dataclass(frozen=True, kw_only=True)
class RolloutOptions(RunOptions):
    """How to run a rollout."""

    videos: int = 0  # how many of the first episodes of the plan get an MP4
    # Of a policy that is made by name, folder or import path, such as {"beams": 5} for LEO.
    policy_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("videos", self.videos)


def rollout(
    env_id: str,
    policy: Any,
    *,
    out: str | Path,
    env_options: Mapping[str, Any] | None = None,
    progress: bool = True,
    **options: Any,
) -> RunReport:
    """Runs episodes of `env_id` with `policy` and records them under `out`.

    Args:
        env_id: a registered Gymnasium id, such as "leo/ObjectNav-v0".
        policy: a name, a folder of weights, `module:Class`, or an object with `reset(indices)` and
            `act(observations, instructions)`.
        out: run folder; a folder begun with the same configuration is resumed.
        env_options: for the environment's constructor.
        progress: whether a progress bar is drawn.
        options: the fields of `RolloutOptions`.

    Raises:
        InputError: something that was given does not exist or does not fit.
    """
    config = EnvConfig(env_id, dict(env_options or {}))
    return run_rollout(config, policy, Path(out), RolloutOptions(**options), progress)


def run_rollout(config: EnvConfig, policy: Any, out: Path, options: RolloutOptions, progress: bool = True) -> RunReport:
    """`rollout` with its options in dataclasses."""
    check_effects(config, draws_pictures=options.videos > 0)
    return execute(_Rollout(config, policy, out, options), config, out, progress)


@dataclass(frozen=True)
class _Rollout:
    """The kind of run that shows how good a policy is."""

    config: EnvConfig
    policy: Any
    out: Path
    options: RolloutOptions

    def plan(self, env_info: EnvInfo) -> RunPlan:
        options = self.options
        policy = resolve_policy(self.policy, env_info, options, options.policy_options)
        chosen = choose_episodes(env_info.episodes, options.scenes, options.episodes)
        jobs = plan_jobs(self.config.env_id, chosen, options.seed, policy.needs_expert)
        own = {"policy_options": dict(options.policy_options)} if options.policy_options else {}
        return RunPlan(policy, _with_videos(jobs, self.out, options.videos), own)

    def subscribers(self, remaining: Sequence[Job]) -> Sequence[RunSubscriber]:
        return [_Report(self.out)]


@dataclass(frozen=True)
class _Report:
    """Writes report.html when the run ends, however it does; a subscriber of the run."""

    folder: Path

    def on_finished(self, episode: FinishedEpisode) -> None:
        """The report is written once."""

    def close(self) -> None:
        write_report(self.folder)


def _with_videos(jobs: Sequence[Job], out: Path, count: int) -> list[Job]:
    """The same jobs, the first `count` with a video under `out/videos`."""
    filmed = [
        replace(job, subscriptions=(VideoSubscription(str(out / "videos" / _stem(job))),)) for job in jobs[:count]
    ]
    return [*filmed, *jobs[count:]]


def _stem(job: Job) -> str:
    """`<scene>-<episode>`, safe as a file name."""
    name = "-".join(str(part) for part in job.key if part is not None)
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)
