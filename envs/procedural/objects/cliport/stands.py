"""Stands of three plates, light, middle and dark brown: for a pyramid of blocks, and with rods for rings (Ravens)."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.objects.cliport.boxes import rectangle
from leo_agent.envs.procedural.objects.meshes.figures import MM, ring
from leo_agent.envs.procedural.objects.meshes.hulls import convex_hull
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh, joined_meshes, tube_mesh
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import CollisionPart, Shape

BROWN_RGB = (156, 117, 95)
PLATE_RGBS = ((234, 176, 143), BROWN_RGB, (78, 58, 47))  # from -y to +y: the lightest, the middle, the darkest

PYRAMID_PLATE_M = (0.05, 0.05, 0.005)
HANOI_PLATE_M = (0.12, 0.12, 0.01)
ROD_RADIUS_M = 0.005
ROD_HEIGHT_M = 0.05  # above the plate
RING_RADII_M = (0.03, 0.035, 0.04)
RING_HOLE_RADIUS_M = 0.015
RING_HEIGHT_M = 0.01


@register_shape("pyramid stand")
def pyramid_stand() -> Shape:
    """Three plates of 5 cm in a row along y, 5 mm thick."""
    return _stand("pyramid stand", PYRAMID_PLATE_M, rod_height_m=0.0)


@register_shape("hanoi stand")
def hanoi_stand() -> Shape:
    """Three plates of 12 cm in a row along y, 1 cm thick, each with a rod of 5 cm in its middle."""
    return _stand("hanoi stand", HANOI_PLATE_M, ROD_HEIGHT_M)


@register_shape("hanoi ring")
def hanoi_ring(outer_radius: float) -> Shape:
    """A flat ring, 1 cm high, that goes over the rods; `outer_radius` in metres."""
    figure = ring(RING_HOLE_RADIUS_M / MM, outer_radius / MM)
    half = RING_HEIGHT_M / 2
    vertices, faces = figure.mesh(half)
    size = (2 * outer_radius, 2 * outer_radius, RING_HEIGHT_M)
    grasp = (figure.grasp[0] * MM, figure.grasp[1] * MM, half)
    footprint = convex_hull(vertices[:, :2])
    return Shape("ring", vertices, faces, figure.parts(half), footprint, size, size[:2], grasp=grasp)


def _stand(name: str, plate_m: tuple[float, float, float], rod_height_m: float) -> Shape:
    width, depth, thickness = plate_m
    height = thickness + rod_height_m
    half = (width / 2, depth / 2, thickness / 2)
    middle_m = (thickness - height) / 2  # height of the plates' middle in the stand's frame
    meshes, colors, parts = [], [], []
    for k, rgb in enumerate(PLATE_RGBS):
        y = (k - 1) * depth
        meshes.append(box_mesh(half, (0, y, middle_m)))
        colors.append(np.tile(np.array(rgb, np.uint8), (len(meshes[-1][1]), 1)))
        parts.append(CollisionPart("box", half, (0.0, y, middle_m)))
        if rod_height_m > 0:
            foot, tip = (0, y, height / 2 - rod_height_m), (0, y, height / 2)
            meshes.append(tube_mesh(foot, tip, ROD_RADIUS_M, ROD_RADIUS_M))
            colors.append(np.tile(np.array(BROWN_RGB, np.uint8), (len(meshes[-1][1]), 1)))
            rod = CollisionPart("cylinder", (ROD_RADIUS_M, rod_height_m), (0.0, y, (height - rod_height_m) / 2))
            parts.append(rod)
    vertices, faces = joined_meshes(meshes)
    extent = (width, 3 * depth)
    return Shape(
        name,
        vertices,
        faces,
        tuple(parts),
        rectangle(*extent),
        (*extent, height),
        extent,
        colors=np.concatenate(colors),
    )
