"""Goals of zones: points of objects that must come to lie in a box above a rectangle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from leo_agent.envs.geometry import Pose, Vector, rotation_matrix
from numpy.typing import NDArray

POINT_SPACING_M = 0.02
ZONE_TOP_M = 0.3  # CLIPort's bound of the height in the zone's frame


def grid_points(size: Vector) -> NDArray[np.float64]:
    """The points (N, 3) that CLIPort scores of an object whose bounding box has that size about its frame, metres.

    A grid every 2 cm from the lowest corner, which is a point, to the opposite sides, which are not.
    """
    counts = [max(1, math.ceil(side / POINT_SPACING_M - 1e-6)) for side in size]
    axes = [-side / 2 + POINT_SPACING_M * np.arange(count) for side, count in zip(size, counts, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


@dataclass(frozen=True, eq=False)
class ZoneRule:
    """What counts: the points (N, 3) of each object in its frame, metres, and the zone's extents along its x and y."""

    points: Mapping[int, NDArray[np.float64]]
    size_m: tuple[float, float]
    top_m: float = ZONE_TOP_M


@dataclass(frozen=True, eq=False)
class ZoneGoal:
    """The share of the objects' points that lie in the zone is what is earned of `weight` (Ravens' zone metric).

    `zone` is the pose of the rectangle's centre; a point counts strictly inside its sides and below the rule's top, in
    the zone's frame. `targets` are where a solver should bring the objects, `matches` which object to which target.
    A solver that `rotations` bids to turn them need not tell yaws apart that differ by `turn_period_rad`; 0: any yaw
    does. `cliport` is what the original scores where that is another rule.
    """

    objects: tuple[int, ...]
    zone: Pose
    rule: ZoneRule
    targets: tuple[Pose, ...]
    matches: tuple[tuple[bool, ...], ...]
    cliport: ZoneRule | None = None
    replace: bool = True
    rotations: bool = False
    turn_period_rad: float = 0.0
    weight: float = 1.0

    @property
    def symmetries_rad(self) -> tuple[float, ...]:
        return (self.turn_period_rad,) * len(self.objects)

    def assignment(self, poses: Mapping[int, Pose], rules: str) -> list[int | None]:
        """For each object the first of its targets if all its points lie in the zone, else None."""
        rule = self._rule(rules)
        return [
            self.matches[row].index(True) if self._inside(rule, object_id, poses).all() else None
            for row, object_id in enumerate(self.objects)
        ]

    def credit(self, poses: Mapping[int, Pose], rules: str) -> float:
        """`weight` times the share of all objects' points in the zone."""
        rule = self._rule(rules)
        inside = [self._inside(rule, object_id, poses) for object_id in self.objects]
        return self.weight * float(np.mean(np.concatenate(inside)))

    def _rule(self, rules: str) -> ZoneRule:
        return self.cliport if rules == "cliport" and self.cliport is not None else self.rule

    def _inside(self, rule: ZoneRule, object_id: int, poses: Mapping[int, Pose]) -> NDArray[np.bool_]:
        relative = self.zone.inverse() @ poses[object_id]
        points = rule.points[object_id] @ rotation_matrix(relative.rotation).T + relative.position
        half_x, half_y = rule.size_m[0] / 2, rule.size_m[1] / 2
        return np.asarray(
            (np.abs(points[:, 0]) < half_x) & (np.abs(points[:, 1]) < half_y) & (points[:, 2] < rule.top_m)
        )
