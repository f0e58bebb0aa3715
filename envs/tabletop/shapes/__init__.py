"""Shapes of task objects, made by code; one module each, found by a package scan."""

from envs.tabletop.shapes.bowl import bowl
from envs.tabletop.shapes.boxes import block, box
from envs.tabletop.shapes.container import CONTAINER_HEIGHT_M, CONTAINER_WALL_M, container
from envs.tabletop.shapes.registry import make_shape, register_shape
from envs.tabletop.shapes.shape import CollisionPart, Shape

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
