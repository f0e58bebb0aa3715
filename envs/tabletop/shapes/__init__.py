"""Shapes of task objects, made by code; one module each, found by a package scan."""

from envs.tabletop.shapes.bowl import bowl
from envs.tabletop.shapes.boxes import block, box
from envs.tabletop.shapes.registry import make_shape, register_shape
from envs.tabletop.shapes.shape import CollisionPart, Shape

__all__ = ["CollisionPart", "Shape", "block", "bowl", "box", "make_shape", "register_shape"]
