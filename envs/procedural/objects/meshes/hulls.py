"""Convex hulls: exact ones in the plane, and small ones in space for collisions and footprints."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

HULL_POINTS = 100
HULL_DIRECTIONS = 1500
HULL_TOLERANCE = 0.002  # of the longest side: how far a vertex may stick out of the hull
FOOTPRINT_CORNERS = 16


def convex_hull(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Corners of the convex hull of points in the plane, counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted({(float(x), float(y)) for x, y in points})

    def chain(sequence: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        kept: list[tuple[float, float]] = []
        for x, y in sequence:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 1e-12:
                    break
                kept.pop()
            kept.append((x, y))
        return kept[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]))


def hull_points(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most HULL_POINTS of the vertices whose convex hull is nearly that of all.

    Of many directions, the one in which the vertices reach furthest beyond the points taken so far gives the next.
    """
    directions = np.concatenate([np.eye(3), -np.eye(3), _sphere(HULL_DIRECTIONS)])
    reach = directions @ vertices.T
    furthest = reach.argmax(axis=1)
    wanted = reach.max(axis=1)
    taken = list(dict.fromkeys(furthest[:6].tolist()))
    reached = reach[:, taken].max(axis=1)
    while len(taken) < HULL_POINTS and (wanted - reached).max() > HULL_TOLERANCE:
        taken.append(int(furthest[(wanted - reached).argmax()]))
        reached = np.maximum(reached, reach[:, taken[-1]])
    return vertices[taken]


def _sphere(count: int) -> NDArray[np.float64]:
    """Directions (count, 3) spread evenly over the sphere along a spiral."""
    z = 1 - (2 * np.arange(count) + 1) / count
    turn = np.arange(count) * math.pi * (3 - math.sqrt(5))
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), z], axis=1)


def footprint_of(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """The polygon of at most FOOTPRINT_CORNERS fixed directions about the vertices seen from above, which it covers."""
    angles = 2 * math.pi * np.arange(FOOTPRINT_CORNERS) / FOOTPRINT_CORNERS
    normals = np.round(np.stack([np.cos(angles), np.sin(angles)], axis=1), 12)
    offsets = (vertices[:, :2] @ normals.T).max(axis=0)
    following = np.roll(normals, -1, axis=0)
    corners = np.linalg.solve(
        np.stack([normals, following], axis=1), np.stack([offsets, np.roll(offsets, -1)], axis=1)[..., None]
    )[..., 0]
    apart = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1) > 1e-6
    return np.asarray(corners[apart])
