"""What all goals have in common, and the partial-credit score that is earned by reaching them in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from leo_agent.contract.checks import check_choice
from leo_agent.envs.geometry import Pose

RULES = ("corrected", "cliport")
GOAL_REACHED_TOLERANCE = 0.01
DONE_SCORE = 0.99


class Goal(Protocol):
    """One step of a task: objects that are to be brought to targets (Ravens' goal tuples)."""

    @property
    def objects(self) -> tuple[int, ...]:
        """Object ids."""

    @property
    def symmetries_rad(self) -> tuple[float, ...]:
        """Of each object the yaw after which it looks the same, 0 if any yaw does."""

    @property
    def matches(self) -> tuple[tuple[bool, ...], ...]:
        """For each object and each target whether the one may stand at the other."""

    @property
    def targets(self) -> tuple[Pose, ...]:
        """Where a solver should bring the objects, world frame."""

    @property
    def replace(self) -> bool:
        """Whether several objects may stand at one target."""

    @property
    def rotations(self) -> bool:
        """Whether a solver should turn an object to its target's yaw."""

    @property
    def weight(self) -> float:
        """What the goal adds to the score when it is reached."""

    def assignment(self, poses: Mapping[int, Pose], rules: str) -> list[int | None]:
        """For each object a target that it has reached, None for those that still have to move."""

    def credit(self, poses: Mapping[int, Pose], rules: str) -> float:
        """What has been earned of `weight` at these poses (object id -> pose)."""


class Scorekeeper:
    """Follows the goals of one episode in order; the score is what has been earned, 0 to 1.

    Args:
        goals: in the order in which they are asked for.
        rules: one of RULES.
        goals_reached: how many of the first goals are reached already.
        score: what has been earned already.

    Raises:
        InputError: the rules are unknown.
    """

    def __init__(
        self, goals: Sequence[Goal], rules: str = "corrected", goals_reached: int = 0, score: float = 0.0
    ) -> None:
        self._goals = tuple(goals)
        self._rules = check_choice("rules", rules, RULES)
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
