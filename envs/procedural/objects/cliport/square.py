"""The square drawn on the table into which piles are pushed: a flat frame that nothing collides with."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import Shape

SQUARE_SIDE_M = 0.12
SQUARE_INNER_SIDE_M = 0.108
SQUARE_HEIGHT_M = 0.001
SQUARE_ROOM_M = 0.15  # the side that CLIPort keeps free, and scores


@register_shape("square")
def square() -> Shape:
    """A frame of 12 cm, 6 mm wide and 1 mm high, centred on its frame."""
    loops = [(side, height) for side in (SQUARE_SIDE_M, SQUARE_INNER_SIDE_M) for height in (-0.5, 0.5)]
    corners = [np.column_stack([rectangle(side, side), np.full(4, height * SQUARE_HEIGHT_M)]) for side, height in loops]
    outer_low, outer_high, inner_low, inner_high = 0, 4, 8, 12  # the first vertex of each loop
    bands = ((outer_low, outer_high), (outer_high, inner_high), (inner_high, inner_low), (inner_low, outer_low))
    faces = []
    for first, second in bands:
        for k in range(4):
            a, b, c, d = first + k, first + (k + 1) % 4, second + (k + 1) % 4, second + k
            faces += [(a, b, c), (a, c, d)]
    return Shape(
        name="square",
        vertices=np.concatenate(corners).astype(np.float32),
        faces=np.array(faces, np.int32),
        parts=(),
        footprint=rectangle(SQUARE_SIDE_M, SQUARE_SIDE_M),
        size=(SQUARE_SIDE_M, SQUARE_SIDE_M, SQUARE_HEIGHT_M),
        placement_size=(SQUARE_ROOM_M, SQUARE_ROOM_M),
    )
