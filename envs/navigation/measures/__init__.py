"""The measures of navigation: one registered function each, computed from the state of the running episode."""

from leo_agent.envs.navigation.measures.registry import NavigationMeasure, navigation_measures, register_measure
from leo_agent.envs.navigation.measures.state import EpisodeState

__all__ = ["EpisodeState", "NavigationMeasure", "navigation_measures", "register_measure"]
