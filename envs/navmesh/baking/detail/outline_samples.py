"""Samples of the floor's height along the outline of a polygon: as many as the error asks for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.detail.height_patch import HeightPatch, height_at
from leo_agent.envs.navmesh.baking.integer_geometry import copy_row
from leo_agent.envs.navmesh.compiled import inlined, kernel

MOST_POINTS = 127  # of a detail mesh
_MOST_EDGE_STEPS = 31


class Sampling(NamedTuple):
    """How finely heights are sampled; metres."""

    distance: np.float32
    error: np.float32
    radius: int  # cells around a point in which its height is looked for
    cell: np.ndarray  # (2,) float32 cell size and height


@kernel
def sample_outline(corners: np.ndarray, patch: HeightPatch, sampling: Sampling) -> tuple[np.ndarray, np.ndarray]:
    """(points (K, 3): the corners, then samples on the edges; their rows in the order of the outline (H,))."""
    points = np.empty((MOST_POINTS, 3), np.float32)
    outline = np.empty(MOST_POINTS, np.int64)
    size = len(corners)
    for row in range(size):
        copy_row(points, row, corners, row)
    count, around = size, 0
    for row in range(size):
        before = (row - 1) % size
        outline[around] = before
        around += 1
        if sampling.distance > 0:
            more = _sample_edge(corners, before, row, patch, sampling, points, count)
            for point in range(count, count + more):
                outline[around] = point
                around += 1
            count += more
    return points[:count].copy(), outline[:around].copy()


@kernel
def _sample_edge(
    corners: np.ndarray, start: int, end: int, patch: HeightPatch, sampling: Sampling, points: np.ndarray, count: int
) -> int:
    """Append to points the samples that an edge needs, from start to end; how many."""
    a, b = corners[start], corners[end]
    # both polygons at an edge must choose alike, so it always runs the same way
    swapped = a[2] > b[2] if abs(a[0] - b[0]) < np.float32(1e-6) else a[0] > b[0]
    if swapped:
        a, b = b, a
    dx, dy, dz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    steps = 1 + int(np.floor(np.sqrt(dx * dx + dz * dz) / sampling.distance))
    steps = min(steps, _MOST_EDGE_STEPS)
    if count + steps >= MOST_POINTS:
        steps = MOST_POINTS - 1 - count
    if steps < 1:
        return 0
    line = np.empty((steps + 1, 3), np.float32)
    for step in range(steps + 1):
        share = np.float32(step) / np.float32(steps)
        x, y, z = a[0] + dx * share, a[1] + dy * share, a[2] + dz * share
        height = height_at(patch, x, y, z, sampling.cell, sampling.radius)
        line[step, 0], line[step, 1], line[step, 2] = x, np.float32(height) * sampling.cell[1], z
    kept = _needed(line, sampling.error)
    more = len(kept) - 2
    for row in range(more):
        copy_row(points, count + row, line, kept[more - row if swapped else row + 1])
    return more


@kernel
def _needed(line: np.ndarray, error: np.float32) -> np.ndarray:
    """Rows of a line of points (S, 3) within `error` of which all others lie (Douglas and Peucker 1973)."""
    kept = np.empty(len(line), np.int64)
    kept[0], kept[1] = 0, len(line) - 1
    size, at = 2, 0
    while at < size - 1:
        a, b = line[kept[at]], line[kept[at + 1]]
        worst, found = np.float32(0), -1
        for row in range(kept[at] + 1, kept[at + 1]):
            squared = _squared_to_line(line[row], a, b)
            if squared > worst:
                worst, found = squared, row
        if found < 0 or worst <= error * error:
            at += 1
            continue
        for position in range(size, at + 1, -1):
            kept[position] = kept[position - 1]
        kept[at + 1] = found
        size += 1
    return kept[:size].copy()


@inlined
def _squared_to_line(point: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.float32:
    """Squared distance from a point to a segment, in space."""
    x, y, z = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    px, py, pz = point[0] - a[0], point[1] - a[1], point[2] - a[2]
    squared = x * x + y * y + z * z
    share = x * px + y * py + z * pz
    if squared > 0:
        share /= squared
    share = min(max(share, np.float32(0)), np.float32(1))
    px, py, pz = a[0] + share * x - point[0], a[1] + share * y - point[1], a[2] + share * z - point[2]
    off: np.float32 = px * px + py * py + pz * pz
    return off
