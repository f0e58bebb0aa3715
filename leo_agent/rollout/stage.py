"""An environment and the episode that runs in it."""

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import gymnasium
import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.episodes.demonstrations.recorder import DemonstrationRecorder
from leo_agent.episodes.demonstrations.video import VideoWriter
from leo_agent.episodes.results import to_json
from leo_agent.rollout.environments import World, make_environment

_DEFAULT_VIDEO_FPS = 5
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Recording:
    """How an episode is recorded as a demonstration: into which dataset, and whether a failure is kept, too."""

    dataset: str
    policy: str
    keep_failures: bool


@dataclass(frozen=True)
class Job:
    """One episode to run.

    Attributes:
        order: place in the plan of the run.
        options: the environment's reset options, with `scene` and `episode_id`.
        seed: of the environment, and for the policy.
        needs_expert: whether observations carry `expert_action`.
        video_stem: path without suffix; the outcome and `.mp4` are added. None for no video.
        recording: dataset that the episode is recorded for; None for none.
        random_start: whether the episode is not the split's own but drawn in the scene with the job's seed.
    """

    order: int
    options: Mapping[str, Any]
    seed: int
    needs_expert: bool = False
    video_stem: str | None = None
    recording: Recording | None = None
    random_start: bool = False


@dataclass(frozen=True)
class Outline:
    """What a stage tells of its environment: action space, the episodes of the split, and what its spec resolved to."""

    action_space: gymnasium.Space
    options: list[dict[str, Any]]
    spec: dict[str, Any]
    renderer: str


@dataclass
class Moment:
    """The state of an episode after its reset or a step; `kept` if it ended and waits to be taken into a dataset."""

    observation: dict[str, Any]
    description: dict[str, Any]
    measures: dict[str, float]
    steps: int
    done: bool
    invalid: str | None
    kept: bool
    seconds: dict[str, float]


@dataclass(frozen=True)
class Failure:
    """An exception on a stage: its one-line summary and traceback; `input_error` if the user's input is to blame."""

    text: str
    traceback: str
    input_error: bool = False


def attempt(action: Callable[[], Answer]) -> Answer | Failure:
    """`action()`, or the record of its failure: the one place where a run outlives an unforeseen exception."""
    try:
        return action()
    except InputError as problem:
        return Failure(str(problem), "", input_error=True)
    except Exception as problem:  # noqa: BLE001 - recorded with its traceback as the episode's outcome
        return Failure(f"{type(problem).__name__}: {problem}", traceback.format_exc())


class Stage:
    """One environment and the episode that runs in it."""

    def __init__(self, world: World):
        self.env = make_environment(world)
        self._world, self._filmed = world, False
        self._job: Job | None = None
        self._video: VideoWriter | None = None
        self._recorder: DemonstrationRecorder | None = None
        self._observation: dict[str, Any] = {}
        self._steps = 0
        self._seconds: dict[str, float] = {}

    def outline(self, limit: int | None) -> Outline:
        """All episodes of the split in the file's order; a split without an end gives `limit` of them."""
        plain: Any = self.env.unwrapped
        options = plain.episode_options(None)
        if limit is not None and len(options) < limit:
            options = plain.episode_options(limit)
        kwargs = dict(self.env.spec.kwargs) if self.env.spec else {}
        renderer = str(getattr(plain, "renderer", "") or kwargs.get("simulator", "embedded"))
        return Outline(self.env.action_space, [dict(entry) for entry in options], kwargs, renderer)

    def reset(self, job: Job) -> Moment:
        """Begins an episode."""
        self.abandon()
        self._job, self._steps, self._seconds = job, 0, {}
        with self._timed("reset"):
            self._film(job.video_stem is not None)
            observation, info = self.env.reset(seed=job.seed, options=self._options(job))
        invalid = bool(info.get("invalid"))
        if job.video_stem and not invalid:
            fps = self.env.metadata.get("render_fps") or _DEFAULT_VIDEO_FPS
            self._video = VideoWriter(f"{job.video_stem}.mp4", fps)
        if job.recording and not invalid:
            tabletop = isinstance(self.env.action_space, gymnasium.spaces.Dict)
            embodiment = TabletopEmbodiment() if tabletop else NavigationEmbodiment()
            self._recorder = DemonstrationRecorder(job.recording.dataset, job.order, embodiment)
        return self._moment(observation, info, done=invalid)

    def step(self, action: Any) -> Moment:
        """Takes one action; at the end of the episode its files are completed."""
        before = self._observation
        with self._timed("step"):
            observation, reward, terminated, truncated, info = self.env.step(action)
        self._steps += 1
        done = bool(terminated or truncated)
        if self._recorder is not None:
            with self._timed("record"):
                success = done and outcome_of(info.get("measures", {})) == "success"
                self._recorder.add(before, action, before["expert_action"], float(reward), done, success)
        return self._moment(observation, info, done)

    def abandon(self) -> None:
        """Drops the unfinished files of the episode that runs, if any."""
        if self._video is not None:
            self._video.discard()
            self._video = None
        if self._recorder is not None:
            self._recorder.discard()
            self._recorder = None

    def close(self) -> None:
        """Ends the environment."""
        self.abandon()
        self.env.close()

    def _moment(self, observation: Mapping[str, Any], info: Mapping[str, Any], done: bool) -> Moment:
        assert self._job is not None
        self._observation = dict(observation)
        if self._job.needs_expert and not done:
            with self._timed("expert"):
                self._observation["expert_action"] = self.env.unwrapped.expert_action()  # type: ignore[attr-defined]
        measures = {name: float(value) for name, value in info.get("measures", {}).items()}
        description = dict(info.get("episode_info", {}))
        with self._timed("record"):
            self._show(measures, done)
            kept = done and self._keep(description, measures)
        return Moment(
            observation=dict(self._observation),
            description=description,
            measures=measures,
            steps=self._steps,
            done=done,
            invalid=info.get("invalid") or None,
            kept=kept,
            seconds=dict(self._seconds),
        )

    def _film(self, filmed: bool) -> None:
        """Has an environment that renders pictures exactly for the episodes with a video: drawing them costs time."""
        if filmed != self._filmed:
            self.env.close()
            self.env = make_environment(self._world, filmed)
            self._filmed = filmed

    def _options(self, job: Job) -> dict[str, Any]:
        if not job.random_start:
            return dict(job.options)
        plain: Any = self.env.unwrapped
        if not hasattr(plain, "random_episode_options"):
            raise InputError(f"--random-starts: {self._world.env_id} cannot draw starts; leo/ObjectNav-v0 can")
        drawn = plain.random_episode_options(job.options["scene"], np.random.default_rng(job.seed))
        return {**drawn, "episode_id": job.options["episode_id"]}

    def _show(self, measures: Mapping[str, float], done: bool) -> None:
        """Adds a picture to the video, which gets its name at the end."""
        if self._video is None:
            return
        pictures: Any = self.env.render()
        for picture in pictures if isinstance(pictures, list) else [pictures]:
            self._video.add(np.asarray(picture, dtype=np.uint8))
        if done:
            path = self._video.close()
            self._video = None
            if path is not None:
                path.rename(path.with_name(f"{path.stem}-{outcome_of(measures)}.mp4"))

    def _keep(self, description: Mapping[str, Any], measures: Mapping[str, float]) -> bool:
        """Completes the demonstration that ended; False if there is none or it is not wanted."""
        if self._recorder is None:
            return False
        assert self._job is not None
        assert self._job.recording is not None
        job, recorder, outcome = self._job, self._recorder, outcome_of(measures)
        self._recorder = None
        if outcome != "success" and not self._job.recording.keep_failures:
            recorder.discard()
            return False
        told = {
            "env": self._world.env_id,
            "split": description.get("split"),
            "scene": job.options.get("scene"),
            "episode_id": str(job.options["episode_id"]),
            "seed": job.seed,
            "policy": self._job.recording.policy,
            "outcome": outcome,
            "measures": to_json(measures),
            "description": to_json(description),
        }
        recorder.commit(told)
        return True

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self._seconds[part] = self._seconds.get(part, 0.0) + time.perf_counter() - begin


def outcome_of(measures: Mapping[str, float]) -> str:
    """`success` where the environment's measure of that name is 1, else `failure`."""
    return "success" if measures.get("success", 0.0) > 0.5 else "failure"
