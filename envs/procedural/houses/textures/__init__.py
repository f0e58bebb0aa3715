"""Procedural textures: surfaces that repeat without a seam, and pictures."""

from leo_agent.envs.procedural.houses.textures.registry import draw_texture, texture_names

__all__ = ["draw_texture", "texture_names"]
