"""How the agent moved: how far it walked, and how often it bumped into something."""

from leo_agent.envs.navigation.measures.registry import register_measure
from leo_agent.envs.navigation.measures.state import EpisodeState


@register_measure("collisions", label="Collisions", headline=False)
def collisions(state: EpisodeState) -> float:
    """How many steps an obstacle shortened."""
    return float(state.collisions)


@register_measure("path_length", label="Path length", unit="m", headline=False)
def path_length(state: EpisodeState) -> float:
    """Metres walked: the distances between positions one after another, heights included."""
    return state.path_length_m
