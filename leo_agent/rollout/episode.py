"""One episode of a run: what is asked for, what a step gives, how it ended, and who follows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import gymnasium


def outcome_of(measures: Mapping[str, float]) -> str:
    """`success` where the environment's measure of that name is 1, else `failure`."""
    return "success" if measures.get("success", 0.0) > 0.5 else "failure"


@dataclass
class StepResult:
    """The state of an episode after its reset or a step."""

    observation: dict[str, Any]  # with `expert_action` where the job needs it
    description: dict[str, Any]  # the environment's `episode_info`
    measures: dict[str, float]
    steps: int  # taken so far
    done: bool
    invalid: str  # why the episode cannot be scored, "" where it can
    kept: bool = False  # whether a demonstration of it waits to be taken into a dataset
    seconds: dict[str, float] = field(default_factory=dict)  # since the reset, by part


@dataclass(frozen=True)
class Transition:
    """What led to a step's result."""

    observation: Mapping[str, Any]  # what was seen before, with `expert_action` where the job needs it
    action: Any
    reward: float


class EpisodeSubscriber(Protocol):
    """Follows one episode in the process where its environment runs, and so sees every observation and action."""

    def on_reset(self, result: StepResult) -> None:
        """The episode has begun."""

    def on_step(self, transition: Transition, result: StepResult) -> None:
        """A step was taken; after one with `result.done` nothing follows. May set `result.kept`."""

    def discard(self) -> None:
        """The episode will not end: drops what was begun; does nothing after the last step."""


class EpisodeSubscription(Protocol):
    """Travels with a job to the worker, and makes the subscriber there once the episode has begun."""

    @property
    def needs_pictures(self) -> bool:
        """Whether `env.render()` has to give pictures."""

    def open(self, job: "Job", env: gymnasium.Env[Any, Any]) -> EpisodeSubscriber:
        """The subscriber for this episode of the environment."""


@dataclass(frozen=True)
class Job:
    """One episode to run."""

    order: int  # place in the plan of the run
    options: Mapping[str, Any]  # of the environment's reset, with `scene` and `episode_id`
    seed: int  # of the environment's reset, and for the policy
    needs_expert: bool = False  # whether observations carry `expert_action`
    random_start: bool = False  # not the split's own episode, but one drawn in the scene with the job's seed
    subscriptions: tuple[EpisodeSubscription, ...] = ()

    @property
    def key(self) -> tuple[Any, str]:
        """What the episode is known by in a run: scene and episode id."""
        return self.options.get("scene"), str(self.options["episode_id"])


@dataclass(frozen=True)
class FinishedEpisode:
    """An episode that ended."""

    job: Job
    result: StepResult | None  # the last one; None if it failed before its first
    outcome: str  # success, failure, invalid, error
    error: str | None  # traceback, or why it is invalid
    seconds: dict[str, float]  # by part, with the policy's and the total


class RunSubscriber(Protocol):
    """Follows a run in the process of its loop."""

    def on_finished(self, episode: FinishedEpisode) -> None:
        """An episode ended; the next one has not begun on its worker."""

    def close(self) -> None:
        """The run ended, was interrupted or failed."""
