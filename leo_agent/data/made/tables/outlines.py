"""Distances of convex outlines seen from above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.tabletop.layout.placement import Footprint, edge_normals, separation


def gap_m(one: Footprint, other: Footprint) -> float:
    """Metres between two convex polygons; 0 where they touch or overlap."""
    if separation(one, other) <= 0:
        return 0.0
    return min(_to_edges(one, other), _to_edges(other, one))


def depth_m(one: Footprint, other: Footprint) -> float:
    """How far the first lies within the second: its least distance to the sides, negative where it sticks out."""
    normals = edge_normals(other)
    return float(((other * normals).sum(axis=1) - one @ normals.T).min())


def gap_to_point_m(outline: Footprint, point: tuple[float, float]) -> float:
    """Metres from a point to a convex polygon; 0 inside it."""
    if depth_m(np.array([point]), outline) >= 0:
        return 0.0
    return _to_edges(np.array([point]), outline)


def _to_edges(points: NDArray[np.float64], polygon: Footprint) -> float:
    """The least distance of points (N, 2) to the edges of a polygon (K, 2)."""
    along = np.roll(polygon, -1, axis=0) - polygon
    offsets = points[:, None] - polygon
    shares = np.clip((offsets * along).sum(axis=-1) / (along**2).sum(axis=-1), 0.0, 1.0)
    return float(np.linalg.norm(offsets - shares[..., None] * along, axis=-1).min())
