"""The loop that joins worlds and policy: many episodes on a few lanes, one batch for whoever waits."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from leo_agent.contract.errors import InputError
from leo_agent.rollout.stage import Failure, Job, Moment, Outline, attempt, outcome_of
from leo_agent.rollout.workers import Lane, answered


class ActingPolicy(Protocol):
    """What the loop needs of a policy (see `leo_agent.contract.policy` for the whole contract)."""

    def reset(self, indices: Sequence[int]) -> None: ...

    def act(self, observations: Sequence[dict[str, Any]], instructions: Sequence[str]) -> list[Any]: ...


@dataclass(frozen=True)
class Finished:
    """An episode that ended: its last moment (None if it failed before its first), outcome, error text and timing."""

    job: Job
    moment: Moment | None
    outcome: str
    error: str | None
    seconds: dict[str, float]


@dataclass
class _Running:
    """The episode on one lane."""

    job: Job
    begin: float = field(default_factory=time.perf_counter)
    policy_seconds: float = 0.0
    moment: Moment | None = None


def ask_outline(lane: Lane, limit: int | None) -> Outline:
    """The lane's environment in outline.

    Raises:
        InputError: what the user gave for the environment is wrong.
        RuntimeError: the environment could not be made for another reason; with its traceback.
    """
    lane.send("outline", limit)
    answer = lane.receive()
    if isinstance(answer, Failure):
        if answer.input_error:
            raise InputError(answer.text)
        raise RuntimeError(f"the environment could not be made:\n{answer.traceback}")
    assert isinstance(answer, Outline)
    return answer


class Loop:
    """Runs jobs to their ends.

    Args:
        lanes: where environments live.
        policy: decides for all of them.
        on_finished: called with every episode as it ends, before the next begins on its lane.
    """

    def __init__(self, lanes: Sequence[Lane], policy: ActingPolicy, on_finished: Callable[[Finished], None]):
        self._lanes, self._policy, self._on_finished = lanes, policy, on_finished
        self._pending: deque[Job] = deque()
        self._running: dict[int, _Running] = {}

    def run(self, jobs: Iterable[Job]) -> None:
        """Runs all jobs; the caller closes the lanes, also after an exception."""
        self._pending = deque(jobs)
        for lane in self._lanes:
            self._begin_next(lane, scene=None)
        while self._running:
            busy = [lane for lane in self._lanes if lane.slot in self._running]
            waiting = [lane for lane in answered(busy) if self._take_answer(lane)]
            if waiting:
                self._act(waiting)

    def _begin_next(self, lane: Lane, scene: Any) -> None:
        """Prefers an episode of the scene that the lane has loaded; else the first in the plan."""
        if not self._pending:
            return
        same = next((job for job in self._pending if scene is not None and job.options.get("scene") == scene), None)
        job = same or self._pending[0]
        self._pending.remove(job)
        self._running[lane.slot] = _Running(job)
        lane.send("reset", job)

    def _take_answer(self, lane: Lane) -> bool:
        """Takes in the lane's answer; True if its episode goes on and waits for an action."""
        running = self._running[lane.slot]
        answer = lane.receive()
        if isinstance(answer, Failure):
            if answer.input_error:
                raise InputError(answer.text)
            self._finish(lane, "error", answer.traceback)
            return False
        first = running.moment is None
        running.moment = answer
        if answer.invalid:
            self._finish(lane, "invalid", answer.invalid)
            return False
        if answer.done:
            self._finish(lane, outcome_of(answer.measures), None)
            return False
        failure = attempt(lambda: self._policy.reset([lane.slot])) if first else None
        if isinstance(failure, Failure):
            self._fail_on_policy([lane], failure)
            return False
        return True

    def _act(self, lanes: list[Lane]) -> None:
        observations, instructions = [], []
        for lane in lanes:
            running = self._running[lane.slot]
            assert running.moment is not None
            given = {**running.moment.observation, "slot": lane.slot, "episode_seed": running.job.seed}
            observations.append(given)
            instructions.append(str(given.get("instruction", "")))
        begin = time.perf_counter()
        actions = attempt(lambda: self._policy.act(observations, instructions))
        seconds = time.perf_counter() - begin
        if isinstance(actions, Failure):
            self._fail_on_policy(lanes, actions)
            return
        if not hasattr(actions, "__len__") or len(actions) != len(lanes):
            found = f"{len(actions)} actions" if hasattr(actions, "__len__") else repr(actions)
            raise InputError(f"the policy answered {found} to a batch of {len(lanes)}; expected one action for each")
        for lane, action in zip(lanes, actions, strict=True):
            # A lane's share, so that the parts of all episodes add up to the time of the run.
            self._running[lane.slot].policy_seconds += seconds / len(lanes)
            lane.send("step", action)

    def _fail_on_policy(self, lanes: list[Lane], failure: Failure) -> None:
        if failure.input_error:
            raise InputError(failure.text)
        for lane in lanes:
            lane.send("abandon")
            lane.receive()
            self._finish(lane, "error", failure.traceback)

    def _finish(self, lane: Lane, outcome: str, error: str | None) -> None:
        running = self._running.pop(lane.slot)
        seconds = dict(running.moment.seconds) if running.moment else {}
        seconds["policy"] = running.policy_seconds
        seconds["total"] = time.perf_counter() - running.begin
        rounded = {part: round(value, 4) for part, value in seconds.items()}
        self._on_finished(Finished(running.job, running.moment, outcome, error, rounded))
        self._begin_next(lane, scene=running.job.options.get("scene"))
