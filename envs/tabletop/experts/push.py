"""The expert for piles: the straight push that is expected to bring most objects into the zone, by counting alone.

Pushes are compared by a grid of directions and offsets from the zone's centre and, for each, by how far back they
begin. The objects in the blade's way are taken to be swept up to its face and to lie in front of it as a heap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Pose
from leo_agent.envs.tabletop.experts.pick_place import Action, harmless_action
from leo_agent.envs.tabletop.goals import Scorekeeper, ZoneGoal
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.physics.motions import PUSH_END_BACK_M, PUSH_START_BACK_M
from leo_agent.envs.tabletop.physics.spatula import BLADE_THICKNESS_M
from leo_agent.envs.tabletop.workspace import BOUNDS

Array = NDArray[np.float64]

DIRECTIONS = 48
OFFSETS_M = np.linspace(-0.045, 0.045, 13)
SURE_M = 0.023  # objects this near the middle of the blade are swept
GRAZED_M = 0.033  # those farther than this are not touched
ROOM_M = 0.012  # between the blade's middle and the objects before and behind it where it comes down
MARGIN_M = 0.005  # by which objects are to lie inside the zone's edge
HEAP_M = 0.0028  # by which an object makes the heap in front of the blade longer
FULL_BLADE = 14  # more objects than these slip off at the sides
# What a push loses, in objects brought in: for each that it grazes, for each that the heap pushes out on the far side,
# and for coming down where an object lies.
GRAZED_COST = 0.4
OVERFLOW_COST = 1.0
LANDING_COST = 5.0


def push_action(bodies: Mapping[int, Body], poses: Mapping[int, Pose], keeper: Scorekeeper) -> Action:
    """The start and the end of the best push; ties go to the first of the grid, so equal states give equal actions.

    With nothing left to do, or nothing that could be, it is a push without a way, which moves nothing.
    """
    goal = None if keeper.done else keeper.goal
    if not isinstance(goal, ZoneGoal):
        return harmless_action(poses)
    to_zone = goal.zone.inverse()
    xy = np.array([(to_zone @ poses[object_id]).position[:2] for object_id in goal.objects])
    missing = np.array([target is None for target in goal.assignment(poses, keeper.rules)])
    pushes = _Pushes(xy, missing, np.array(goal.rule.size_m) / 2 - MARGIN_M)
    best = pushes.best(goal.zone)
    return harmless_action(poses) if best is None else best


class _Pushes:
    """All candidates: S strokes (direction and offset) times the K objects behind which each may begin.

    xy (K, 2) are the objects in the zone's frame, `missing` (K,) those that are to move, `half` (2,) the half extents
    that they are to come into. Along each stroke objects are in order, the most advanced first.
    """

    def __init__(self, xy: Array, missing: NDArray[np.bool_], half: Array) -> None:
        angles = 2 * math.pi * np.arange(DIRECTIONS) / DIRECTIONS
        self._along = np.repeat(np.stack([np.cos(angles), np.sin(angles)], axis=1), len(OFFSETS_M), axis=0)
        self._left = np.stack([-self._along[:, 1], self._along[:, 0]], axis=1)
        self._offset_m = np.tile(OFFSETS_M, DIRECTIONS)
        along_m, aside_m = self._along @ xy.T, self._left @ xy.T
        order = np.argsort(-along_m, axis=1, kind="stable")
        self._along_m = np.take_along_axis(along_m, order, axis=1)
        self._aside_m = np.take_along_axis(aside_m, order, axis=1)
        self._missing = missing[order]
        distance = np.abs(self._aside_m - self._offset_m[:, None])
        self._swept = distance < SURE_M
        self._grazed = ~self._swept & (distance < GRAZED_M)
        self._half = half

    def best(self, zone: Pose) -> Action | None:
        """The push of the greatest value as an action in the world frame; None if none is worth it."""
        face_m, value = self._stops()
        blade_m = face_m - BLADE_THICKNESS_M / 2
        begin_m, landing_blocked = self._begins()
        value = value - LANDING_COST * landing_blocked
        start = self._points(zone, begin_m + PUSH_START_BACK_M)
        end = self._points(zone, blade_m + PUSH_END_BACK_M)
        for points in (start, end):
            value[~((points > BOUNDS[:2, 0]) & (points < BOUNDS[:2, 1])).all(axis=2)] = -np.inf
        value[begin_m >= blade_m] = -np.inf
        row, column = np.unravel_index(int(np.argmax(value)), value.shape)
        if value[row, column] == -np.inf:
            return None
        (x0, y0), (x1, y1) = start[row, column], end[row, column]
        return Pose((float(x0), float(y0), 0.0)), Pose((float(x1), float(y1), 0.0))

    def _points(self, zone: Pose, along_m: Array) -> Array:
        """World positions (S, K, 2) on the strokes."""
        local = along_m[..., None] * self._along[:, None] + (self._offset_m[:, None] * self._left)[:, None]
        cosine, sine = math.cos(zone.yaw_rad), math.sin(zone.yaw_rad)
        return np.asarray(local @ np.array([[cosine, sine], [-sine, cosine]]) + zone.position[:2])

    def _span(self, aside_m: Array) -> tuple[Array, Array]:
        """Where lines along the strokes, at these offsets, enter and leave the target; enter > leave: they never do."""
        enter, leave = np.full(aside_m.shape, -np.inf), np.full(aside_m.shape, np.inf)
        for axis in (0, 1):
            direction = self._along[:, axis, None]
            parallel = np.abs(direction) < 1e-9
            slope = np.where(parallel, 1.0, direction)
            across = aside_m * self._left[:, axis, None]
            ends = np.stack([(-self._half[axis] - across) / slope, (self._half[axis] - across) / slope])
            inside = np.where(np.abs(across) < self._half[axis], 1.0, -1.0) * np.inf
            enter = np.maximum(enter, np.where(parallel, -inside, ends.min(axis=0)))
            leave = np.minimum(leave, np.where(parallel, inside, ends.max(axis=0)))
        return enter, leave

    def _stops(self) -> tuple[Array, Array]:
        """Where the blade's face stops (S, K), and the value: objects brought in, less what is grazed or overflows."""
        enter, leave = self._span(self._aside_m)
        crosses = enter < leave
        due = self._missing & (self._along_m < np.where(crosses, enter, 0.0))  # not those beyond the target
        carried = self._swept & due & crosses
        stop = np.maximum.accumulate(np.where(carried, enter, -np.inf), axis=1)
        stop = np.where(np.isfinite(stop), stop, 0.0)
        gained = np.cumsum(carried, axis=1)
        lost = np.cumsum(self._swept & due & ~crosses, axis=1)
        grazed = np.cumsum(self._grazed & due, axis=1)
        heap_m = HEAP_M * (gained + np.sum(self._swept & ~self._missing, axis=1, keepdims=True))
        edges = np.stack([self._span(self._offset_m[:, None] + side * SURE_M)[1] for side in (-0.5, 0.5)])
        overflow = np.maximum(0.0, stop + heap_m - edges.min(axis=0)) / HEAP_M
        value = np.minimum(gained, FULL_BLADE) - lost - GRAZED_COST * grazed - OVERFLOW_COST * overflow
        return stop, np.where(carried, value, -np.inf)

    def _begins(self) -> tuple[Array, NDArray[np.bool_]]:
        """Where the blade comes down behind each object (S, K), and whether another is in the way there."""
        begin_m = self._along_m - ROOM_M
        beside = self._swept | self._grazed
        behind = np.where(beside, self._along_m, -np.inf)
        following = np.flip(np.maximum.accumulate(np.flip(behind, axis=1), axis=1), axis=1)
        following = np.concatenate([following[:, 1:], np.full((len(begin_m), 1), -np.inf)], axis=1)
        return begin_m, following > begin_m - ROOM_M
