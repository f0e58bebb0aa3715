"""The original CLIPort beside ours: demonstrations of the same tasks, turn by turn in one run."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from peers.turns import Side, program

# Ours -> the original's name, and how many times the original's demonstrations per hour are asked of ours.
TASKS = {
    "put-blocks-in-bowls": ("put-block-in-bowl-seen-colors", 15),
    "packing-objects-seq": ("packing-seen-google-objects-seq", 15),
    "separating-piles": ("separating-piles-seen-colors", 6),
}
OUR_EPISODES = 10  # a turn; the original does one, which takes longer


@dataclass(frozen=True)
class Demonstrated:
    """What both did of a task: (reset, step, expert) seconds, steps and rewards by name, and episodes."""

    ours: Mapping[str, float]
    theirs: Mapping[str, float]
    ratios: tuple[float, ...]  # of demonstrations an hour, of each pair of turns

    @property
    def ratio(self) -> float:
        """Of all turns together: scenes differ, so that one pair says little."""
        return _seconds(self.theirs) / _seconds(self.ours)

    @property
    def mean_rewards(self) -> tuple[float, float]:
        """Of an episode, ours and theirs: whether both did the task to its end."""
        return self.ours["reward"] / self.ours["episodes"], self.theirs["reward"] / self.theirs["episodes"]

    def rates(self) -> dict[str, tuple[float, float]]:
        """Resets/s, steps/s and demonstrations/h, ours and theirs."""
        both = (self.ours, self.theirs)
        resets, steps, hourly = (
            [one["episodes"] / one["reset"] for one in both],
            [one["steps"] / one["step"] for one in both],
            [3600.0 / _seconds(one) for one in both],
        )
        named = {"resets/s": resets, "env steps/s": steps, "demonstrations/h": hourly}
        return {name: (own, other) for name, (own, other) in named.items()}


class CliportTurns:
    """Two processes, ours and the original's, that demonstrate the same tasks.

    Args:
        python: an interpreter with the libraries of the original's environment.
        checkout: the folder of its repository.
    """

    def __init__(self, python: str, checkout: Path) -> None:
        interpreter = shutil.which(python)
        if interpreter is None:
            raise SystemExit(f"--cliport-python: {python} is no program")
        if not (checkout / "cliport" / "environments" / "environment.py").is_file():
            raise SystemExit(f"--cliport: {checkout} is no checkout of CLIPort")
        self._checkout = checkout.resolve()
        self._ours = Side("leo_agent", [sys.executable, program("leo_demonstrations.py")])
        command = [interpreter, program("cliport_demonstrations.py"), str(self._checkout)]
        self._theirs = Side("the original CLIPort", command)

    def lacks(self, task: str) -> str | None:
        """What the checkout has not, if the original cannot do a task with it."""
        google = self._checkout / "cliport" / "environments" / "assets" / "google"
        if task == "packing-objects-seq" and not google.is_dir():
            return f"{google} is not there; the original's scripts/google_objects_download.sh fetches it"
        return None

    def compare(self, task: str, turns: int) -> Demonstrated:
        """Turns of both, after one episode each that is not counted: ours compiles, the original loads its meshes."""
        self._ours.ask("prepare", task=task)
        self._theirs.ask("prepare", task=TASKS[task][0])
        for side in (self._ours, self._theirs):
            side.ask("work", first=0, count=1)
        ours: list[dict[str, float]] = []
        theirs: list[dict[str, float]] = []
        for turn in range(turns):
            own = self._ours.ask("work", first=turn * OUR_EPISODES, count=OUR_EPISODES)
            ours.append({**own, "episodes": OUR_EPISODES})
            theirs.append({**self._theirs.ask("work", first=turn, count=1), "episodes": 1})
        ratios = tuple(_seconds(other) / _seconds(own) for own, other in zip(ours, theirs, strict=True))
        return Demonstrated(_total(ours), _total(theirs), ratios)

    def close(self) -> None:
        """End both processes."""
        self._ours.close()
        self._theirs.close()


def _total(turns: list[dict[str, float]]) -> dict[str, float]:
    return {name: sum(turn[name] for turn in turns) for name in turns[0]}


def _seconds(done: Mapping[str, float]) -> float:
    """Of a demonstration."""
    return (done["reset"] + done["step"] + done["expert"]) / done["episodes"]
