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

Position = NDArray[np.float64]

STOP, MOVE_FORWARD, TURN_LEFT, TURN_RIGHT = 0, 1, 2, 3


@dataclass(frozen=True)
class ExpertConfig:
    """What the search may do and what it prefers; lengths in metres, all costs in metres of walking.

    `goal_distance_m` lies below the success distance of 0.1 m by a margin for rounding. Two poses with the same heading
    within one `cell_m` count as one. `heuristic_weight` above 1 trades path length for planning time.
    """

    forward_m: float = 0.25
    turn_rad: float = math.radians(30.0)
    goal_distance_m: float = 0.09
    turn_cost_m: float = 0.05
    collision_cost_m: float = 0.5
    cell_m: float = 0.05
    heuristic_weight: float = 1.15
    max_expansions: int = 20_000


class _Node(NamedTuple):
    """A pose on the way: `heading` turns to the left of the yaw at which the search began."""

    position: Position
    heading: int
    cost_m: float
    distance_m: float
    action: int  # what led here from the parent
    parent: _Node | None


@dataclass(frozen=True, eq=False)
class _Plan:
    """Poses in order, positions (n, 3) and yaws (n,), and the action (n,) at each."""

    positions: NDArray[np.float64]
    yaws_rad: NDArray[np.float64]
    actions: tuple[int, ...]

    def action_at(self, position: Position, yaw_rad: float) -> int | None:
        """The plan's action at a pose, None where the plan does not pass (tolerance 1 mm and 0.01 rad)."""
        turned = np.abs(np.remainder(self.yaws_rad - yaw_rad + math.pi, 2.0 * math.pi) - math.pi)
        here = (turned < 1e-2) & (np.abs(self.positions - position).max(axis=1) < 1e-3)
        index = int(np.argmax(here))
        return self.actions[index] if here[index] else None


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
        self._headings = round(2.0 * math.pi / self._config.turn_rad)
        self._plan: _Plan | None = None

    def action(self, position: ArrayLike, yaw_rad: float) -> int:
        """0 stop, 1 forward, 2 turn left, 3 turn right at a base position (3,) and a yaw about +Y; never a look."""
        here = np.asarray(position, dtype=np.float64)
        known = self._plan.action_at(here, yaw_rad) if self._plan else None
        if known is None:
            self._plan = self._search(here, yaw_rad)
            known = self._plan.actions[0]
        return known

    def _search(self, position: Position, yaw_rad: float) -> _Plan:
        config = self._config
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
            for action, there, heading, cost_m in self._moves(node, yaw_rad):
                cell = self._cell(there, heading)
                if cost_m < best_cost_m.get(cell, math.inf):
                    best_cost_m[cell] = cost_m
                    distance_m = self._distance(there) if action == MOVE_FORWARD else node.distance_m
                    child = _Node(there, heading, cost_m, distance_m, action, node)
                    estimate_m = cost_m + config.heuristic_weight * distance_m
                    heapq.heappush(frontier, (estimate_m, next(running_number), child))
        return self._plan_to(nearest, yaw_rad)

    def _moves(self, node: _Node, yaw_rad: float) -> Iterator[tuple[int, Position, int, float]]:
        """Action, position, heading and cost of each pose one action after `node`."""
        config = self._config
        yield MOVE_FORWARD, *self._forward(node, yaw_rad)
        for action, turn in ((TURN_LEFT, 1), (TURN_RIGHT, -1)):
            heading = (node.heading + turn) % self._headings
            yield action, node.position, heading, node.cost_m + config.turn_cost_m

    def _forward(self, node: _Node, yaw_rad: float) -> tuple[Position, int, float]:
        config = self._config
        yaw = yaw_rad + node.heading * config.turn_rad
        step = config.forward_m * np.array([-math.sin(yaw), 0.0, -math.cos(yaw)])
        there = np.asarray(self._try_step(node.position, node.position + step), dtype=np.float64)
        cost_m = config.forward_m
        if np.hypot(*(there - node.position)[[0, 2]]) < config.forward_m - 1e-3:
            cost_m += config.collision_cost_m
        return there, node.heading, node.cost_m + cost_m

    def _cell(self, position: Position, heading: int) -> tuple[int, int, int, int]:
        """Poses of equal cell count as one; half a metre in height keeps floors apart."""
        x, y, z = position.tolist()
        cell_m = self._config.cell_m
        return round(x / cell_m), round(2.0 * y), round(z / cell_m), heading

    def _plan_to(self, last: _Node, yaw_rad: float) -> _Plan:
        """The way from the root of the search; ends in a stop, or short of `last` where a new search is to begin."""
        arrived = last.parent is None or last.distance_m < self._config.goal_distance_m
        nodes = [last] if arrived else []
        actions = [STOP] if arrived else []
        while last.parent is not None:
            nodes.append(last.parent)
            actions.append(last.action)
            last = last.parent
        yaws_rad = [yaw_rad + node.heading * self._config.turn_rad for node in reversed(nodes)]
        positions = np.array([node.position for node in reversed(nodes)])
        return _Plan(positions, np.array(yaws_rad), tuple(reversed(actions)))
