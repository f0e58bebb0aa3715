"""Observations across the process border: arrays as raw bytes, and none twice that the contract calls unchanged."""

import os
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.read_only import freeze_array
from leo_agent.rollout.episode import StepResult
from leo_agent.rollout.workers.requests import Answer, Request

_RAW_FROM_BYTES = 16_384  # smaller arrays go with the message


class _Unchanged(Enum):
    """Stands for an array that the receiver already has."""

    SAME = "same"


@dataclass(frozen=True)
class _Raw:
    """Stands for an array whose bytes follow the message."""

    dtype: str
    shape: tuple[int, ...]


def _is_static(key: str) -> bool:
    # The contract hands over unchanged objects as the same arrays; no such promise is made for the other keys.
    return key.startswith("object_")


class Sender(NotCopyable):
    """The worker's end: sends answers, of which step results may hold megabytes of images."""

    instead = "it holds its end of a pipe, and knows what went through"

    def __init__(self, connection: "Connection[Answer, Request]") -> None:
        self._connection = connection
        self._sent: dict[str, Any] = {}

    def send(self, answer: Answer) -> None:
        """Sends one answer; the observation of a step result is taken apart for it."""
        following = self._take_apart(answer.observation) if isinstance(answer, StepResult) else []
        self._connection.send(answer)
        for array in following:
            _write(self._connection.fileno(), array.data.cast("B"))

    def _take_apart(self, observation: dict[str, Any]) -> list[NDArray[Any]]:
        following: list[NDArray[Any]] = []
        for key, value in observation.items():
            if _is_static(key) and self._sent.get(key) is value:
                observation[key] = _Unchanged.SAME
                continue
            if _is_static(key):
                self._sent[key] = value
            if isinstance(value, np.ndarray) and value.nbytes >= _RAW_FROM_BYTES and not value.dtype.hasobject:
                following.append(np.ascontiguousarray(value))
                observation[key] = _Raw(value.dtype.str, value.shape)
        return following


class Receiver(NotCopyable):
    """The other end: puts observations together again."""

    instead = "it holds its end of a pipe, and knows what came through"

    def __init__(self, connection: "Connection[Request, Answer]") -> None:
        self._connection = connection
        self._known: dict[str, Any] = {}

    def receive(self) -> Answer:
        """The next answer.

        Raises:
            EOFError: the process at the other end is gone.
            ConnectionResetError: the same, in the middle of an answer.
        """
        answer = self._connection.recv()
        if isinstance(answer, StepResult):
            self._put_together(answer.observation)
        return answer

    def _put_together(self, observation: dict[str, Any]) -> None:
        for key, value in observation.items():
            if value is _Unchanged.SAME:
                observation[key] = self._known[key]
                continue
            if isinstance(value, _Raw):
                observation[key] = np.empty(value.shape, value.dtype)
                _read(self._connection.fileno(), observation[key].data.cast("B"))
            if isinstance(observation[key], np.ndarray):
                # As the environment had it: pickles and raw bytes give writable arrays.
                freeze_array(observation[key])
            if _is_static(key):
                self._known[key] = observation[key]


def _write(file: int, data: memoryview) -> None:
    while data:
        data = data[os.write(file, data) :]


def _read(file: int, data: memoryview) -> None:
    while data:
        count = os.readv(file, [data])
        if count == 0:
            raise EOFError
        data = data[count:]
