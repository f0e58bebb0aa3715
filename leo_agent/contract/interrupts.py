"""SIGTERM and hang-up end a program as Ctrl-C does: with what was done so far on the disk."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Terminated(KeyboardInterrupt):
    """A signal asked the program to end; whoever cleans up after Ctrl-C cleans up after this.

    Args:
        signal_number: of the signal.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP inside raise `Terminated`, once; a second one does not disturb the cleaning up.

    Only where the process has no other answer to them: `nohup` has SIGHUP ignored, and so it stays.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    unanswered = [each for each in TERMINATION_SIGNALS if in_main_thread and signal.getsignal(each) is signal.SIG_DFL]

    def terminate(number: int, frame: FrameType | None) -> None:
        for each in unanswered:
            signal.signal(each, signal.SIG_IGN)
        raise Terminated(number)

    for each in unanswered:
        signal.signal(each, terminate)
    try:
        yield
    finally:
        for each in unanswered:
            signal.signal(each, signal.SIG_DFL)
