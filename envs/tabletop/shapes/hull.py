"""Convex hulls: the outline of a shape seen from above, and a few points that stand for the whole hull."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SUPPORT_DIRECTIONS = 94  # with the six along the axes at most 100 points
GOLDEN_ANGLE_RAD = math.pi * (3 - math.sqrt(5))


def support_points(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """At most 100 of the points (N, 3), the farthest in as many directions, spread evenly.

    Their hull lies in the hull of all and has the same bounding box.
    """
    k = np.arange(SUPPORT_DIRECTIONS) + 0.5
    z = 1 - 2 * k / SUPPORT_DIRECTIONS
    radius, turn = np.sqrt(1 - z * z), GOLDEN_ANGLE_RAD * k
    spread = np.stack([radius * np.cos(turn), radius * np.sin(turn), z], axis=1)
    directions = np.concatenate([spread, np.eye(3), -np.eye(3)])
    rows = np.unique(np.argmax(points @ directions.T, axis=0))
    return np.asarray(points[rows], np.float64)


def outline(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """The convex hull (K, 2) of the points (N, 2), counter-clockwise, without points on its edges.

    Andrew's monotone chain (A. M. Andrew, 1979). Fewer than three corners come back if the points lie on a line.
    """
    ordered = np.unique(np.asarray(points, np.float64), axis=0)
    if len(ordered) < 3:
        return ordered
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    return np.array(lower[:-1] + upper[:-1])


def _chain(ordered: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    chain: list[NDArray[np.float64]] = []
    for point in ordered:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-1] - chain[-2], point - chain[-2]
            if ax * by - ay * bx > 0:
                break
            chain.pop()
        chain.append(point)
    return chain


def outline_centroid(corners: NDArray[np.floating]) -> NDArray[np.float64]:
    """Centre of area (2,) of a convex polygon (K, 2); the mean of its corners if it has no area."""
    following = np.roll(corners, -1, axis=0)
    twice_areas = corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0]
    total = float(twice_areas.sum())
    if abs(total) < 1e-12:
        return np.asarray(corners.mean(axis=0), np.float64)
    return np.asarray(((corners + following) * twice_areas[:, None]).sum(axis=0) / (3 * total), np.float64)
