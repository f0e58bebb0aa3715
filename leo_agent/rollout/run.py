"""Runs a policy in an environment, episode by episode, into a run folder."""

import argparse
import logging
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from tqdm import tqdm

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.policy import PolicyContext
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.episodes.results import RunFolder
from leo_agent.policies.loading import make_policy
from leo_agent.results.provenance import describe_run
from leo_agent.results.report import write_report
from leo_agent.results.score import format_rows, rows_of_results, summarize
from leo_agent.rollout.environments import World
from leo_agent.rollout.loop import ActingPolicy, Finished, Loop, ask_outline
from leo_agent.rollout.plan import (
    add_environment_arguments,
    choose_episodes,
    key_values,
    plan_jobs,
    unfinished,
    with_videos,
    world_from_arguments,
)
from leo_agent.rollout.seeding import check_seed
from leo_agent.rollout.stage import Outline
from leo_agent.rollout.workers import make_lanes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RolloutOptions:
    """How to run: everything but the environment and the policy.

    Attributes:
        episodes: how many of the split, in turn from every scene; None for all.
        scenes: only these scenes; None for all.
        workers: environments that step at once; 1 steps in this process.
        seed: of the run; every episode's own seed derives from it.
        device: for the policy, "auto" is CUDA where there is one.
        videos: how many of the first episodes of the plan get an MP4.
        policy_options: for a policy that is made by name, folder or import path, such as {"beams": 5} for LEO.
    """

    episodes: int | None = None
    scenes: tuple[str, ...] | None = None
    workers: int = 1
    seed: int = 0
    device: str = "auto"
    videos: int = 0
    policy_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_seed(self.seed)
        if self.videos < 0:
            raise InputError(f"--video {self.videos}: 0 or more expected")


@dataclass(frozen=True)
class RunReport:
    """What a rollout returns: its folder, the lines of episodes.jsonl and what summary.json holds."""

    folder: Path
    results: list[dict[str, Any]]
    summary: dict[str, Any]


def rollout(
    env_id: str,
    policy: str | ActingPolicy,
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
        InputError: anything the caller gave that does not exist or does not fit.
    """
    settings = RolloutOptions(**options)
    world = World(env_id, dict(env_options or {}))
    return run_rollout(world, policy, Path(out), settings, progress)


def run_rollout(
    world: World, policy: str | ActingPolicy, out: Path, settings: RolloutOptions, progress: bool = True
) -> RunReport:
    """`rollout` with its options in dataclasses."""
    lanes = make_lanes(world, settings.workers)
    try:
        outline = ask_outline(lanes[0], settings.episodes)
        agent = resolve_policy(policy, outline, settings.device, settings.seed, settings.policy_options)
        chosen = choose_episodes(outline.options, settings.scenes, settings.episodes)
        jobs = plan_jobs(world.env_id, chosen, settings.seed, bool(getattr(agent, "needs_expert", False)))
        own = {"policy_options": dict(settings.policy_options)} if settings.policy_options else {}
        identity = run_identity(world, agent, settings.seed, settings.scenes, **own)
        with RunFolder(out, identity, describe_run(asdict(settings), outline.spec, outline.renderer)) as folder:
            remaining = with_videos(unfinished(jobs, folder.finished, out), out, settings.videos)
            record = Recorder(folder, world.env_id, policy_name(agent), len(jobs), progress)
            try:
                Loop(lanes, agent, record).run(remaining)
            except KeyboardInterrupt:
                done = len(folder.finished)
                log.warning("interrupted: %d of %d episodes are in %s; the same command goes on", done, len(jobs), out)
                raise
            finally:
                record.close()
                summary = summarize(folder.finished)
                folder.write_summary(summary)
            write_report(out)
            return RunReport(out, list(folder.finished), summary)
    finally:
        for lane in lanes:
            lane.close()


def resolve_policy(
    policy: str | ActingPolicy, outline: Outline, device: str, seed: int, options: Mapping[str, Any] | None = None
) -> ActingPolicy:
    """The policy of this name, folder or import path, for the environment's actions; an object is taken as it is."""
    told, agent = "policy", policy
    if isinstance(policy, str):
        context = PolicyContext(embodiment_of(outline.action_space), device, seed, options or {})
        told, agent = f"policy {policy!r}", make_policy(policy, context)
    missing = [name for name in ("reset", "act") if not callable(getattr(agent, name, None))]
    if missing:
        kind, lacking = type(agent).__name__, " and no ".join(missing)
        raise InputError(f"{told}: a {kind} has no {lacking}; expected reset(indices) and act(observations, …)")
    return cast(ActingPolicy, agent)


def embodiment_of(action_space: Any) -> Embodiment:
    """Until environments have an `embodiment`."""
    return NavigationEmbodiment(num_actions=int(action_space.n)) if hasattr(action_space, "n") else TabletopEmbodiment()


def policy_name(policy: ActingPolicy) -> str:
    """The name under which its results are reported."""
    return str(getattr(policy, "name", type(policy).__name__))


def run_identity(
    world: World, policy: ActingPolicy, seed: int, scenes: tuple[str, ...] | None, **more: Any
) -> dict[str, Any]:
    """What defines the results of a run; a run is resumed only with the same."""
    fingerprint = getattr(policy, "fingerprint", None)
    return {
        "env": world.env_id,
        "env_options": dict(world.options),
        "scenes": None if scenes is None else sorted(scenes),
        "policy": policy_name(policy),
        "policy_fingerprint": fingerprint() if callable(fingerprint) else None,
        "seed": seed,
        **more,
    }


class Recorder:
    """Takes finished episodes: a line in the run folder, a step of the progress bar."""

    def __init__(self, folder: RunFolder, env_id: str, policy: str, total: int, progress: bool):
        self._folder, self._env_id, self._policy = folder, env_id, policy
        self._outcomes = [line["outcome"] for line in folder.finished if line["outcome"] != "error"]
        self._bar = tqdm(total=total, initial=len(self._outcomes), unit="episode", desc=policy, disable=not progress)
        self._show()

    def __call__(self, finished: Finished) -> None:
        """Records one episode."""
        self._folder.append(self._line(finished))
        self._outcomes.append(finished.outcome)
        if finished.outcome == "error":
            last_line = (finished.error or "").strip().splitlines()[-1]
            with tqdm.external_write_mode(file=sys.stderr):
                log.warning("episode %s failed: %s", finished.job.options["episode_id"], last_line)
        self._bar.update()
        self._show()

    def close(self) -> None:
        """Ends the progress bar."""
        self._bar.close()

    def _show(self) -> None:
        scored = [outcome for outcome in self._outcomes if outcome in ("success", "failure")]
        shown = {"success": f"{scored.count('success') / len(scored):.0%}"} if scored else {}
        for outcome in ("invalid", "error"):
            if outcome in self._outcomes:
                shown[outcome] = str(self._outcomes.count(outcome))
        self._bar.set_postfix(shown)

    def _line(self, finished: Finished) -> dict[str, Any]:
        job, moment = finished.job, finished.moment
        description = moment.description if moment else {}
        observation = moment.observation if moment else {}
        return {
            "env": self._env_id,
            "split": description.get("split"),
            "scene": job.options.get("scene"),
            "episode_id": str(job.options["episode_id"]),
            "seed": job.seed,
            "policy": self._policy,
            "instruction": description.get("instruction", observation.get("instruction")),
            "steps": moment.steps if moment else 0,
            "measures": moment.measures if moment else {},
            "outcome": finished.outcome,
            "error": finished.error,
            "seconds": finished.seconds,
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `leo-agent rollout`."""
    add_environment_arguments(parser)
    add_run_arguments(parser)
    parser.add_argument(
        "--policy",
        required=True,
        metavar="NAME_OR_PATH",
        help="name, folder or hub id of weights, or module:Class (required)",
    )
    parser.add_argument(
        "--policy-option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the policy: LEO's are beams, for the likeliest action that a search with so many finds, and "
        "legacy, published behaviours; may be repeated (default: none)",
    )
    parser.add_argument(
        "--video", type=int, default=0, metavar="N", help="write an MP4 of each of the first N episodes (default: 0)"
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """The options about how to run, the same for every command that runs episodes."""
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write, or to resume (required)")
    parser.add_argument(
        "--episodes",
        type=int,
        metavar="N",
        help="number of episodes, taken in turn from every scene (default: all of the split; 100 on the tabletop)",
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="W", help="environments that step at once, in processes (default: 1)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="K", help="seed of the run (default: 0)")
    parser.add_argument(
        "--device", default="auto", metavar="D", help="device of the policy: auto, cpu, cuda, cuda:1 (default: auto)"
    )


def run(args: argparse.Namespace) -> str:
    """Runs the command and gives the table to print."""
    settings = RolloutOptions(
        episodes=args.episodes,
        scenes=tuple(args.scene) if args.scene else None,
        workers=args.workers,
        seed=args.seed,
        device=args.device,
        videos=args.video,
        policy_options=key_values("--policy-option", args.policy_option),
    )
    report = run_rollout(world_from_arguments(args), args.policy, Path(args.out), settings)
    return f"{format_rows(rows_of_results(report.results))}\nwritten to {report.folder}"
