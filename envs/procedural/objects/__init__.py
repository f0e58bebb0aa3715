"""Shapes of task objects, made by code; one module each, found by a package scan."""

from leo_agent.envs.procedural.objects.cliport.bowl import bowl
from leo_agent.envs.procedural.objects.cliport.boxes import block, box
from leo_agent.envs.procedural.objects.cliport.container import CONTAINER_HEIGHT_M, CONTAINER_WALL_M, container
from leo_agent.envs.procedural.objects.registry import make_shape, register_shape
from leo_agent.envs.procedural.objects.shape import CollisionPart, Shape

__all__ = [
    "CONTAINER_HEIGHT_M",
    "CONTAINER_WALL_M",
    "CollisionPart",
    "Shape",
    "block",
    "bowl",
    "box",
    "container",
    "make_shape",
    "register_shape",
]
