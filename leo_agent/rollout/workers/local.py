"""A worker in this process."""

import logging

from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.runner import EpisodeRunner
from leo_agent.rollout.workers.failure import Failure, attempt
from leo_agent.rollout.workers.requests import Answer, Request

log = logging.getLogger(__name__)


class LocalWorker:
    """An episode runner in this process.

    Args:
        slot: the worker's number, which the policy knows its episodes by.
        config: the environment to make.
    """

    def __init__(self, slot: int, config: EnvConfig) -> None:
        self.slot = slot
        self._runner = EpisodeRunner(config)
        self._answer: Answer = None

    def send(self, request: Request) -> None:
        """Carries out a request at once; `receive` returns the answer."""
        self._answer = attempt(lambda: request.carry_out(self._runner))

    def receive(self) -> Answer:
        """The answer to the last request."""
        return self._answer

    def close(self) -> None:
        """Closes the environment; that it fails to costs no results."""
        failure = attempt(self._runner.close)
        if isinstance(failure, Failure):
            log.warning("the environment could not be closed: %s", failure.text)
