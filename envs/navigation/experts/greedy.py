"""Habitat's own expert, rebuilt: a greedy follower that scores a few turns and one step, and does the best of them.

It is the baseline that results in Habitat were compared with. It walks to one point and gets stuck where no single turn
and step brings it nearer; the one in search.py does not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, STOP
from leo_agent.envs.navigation.experts.registry import ExpertRequest, register_expert
from leo_agent.envs.navigation.experts.rotations import Position
from leo_agent.envs.navmesh import ahead, filtered_step, turn

# habitat-sim's scores: progress in steps, less these.
_TURN_COST, _COLLISION_COST, _WALL_COST = np.float32(0.0125), np.float32(0.25), np.float32(0.05)
NEAR_WALL_M = 0.2
_GOOD_ENOUGH = np.float32(0.99)
_THRASHING_ACTIONS = 16
_GOAL_RADIUS_SHARE = 0.9  # of the success distance


@dataclass(frozen=True)
class FollowerConfig:
    """The agent's moves, and where the follower stops."""

    goal_radius_m: float = 0.09  # it stops strictly nearer than that to the goal
    forward_m: float = 0.25
    turn_deg: float = 30.0
    max_path_actions: int = 5000  # of `path`


class _Pose(NamedTuple):
    position: Position
    rotation: NDArray[np.float32]


class GreedyFollower:
    """habitat-sim 0.3.4's GreedyGeodesicFollower towards one goal, and habitat-lab's ShortestPathFollower above it.

    At each pose it tries n turns to the left or to the right and then a step forward, for every n up to half a circle,
    scores where they end (geodesic progress, less for turns, a collision, a wall within 0.2 m) and takes the best: its
    first action, or all of it once the last 16 actions alternated between left and right. Equal scores go to fewer
    turns, then to the left.

    Args:
        try_step: returns where a move from (3,) to (3,) ends.
        distance: geodesic metres from a point (3,) to the goal.
        clearance: metres from a point (3,) to the nearest wall.
        config: the agent's moves, and where to stop.
    """

    def __init__(
        self,
        try_step: Callable[[Position, Position], ArrayLike],
        distance: Callable[[Position], float],
        clearance: Callable[[Position], float],
        config: FollowerConfig | None = None,
    ) -> None:
        self._try_step = try_step
        self._distance = distance
        self._clearance = clearance
        self._config = config or FollowerConfig()
        self._most_turns = _turns_tried(self._config.turn_deg)
        self._done: list[int] = []
        self._committed: list[int] = []
        self._answered: tuple[bytes, int] | None = None

    def action(self, position: ArrayLike, rotation: ArrayLike) -> int:
        """0 stop, 1 forward, 2 turn left, 3 turn right at a base position (3,) and rotation x, y, z, w.

        Stop too where nothing leads on, as habitat-lab does. Asked twice at one pose it answers the same.
        """
        pose = _pose(position, rotation)
        bits = pose.position.tobytes() + pose.rotation.tobytes()
        if self._answered is None or self._answered[0] != bits:
            if not self._committed:
                best = self._best_moves(pose) or [STOP]
                self._committed = best if self._is_thrashing() else best[:1]
            action = self._committed.pop(0)
            self._done.append(action)
            self._answered = bits, action
        return self._answered[1]

    def path(self, position: ArrayLike, rotation: ArrayLike) -> list[int] | None:
        """The actions from a pose to the stop at the goal, whole series of turns and a step at a time.

        None where the goal cannot be reached or nothing leads on. habitat-sim's `find_path`: it does not look at its
        plan again after each action as `action` does, so the two may differ. Going round in circles it gives up after
        5000 actions, with None only if it has done exactly so many; else all of them come back, without a stop.
        """
        pose, limit = _pose(position, rotation), self._config.max_path_actions
        actions: list[int] = []
        while len(actions) < limit and actions[-1:] != [STOP]:
            moves = self._best_moves(pose)
            if not moves:
                return None
            actions += moves
            for move in moves:
                pose = pose if move == STOP else self._moved(pose, move)[0]
        return None if len(actions) == limit else actions

    def _best_moves(self, pose: _Pose) -> list[int]:
        """Turns and a step, a stop at the goal, or nothing where nothing is worth a collision."""
        distance_m = np.float32(self._distance(pose.position))
        if math.isinf(distance_m):
            return []
        if distance_m < self._config.goal_radius_m:
            return [STOP]
        best: list[int] = []
        best_score = -_COLLISION_COST
        turned = {LEFT: pose, RIGHT: pose}
        for turns in range(self._most_turns + 1):
            for side, looking in turned.items():
                score = self._score(looking, distance_m, turns)
                if score > best_score:
                    best_score, best = score, [side] * turns + [FORWARD]
            if best_score > _GOOD_ENOUGH:
                break
            turned = {side: self._moved(looking, side)[0] for side, looking in turned.items()}
        return best

    def _score(self, pose: _Pose, distance_m: np.float32, turns: int) -> np.float32:
        """What a step forward from a pose is worth, in habitat-sim's mixture of float32 and float64."""
        (arrival, _), collided = self._moved(pose, FORWARD)
        progress = np.float64(distance_m - np.float32(self._distance(arrival))) / self._config.forward_m
        cost = _TURN_COST * np.float32(turns)
        if collided:
            cost += _COLLISION_COST
        if np.float32(self._clearance(arrival)) < np.float32(NEAR_WALL_M):
            cost += _WALL_COST
        return np.float32(progress - np.float64(cost))

    def _moved(self, pose: _Pose, action: int) -> tuple[_Pose, bool]:
        """The pose after an action, and whether it collided; a turn is filtered like a step of no length."""
        position, rotation = pose
        wanted = position
        if action == FORWARD:
            wanted = ahead(position, rotation, self._config.forward_m)
        else:
            rotation = turn(rotation, self._config.turn_deg if action == LEFT else -self._config.turn_deg)
        arrival, collided = filtered_step(self._try_step, position, wanted)
        return _Pose(arrival, rotation), collided

    def _is_thrashing(self) -> bool:
        last = self._done[-_THRASHING_ACTIONS:]
        turning = len(last) == _THRASHING_ACTIONS and set(last) == {LEFT, RIGHT}
        return turning and all(before != after for before, after in itertools.pairwise(last))


def _turns_tried(turn_deg: float) -> int:
    """The largest number of turns before the step: those below half a circle, summed up in float32 as habitat-sim does.

    Six turns of 30 degrees add up to a little less than half a circle that way, so they are tried, too.
    """
    turn_rad, angle_rad, count = math.radians(turn_deg), np.float32(0.0), 0
    while (angle_rad := np.float32(float(angle_rad) + turn_rad)) < math.pi:
        count += 1
    return count


def _pose(position: ArrayLike, rotation: ArrayLike) -> _Pose:
    return _Pose(np.array(position, np.float32), np.array(rotation, np.float32))


@register_expert("greedy", keeps_clearance=False)
def make_greedy_expert(request: ExpertRequest) -> GreedyFollower:
    """Habitat's follower towards the goal that is nearest at the start, as it was used for results in Habitat."""
    simulator, goals = request.simulator, request.goals
    corners = simulator.shortest_path(simulator.agent_state.position, goals)
    if len(corners):
        goals = goals[[np.argmin(np.linalg.norm(goals - corners[-1], axis=1))]]
    return GreedyFollower(
        simulator.try_step,
        simulator.goal_tracker(goals),
        lambda position: simulator.obstacle_distance(position, 1.1 * NEAR_WALL_M),
        FollowerConfig(
            goal_radius_m=_GOAL_RADIUS_SHARE * request.success_distance_m,
            forward_m=request.body.forward_step_m,
            turn_deg=request.body.turn_angle_deg,
        ),
    )
