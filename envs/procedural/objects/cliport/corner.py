"""The green corner drawn on the table, and the brown box that is to be aligned with it (of Ravens and CLIPort)."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.geometry import Vector
from leo_agent.envs.procedural.objects.cliport.boxes import box, rectangle
from leo_agent.envs.procedural.objects.meshes.hulls import convex_hull
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh, joined_meshes
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import Shape

ARM_LENGTH_M = 0.05
ARM_WIDTH_M = 0.005
CORNER_HEIGHT_M = 0.0015  # from the physical table to half a millimetre above the visible one
CORNER_RGB = (0, 255, 0)
BROWN_RGB = (156, 117, 95)


@register_shape("corner")
def corner(box_size: tuple[float, float]) -> Shape:
    """Two flat arms of 5 cm along the +x and +y sides of a box of that size (metres), which nothing touches.

    The origin of its frame is where the centre of the box belongs; the footprint is that of both together.
    """
    x, y, half_width, half_height = box_size[0] / 2, box_size[1] / 2, ARM_WIDTH_M / 2, CORNER_HEIGHT_M / 2
    reach = (ARM_LENGTH_M + ARM_WIDTH_M) / 2
    along_x = box_mesh((reach, half_width, half_height), (x + ARM_WIDTH_M - reach, y + half_width, 0))
    along_y = box_mesh((half_width, ARM_LENGTH_M / 2, half_height), (x + half_width, y - ARM_LENGTH_M / 2, 0))
    vertices, faces = joined_meshes([along_x, along_y])
    footprint = convex_hull(np.concatenate([vertices[:, :2], rectangle(*box_size)]))
    size = (2 * reach, 2 * reach, CORNER_HEIGHT_M)
    colors = np.tile(np.array(CORNER_RGB, np.uint8), (len(faces), 1))
    return Shape("green corner", vertices, faces, (), footprint, size, box_size, colors=colors)


@register_shape("brown box")
def brown_box(size: Vector, shade: float) -> Shape:
    """A box in a brown of its own: `shade` times CLIPort's, 0.5 to 1.5."""
    plain = box(size=size, name="brown box")
    rgb = np.clip(shade * np.array(BROWN_RGB), 0, 255).astype(np.uint8)
    return Shape(
        plain.name, plain.vertices, plain.faces, plain.parts, plain.footprint, size, plain.placement_size,
        colors=np.tile(rgb, (len(plain.faces), 1)),
    )  # fmt: skip
