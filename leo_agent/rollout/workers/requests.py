"""What the loop asks of a worker: each request calls one method of the worker's episode runner."""

from dataclasses import dataclass
from typing import Any

from leo_agent.rollout.episode import Job, StepResult
from leo_agent.rollout.runner import EnvInfo, EpisodeRunner
from leo_agent.rollout.workers.failure import Failure


@dataclass(frozen=True)
class Describe:
    """Asks what the environment is, with `limit` episodes where its split has no end."""

    limit: int | None

    def carry_out(self, runner: EpisodeRunner) -> EnvInfo:
        return runner.describe(self.limit)


@dataclass(frozen=True)
class HashContent:
    """Asks for the hashes of the files that episodes in these scenes are made from."""

    scenes: tuple[Any, ...]

    def carry_out(self, runner: EpisodeRunner) -> dict[str, str]:
        return runner.content_hashes(self.scenes)


@dataclass(frozen=True)
class Reset:
    """Asks for the beginning of an episode."""

    job: Job

    def carry_out(self, runner: EpisodeRunner) -> StepResult:
        return runner.reset(self.job)


@dataclass(frozen=True)
class Step:
    """Asks for a step in the running episode."""

    action: Any

    def carry_out(self, runner: EpisodeRunner) -> StepResult:
        return runner.step(self.action)


@dataclass(frozen=True)
class Abandon:
    """Asks that the running episode's unfinished files be dropped."""

    def carry_out(self, runner: EpisodeRunner) -> None:
        runner.abandon()


Request = Describe | HashContent | Reset | Step | Abandon
Answer = EnvInfo | StepResult | dict[str, str] | None | Failure
