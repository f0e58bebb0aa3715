"""A software renderer of colour, depth and instance ids on the CPU, for both worlds."""

from leo_agent.envs.rendering.frames import Frame, Frames
from leo_agent.envs.rendering.mesh import Mesh, Texture
from leo_agent.envs.rendering.render_scene import RenderScene

__all__ = ["Frame", "Frames", "Mesh", "RenderScene", "Texture"]
