"""Goals of poses: objects that must come to rest at targets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leo_agent.envs.geometry import Pose


@dataclass(frozen=True)
class PoseGoal:
    """One step of a task: objects that must come to rest at targets (CLIPort, arXiv 2109.12098; Ravens' goal tuples).

    Its first seven fields are those of `Goal`.
    """

    objects: tuple[int, ...]
    symmetries_rad: tuple[float, ...]
    matches: tuple[tuple[bool, ...], ...]
    targets: tuple[Pose, ...]
    replace: bool = False
    rotations: bool = True
    weight: float = 1.0
    position_tolerance_m: float = 0.01  # seen from above
    rotation_tolerance_rad: float = math.radians(15)
    height_tolerance_m: float | None = None  # None: heights do not count, as never under the rules "cliport"
    cliport_targets: tuple[Pose, ...] | None = None  # what the rules "cliport" look at in place of the targets

    def is_match(self, pose: Pose, object_index: int, target_index: int, rules: str = "corrected") -> bool:
        """Whether an object at `pose` counts as standing at the target, seen from above."""
        if not self.matches[object_index][target_index]:
            return False
        target = ((rules == "cliport" and self.cliport_targets) or self.targets)[target_index]
        if math.dist(pose.position[:2], target.position[:2]) >= self.position_tolerance_m:
            return False
        symmetry = self.symmetries_rad[object_index]
        if symmetry <= 0:
            return True
        error = abs(pose.yaw_rad - target.yaw_rad) % symmetry
        return min(error, symmetry - error) < self.rotation_tolerance_rad

    def _level(self, pose: Pose, target_index: int) -> bool:
        """Whether an object is as high as the target, as far as heights count."""
        difference = abs(pose.position[2] - self.targets[target_index].position[2])
        return self.height_tolerance_m is None or difference < self.height_tolerance_m

    def assignment(self, poses: Mapping[int, Pose], rules: str) -> list[int | None]:
        """For each object the target that it has reached, or None.

        Under `cliport` an object takes the first target that it matches, which others may share. Under `corrected`
        targets of a goal without `replace` hold one object each, and as many objects as possible are assigned.
        """
        columns, heights_count = range(len(self.targets)), rules != "cliport"
        reached = [
            [
                column
                for column in columns
                if self.is_match(poses[object_id], row, column, rules)
                and (not heights_count or self._level(poses[object_id], column))
            ]
            for row, object_id in enumerate(self.objects)
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
