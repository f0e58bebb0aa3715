"""Houses as files: a Habitat scene dataset, and ObjectNav-v1 episodes in it."""

from envs.objectnav.houses.dataset.files import split_of
from envs.objectnav.houses.dataset.making import HousesConfig, make_houses

__all__ = ["HousesConfig", "make_houses", "split_of"]
