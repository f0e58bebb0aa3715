"""The twenty kitting shapes, flat letters and figures, with the kit's plate and its holes (of CLIPort and Ravens)."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.procedural.objects.meshes.figures import (
    MM,
    Bar,
    Disc,
    Figure,
    flower,
    heart,
    polygon,
    regular_polygon,
    ring,
    star,
    strokes,
)
from leo_agent.envs.procedural.objects.meshes.hulls import convex_hull
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import CollisionPart, Shape

KITTING_HEIGHT_M = 0.02
KITTING_MASS_KG = 0.1
KITTING_TRAIN = tuple(range(14))  # what the mode "train" draws from, as CLIPort
KITTING_TEST = tuple(range(14, 20))  # what "val" and "test" draw from
SLOT_SIZE_M = (0.08, 0.08)  # what CLIPort keeps free around each shape
HOLE_HEIGHT_M = 0.001
HOLE_RGB = (51, 51, 51)
KIT_SIZE_M = (0.28, 0.2, 0.005)
KIT_RGB = (156, 117, 95)

_FULL_TURN = 2 * math.pi

# Name, yaw after which it looks the same (0: at any), figure; in CLIPort's order and about in its sizes, millimetres.
_KITTING: tuple[tuple[str, float, Figure], ...] = (
    ("letter R shape", _FULL_TURN, strokes(
        (-14.5, -28.5, -14.5, 28.5, 11), (5.5, 18.5, 5.5, 28.5, 29), (14.5, 3, 14.5, 18.5, 11), (5.5, -7, 5.5, 3, 29),
        (13.5, -28.5, 2, -7, 13), grasp=(-14.5, 0))),
    ("letter A shape", _FULL_TURN, strokes(
        (-19, -28.5, -5, 28.5, 12), (19, -28.5, 5, 28.5, 12), (0, -14, 0, -4, 26), grasp=(0, -9))),
    ("triangle", _FULL_TURN / 3, Figure((regular_polygon(3, 36),))),
    ("square", _FULL_TURN / 4, polygon([(-30, -30), (30, -30), (30, 30), (-30, 30)])),
    ("plus", _FULL_TURN / 4, Figure(
        (np.array([(30, -10), (30, 10), (10, 10), (10, 30), (-10, 30), (-10, 10), (-30, 10), (-30, -10), (-10, -10),
                   (-10, -30), (10, -30), (10, -10)], np.float64),),
        (Bar(0, 0, 30, 10), Bar(0, 0, 10, 30)))),
    ("letter T shape", _FULL_TURN, strokes((0, -30, 0, 14, 16), (0, 14, 0, 30, 60))),
    ("diamond", _FULL_TURN / 2, polygon([(37.5, 0), (0, 30), (-37.5, 0), (0, -30)])),
    ("pentagon", _FULL_TURN / 5, Figure((regular_polygon(5, 30),))),
    ("rectangle", _FULL_TURN / 2, polygon([(-37.5, -22.5), (37.5, -22.5), (37.5, 22.5), (-37.5, 22.5)])),
    ("flower", _FULL_TURN / 4, flower(14, 16)),
    ("star", _FULL_TURN / 5, star(5, 32, 14.5)),
    ("circle", 0.0, Figure((regular_polygon(48, 30),), (Disc(0, 0, 30),))),
    ("letter G shape", _FULL_TURN, strokes(
        (-17.5, -29, -17.5, 29, 11), (5.5, 19, 5.5, 29, 35), (5.5, -29, 5.5, -19, 35), (17.5, -19, 17.5, -4, 11),
        (12, -4, 12, 5, 22), grasp=(-17.5, 0))),
    ("letter V shape", _FULL_TURN, strokes((-5.5, -28.5, -17, 28.5, 13), (5.5, -28.5, 17, 28.5, 13), grasp=(10, 0))),
    ("letter E shape", _FULL_TURN, strokes(
        (-11, -28.5, -11, 28.5, 10), (5, -28.5, 5, -18.5, 22), (5, -5, 5, 5, 22), (5, 18.5, 5, 28.5, 22))),
    ("letter L shape", _FULL_TURN, strokes((-21, -30, -21, 30, 18), (9, -30, 9, -12, 42), grasp=(-21, -12))),
    ("ring", 0.0, ring(16, 30)),
    ("hexagon", _FULL_TURN / 6, Figure((regular_polygon(6, 30),))),
    ("heart", _FULL_TURN, heart(33, -2.4)),
    ("letter M shape", _FULL_TURN, strokes(
        (-22, -28.5, -22, 28.5, 10), (22, -28.5, 22, 28.5, 10), (0, -8, -11, 28.5, 12), (0, -8, 11, 28.5, 12),
        grasp=(0, -2))),
)  # fmt: skip
KITTING_NAMES = tuple(name for name, _, _ in _KITTING)


def kitting_symmetry_rad(index: int) -> float:
    """The yaw after which a kitting shape looks the same; 0 if it does at any, 2 pi if only after a full turn."""
    return _KITTING[index][1]


@register_shape("kitting")
def kitting_shape(index: int) -> Shape:
    """The kitting shape 0 to 19 of KITTING_NAMES, 20 mm high and about 60 mm wide, without a colour of its own.

    The origin of its frame is the centre of its symmetry; triangle, pentagon and star reach farther to one side of it.
    """
    name, figure = _named_figure(index)
    half = KITTING_HEIGHT_M / 2
    vertices, faces = figure.mesh(half)
    width, depth = (float(extent) for extent in np.ptp(vertices[:, :2], axis=0))
    return Shape(
        name, vertices, faces, figure.parts(half), convex_hull(vertices[:, :2]), (width, depth, KITTING_HEIGHT_M),
        SLOT_SIZE_M, hull=None if figure.solids else vertices.astype(np.float64),
        grasp=(figure.grasp[0] * MM, figure.grasp[1] * MM, half),
    )  # fmt: skip


@register_shape("kitting hole")
def kitting_hole(index: int) -> Shape:
    """Where a kitting shape belongs: a dark inlay of its outline, 1 mm high, which nothing touches."""
    name, figure = _named_figure(index)
    vertices, faces = figure.mesh(HOLE_HEIGHT_M / 2)
    width, depth = (float(extent) for extent in np.ptp(vertices[:, :2], axis=0))
    return Shape(
        f"{name} hole", vertices, faces, (), convex_hull(vertices[:, :2]), (width, depth, HOLE_HEIGHT_M), SLOT_SIZE_M,
        colors=np.tile(np.array(HOLE_RGB, np.uint8), (len(faces), 1)),
    )  # fmt: skip


@register_shape("kit")
def kit() -> Shape:
    """The brown plate that the holes are in, 28 cm by 20 cm and 5 mm thick."""
    half = (KIT_SIZE_M[0] / 2, KIT_SIZE_M[1] / 2, KIT_SIZE_M[2] / 2)
    vertices, faces = box_mesh(half)
    colors = np.tile(np.array(KIT_RGB, np.uint8), (len(faces), 1))
    return Shape(
        "kit", vertices, faces, (CollisionPart("box", half),), rectangle(*KIT_SIZE_M[:2]), KIT_SIZE_M, KIT_SIZE_M[:2],
        colors=colors,
    )  # fmt: skip


def _named_figure(index: int) -> tuple[str, Figure]:
    if not 0 <= index < len(_KITTING):
        raise ValueError(f"found index {index}, expected 0 to {len(_KITTING) - 1}")
    return _KITTING[index][0], _KITTING[index][2]
