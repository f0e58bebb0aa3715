"""Goals of tabletop tasks and the partial-credit score that is earned by reaching them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from envs.errors import InputError
from envs.tabletop.geometry import Pose

RULES = ("corrected", "cliport")
GOAL_REACHED_TOLERANCE = 0.01
DONE_SCORE = 0.99


@dataclass(frozen=True)
class Goal:
    """One step of a task: objects that must come to rest at targets (CLIPort, arXiv 2109.12098; Ravens' goal tuples).

    `objects` are object ids; `matches[i][j]` tells whether object i may stand at target j. `symmetries_rad[i]` is the
    yaw period of object i, 0 = any yaw. `replace` allows several objects at one target. `rotations` tells whether a
    solver should turn the object to the target's yaw. `weight` is what the goal adds to the score when reached.
    """

    objects: tuple[int, ...]
    symmetries_rad: tuple[float, ...]
    matches: tuple[tuple[bool, ...], ...]
    targets: tuple[Pose, ...]
    replace: bool = False
    rotations: bool = True
    metric: str = "pose"
    weight: float = 1.0
    position_tolerance_m: float = 0.01
    rotation_tolerance_rad: float = math.radians(15)

    def __post_init__(self) -> None:
        if self.metric != "pose":
            raise InputError(f"goal metric: found {self.metric!r}, expected 'pose'")

    def is_match(self, pose: Pose, object_index: int, target_index: int) -> bool:
        """Whether an object at `pose` counts as standing at the target; the height is not looked at."""
        if not self.matches[object_index][target_index]:
            return False
        target = self.targets[target_index]
        if math.dist(pose.position[:2], target.position[:2]) >= self.position_tolerance_m:
            return False
        symmetry = self.symmetries_rad[object_index]
        if symmetry <= 0:
            return True
        error = abs(pose.yaw_rad - target.yaw_rad) % symmetry
        return min(error, symmetry - error) < self.rotation_tolerance_rad

    def assignment(self, poses: Mapping[int, Pose], rules: str) -> list[int | None]:
        """For each object the target that it has reached, or None.

        Under `cliport` an object takes the first target that it matches, which others may share. Under `corrected`
        targets of a goal without `replace` hold one object each, and as many objects as possible are assigned.
        """
        reached = [
            [j for j in range(len(self.targets)) if self.is_match(poses[object_id], i, j)]
            for i, object_id in enumerate(self.objects)
        ]
        if rules == "cliport" or self.replace:
            return [targets[0] if targets else None for targets in reached]
        return _one_to_one(reached)

    def credit(self, poses: Mapping[int, Pose], rules: str) -> float:
        """What the goal is worth at these poses: `weight` times the share of objects at a target."""
        assigned = self.assignment(poses, rules)
        return self.weight * sum(target is not None for target in assigned) / len(assigned)


def _one_to_one(reached: Sequence[Sequence[int]]) -> list[int | None]:
    """Largest one-to-one assignment of rows to the columns they list (augmenting paths)."""
    holder: dict[int, int] = {}

    def assign(row: int, tried: set[int]) -> bool:
        for column in reached[row]:
            if column in tried:
                continue
            tried.add(column)
            if column not in holder or assign(holder[column], tried):
                holder[column] = row
                return True
        return False

    for row in range(len(reached)):
        assign(row, set())
    column_of = {row: column for column, row in holder.items()}
    return [column_of.get(row) for row in range(len(reached))]


class Scorekeeper:
    """Follows the goals of one episode in order; the score is what has been earned, 0 to 1.

    Raises InputError if the rules are unknown.
    """

    def __init__(self, goals: Sequence[Goal], rules: str = "corrected") -> None:
        if rules not in RULES:
            raise InputError(f"rules: found {rules!r}, expected one of {', '.join(RULES)}")
        self._goals = tuple(goals)
        self._rules = rules
        self.goals_reached = 0
        self._completed = 0.0
        self.score = 0.0

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
        return self.score - previous
