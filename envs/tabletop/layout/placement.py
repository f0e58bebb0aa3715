"""Free places on the table by geometry alone: oriented convex footprints that keep a clearance to each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.tabletop import PIXEL_SIZE_M
from leo_agent.envs.tabletop.workspace import BOUNDS

CLEARANCE_M = 0.01
PLACE_ATTEMPTS = 300

Footprint = NDArray[np.float64]  # (K, 2) corners of a convex polygon in the world frame, counter-clockwise, metres


@dataclass(frozen=True, eq=False)
class Place:
    """A free place on the table."""

    x: float  # metres
    y: float
    yaw_rad: float
    footprint: Footprint  # turned and moved there


def find_place(
    rng: np.random.Generator, footprint: Footprint, size: tuple[float, float], taken: Sequence[Footprint]
) -> Place | None:
    """Uniform position and yaw at which the footprint is clear of all others; None after PLACE_ATTEMPTS draws.

    The centre keeps half the diagonal of `size` (metres) and a pixel to the workspace's edge, as CLIPort's sampler.
    """
    inset = math.hypot(*size) / 2 + PIXEL_SIZE_M
    low, high = BOUNDS[:2, 0] + inset, BOUNDS[:2, 1] - inset
    middle = (low + high) / 2
    low, high = np.minimum(low, middle), np.maximum(high, middle)
    for _ in range(PLACE_ATTEMPTS):
        x, y = rng.uniform(low, high)
        yaw_rad = rng.uniform(0, 2 * math.pi)
        turned = turned_footprint(footprint, x, y, yaw_rad)
        if all(separation(turned, other) >= CLEARANCE_M for other in taken):
            return Place(float(x), float(y), float(yaw_rad), turned)
    return None


def turned_footprint(footprint: Footprint, x: float, y: float, yaw_rad: float) -> Footprint:
    """The footprint turned about its origin, which comes to lie at x, y."""
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.asarray(footprint @ np.array([[cosine, sine], [-sine, cosine]]) + (x, y))


def edge_normals(polygon: Footprint) -> NDArray[np.float64]:
    """The outward unit normals (K, 2) of a counter-clockwise polygon's edges."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    return np.asarray(np.stack([edges[:, 1], -edges[:, 0]], axis=1) / np.linalg.norm(edges, axis=1, keepdims=True))


def separation(first: Footprint, second: Footprint) -> float:
    """Largest gap between two convex polygons over the normals of their edges, metres; negative if they overlap.

    Never larger than their distance, so a clearance that it grants is kept.
    """
    gap = -math.inf
    for polygon in (first, second):
        normals = edge_normals(polygon)
        a, b = first @ normals.T, second @ normals.T
        gap = max(gap, float(np.max(np.maximum(b.min(0) - a.max(0), a.min(0) - b.max(0)))))
    return gap
