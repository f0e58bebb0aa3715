"""What all goals have in common, and the partial-credit score that is earned by reaching them in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from leo_agent.envs.geometry import Pose

from leo_agent.contract.errors import InputError

RULES = ("corrected", "cliport")
GOAL_REACHED_TOLERANCE = 0.01
DONE_SCORE = 0.99


class Goal(Protocol):
    """One step of a task: objects that are to be brought to targets (Ravens' goal tuples).

    `objects` are object ids; `matches[i][j]` tells whether object i may stand at target j; `replace` allows several
    objects at one target; `rotations` tells whether a solver should turn an object to the target's yaw, of which
    `symmetries_rad[i]` is the period of object i, 0 = any yaw. `weight` is what the goal adds to the score.
    """

    @property
    def objects(self) -> tuple[int, ...]: ...
    @property
    def symmetries_rad(self) -> tuple[float, ...]: ...
    @property
    def matches(self) -> tuple[tuple[bool, ...], ...]: ...
    @property
    def targets(self) -> tuple[Pose, ...]: ...
    @property
    def replace(self) -> bool: ...
    @property
    def rotations(self) -> bool: ...
    @property
    def weight(self) -> float: ...

    def assignment(self, poses: Mapping[int, Pose], rules: str) -> list[int | None]:
        """For each object a target that it has reached, None for those that still have to move."""

    def credit(self, poses: Mapping[int, Pose], rules: str) -> float:
        """What has been earned of `weight` at these poses (object id -> pose)."""


class Scorekeeper:
    """Follows the goals of one episode in order; the score is what has been earned, 0 to 1.

    It starts with the first `goals_reached` goals reached and `score` earned. Raises InputError for unknown rules.
    """

    def __init__(
        self, goals: Sequence[Goal], rules: str = "corrected", goals_reached: int = 0, score: float = 0.0
    ) -> None:
        if rules not in RULES:
            raise InputError(f"rules: found {rules!r}, expected one of {', '.join(RULES)}")
        self._goals = tuple(goals)
        self._rules = rules
        self.goals_reached = goals_reached
        self._completed = sum((goal.weight for goal in self._goals[:goals_reached]), 0.0)
        self.score = score

    @property
    def goal(self) -> Goal | None:
        """The goal that counts now; None when all have been reached."""
        return None if self.goals_reached == len(self._goals) else self._goals[self.goals_reached]

    @property
    def rules(self) -> str:
        return self._rules

    @property
    def done(self) -> bool:
        return self.goal is None or self.score > DONE_SCORE

    def update(self, poses: Mapping[int, Pose]) -> float:
        """Score the objects' poses (object id -> pose) and return the change of the score, which may be negative."""
        previous = self.score
        goal = self.goal
        if goal is not None:
            credit = goal.credit(poses, self._rules)
            self.score = self._completed + credit
            if abs(goal.weight - credit) < GOAL_REACHED_TOLERANCE:
                self._completed += goal.weight
                self.goals_reached += 1
                if self.goal is None:
                    self.score = min(1.0, round(self.score, 12))  # sums of sevenths end a little beside 1
        return self.score - previous
