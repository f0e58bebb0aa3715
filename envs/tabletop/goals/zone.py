"""Goals of zones: points of objects that must come to lie in a box above a rectangle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Pose, Vector, rotation_matrix

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
    """What counts of the objects, and where."""

    points: Mapping[int, NDArray[np.float64]]  # object id -> (N, 3) in its frame, metres
    size_m: tuple[float, float]  # of the zone, along its x and y
    top_m: float = ZONE_TOP_M  # height in the zone's frame below which a point counts


@dataclass(frozen=True, eq=False)
class ZoneGoal:
    """The share of the objects' points that lie in the zone is what is earned of `weight` (Ravens' zone metric).

    A point counts strictly inside the zone's sides and below the rule's top, in the zone's frame. Fields that are not
    described here are those of `Goal`.
    """

    objects: tuple[int, ...]
    zone: Pose  # of the rectangle's centre
    rule: ZoneRule
    targets: tuple[Pose, ...]
    matches: tuple[tuple[bool, ...], ...]
    cliport: ZoneRule | None = None  # what the original scores where that is another rule
    replace: bool = True
    rotations: bool = False
    turn_period_rad: float = 0.0  # yaws that differ by it are as good; 0: any yaw is
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
