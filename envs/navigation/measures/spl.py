"""Success and progress weighted by path length, defined for every input (no NaN, no division by zero)."""

import math

from leo_agent.envs.navigation.measures.registry import register_measure
from leo_agent.envs.navigation.measures.state import EpisodeState


def path_efficiency(start_distance_m: float, path_length_m: float) -> float:
    """The ratio l / max(l, P) of the start distance l and the path length P, in [0, 1].

    It is 1 for l = 0 (habitat-lab divides by zero there) and 0 for an unreachable goal, l = inf (NaN there).
    """
    if math.isinf(start_distance_m):
        return 0.0
    if start_distance_m <= 0.0:
        return 1.0
    return start_distance_m / max(start_distance_m, path_length_m)


@register_measure("spl", label="SPL", kind="fraction")
def spl(state: EpisodeState) -> float:
    """Success weighted by path length, S · l / max(l, P) (Anderson et al. 2018, arXiv 1807.06757)."""
    return state.success * path_efficiency(state.start_distance_m, state.path_length_m)


@register_measure("soft_spl", label="Soft-SPL", kind="fraction")
def soft_spl(state: EpisodeState) -> float:
    """Progress weighted by path length, max(0, 1 - d/l) · l / max(l, P), as habitat-lab's; needs no stop.

    With l = 0 it is 1 while the agent is at the goal and 0 once it has left it; with l = inf it is 0.
    """
    start_m, distance_m = state.start_distance_m, state.distance_m
    if math.isinf(start_m):
        return 0.0
    if start_m <= 0.0:
        return float(distance_m <= 0.0)
    progress = max(0.0, 1.0 - distance_m / start_m)
    return progress * path_efficiency(start_m, state.path_length_m)
