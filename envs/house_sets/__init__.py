"""Houses as files: a Habitat scene dataset, and ObjectNav-v1 episodes in it."""

from leo_agent.envs.house_sets.files import split_of
from leo_agent.envs.house_sets.making import HousesConfig, make_houses

__all__ = ["HousesConfig", "make_houses", "split_of"]
