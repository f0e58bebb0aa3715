"""Ctrl-C, SIGTERM and hang-up end a training after the step that is under way, with its state on the disk."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from leo_agent.contract.interrupts import Terminated

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopping:
    """Whether a signal has asked the run to end; a second one ends it at once."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._at_once = False

    @property
    def requested(self) -> bool:
        return self._number is not None

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Signals inside are taken note of; where this is not the main thread, they are not ours."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {each: signal.getsignal(each) for each in _SIGNALS}
        ours = [each for each, handler in former.items() if handler is not signal.SIG_IGN]  # as under nohup
        for each in ours:
            signal.signal(each, self._take)
        try:
            yield
        finally:
            for each in ours:
                signal.signal(each, former[each] or signal.SIG_DFL)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Signals inside raise where they come: nothing is lost that is not done again."""
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False

    def error(self) -> KeyboardInterrupt:
        """What ends the program in the signal's way."""
        number = self._number if self._number is not None else signal.SIGTERM
        return KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)

    def _take(self, number: int, frame: FrameType | None) -> None:
        again, self._number = self.requested, number
        if again or self._at_once:
            raise self.error()
