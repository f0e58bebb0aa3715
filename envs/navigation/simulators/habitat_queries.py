"""What a running habitat-sim is asked about its agent and its navmesh, in the terms of the `Simulator` protocol."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.handles import NotCopyable
from leo_agent.envs.camera import pose_matrix
from leo_agent.envs.navigation.simulators.base import AgentState


class HabitatQueries(NotCopyable, ABC):
    """The members of `Simulator` that need nothing but a habitat-sim with a scene and one agent in it.

    Args:
        habitat_sim: the module.
        allow_sliding: the kind of step that `try_step` answers for.
    """

    instead = "it holds a habitat-sim with its GL context; make another with the same configuration"

    def __init__(self, habitat_sim: Any, allow_sliding: bool) -> None:
        self._habitat_sim = habitat_sim
        self._allow_sliding = allow_sliding

    @property
    @abstractmethod
    def _loaded(self) -> Any:
        """The `habitat_sim.Simulator`.

        Raises:
            InputError: it has no scene yet.
        """

    @property
    def agent_state(self) -> AgentState:
        state = self._agent.get_state()
        return AgentState(np.array(state.position, np.float32), np.array(_xyzw(state.rotation), np.float32))

    def set_agent_state(self, position: ArrayLike, rotation: ArrayLike) -> None:
        place, quaternion = np.array(position, np.float32), np.array(rotation, np.float64)
        norm = float(np.linalg.norm(quaternion))
        if place.shape != (3,) or quaternion.shape != (4,) or not (np.isfinite(place).all() and 0.0 < norm < math.inf):
            found = f"position {place.tolist()!r} and rotation {quaternion.tolist()!r}"
            raise InputError(f"agent state: found {found}, expected finite numbers x, y, z and x, y, z, w")
        # habitat-sim refuses lengths off by more than 1e-4; rounded rotations of files must pass unchanged.
        if abs(norm - 1.0) > 5e-5:
            quaternion /= norm
        state = self._habitat_sim.AgentState(position=place, rotation=quaternion.tolist())
        self._agent.set_state(state, reset_sensors=True)

    def camera_pose(self) -> NDArray[np.float64]:
        sensor = self._agent.get_state().sensor_states["depth"]
        return pose_matrix(sensor.position, _xyzw(sensor.rotation))

    def try_step(self, start: ArrayLike, end: ArrayLike) -> NDArray[np.float32]:
        pathfinder = self._pathfinder
        move = pathfinder.try_step if self._allow_sliding else pathfinder.try_step_no_sliding
        return np.array(move(_point(start), _point(end)), np.float32)

    def geodesic_distance(self, start: ArrayLike, ends: ArrayLike) -> float:
        return self.goal_tracker(ends)(start)

    def goal_tracker(self, ends: ArrayLike) -> Callable[[ArrayLike], float]:
        path = self._paths_to(ends)

        def distance(start: ArrayLike) -> float:
            return math.inf if path is None else float(self._found(path, start).geodesic_distance)

        return distance

    def goal_map(self, ends: ArrayLike, step_m: float) -> Callable[[ArrayLike, ArrayLike | None], float]:
        distance = self.goal_tracker(ends)
        return lambda start, before: distance(start)

    def shortest_path(self, start: ArrayLike, ends: ArrayLike) -> NDArray[np.float32]:
        path = self._paths_to(ends)
        corners = [] if path is None else self._found(path, start).points
        return np.array(corners, np.float32).reshape(-1, 3)

    def snap_point(self, point: ArrayLike) -> NDArray[np.float32]:
        return np.array(self._pathfinder.snap_point(_point(point)), np.float32)

    def is_navigable(self, point: ArrayLike) -> bool:
        return bool(self._pathfinder.is_navigable(_point(point)))

    def obstacle_distance(self, point: ArrayLike, limit: float = 2.0) -> float:
        return float(self._pathfinder.distance_to_closest_obstacle(_point(point), limit))

    def random_navigable_point(self, rng: np.random.Generator) -> NDArray[np.float32]:
        # habitat-sim draws from the process-wide C generator: seeded each time, the point depends on `rng` alone.
        self._pathfinder.seed(int(rng.integers(2**31)))
        return np.array(self._pathfinder.get_random_navigable_point(), np.float32)

    def island(self, point: ArrayLike) -> int:
        return int(self._pathfinder.get_island(_point(point)))

    @property
    def _agent(self) -> Any:
        return self._loaded.get_agent(0)

    @property
    def _pathfinder(self) -> Any:
        return self._loaded.pathfinder

    def _paths_to(self, ends: ArrayLike) -> Any:
        """A path object that remembers its ends; None without ends."""
        points = np.asarray(ends, np.float32).reshape(-1, 3)
        if not len(points):
            return None
        path = self._habitat_sim.MultiGoalShortestPath()
        path.requested_ends = points
        return path

    def _found(self, path: Any, start: ArrayLike) -> Any:
        path.requested_start = _point(start)
        self._pathfinder.find_path(path)
        return path


def _point(point: ArrayLike) -> NDArray[np.float32]:
    """(3,) float32: habitat-sim takes arrays of floats, but no list that holds an integer."""
    return np.asarray(point, np.float32).reshape(3)


def _xyzw(rotation: Any) -> tuple[float, float, float, float]:
    return rotation.x, rotation.y, rotation.z, rotation.w
