"""Where the cup best touches an object: near its middle, where it has something underneath."""

from __future__ import annotations

import math

import numpy as np

from envs.tabletop.geometry import Pose, Vector, rotation_matrix
from envs.tabletop.shapes import Shape
from envs.tabletop.shapes.hull import outline, outline_centroid


def touch_point(shape: Shape, pose: Pose) -> Vector:
    """A point over the object at that pose: a descent there meets it. x, y and the height of its top, metres.

    The middle of a hull's outline from above; the centre of the part that is nearest to the middle of a compound.
    """
    x, y, z = pose.position
    rotation = rotation_matrix(pose.rotation)
    if shape.hull is not None:
        corners = shape.hull @ rotation.T + pose.position
        x, y = (float(value) for value in outline_centroid(outline(corners[:, :2])))
        return x, y, float(corners[:, 2].max())
    top = z + float(np.abs(rotation[2]) @ np.asarray(shape.size)) / 2
    centers = [rotation @ part.position + pose.position for part in shape.parts]
    nearest = min(centers, key=lambda center: (round(math.dist(center[:2], (x, y)), 6), -center[2]), default=None)
    return (x, y, top) if nearest is None else (float(nearest[0]), float(nearest[1]), top)
