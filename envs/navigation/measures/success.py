"""Whether an episode succeeded: here it is decided."""

from leo_agent.envs.navigation.measures.registry import register_measure
from leo_agent.envs.navigation.measures.state import EpisodeState


def decide_success(state: EpisodeState) -> float:
    """1.0 if stop was called strictly nearer to a goal than the success distance, else 0.0 (habitat-lab's rule)."""
    return float(state.stop_called and state.distance_m < state.success_distance_m)


@register_measure("success", label="Success", kind="rate")
def success(state: EpisodeState) -> float:
    """1.0 for a success, else 0.0; decided after every action."""
    return state.success
