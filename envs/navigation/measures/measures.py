"""ObjectNav measures with habitat-lab 0.3.4's formulas, defined for every input (no NaN, no division by zero)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

SUCCESS_DISTANCE_M = 0.1
_POSITION_TOLERANCE_M = 1e-4


def success(distance_m: float, stop_called: bool, success_distance_m: float = SUCCESS_DISTANCE_M) -> float:
    """1.0 if stop was called strictly nearer to a goal view point than the success distance, else 0.0."""
    return float(stop_called and distance_m < success_distance_m)


def path_efficiency(start_distance_m: float, path_length_m: float) -> float:
    """l / max(l, P) for the start distance l and the path length P, in [0, 1].

    1 for l = 0 (habitat-lab divides by zero there) and 0 for an unreachable goal, l = inf (NaN there).
    """
    if math.isinf(start_distance_m):
        return 0.0
    if start_distance_m <= 0.0:
        return 1.0
    return start_distance_m / max(start_distance_m, path_length_m)


def spl(successful: float, start_distance_m: float, path_length_m: float) -> float:
    """Success weighted by path length, S · l / max(l, P) (Anderson et al. 2018, arXiv 1807.06757)."""
    return successful * path_efficiency(start_distance_m, path_length_m)


def soft_spl(distance_m: float, start_distance_m: float, path_length_m: float) -> float:
    """Progress weighted by path length, max(0, 1 - d/l) · l / max(l, P); needs no stop.

    With l = 0 it is 1 while the agent is at the goal and 0 once it has left it; with l = inf it is 0.
    """
    if math.isinf(start_distance_m):
        return 0.0
    if start_distance_m <= 0.0:
        return float(distance_m <= 0.0)
    progress = max(0.0, 1.0 - distance_m / start_distance_m)
    return progress * path_efficiency(start_distance_m, path_length_m)


def distance_to_goal_reward(previous_distance_m: float, distance_m: float) -> float:
    """Metres gained towards the goal, -(d_t - d_{t-1}); 0 where either is infinite (habitat-lab gives NaN or inf)."""
    if math.isinf(previous_distance_m) or math.isinf(distance_m):
        return 0.0
    return -(distance_m - previous_distance_m)


class MeasureTracker:
    """The measures of one running episode.

    `geodesic_distance` maps an agent position (3,) to metres to the nearest goal view point. It is asked again only
    when the position changed (`np.allclose` with atol 1e-4 m, as in habitat-lab), so a drift below that is not seen.
    """

    def __init__(self, geodesic_distance: Callable[[np.ndarray], float], position: np.ndarray) -> None:
        self._geodesic_distance = geodesic_distance
        self._measured_position = np.array(position, dtype=np.float32)
        self._position = self._measured_position
        self.start_distance_m = float(geodesic_distance(position))
        self.distance_m = self.start_distance_m
        self.path_length_m = 0.0
        self.collisions = 0
        self.success = 0.0
        self.distance_to_goal_reward = 0.0

    def update(self, position: np.ndarray, collided: bool = False, stop_called: bool = False) -> None:
        """Takes in the agent position (3,) after one action, stop included."""
        # Copied, because the simulator may reuse the array it hands out.
        now = np.array(position, dtype=np.float32)
        self.path_length_m += float(np.linalg.norm(now - self._position))
        self._position = now
        self.collisions += bool(collided)
        previous_distance_m = self.distance_m
        if not np.allclose(self._measured_position, now, atol=_POSITION_TOLERANCE_M):
            self.distance_m = float(self._geodesic_distance(position))
            self._measured_position = now
        self.distance_to_goal_reward = distance_to_goal_reward(previous_distance_m, self.distance_m)
        self.success = success(self.distance_m, stop_called)

    def values(self) -> dict[str, float]:
        """The measures by name; distances and lengths in metres, `collisions` a count."""
        return {
            "distance_to_goal": self.distance_m,
            "success": self.success,
            "spl": spl(self.success, self.start_distance_m, self.path_length_m),
            "soft_spl": soft_spl(self.distance_m, self.start_distance_m, self.path_length_m),
            "collisions": float(self.collisions),
            "path_length": self.path_length_m,
        }
