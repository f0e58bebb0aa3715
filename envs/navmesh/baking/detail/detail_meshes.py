"""Gives every polygon its detail mesh: its corners and as many samples of the floor's height as it takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leo_agent.envs.navmesh.baking.detail.delaunay import triangulate_outline, triangulate_points
from leo_agent.envs.navmesh.baking.detail.height_patch import HeightPatch, filled_patch, height_at, thin_patch
from leo_agent.envs.navmesh.baking.detail.outline_samples import MOST_POINTS, Sampling, sample_outline
from leo_agent.envs.navmesh.baking.grid import CellSettings, Grid
from leo_agent.envs.navmesh.baking.integer_geometry import copy_row, extent
from leo_agent.envs.navmesh.baking.polygons.polygon_mesh import PolygonMesh
from leo_agent.envs.navmesh.baking.voxels.floor import Floor
from leo_agent.envs.navmesh.compiled import inlined, kernel

_MOST_TRIANGLES = 255
_INSIDE_SLACK = np.float32(1e-4)
_INSIDE_SUM = np.float32(1) + _INSIDE_SLACK
_ON_EDGE_SQUARED = np.float32(0.001) * np.float32(0.001)
_LARGEST = np.finfo(np.float32).max


class DetailMeshes(NamedTuple):
    """The height meshes of P polygons, world frame, one behind the other."""

    points: np.ndarray  # (K, 3) float32; of each polygon its corners, then the samples
    point_counts: np.ndarray  # (P,) int64
    triangles: np.ndarray  # (T, 3) uint8 rows of the polygon's points
    triangle_counts: np.ndarray  # (P,) int64
    outer: np.ndarray  # (T, 3) bool: the edge from this corner to the next runs along the polygon's outline


def build_detail_meshes(
    floor: Floor, regions: np.ndarray, mesh: PolygonMesh, grid: Grid, cells: CellSettings, max_error: float
) -> DetailMeshes:
    """The detail meshes of all polygons. As in Recast points lie one cell height above the polygons' corners."""
    cell = np.array([grid.cell_size, grid.cell_height], np.float32)
    radius = max(1, int(np.ceil(max_error)))
    sampling = Sampling(cells.sample_distance_m, cells.sample_error_m, radius, cell)
    return _build_all(floor, regions, (mesh.corners, mesh.polygons, mesh.sizes, mesh.regions), sampling, grid.lowest)


@kernel
def _build_all(
    floor: Floor,
    regions: np.ndarray,
    mesh: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    sampling: Sampling,
    lowest: np.ndarray,
) -> DetailMeshes:
    """`build_detail_meshes` of a mesh's corners, polygons, sizes and regions."""
    all_corners, polygons, sizes, polygon_regions = mesh
    count = len(polygons)
    # Room for the most: memory that is not written is not taken from the system.
    all_points = np.empty((count * MOST_POINTS, 3), np.float32)
    all_triangles = np.empty((count * _MOST_TRIANGLES, 3), np.uint8)
    outer = np.empty((count * _MOST_TRIANGLES, 3), np.bool_)
    point_counts, triangle_counts = np.empty(count, np.int64), np.empty(count, np.int64)
    point_end, triangle_end = 0, 0
    for polygon in range(count):
        ring = np.empty((sizes[polygon], 3), np.int64)
        corners = np.empty((sizes[polygon], 3), np.float32)
        for row in range(len(ring)):
            copy_row(ring, row, all_corners, polygons[polygon, row])
            for i in range(3):
                corners[row, i] = np.float32(ring[row, i]) * sampling.cell[i % 2]
        patch = thin_patch(floor, regions, np.int64(polygon_regions[polygon]), ring)
        points, outline, samples = _sampled(corners, patch, sampling)
        if patch.missed[0]:
            points, outline, samples = _sampled(corners, filled_patch(patch, ring), sampling)
        points, triangles = _triangulated(points, outline, samples, len(corners), sampling.error)
        for i in range(3):
            points[:, i] += lowest[i] + sampling.cell[1] if i == 1 else lowest[i]
            corners[:, i] += lowest[i]
        _mark_outer_edges(points, triangles, corners, outer[triangle_end:])
        point_counts[polygon], triangle_counts[polygon] = len(points), len(triangles)
        for row in range(len(points)):
            copy_row(all_points, point_end + row, points, row)
        for row in range(len(triangles)):
            copy_row(all_triangles, triangle_end + row, triangles, row)
        point_end, triangle_end = point_end + len(points), triangle_end + len(triangles)
    points, triangles, outer = all_points[:point_end].copy(), all_triangles[:triangle_end].copy(), outer[:triangle_end]
    return DetailMeshes(points, point_counts, triangles, triangle_counts, outer.copy())


@kernel
def _sampled(corners: np.ndarray, patch: HeightPatch, sampling: Sampling) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(points (K, 3) and rows of the outline (H,) as `sample_outline` has them; `_inner_samples` (S, 4))."""
    points, outline = sample_outline(corners, patch, sampling)
    if sampling.distance > 0 and _narrowest(corners) >= 2 * sampling.distance:
        return points, outline, _inner_samples(corners, patch, sampling)
    return points, outline, np.empty((0, 4), np.float32)


@kernel
def _triangulated(
    outline_points: np.ndarray, outline: np.ndarray, samples: np.ndarray, corner_count: int, error: np.float32
) -> tuple[np.ndarray, np.ndarray]:
    """(points (K, 3), triangles (T, 3)) over a polygon with the samples that it takes, in the frame of the grid."""
    triangles = triangulate_outline(outline_points, outline, corner_count)
    points = np.empty((MOST_POINTS, 3), np.float32)
    count = len(outline_points)
    for row in range(count):
        copy_row(points, row, outline_points, row)
    # again and again the sample inside that the triangles miss most, until none is far off
    while count < MOST_POINTS:
        worst = _worst_sample(samples, points, triangles, error)
        if worst < 0:
            break
        copy_row(points, count, samples, worst)
        count += 1
        samples[worst, 3] = 0
        triangles = triangulate_points(points[:count], outline)
    return points[:count], triangles[:_MOST_TRIANGLES]


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
def _mark_outer_edges(points: np.ndarray, triangles: np.ndarray, corners: np.ndarray, outer: np.ndarray) -> None:
    """Note which edges of triangles (T, 3) run along the outline of the polygon."""
    on_edge = np.empty((len(points), len(corners)), np.bool_)
    for point in range(len(points)):
        before = len(corners) - 1
        for row in range(len(corners)):
            squared = _squared_from_above(points[point], corners[before], corners[row])
            on_edge[point, row] = squared < _ON_EDGE_SQUARED
            before = row
    for triangle in range(len(triangles)):
        for edge in range(3):
            a, b = triangles[triangle, edge], triangles[triangle, (edge + 1) % 3]
            along = False
            for row in range(len(corners)):
                along = along or (on_edge[a, row] and on_edge[b, row])
            outer[triangle, edge] = along
