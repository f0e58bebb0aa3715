"""A software renderer of colour, depth and instance ids on the CPU, for both worlds."""

from envs.rendering.frames import Frame, Frames
from envs.rendering.mesh import Mesh, Texture
from envs.rendering.scene import Scene

__all__ = ["Frame", "Frames", "Mesh", "Scene", "Texture"]
