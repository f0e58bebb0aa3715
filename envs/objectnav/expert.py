"""The navigation expert: a near-shortest sequence of real moves to a place where stopping counts as success.

Habitat's greedy follower walks towards one view point and fails where the grid of 0.25 m and 30 degree moves misses it
(habitat-lab 0.3.4: success 0.87 on the recorded episodes). This one searches over the poses that the agent's own moves
reach, so that it knows before the first step where it will stop.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from envs.objectnav.navmesh import ahead, turn
from envs.objectnav.sensors import yaw_rad

Position = NDArray[np.float32]

STOP, MOVE_FORWARD, TURN_LEFT, TURN_RIGHT = 0, 1, 2, 3
_SAME_PLACE_M = 1e-3


@dataclass(frozen=True)
class ExpertConfig:
    """What the search may do and what it prefers; lengths in metres, all costs in metres of walking.

    `goal_distance_m` lies below the success distance of 0.1 m by a margin for rounding. Two poses with the same heading
    within one `cell_m` count as one. `heuristic_weight` above 1 trades path length for planning time.
    """

    forward_m: float = 0.25
    turn_deg: float = 30.0
    goal_distance_m: float = 0.09
    turn_cost_m: float = 0.05
    collision_cost_m: float = 0.5
    cell_m: float = 0.05
    heuristic_weight: float = 1.15
    max_expansions: int = 8_000


class _Node(NamedTuple):
    """A pose on the way: `heading` turns to the left of the rotation at which the search began."""

    position: Position
    heading: int
    cost_m: float
    distance_m: float
    action: int  # what led here from the parent
    parent: _Node | None


@dataclass(frozen=True, eq=False)
class _Plan:
    """Poses in order, positions (n, 3) and yaws (n,), and the action at each of them; a last pose may have none."""

    positions: NDArray[np.float32]
    yaws_rad: NDArray[np.float64]
    actions: tuple[int, ...]

    def index_of(self, position: Position, yaw: float) -> int | None:
        """Which of the poses this is (up to 1 mm and 0.01 rad), None where the plan does not pass."""
        turned = np.abs(np.remainder(self.yaws_rad - yaw + math.pi, 2.0 * math.pi) - math.pi)
        here = (turned < 1e-2) & (np.abs(self.positions - position).max(axis=1) < _SAME_PLACE_M)
        index = int(np.argmax(here))
        return index if here[index] else None


class NavigationExpert:
    """Answers with the next action from any pose of one episode.

    `try_step(start, end)` tells where a move from (3,) to (3,) ends, `distance(p)` the geodesic metres from a point to
    the nearest goal view point (inf if none is reachable). The search is A* on poses reached by `try_step`; the plan is
    kept, and made anew only at a pose that it does not pass. Where `max_expansions` do not reach a goal, the expert
    walks to the nearest pose found and searches again from there, and stops where no pose is nearer.
    """

    def __init__(
        self,
        try_step: Callable[[Position, Position], ArrayLike],
        distance: Callable[[Position], float],
        config: ExpertConfig | None = None,
    ) -> None:
        self._try_step = try_step
        self._distance = distance
        self._config = config or ExpertConfig()
        self._turn_rad = math.radians(self._config.turn_deg)
        self._headings = round(360.0 / self._config.turn_deg)
        self._plan: _Plan | None = None

    def action(self, position: ArrayLike, rotation: ArrayLike) -> int:
        """0 stop, 1 forward, 2 turn left, 3 turn right at a base position (3,) and rotation x, y, z, w; no look."""
        here = np.asarray(position, np.float32)
        action = self._planned(here, rotation)
        if action is None:
            self._plan = self._search(here, rotation)
            action = self._plan.actions[0]
        return action

    def _planned(self, position: Position, rotation: ArrayLike) -> int | None:
        """The plan's action at a pose; None where there is none or where it would not lead on along the plan."""
        index = self._plan.index_of(position, yaw_rad(rotation)) if self._plan else None
        if self._plan is None or index is None or index == len(self._plan.actions):
            return None
        action = self._plan.actions[index]
        if action == MOVE_FORWARD and index + 1 < len(self._plan.positions):
            # A rounding error is enough to be caught by a corner that the plan just passes.
            arrival = self._move(position, ahead(np.zeros(3), rotation, self._config.forward_m))
            if np.abs(arrival - self._plan.positions[index + 1]).max() >= _SAME_PLACE_M:
                return None
        return action

    def _search(self, position: Position, rotation: ArrayLike) -> _Plan:
        config = self._config
        steps = self._forward_steps(rotation)
        nearest = _Node(position, 0, 0.0, self._distance(position), STOP, None)
        running_number = itertools.count()  # ties go to the older pose: the same plan on every machine
        frontier = [(0.0, next(running_number), nearest)] if math.isfinite(nearest.distance_m) else []
        best_cost_m = {self._cell(position, 0): 0.0}
        for _ in range(config.max_expansions):
            if not frontier:
                break
            node = heapq.heappop(frontier)[2]
            if node.cost_m > best_cost_m[self._cell(node.position, node.heading)]:
                continue
            if node.distance_m < nearest.distance_m:
                nearest = node
            if node.distance_m < config.goal_distance_m:
                break
            for action, there, heading, cost_m in self._moves(node, steps[node.heading]):
                cell = self._cell(there, heading)
                if cost_m < best_cost_m.get(cell, math.inf):
                    best_cost_m[cell] = cost_m
                    distance_m = self._distance(there) if action == MOVE_FORWARD else node.distance_m
                    child = _Node(there, heading, cost_m, distance_m, action, node)
                    estimate_m = cost_m + config.heuristic_weight * distance_m
                    heapq.heappush(frontier, (estimate_m, next(running_number), child))
        return self._plan_to(nearest, yaw_rad(rotation))

    def _forward_steps(self, rotation: ArrayLike) -> list[Position]:
        """The step (3,) ahead at each heading, in the simulator's own arithmetic so that its answers are foreseen."""
        rotations = {0: np.asarray(rotation, np.float32)}
        for heading in range(1, self._headings // 2 + 1):
            rotations[heading] = turn(rotations[heading - 1], self._config.turn_deg)
        for heading in range(self._headings - 1, self._headings // 2, -1):
            rotations[heading] = turn(rotations[(heading + 1) % self._headings], -self._config.turn_deg)
        return [ahead(np.zeros(3), rotations[heading], self._config.forward_m) for heading in range(self._headings)]

    def _moves(self, node: _Node, step: Position) -> Iterator[tuple[int, Position, int, float]]:
        """Action, position, heading and cost of each pose one action after `node`."""
        config = self._config
        there = self._move(node.position, step)
        cost_m = node.cost_m + config.forward_m
        if np.hypot(*(there - node.position)[[0, 2]]) < config.forward_m - _SAME_PLACE_M:
            cost_m += config.collision_cost_m
        yield MOVE_FORWARD, there, node.heading, cost_m
        for action, sign in ((TURN_LEFT, 1), (TURN_RIGHT, -1)):
            yield action, node.position, (node.heading + sign) % self._headings, node.cost_m + config.turn_cost_m

    def _move(self, position: Position, step: Position) -> Position:
        return np.asarray(self._try_step(position, position + step), np.float32)

    def _cell(self, position: Position, heading: int) -> tuple[int, int, int, int]:
        """Poses of equal cell count as one; half a metre in height keeps floors apart."""
        x, y, z = position.tolist()
        cell_m = self._config.cell_m
        return round(x / cell_m), round(2.0 * y), round(z / cell_m), heading

    def _plan_to(self, last: _Node, yaw: float) -> _Plan:
        """The way from the root of the search; it ends in a stop, or with no action where a new search is to begin."""
        arrived = last.parent is None or last.distance_m < self._config.goal_distance_m
        nodes, actions = [last], [STOP] if arrived else []
        while last.parent is not None:
            nodes.append(last.parent)
            actions.append(last.action)
            last = last.parent
        yaws_rad = np.array([yaw + node.heading * self._turn_rad for node in reversed(nodes)])
        return _Plan(np.array([node.position for node in reversed(nodes)]), yaws_rad, tuple(reversed(actions)))
