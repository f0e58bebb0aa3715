"""Runs the episodes of one environment, step by step, with whoever follows them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.environment import DrawsStarts, ReadsFiles, check_environment
from leo_agent.contract.errors import InputError
from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.measures import Measure
from leo_agent.contract.read_only import guarded
from leo_agent.rollout.environments import EnvConfig, make_environment
from leo_agent.rollout.episode import EpisodeSubscriber, Job, StepResult, Transition
from leo_agent.rollout.identity.code import code_of
from leo_agent.rollout.workers.failure import attempt

_INFO_KEYS = ("episode_info", "measures")


@dataclass(frozen=True)
class EnvInfo:
    """What a run has to know of an environment before its first episode."""

    embodiment: Embodiment
    measures: tuple[Measure, ...]
    episodes: list[dict[str, Any]]  # reset options of the split's episodes, in the file's order
    spec: dict[str, Any]  # the constructor's arguments, as they were resolved
    renderer: str
    draws_starts: bool  # whether it can draw episodes that its split does not have
    code: dict[str, str]  # hashes of the user's own modules that it consists of, see `code_of`


class EpisodeRunner(NotCopyable):
    """One environment and the episode that runs in it.

    Args:
        config: the environment to make.

    Raises:
        InputError: it cannot be made as it is asked for.
    """

    instead = "it holds an environment in which an episode runs; make another with the same configuration"

    def __init__(self, config: EnvConfig) -> None:
        self._config, self._renders = config, False
        self._env = make_environment(config)
        self._job: Job | None = None
        self._subscribers: list[EpisodeSubscriber] = []
        self._observation: dict[str, Any] = {}
        self._given: dict[str, Any] = {}  # the same for the policy
        self._steps = 0
        self._seconds: dict[str, float] = {}

    def describe(self, limit: int | None) -> EnvInfo:
        """The environment with all episodes of its split; of one that has no end, with `limit` of them."""
        env = check_environment(self._env, self._config.env_id)
        episodes = env.episode_options(None)
        if limit is not None and len(episodes) < limit:
            episodes = env.episode_options(limit)
        spec = dict(self._env.spec.kwargs) if self._env.spec else {}
        spec |= getattr(env, "resolved_options", {})  # with the values of what was not given
        return EnvInfo(
            embodiment=env.embodiment,
            measures=tuple(env.measures),
            episodes=[dict(each) for each in episodes],
            spec=spec,
            renderer=env.renderer,
            draws_starts=isinstance(env, DrawsStarts),
            code=code_of(self._config.env_id) | code_of(env),
        )

    def content_hashes(self, scenes: Sequence[Any]) -> dict[str, str]:
        """Those of the environment, none if it reads no files."""
        env = self._env.unwrapped
        return env.content_hashes(scenes) if isinstance(env, ReadsFiles) else {}

    def reset(self, job: Job) -> StepResult:
        """Begins an episode, after dropping one that still runs."""
        self.abandon()
        self._job, self._steps, self._seconds = job, 0, {}
        with self._timed("reset"):
            self._render_pictures(any(each.needs_pictures for each in job.subscriptions))
            observation, info = self._env.reset(seed=job.seed, options=self._reset_options(job))
        invalid = bool(info.get("invalid"))
        if not invalid:
            self._subscribers = [each.open(job, self._env) for each in job.subscriptions]
        result = self._result(job, observation, info, done=invalid)
        with self._timed("record"):
            for subscriber in self._subscribers:
                subscriber.on_reset(result)
        result.seconds = dict(self._seconds)
        return result

    def step(self, action: Any) -> StepResult:
        """Takes one action in the running episode; at its end the files about it are complete."""
        assert self._job is not None
        before = self._observation
        with self._timed("step"):
            observation, reward, terminated, truncated, info = self._env.step(action)
        self._steps += 1
        result = self._result(self._job, observation, info, done=bool(terminated or truncated))
        with self._timed("record"):
            transition = Transition(before, action, float(reward))
            for subscriber in self._subscribers:
                subscriber.on_step(transition, result)
        result.seconds = dict(self._seconds)
        return result

    def abandon(self) -> None:
        """Drops the unfinished files of the episode that runs, if any."""
        for subscriber in self._subscribers:
            subscriber.discard()
        self._subscribers = []

    def close(self) -> None:
        """Closes the environment."""
        self.abandon()
        self._env.close()

    def _result(self, job: Job, observation: Mapping[str, Any], info: Mapping[str, Any], done: bool) -> StepResult:
        missing = [key for key in _INFO_KEYS if key not in info]
        if missing:
            raise InputError(f"env: {self._config.env_id} gives no {' and no '.join(missing)} in info")
        before, self._observation = self._observation, dict(observation)
        if job.needs_expert and not done:
            with self._timed("expert"):
                self._observation["expert_action"] = self._env.unwrapped.expert_action()  # type: ignore[attr-defined]
        # What the policy sees; demonstrations have the other. An array that is handed over again is the same view.
        self._given = {
            key: self._given[key] if isinstance(value, np.ndarray) and before.get(key) is value else guarded(value)
            for key, value in self._observation.items()
        }
        return StepResult(
            observation=dict(self._given),
            description=dict(info["episode_info"]),
            measures={name: float(value) for name, value in info["measures"].items()},
            steps=self._steps,
            done=done,
            invalid=str(info.get("invalid", "")),
        )

    def _render_pictures(self, renders: bool) -> None:
        """Makes the environment anew where it has to draw pictures and did not, or the reverse: drawing costs time."""
        if renders != self._renders:
            attempt(self._env.close)  # the one that takes its place is what matters
            self._env = make_environment(self._config, renders)
            self._renders = renders

    def _reset_options(self, job: Job) -> dict[str, Any]:
        if not job.random_start:
            return dict(job.options)
        env = self._env.unwrapped
        assert isinstance(env, DrawsStarts)  # else no such job is planned
        drawn = env.random_episode_options(job.options["scene"], np.random.default_rng(job.seed))
        return {**drawn, "episode_id": job.options["episode_id"]}

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self._seconds[part] = self._seconds.get(part, 0.0) + time.perf_counter() - begin
