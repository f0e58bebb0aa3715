"""Houses as files: a Habitat scene dataset, and ObjectNav-v1 episodes in it."""

from leo_agent.envs.house_sets.dataset_maker import HousesConfig, make_houses
from leo_agent.envs.house_sets.files import SPLITS, split_of

__all__ = ["SPLITS", "HousesConfig", "make_houses", "split_of"]
