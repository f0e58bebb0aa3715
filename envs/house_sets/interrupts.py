"""Ctrl-C and SIGTERM while houses are made: both interrupt, and neither in the middle of what has to be whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """SIGTERM inside is a KeyboardInterrupt, where the process has no other answer to it."""
    if not _in_main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Ctrl-C and SIGTERM inside take effect at the end."""
    waiting: list[int] = []
    before = {number: signal.getsignal(number) for number in _SIGNALS} if _in_main_thread() else {}
    heard = {number: handler for number, handler in before.items() if callable(handler)}
    for number in heard:
        signal.signal(number, lambda which, frame: waiting.append(which))
    try:
        yield
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
    if waiting:
        signal.raise_signal(waiting[0])


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Processes started inside never hear Ctrl-C or SIGTERM, which may be sent to a whole group of processes."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
