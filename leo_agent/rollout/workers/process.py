"""A worker that is a process of its own."""

import contextlib
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection

from leo_agent.contract.handles import NotCopyable
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.runner import EpisodeRunner
from leo_agent.rollout.workers.failure import Failure, attempt
from leo_agent.rollout.workers.requests import Answer, Request
from leo_agent.rollout.workers.transport import Receiver, Sender

_FORCE_TIMEOUT_S = 2.0
log = logging.getLogger(__name__)


class ProcessWorker(NotCopyable):
    """An episode runner in a process, which is replaced if it dies.

    Args:
        slot: the worker's number, which the policy knows its episodes by.
        config: the environment to make there.
    """

    instead = "it holds a process; make another with the same configuration"

    def __init__(self, slot: int, config: EnvConfig) -> None:
        self.slot = slot
        self._config = config
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # fork would copy locks of torch and OpenMP in any state
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._config), name=f"leo-agent-{self.slot}", daemon=True
        )
        with _interrupts_ignored():
            self._process.start()
        theirs.close()
        self._receiver = Receiver(self.connection)

    def send(self, request: Request) -> None:
        """Has the process carry out a request; `receive` returns the answer."""
        # If the process died, `receive` finds that out and reports it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(request)

    def receive(self) -> Answer:
        """The answer to the last request, waiting for it; a `Failure` if the process died."""
        try:
            return self._receiver.receive()
        except (EOFError, ConnectionResetError):
            self._process.join()
            text = f"the worker process ended with exit code {self._process.exitcode}"
            self._start()
            return Failure(text, text)

    def hang_up(self) -> None:
        """Tells the process to end, and does not wait for it."""
        self.connection.close()

    def end(self, deadline_s: float) -> None:
        """Waits until the process has ended; from the deadline (of `time.monotonic`) on it is made to.

        It closes its environment first. One that hangs there, or in a step, is terminated; one that does not hear that
        either is killed.
        """
        self._process.join(timeout=max(0.0, deadline_s - time.monotonic()))
        for force in (self._process.terminate, self._process.kill):
            if self._process.is_alive():
                force()
                self._process.join(timeout=_FORCE_TIMEOUT_S)


def _serve(connection: "Connection[Answer, Request]", config: EnvConfig) -> None:
    """Body of a worker process: carries out requests until the other end closes."""
    # The workers share the cores: each draws with one thread, unless the user has asked for more. numba reads this when
    # it is first imported, which no module of this package does at its top.
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    runner = attempt(lambda: EpisodeRunner(config))
    sender = Sender(connection)
    try:
        while True:
            request = connection.recv()
            # Where the environment could not be made, that is the answer to everything.
            sender.send(runner if isinstance(runner, Failure) else attempt(partial(request.carry_out, runner)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        failure = attempt(runner.close) if isinstance(runner, EpisodeRunner) else None
        if isinstance(failure, Failure):
            log.warning("the environment could not be closed: %s", failure.text)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """A child started inside ignores Ctrl-C from its first instruction on."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not in the main thread, where Ctrl-C does not arrive either
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
