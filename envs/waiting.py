"""Shows on stderr that something of unknown length goes on."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

_FIRST_PAUSE_S = 2.0
_TERMINAL_PAUSE_S, _FILE_PAUSE_S = 1.0, 10.0


@contextmanager
def waiting(what: str) -> Iterator[Callable[[str], None]]:
    """Shows what goes on and for how long already, while the body runs; nothing of what ends within two seconds.

    The line is renewed every second and goes away at the end; where stderr is no terminal it is renewed every ten
    seconds and stays. The body gets a function that says what goes on from now on.
    """
    said = [what]
    ended = threading.Event()
    on_terminal = sys.stderr.isatty()
    pause_s = _TERMINAL_PAUSE_S if on_terminal else _FILE_PAUSE_S

    def show() -> None:
        if ended.wait(_FIRST_PAUSE_S):
            return
        with tqdm(desc=said[-1], bar_format="{desc}: {elapsed}", leave=not on_terminal) as bar:
            while not ended.wait(pause_s):
                bar.set_description_str(said[-1])

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield said.append
    finally:
        ended.set()
        thread.join()
