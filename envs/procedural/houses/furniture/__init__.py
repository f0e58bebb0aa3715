"""The furniture catalogue: one function a kind of furniture, found by category and use."""

from leo_agent.envs.procedural.houses.furniture.registry import Furniture, categories, kinds, make, pick

__all__ = ["Furniture", "categories", "kinds", "make", "pick"]
