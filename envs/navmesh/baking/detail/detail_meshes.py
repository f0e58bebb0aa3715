"""Gives every polygon its detail mesh: its corners and as many samples of the floor's height as it takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.detail.delaunay import triangulate_outline, triangulate_points
from leo_agent.envs.navmesh.baking.detail.height_patch import HeightPatch, filled_patch, height_at, thin_patch
from leo_agent.envs.navmesh.baking.detail.outline_samples import MOST_POINTS, Sampling, sample_outline
from leo_agent.envs.navmesh.baking.grid import CellSettings, Grid
from leo_agent.envs.navmesh.baking.integer_geometry import extent
from leo_agent.envs.navmesh.baking.polygons.polygon_mesh import PolygonMesh
from leo_agent.envs.navmesh.baking.voxels.floor import Floor
from leo_agent.envs.navmesh.compiled import inlined, kernel

_MOST_TRIANGLES = 255
_INSIDE_SLACK = np.float32(1e-4)
_INSIDE_SUM = np.float32(1) + _INSIDE_SLACK
_ON_EDGE_SQUARED = np.float32(0.001) * np.float32(0.001)
_LARGEST = np.finfo(np.float32).max


class DetailMesh(NamedTuple):
    """The height mesh of one polygon, world frame."""

    points: np.ndarray  # (K, 3) float32; the polygon's corners, then the samples
    triangles: np.ndarray  # (T, 3) int64 rows of points
    outer: np.ndarray  # (T, 3) bool: the edge from this corner to the next runs along the polygon's outline


def build_detail_meshes(
    floor: Floor, regions: np.ndarray, mesh: PolygonMesh, grid: Grid, cells: CellSettings, max_error: float
) -> list[DetailMesh]:
    """The detail meshes of all polygons. As in Recast points lie one cell height above the polygons' corners."""
    cell = np.array([grid.cell_size, grid.cell_height], np.float32)
    radius = max(1, int(np.ceil(max_error)))
    sampling = Sampling(cells.sample_distance_m, cells.sample_error_m, radius, cell)
    details = []
    for polygon, region in enumerate(mesh.regions.tolist()):
        ring = mesh.corners[mesh.polygons[polygon, : mesh.sizes[polygon]]]
        corners = ring.astype(np.float32) * cell[[0, 1, 0]]
        patch = thin_patch(floor, regions, region, ring)
        points, outline, samples = _sampled(corners, patch, sampling)
        if patch.missed[0]:
            points, outline, samples = _sampled(corners, filled_patch(patch, ring), sampling)
        points, triangles = _triangulated(points, outline, samples, len(corners), sampling.error)
        points += np.array([grid.lowest[0], grid.lowest[1] + grid.cell_height, grid.lowest[2]], np.float32)
        corners += grid.lowest
        details.append(DetailMesh(points, triangles, _outer_edges(points, triangles, corners)))
    return details


def _sampled(corners: np.ndarray, patch: HeightPatch, sampling: Sampling) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(points (K, 3) and rows of the outline (H,) as `sample_outline` has them; `_inner_samples` (S, 4))."""
    points, outline = sample_outline(corners, patch, sampling)
    if sampling.distance > 0 and _narrowest(corners) >= 2 * sampling.distance:
        return points, outline, _inner_samples(corners, patch, sampling)
    return points, outline, np.empty((0, 4), np.float32)


def _triangulated(
    points: np.ndarray, outline: np.ndarray, samples: np.ndarray, corner_count: int, error: np.float32
) -> tuple[np.ndarray, np.ndarray]:
    """(points (K, 3), triangles (T, 3)) over a polygon with the samples that it takes, in the frame of the grid."""
    triangles = triangulate_outline(points, outline, corner_count)
    # again and again the sample inside that the triangles miss most, until none is far off
    while len(points) < MOST_POINTS:
        worst = _worst_sample(samples, points, triangles, error)
        if worst < 0:
            break
        points = np.vstack([points, samples[worst, :3]])
        samples[worst, 3] = 0
        triangles = triangulate_points(points, outline)
    return points, triangles[:_MOST_TRIANGLES]


@inlined
def _squared_from_above(point: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.float32:
    """Squared distance from a point to a segment, in the XZ plane."""
    x, z = b[0] - a[0], b[2] - a[2]
    px, pz = point[0] - a[0], point[2] - a[2]
    squared = x * x + z * z
    share = x * px + z * pz
    if squared > 0:
        share /= squared
    share = min(max(share, np.float32(0)), np.float32(1))
    px, pz = a[0] + share * x - point[0], a[2] + share * z - point[2]
    off: np.float32 = px * px + pz * pz
    return off


@kernel
def _narrowest(corners: np.ndarray) -> np.float32:
    """The least width of a polygon, measured from each of its edges."""
    size = len(corners)
    narrowest = _LARGEST
    for row in range(size):
        following = (row + 1) % size
        widest = np.float32(0)
        for other in range(size):
            if other != row and other != following:
                widest = max(widest, _squared_from_above(corners[other], corners[row], corners[following]))
        narrowest = min(narrowest, widest)
    width: np.float32 = np.sqrt(narrowest)
    return width


@kernel
def _inner_samples(corners: np.ndarray, patch: HeightPatch, sampling: Sampling) -> np.ndarray:
    """Points (S, 4: x, y, z, 1 = not yet used) float32 on a square lattice well inside a polygon.

    They are shifted a little, as a lattice gives many triangulations that are equally good; by Recast's own shifts.
    """
    distance = sampling.distance
    low_x, high_x = extent(corners, len(corners), 0)
    low_y, high_y = extent(corners, len(corners), 1)
    low_z, high_z = extent(corners, len(corners), 2)
    first_x, end_x = int(np.floor(low_x / distance)), int(np.ceil(high_x / distance))
    first_z, end_z = int(np.floor(low_z / distance)), int(np.ceil(high_z / distance))
    samples = np.empty((max(end_x - first_x, 0) * max(end_z - first_z, 0), 4), np.float32)
    count = 0
    point = np.empty(3, np.float32)
    for row in range(first_z, end_z):
        for column in range(first_x, end_x):
            point[0] = np.float32(column) * distance
            point[1] = (high_y + low_y) * np.float32(0.5)
            point[2] = np.float32(row) * distance
            if _outside_by(corners, point) > -distance / np.float32(2):
                continue
            height = height_at(patch, point[0], point[1], point[2], sampling.cell, sampling.radius)
            samples[count, 0] = point[0] + _shift(count, 0xB343) * sampling.cell[0] * np.float32(0.1)
            samples[count, 1] = np.float32(height) * sampling.cell[1]
            samples[count, 2] = point[2] + _shift(count, 0x3841) * sampling.cell[0] * np.float32(0.1)
            samples[count, 3] = 1
            count += 1
    return samples[:count]


@inlined
def _shift(number: int, factor: int) -> np.float32:
    """A scattered value from -1 to 1."""
    return np.float32((number * factor) & 0xFFFF) / np.float32(65535) * np.float32(2) - np.float32(1)


@kernel
def _outside_by(corners: np.ndarray, point: np.ndarray) -> np.float32:
    """Squared distance in the XZ plane from a point to the polygon's outline, negative inside."""
    nearest = _LARGEST
    inside = False
    before = corners[len(corners) - 1]
    for row in range(len(corners)):
        here = corners[row]
        if (here[2] > point[2]) != (before[2] > point[2]):
            crossing = (before[0] - here[0]) * (point[2] - here[2]) / (before[2] - here[2]) + here[0]
            if point[0] < crossing:
                inside = not inside
        nearest = min(nearest, _squared_from_above(point, before, here))
        before = here
    return -nearest if inside else nearest


@kernel
def _worst_sample(samples: np.ndarray, points: np.ndarray, triangles: np.ndarray, error: np.float32) -> int:
    """The unused sample furthest above or below the triangles; -1 if none is more than `error` off."""
    worst, found = error, -1
    for sample in range(len(samples)):
        if samples[sample, 3] == 0:
            continue
        nearest = _LARGEST
        for triangle in range(len(triangles)):
            a, b, c = points[triangles[triangle, 0]], points[triangles[triangle, 1]], points[triangles[triangle, 2]]
            nearest = min(nearest, _above_triangle(samples[sample], a, b, c))
        if worst < nearest < _LARGEST:
            worst, found = nearest, sample
    return found


@inlined
def _above_triangle(point: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.float32:
    """Height of a point above or below a triangle, the largest number where it is beside it."""
    cx, cz, bx, bz = c[0] - a[0], c[2] - a[2], b[0] - a[0], b[2] - a[2]
    x, z = point[0] - a[0], point[2] - a[2]
    cc, cb, cp = cx * cx + cz * cz, cx * bx + cz * bz, cx * x + cz * z
    bb, bp = bx * bx + bz * bz, bx * x + bz * z
    scale = np.float32(1) / (cc * bb - cb * cb)
    u = (bb * cp - cb * bp) * scale
    v = (cc * bp - cb * cp) * scale
    if u >= -_INSIDE_SLACK and v >= -_INSIDE_SLACK and u + v <= _INSIDE_SUM:
        return abs(a[1] + (c[1] - a[1]) * u + (b[1] - a[1]) * v - point[1])
    return _LARGEST


@kernel
def _outer_edges(points: np.ndarray, triangles: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which edges of triangles (T, 3) run along the outline of the polygon."""
    outer = np.zeros(triangles.shape, np.bool_)
    for triangle in range(len(triangles)):
        for edge in range(3):
            a, b = points[triangles[triangle, edge]], points[triangles[triangle, (edge + 1) % 3]]
            before = corners[len(corners) - 1]
            for row in range(len(corners)):
                here = corners[row]
                a_near = _squared_from_above(a, before, here) < _ON_EDGE_SQUARED
                if a_near and _squared_from_above(b, before, here) < _ON_EDGE_SQUARED:
                    outer[triangle, edge] = True
                before = here
    return outer
