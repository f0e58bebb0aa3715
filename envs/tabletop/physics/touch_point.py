"""Where the cup best touches an object: near its middle, where it has something underneath."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Pose, Vector, rotation_matrix
from leo_agent.envs.procedural.objects import Shape
from leo_agent.envs.procedural.objects.meshes.hulls import convex_hull


def touch_point(shape: Shape, pose: Pose) -> Vector:
    """A point of an object at that pose at or above which a descent meets it: x, y and height, metres.

    The shape's own grasp point; else the middle of its hull seen from above, as it lies; else the middle of its top.
    """
    if shape.grasp is not None:
        return (pose @ Pose(shape.grasp)).position
    if shape.hull is None:
        x, y, z = pose.position
        return x, y, z + shape.size[2] / 2
    points = shape.hull @ rotation_matrix(pose.rotation).T + pose.position
    x, y = _centroid(convex_hull(points[:, :2]))
    return x, y, float(points[:, 2].max())


def _centroid(corners: NDArray[np.float64]) -> tuple[float, float]:
    """Centre of area of a convex polygon (K, 2) that has one."""
    about = corners - corners[0]  # small numbers lose fewer digits
    following = np.roll(about, -1, axis=0)
    twice_areas = about[:, 0] * following[:, 1] - about[:, 1] * following[:, 0]
    middle = ((about + following) * twice_areas[:, None]).sum(axis=0) / (3 * twice_areas.sum()) + corners[0]
    return float(middle[0]), float(middle[1])
