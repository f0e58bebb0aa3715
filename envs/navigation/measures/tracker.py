"""Keeps the state of a running episode, and its measures, as habitat-lab 0.3.4 does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from leo_agent.contract.navigation import STOP
from leo_agent.envs.navigation.measures.distance_to_goal import distance_gained_m
from leo_agent.envs.navigation.measures.registry import NavigationMeasure
from leo_agent.envs.navigation.measures.state import EpisodeState
from leo_agent.envs.navigation.measures.success import decide_success

_POSITION_TOLERANCE_M = 1e-4


class MeasureTracker:
    """The measures of one running episode.

    Distances are asked for again only when the position changed (`np.allclose` with atol 1e-4 m, as in habitat-lab), so
    a drift below that is not seen.

    Args:
        geodesic_distance: maps an agent position (3,) to metres to the nearest goal.
        position: where the agent starts.
        measures: what `values` computes, in this order.
        success_distance_m: how near a stop has to be.
    """

    def __init__(
        self,
        geodesic_distance: Callable[[ArrayLike], float],
        position: ArrayLike,
        measures: Sequence[NavigationMeasure],
        success_distance_m: float,
    ) -> None:
        self._geodesic_distance = geodesic_distance
        self._measures = [(one.measure.name, one.function) for one in measures]
        start = np.array(position, dtype=np.float32)
        self._measured_position = start
        distance_m = float(geodesic_distance(position))
        self.state = EpisodeState(success_distance_m, distance_m, distance_m, distance_m, path=[start])

    def update(self, position: ArrayLike, action: int, collided: bool = False) -> None:
        """Takes in the agent position (3,) after one action, stop included."""
        state = self.state
        # Copied, because the simulator may reuse the array it hands out.
        now = np.array(position, dtype=np.float32)
        state.path_length_m += float(np.linalg.norm(now - state.path[-1]))
        state.path.append(now)
        state.actions.append(action)
        state.collisions += bool(collided)
        state.previous_distance_m = state.distance_m
        if not np.allclose(self._measured_position, now, atol=_POSITION_TOLERANCE_M):
            state.distance_m = float(self._geodesic_distance(position))
            self._measured_position = now
        state.stop_called = action == STOP
        state.success = decide_success(state)

    @property
    def distance_gained_m(self) -> float:
        """Metres gained towards the goal by the last action."""
        return distance_gained_m(self.state)

    def values(self) -> dict[str, float]:
        """The measures by name."""
        return {name: function(self.state) for name, function in self._measures}
