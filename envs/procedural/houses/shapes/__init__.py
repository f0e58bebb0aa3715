"""Textured surfaces and the shapes that furniture is made of."""

from leo_agent.envs.procedural.houses.shapes.material import Material
from leo_agent.envs.procedural.houses.shapes.model import Model, Range, Surface, Top, span
from leo_agent.envs.procedural.houses.shapes.soft import LeafShape, Pleats, leaf, pillow, pleated, sheet, soft_box
from leo_agent.envs.procedural.houses.shapes.solids import ball, box, lathe, leg, panel, prism, rod, tube

__all__ = [
    "LeafShape",
    "Material",
    "Model",
    "Pleats",
    "Range",
    "Surface",
    "Top",
    "ball",
    "box",
    "lathe",
    "leaf",
    "leg",
    "panel",
    "pillow",
    "pleated",
    "prism",
    "rod",
    "sheet",
    "soft_box",
    "span",
    "tube",
]
