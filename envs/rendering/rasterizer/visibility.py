"""Which clusters can be seen in a band, and in what order they are drawn: from the nearest to the farthest."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.compiled import inlined, kernel
from leo_agent.envs.rendering.rasterizer.band import Band
from leo_agent.envs.rendering.rasterizer.clusters import Clusters
from leo_agent.envs.rendering.rasterizer.triangles import Projection

# Clusters are ordered by the leading bits of their nearest inverse depth as float32: eight steps for a factor of two.
ORDER_SHIFT = 20
ORDER_STEPS = 1 << (31 - ORDER_SHIFT)
# Boxes are taken as larger by this part of a pixel, more than vertices move when they are snapped.
MARGIN_PX = 1.0 / 128.0


class Sight(NamedTuple):
    """Working arrays for C clusters."""

    order: NDArray[np.int32]  # (C,) the visible ones, nearest first
    found: NDArray[np.int32]  # (C,) the visible ones
    highest: NDArray[np.float32]  # (C,) the inverse depth that no point of the cluster exceeds
    pixel_bounds: NDArray[np.int32]  # (C, 4) first and last column, first and last row of the pixels it can cover
    starts: NDArray[np.int32]  # (ORDER_STEPS + 1,)


def make_sight(count: int) -> Sight:
    """The arrays for `count` clusters."""
    return Sight(
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.float32),
        np.empty((count, 4), np.int32),
        np.empty(ORDER_STEPS + 1, np.int32),
    )


@inlined
def _span(
    low: float, high: float, per_near: float, per_far: float, focal: float, center: float, first: int, last: int
) -> tuple[int, int]:
    """The pixels first..last whose centres a box covers along one axis of the image."""
    left = center + focal * min(low * per_near, low * per_far) - MARGIN_PX
    right = center + focal * max(high * per_near, high * per_far) + MARGIN_PX
    left, right = max(left - 0.5, float(first)), min(right - 0.5, float(last))
    if left > right:
        return first, first - 1
    return math.ceil(left), math.floor(right)


@inlined
def _beside(low: float, high: float, far: float, focal: float, center: float, first: int, last: int) -> bool:
    """Whether a box that reaches behind the camera lies wholly on one side of the view, along one axis."""
    # Its corners nearest to the view: beyond the border at every depth from 0 to far, hence at both ends.
    before = high < 0.0 and focal * high + (center - first) * far < 0.0
    beyond = low > 0.0 and focal * low - (last + 1 - center) * far > 0.0
    return before or beyond


@inlined
def _interval(clusters: Clusters, cluster: int, projection: Projection, axis: int) -> tuple[float, float]:
    """The least and the greatest coordinate of a cluster's box along an axis of the camera frame."""
    body = clusters.bodies[cluster]
    middle, reach = projection.matrices[body, axis, 3], 0.0
    for i in range(3):
        middle += projection.matrices[body, axis, i] * clusters.centers[cluster, i]
        reach += abs(projection.matrices[body, axis, i]) * clusters.half_extents[cluster, i]
    return middle - reach, middle + reach


@inlined
def _find(clusters: Clusters, projection: Projection, band: Band, sight: Sight) -> int:
    """Fill in `found`, `highest` and `boxes`; returns how many clusters can be seen."""
    count = 0
    top, bottom = band.first_row, band.first_row + len(band.inverse_depth) - 1
    for cluster in range(len(clusters.centers)):
        low_z, high_z = _interval(clusters, cluster, projection, 2)
        if high_z < projection.near or low_z > projection.far:
            continue
        low_x, high_x = _interval(clusters, cluster, projection, 0)
        low_y, high_y = _interval(clusters, cluster, projection, 1)
        if low_z > projection.near:
            per_near, per_far = 1.0 / low_z, 1.0 / high_z
            left, right = _span(
                low_x, high_x, per_near, per_far, projection.focal_x, projection.center_x, 0, projection.width - 1
            )
            first, last = _span(low_y, high_y, per_near, per_far, projection.focal_y, projection.center_y, top, bottom)
            if left > right or first > last:
                continue
            sight.highest[cluster] = per_near
        else:
            if _beside(low_x, high_x, high_z, projection.focal_x, projection.center_x, 0, projection.width - 1):
                continue
            if _beside(low_y, high_y, high_z, projection.focal_y, projection.center_y, top, bottom):
                continue
            left, right, first, last = 0, projection.width - 1, top, bottom
            sight.highest[cluster] = 1.0 / projection.near
        sight.pixel_bounds[cluster, 0], sight.pixel_bounds[cluster, 1] = left, right
        sight.pixel_bounds[cluster, 2], sight.pixel_bounds[cluster, 3] = first, last
        sight.found[count] = cluster
        count += 1
    return count


@kernel
def order_visible(clusters: Clusters, projection: Projection, band: Band, sight: Sight) -> int:
    """Find the clusters that can cover a pixel of the band, and order them by their nearest point.

    The order of two clusters does not depend on the band. Returns how many there are.
    """
    count = _find(clusters, projection, band, sight)
    starts, bits = sight.starts, sight.highest.view(np.int32)
    starts[:] = 0
    for i in range(count):
        starts[ORDER_STEPS - (bits[sight.found[i]] >> ORDER_SHIFT)] += 1
    for step in range(ORDER_STEPS):
        starts[step + 1] += starts[step]
    for i in range(count):
        cluster = sight.found[i]
        step = ORDER_STEPS - 1 - (bits[cluster] >> ORDER_SHIFT)
        sight.order[starts[step]] = cluster
        starts[step] += 1
    return count
