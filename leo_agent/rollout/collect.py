"""Collects demonstrations: runs a behaviour policy, labels every frame with the expert's action, keeps a dataset."""

import argparse
import inspect
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.episodes.results import RunFolder
from leo_agent.results.provenance import describe_run
from leo_agent.results.score import format_rows, rows_of_results, summarize
from leo_agent.rollout.environments import World, environment_class
from leo_agent.rollout.loop import ActingPolicy, Finished, Loop, ask_outline
from leo_agent.rollout.plan import (
    add_environment_arguments,
    choose_episodes,
    plan_jobs,
    unfinished,
    world_from_arguments,
)
from leo_agent.rollout.run import Recorder, add_run_arguments, policy_name, resolve_policy, run_identity
from leo_agent.rollout.seeding import check_seed, derived_seed, episode_seed
from leo_agent.rollout.stage import Job, Outline, Recording
from leo_agent.rollout.workers import make_lanes

log = logging.getLogger(__name__)
_EPISODES_PER_FILE = 512
_MOVES = (1, 2, 3)  # navigation: forward and turns; a random stop would end the episode, a random look tilt the camera


@dataclass(frozen=True)
class CollectOptions:
    """How to collect.

    Attributes:
        episodes: how many of the split, in turn from every scene; None for all.
        random_starts: navigation: how many episodes more, with the split's goals from random places.
        scenes: only these scenes; None for all.
        policy: what acts; the labels are always the expert's.
        random_actions: probability that an action is replaced by a random one.
        keep_failures: whether episodes without success are kept; None: exactly if not only the expert acts.
        workers, seed, device: as in a rollout.
    """

    episodes: int | None = None
    random_starts: int = 0
    scenes: tuple[str, ...] | None = None
    policy: str = "expert"
    random_actions: float = 0.0
    keep_failures: bool | None = None
    workers: int = 1
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        check_seed(self.seed)
        if not 0 <= self.random_actions <= 1:
            raise InputError(f"--random-actions {self.random_actions}: a probability from 0 to 1 expected")
        if self.random_starts < 0:
            raise InputError(f"--random-starts {self.random_starts}: 0 or more expected")

    @property
    def keeps_failures(self) -> bool:
        """`keep_failures` with its default: what the expert alone fails at teaches nothing, other failures do."""
        if self.keep_failures is None:
            return self.policy != "expert" or self.random_actions > 0
        return self.keep_failures


@dataclass(frozen=True)
class CollectReport:
    """What was collected: the dataset's folder, its episodes, and the lines of all episodes that ran."""

    folder: Path
    kept: int
    results: list[dict[str, Any]]


class Perturbed:
    """A policy some of whose actions are replaced by random ones; draws depend on the episode's seed alone."""

    def __init__(self, policy: ActingPolicy, random_policy: ActingPolicy, probability: float):
        self._policy, self._random, self._probability = policy, random_policy, probability
        self._generators: dict[int, np.random.Generator] = {}
        self.name = policy_name(policy)
        self.fingerprint = getattr(policy, "fingerprint", lambda: None)

    def reset(self, indices: Sequence[int]) -> None:
        """These slots begin a new episode."""
        self._policy.reset(indices)
        self._random.reset(indices)
        for index in indices:
            self._generators.pop(index, None)

    def act(self, observations: Sequence[dict[str, Any]], instructions: Sequence[str]) -> list[Any]:
        """The policy's actions, each replaced with the given probability."""
        actions = list(self._policy.act(observations, instructions))
        for place, observation in enumerate(observations):
            slot = observation["slot"]
            if slot not in self._generators:
                self._generators[slot] = np.random.default_rng(derived_seed(observation["episode_seed"], "perturbed"))
            rng = self._generators[slot]
            if rng.random() >= self._probability:
                continue
            if "gps" in observation:
                actions[place] = int(rng.choice(_MOVES))
            else:
                actions[place] = self._random.act([observation], [instructions[place]])[0]
        return actions


def collect(world: World, out: Path, settings: CollectOptions, progress: bool = True) -> CollectReport:
    """Records demonstrations of `world` into the dataset `out`, which is resumed if it was begun the same way.

    Raises:
        InputError: anything given that does not exist or does not fit.
    """
    lanes = make_lanes(world, settings.workers)
    try:
        outline = ask_outline(lanes[0], settings.episodes)
        agent = resolve_policy(settings.policy, outline, settings.device, settings.seed)
        if settings.random_actions > 0:
            randomly = resolve_policy("random", outline, settings.device, settings.seed)
            agent = Perturbed(agent, randomly, settings.random_actions)
        recording = Recording(str(out), policy_name(agent), settings.keeps_failures)
        jobs = [replace(job, recording=recording) for job in plan(world, outline, settings)]
        chosen = {
            name: getattr(settings, name) for name in ("episodes", "random_starts", "random_actions", "keep_failures")
        }
        identity = run_identity(world, agent, settings.seed, settings.scenes, **chosen)
        with RunFolder(out, identity, describe_run(asdict(settings), outline.spec, outline.renderer)) as folder:
            writer = DatasetWriter(out)
            remaining = unfinished(jobs, folder.finished, out)
            keeper = Keeper(
                Recorder(folder, world.env_id, policy_name(agent), len(jobs), progress), writer, jobs, remaining
            )
            try:
                Loop(lanes, agent, keeper).run(remaining)
            except KeyboardInterrupt:
                done = len(folder.finished)
                log.warning("interrupted: %d of %d episodes ran; the same command goes on in %s", done, len(jobs), out)
                raise
            finally:
                keeper.close()
                folder.write_summary(summarize(folder.finished))
            return CollectReport(out, writer.num_episodes, list(folder.finished))
    finally:
        for lane in lanes:
            lane.close()


def plan(world: World, outline: Outline, settings: CollectOptions) -> list[Job]:
    """The split's episodes and then those with random starts."""
    chosen = choose_episodes(outline.options, settings.scenes, settings.episodes)
    jobs = plan_jobs(world.env_id, chosen, settings.seed, needs_expert=True)
    everything = choose_episodes(outline.options, settings.scenes, None)
    scenes = list(dict.fromkeys(entry.get("scene") for entry in everything))
    extra = []
    for number in range(settings.random_starts):
        # Blocks of one scene, so that lanes seldom load another one.
        scene = scenes[number * len(scenes) // settings.random_starts]
        episode_id = f"random-{number}"
        seed = episode_seed(settings.seed, world.env_id, scene, episode_id)
        options = {"scene": scene, "episode_id": episode_id}
        extra.append(Job(len(jobs) + number, options, seed, needs_expert=True, random_start=True))
    return [*jobs, *extra]


class Keeper:
    """Takes finished episodes: their line, and in batches their demonstration into the dataset.

    Demonstrations are taken in the order of the plan, so that the dataset does not depend on the number of workers.
    """

    def __init__(self, recorder: Recorder, writer: DatasetWriter, jobs: Sequence[Job], remaining: Sequence[Job]):
        self._recorder, self._writer = recorder, writer
        self._unfinished = {job.order for job in remaining}
        # A demonstration without a line is of an episode that will run again.
        self._ready = {order for order in writer.waiting() if order not in self._unfinished}

    def __call__(self, finished: Finished) -> None:
        """Records one episode."""
        self._recorder(finished)
        self._unfinished.discard(finished.job.order)
        if finished.moment is not None and finished.moment.kept and finished.outcome != "error":
            self._ready.add(finished.job.order)
        first_unfinished = min(self._unfinished, default=None)
        complete = {order for order in self._ready if first_unfinished is None or order < first_unfinished}
        if len(complete) >= _EPISODES_PER_FILE:
            self._writer.flush(complete)
            self._ready -= complete

    def close(self) -> None:
        """Takes in everything that is ready."""
        self._recorder.close()
        self._writer.close(self._ready)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `leo-agent collect`."""
    add_environment_arguments(parser)
    add_run_arguments(parser)
    parser.add_argument(
        "--mode", help="tabletop: which seeds, train, val or test, as CLIPort numbers them (default: train)"
    )
    parser.add_argument(
        "--policy",
        default="expert",
        metavar="NAME_OR_PATH",
        help="what acts: name, weights folder, or module:Class; labels are always the expert's (default: expert)",
    )
    parser.add_argument(
        "--random-actions",
        type=float,
        default=0.0,
        metavar="P",
        help="probability that an action is replaced by a random one, never by a stop (default: 0)",
    )
    parser.add_argument(
        "--random-starts",
        type=int,
        default=0,
        metavar="N",
        help="navigation: N episodes more, with the split's goals from random places (default: 0)",
    )
    parser.add_argument(
        "--keep-failures",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="keep episodes without success (default: only if not the expert alone acts)",
    )


def run(args: argparse.Namespace) -> str:
    """Runs the command and gives what to print."""
    settings = CollectOptions(
        episodes=args.episodes,
        random_starts=args.random_starts,
        scenes=tuple(args.scene) if args.scene else None,
        policy=args.policy,
        random_actions=args.random_actions,
        keep_failures=args.keep_failures,
        workers=args.workers,
        seed=args.seed,
        device=args.device,
    )
    world = with_training_seeds(world_from_arguments(args), args.mode)
    report = collect(world, Path(args.out), settings)
    table = format_rows(rows_of_results(report.results))
    return f"{table}\n{report.kept} demonstrations in {report.folder}"


def with_training_seeds(world: World, mode: str | None) -> World:
    """The world with these seeds; where it has modes, demonstrations are of its training seeds by default."""
    has_modes = "mode" in inspect.signature(environment_class(world.env_id)).parameters
    if mode is None and (not has_modes or "mode" in world.options):
        return world
    return replace(world, options={**world.options, "mode": mode or "train"})
