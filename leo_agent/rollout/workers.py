"""Lanes on which environments live: a stage in this process, or one in a worker process."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.rollout.environments import World
from leo_agent.rollout.stage import Failure, Stage, attempt
from leo_agent.rollout.transport import Receiver, Sender


class LocalLane:
    """A stage in this process."""

    def __init__(self, slot: int, world: World):
        self.slot = slot
        self._stage = Stage(world)
        self._answer: Any = None

    def send(self, command: str, *arguments: Any) -> None:
        """Does at once what the stage's method `command` does; `receive` gives the answer."""
        self._answer = attempt(partial(getattr(self._stage, command), *arguments))

    def receive(self) -> Any:
        """The answer to the last command, or a `Failure`."""
        return self._answer

    def close(self) -> None:
        """Ends the stage."""
        self._stage.close()


def _serve(connection: Connection, world: World) -> None:
    """Body of a worker process: answers commands until the other end closes."""
    # The workers share the cores: each draws with one thread, unless the user has asked for more. numba reads this when
    # it is first imported, which no module of this package does at its top.
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    stage = attempt(lambda: Stage(world))
    sender = Sender(connection)
    try:
        while True:
            command, arguments = connection.recv()
            sender.send(attempt(partial(getattr(stage, command), *arguments)) if isinstance(stage, Stage) else stage)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        if isinstance(stage, Stage):
            stage.close()


class ProcessLane:
    """A stage in a worker process of its own."""

    def __init__(self, slot: int, world: World):
        self.slot = slot
        self._world = world
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # fork would copy locks of torch and OpenMP in any state
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._world), name=f"leo-agent-{self.slot}", daemon=True
        )
        with _interrupts_ignored():
            self._process.start()
        theirs.close()
        self._receiver = Receiver(self.connection)

    def send(self, command: str, *arguments: Any) -> None:
        """Has the stage do what its method `command` does; `receive` gives the answer."""
        # If the process died, `receive` finds that out and tells it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send((command, arguments))

    def receive(self) -> Any:
        """The answer to the last command, or a `Failure`; a process that died is replaced."""
        try:
            return self._receiver.receive()
        except (EOFError, ConnectionResetError):
            self._process.join()
            text = f"the worker process ended with exit code {self._process.exitcode}"
            self._start()
            return Failure(text, text)

    def close(self) -> None:
        """Ends the process."""
        self.connection.close()
        self._process.join(timeout=10)
        if self._process.is_alive():
            self._process.terminate()


Lane = LocalLane | ProcessLane


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


def make_lanes(world: World, workers: int) -> list[Lane]:
    """`workers` stages: one runs in this process, several in a process each. They give the same results."""
    if workers < 1:
        raise InputError(f"--workers {workers}: at least 1 expected")
    if workers == 1:
        return [LocalLane(0, world)]
    return [ProcessLane(slot, world) for slot in range(workers)]


def answered(lanes: Sequence[Lane]) -> list[Lane]:
    """Waits until at least one of these lanes has an answer; gives all that have one, in the order of their slots."""
    local = [lane for lane in lanes if isinstance(lane, LocalLane)]
    if local:
        return list(local)
    by_connection = {lane.connection: lane for lane in lanes if isinstance(lane, ProcessLane)}
    ready = wait(list(by_connection))
    return sorted((by_connection[item] for item in ready if isinstance(item, Connection)), key=lambda lane: lane.slot)
