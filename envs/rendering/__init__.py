"""A software renderer of colour, depth and instance ids on the CPU, for both worlds."""

from envs.rendering.mesh import Mesh, Texture
from envs.rendering.scene import Frame, Scene

__all__ = ["Frame", "Mesh", "Scene", "Texture"]
