"""Episodes that are needed soon, loaded in a thread; as many are kept as a limit of bytes allows."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from leo_agent.contract.handles import NotCopyable


class Sized(Protocol):
    """What is loaded."""

    @property
    def num_bytes(self) -> int:
        """In memory."""


Episode = TypeVar("Episode", bound=Sized)


class EpisodeBuffer(NotCopyable, Generic[Episode]):
    """The episodes that were asked for last, and those that are wanted next.

    Args:
        load: the episode of that number, given also those that are wanted after it.
        limit_bytes: so much is held, and what is being waited for beside it.
    """

    instead = "it reads in a thread of its own; make another of the same dataset"

    def __init__(self, load: Callable[[int, Sequence[int]], Episode], limit_bytes: int) -> None:
        self._load, self._limit_bytes = load, limit_bytes
        self._changed = threading.Condition()
        self._held: dict[int, Episode] = {}  # the one that was used longest ago first
        self._failed: dict[int, Exception] = {}
        self._wanted: Sequence[int] = ()
        self._asked: list[int] = []  # by somebody who waits
        self._thread: threading.Thread | None = None

    @property
    def num_bytes(self) -> int:
        """That are held."""
        return sum(each.num_bytes for each in self._held.values())

    def want(self, episodes: Sequence[int]) -> None:
        """Names what is needed next, in order, in place of what was named before; none: loading ends."""
        with self._changed:
            self._wanted = episodes
            self._start()

    def get(self, episode: int) -> Episode:
        """An episode, once it is loaded; raises what loading it raised."""
        with self._changed:
            while episode not in self._held:
                if (problem := self._failed.pop(episode, None)) is not None:
                    raise problem
                self._asked.append(episode)
                self._start()
                self._changed.wait()
                self._asked.remove(episode)
            self._held[episode] = held = self._held.pop(episode)
            return held

    def _start(self) -> None:
        if self._thread is None and self._next() is not None:
            self._thread = threading.Thread(target=self._run, name="episodes", daemon=True)
            self._thread.start()

    def _next(self) -> int | None:
        """What to load now: what is waited for, then what is wanted as far as there is room."""
        for episode in self._asked:
            if episode not in self._held and episode not in self._failed:
                return episode
        wanted = next((each for each in self._wanted if each not in self._held and each not in self._failed), None)
        return wanted if wanted is not None and self._make_room() else None

    def _make_room(self) -> bool:
        """Drops what is not wanted, oldest first, until the limit is kept; whether it is."""
        held, wanted = self.num_bytes, {*self._wanted, *self._asked}
        for episode in [each for each in self._held if each not in wanted]:
            if held < self._limit_bytes:
                break
            held -= self._held.pop(episode).num_bytes
        return held < self._limit_bytes

    def _run(self) -> None:
        while True:
            with self._changed:
                episode = self._next()
                if episode is None:
                    self._thread = None
                    return
                after = [each for each in self._wanted if each not in self._held]
            loaded: Episode | None = None
            problem: Exception | None = None
            try:
                loaded = self._load(episode, after)
            except (ValueError, OSError, MemoryError, RuntimeError) as error:  # told to who asks for it
                problem = error
            with self._changed:
                if loaded is not None:
                    self._held[episode] = loaded
                    self._make_room()
                elif problem is not None:
                    self._failed[episode] = problem
                self._changed.notify_all()
