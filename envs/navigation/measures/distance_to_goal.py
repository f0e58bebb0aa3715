"""How far the goal is, and what getting nearer is worth."""

import math

from leo_agent.envs.navigation.measures.registry import register_measure
from leo_agent.envs.navigation.measures.state import EpisodeState


@register_measure("distance_to_goal", label="Distance to goal", unit="m")
def distance_to_goal(state: EpisodeState) -> float:
    """Metres on foot to the nearest goal; inf where none can be reached."""
    return state.distance_m


def distance_gained_m(state: EpisodeState) -> float:
    """Metres gained towards the goal by the last action, habitat-lab's `distance_to_goal_reward`.

    That is -(d_t - d_{t-1}), and 0 where either is infinite (habitat-lab gives NaN or inf there).
    """
    before_m, now_m = state.previous_distance_m, state.distance_m
    return 0.0 if math.isinf(before_m) or math.isinf(now_m) else -(now_m - before_m)
