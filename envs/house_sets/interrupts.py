"""Ctrl-C, SIGTERM and hang-up while houses are made: never in the middle of what has to be whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from leo_agent.contract.interrupts import TERMINATION_SIGNALS

_SIGNALS = (signal.SIGINT, *TERMINATION_SIGNALS)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Ctrl-C, SIGTERM and hang-up inside take effect at the end."""
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
    """Processes started inside never hear Ctrl-C, SIGTERM or hang-up, which may be sent to a whole group of them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
