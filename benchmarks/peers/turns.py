"""Programs that are measured turn by turn: while one works, the others wait for their next question."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class PeerError(Exception):
    """A program ended where an answer was expected."""


class Side:
    """One program: a process that answers questions (`peers.serving`) over its standard input and output.

    Args:
        name: what tables call it.
        command: starts it.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        # A pipe that nobody reads would fill up. Closed by `close`.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def ask(self, question: str, **arguments: Any) -> Any:
        """The program's answer.

        Raises:
            PeerError: it ended instead; the message has its last words.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"ask": question, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._errors.seek(0)
            last = " ".join(self._errors.read().split("\n")[-4:]).strip()
            raise PeerError(f"{self.name}: ended with code {self._process.wait()} at {question!r}: {last[-400:]}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()


@dataclass(frozen=True)
class Comparison:
    """What two programs did of the same work in turns."""

    ours_per_s: float  # the median of the turns
    theirs_per_s: float
    ratios: tuple[float, ...]  # of each pair of turns

    @property
    def ratio(self) -> float:
        """The median of the pairs."""
        return statistics.median(self.ratios)

    @property
    def text(self) -> str:
        """The median, and from where to where the pairs go."""
        return f"{self.ratio:.1f} ({min(self.ratios):.1f}-{max(self.ratios):.1f})"


def compare(ours: Side, theirs: Side, unit: int, seconds: float, turns: int) -> Comparison:
    """Let two programs do the same work in turns: A B A B.

    Each answers `work` with `first` and `count` by the seconds that it took. The first turn is not counted: it
    compiles and warms up, and says how much work is a turn.

    Args:
        ours: the first to begin.
        theirs: the other.
        unit: work is done in whole multiples of this.
        seconds: how long the slower one's turn is to be.
        turns: turns of each.
    """
    ours.ask("work", first=0, count=unit)
    slowest = max(side.ask("work", first=0, count=unit) for side in (ours, theirs))
    count = unit * max(1, math.ceil(seconds / slowest))
    spent: list[tuple[float, float]] = []
    for turn in range(turns):
        first = turn * count
        spent.append((ours.ask("work", first=first, count=count), theirs.ask("work", first=first, count=count)))
    return Comparison(
        count / statistics.median(own for own, _ in spent),
        count / statistics.median(other for _, other in spent),
        tuple(other / own for own, other in spent),
    )


def program(name: str) -> str:
    """Path of one of the programs beside this file."""
    return str(Path(__file__).with_name(name))
