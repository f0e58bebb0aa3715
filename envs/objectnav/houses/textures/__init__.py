"""Procedural textures: surfaces that repeat without a seam, and pictures."""

from envs.objectnav.houses.textures.registry import draw_texture, texture_names

__all__ = ["draw_texture", "texture_names"]
