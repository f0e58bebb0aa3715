"""The loop that joins environments and policy: many episodes on a few workers, one batch for whoever waits."""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from leo_agent.contract.checks import to_numpy
from leo_agent.contract.errors import InputError, OutputError, shown
from leo_agent.contract.policy import Policy
from leo_agent.rollout.episode import FinishedEpisode, Job, RunSubscriber, StepResult, outcome_of
from leo_agent.rollout.runner import EnvInfo
from leo_agent.rollout.workers.failure import Failure, attempt
from leo_agent.rollout.workers.pool import Worker, wait_for_answers
from leo_agent.rollout.workers.requests import Abandon, Answer, Describe, HashContent, Request, Reset, Step


def ask_env_info(worker: Worker, limit: int | None) -> EnvInfo:
    """What the worker's environment is.

    Raises:
        InputError: what the user gave for the environment is wrong.
        RuntimeError: the environment could not be made for another reason; with its traceback.
    """
    answer = _ask(worker, Describe(limit), "the environment could not be made")
    assert isinstance(answer, EnvInfo)
    return answer


def ask_content_hashes(worker: Worker, scenes: Iterable[Any]) -> dict[str, str]:
    """Hashes of the files that episodes in these scenes are made from; raises as `ask_env_info` does."""
    answer = _ask(worker, HashContent(tuple(scenes)), "the files of the environment could not be read")
    assert isinstance(answer, dict)
    return answer


def _ask(worker: Worker, request: Request, problem: str) -> Answer:
    worker.send(request)
    answer = worker.receive()
    if isinstance(answer, Failure):
        if answer.input_error or answer.output_error:
            raise InputError(answer.text)
        raise RuntimeError(f"{problem}:\n{answer.traceback}")
    return answer


def _one_each(actions: Any, count: int) -> list[Any]:
    """A policy's answer to a batch as a list.

    Raises:
        InputError: it is not one action for each.
    """
    if not hasattr(actions, "__len__") or len(actions) != count:
        found = f"{len(actions)} actions" if hasattr(actions, "__len__") else shown(actions)
        raise InputError(f"policy: answered {found} to a batch of {count}, expected one action for each")
    return list(actions)


def _send(worker: Worker, action: Any) -> None:
    worker.send(Step(to_numpy(action)))


@dataclass
class _WorkerEpisode:
    """The episode on one worker."""

    job: Job
    begin_s: float = field(default_factory=time.perf_counter)
    policy_s: float = 0.0  # its share of the policy's time
    result: StepResult | None = None  # the last; None before its reset ended


class Loop:
    """Runs jobs to their ends.

    Args:
        workers: where environments live.
        policy: decides for all of them.
        subscribers: called with every episode as it ends.
    """

    def __init__(self, workers: Sequence[Worker], policy: Policy, subscribers: Sequence[RunSubscriber]) -> None:
        self._workers, self._policy, self._subscribers = workers, policy, subscribers
        self._pending: deque[Job] = deque()
        self._running: dict[int, _WorkerEpisode] = {}

    def run(self, jobs: Iterable[Job]) -> None:
        """Runs all jobs; the caller closes the workers, also after an exception."""
        self._pending = deque(jobs)
        for worker in self._workers:
            self._begin_next(worker, scene=None)
        while self._running:
            busy = [worker for worker in self._workers if worker.slot in self._running]
            waiting = [worker for worker in wait_for_answers(busy) if self._take_answer(worker)]
            if waiting:
                self._act(waiting)

    def _begin_next(self, worker: Worker, scene: Any) -> None:
        """Prefers an episode of the scene that the worker has loaded; else the first in the plan."""
        if not self._pending:
            return
        same = next((job for job in self._pending if scene is not None and job.options.get("scene") == scene), None)
        job = same or self._pending[0]
        self._pending.remove(job)
        self._running[worker.slot] = _WorkerEpisode(job)
        worker.send(Reset(job))

    def _take_answer(self, worker: Worker) -> bool:
        """Takes in the worker's answer; True if its episode goes on and waits for an action."""
        running = self._running[worker.slot]
        answer = worker.receive()
        if isinstance(answer, Failure):
            if answer.input_error and running.result is None:  # of the files, not of an action
                raise InputError(answer.text)
            self._fail(worker, answer)
            return False
        assert isinstance(answer, StepResult)
        first = running.result is None
        running.result = answer
        if answer.invalid:
            self._finish(worker, "invalid", answer.invalid)
            return False
        if answer.done:
            self._finish(worker, outcome_of(answer.measures), None)
            return False
        failure = attempt(lambda: self._policy.reset([worker.slot])) if first else None
        if isinstance(failure, Failure):
            self._fail_on_policy([worker], failure)
            return False
        return True

    def _act(self, workers: list[Worker]) -> None:
        observations, instructions = [], []
        for worker in workers:
            running = self._running[worker.slot]
            assert running.result is not None
            observation = {**running.result.observation, "slot": worker.slot, "episode_seed": running.job.seed}
            observations.append(observation)
            instructions.append(str(observation.get("instruction", "")))
        begin_s = time.perf_counter()
        actions = attempt(lambda: _one_each(self._policy.act(observations, instructions), len(workers)))
        policy_s = time.perf_counter() - begin_s
        if isinstance(actions, Failure):
            self._fail_on_policy(workers, actions)
            return
        for worker, action in zip(workers, actions, strict=True):
            # A worker's share, so that the parts of all episodes add up to the time of the run.
            self._running[worker.slot].policy_s += policy_s / len(workers)
            # An action that cannot be sent to another process is as wrong as one that the environment refuses.
            sent = attempt(partial(_send, worker, action))
            if isinstance(sent, Failure):
                self._fail_on_policy([worker], sent)

    def _fail_on_policy(self, workers: list[Worker], failure: Failure) -> None:
        """Records the episodes of these workers, which wait for an action, as errors."""
        for worker in workers:
            worker.send(Abandon())
            worker.receive()
            self._fail(worker, failure)

    def _fail(self, worker: Worker, failure: Failure) -> None:
        """Records the worker's episode as an error, with the step that it happened at."""
        if failure.output_error:
            raise OutputError(failure.text)
        result = self._running[worker.slot].result
        place = "reset" if result is None else f"step {result.steps + 1}"
        self._finish(worker, "error", f"{place}: {failure.text}" + f"\n{failure.traceback}".rstrip())

    def _finish(self, worker: Worker, outcome: str, error: str | None) -> None:
        running = self._running.pop(worker.slot)
        seconds = dict(running.result.seconds) if running.result else {}
        seconds["policy"] = running.policy_s
        seconds["total"] = time.perf_counter() - running.begin_s
        rounded = {part: round(value, 4) for part, value in seconds.items()}
        episode = FinishedEpisode(running.job, running.result, outcome, error, rounded)
        for subscriber in self._subscribers:
            subscriber.on_finished(episode)
        self._begin_next(worker, scene=running.job.options.get("scene"))
