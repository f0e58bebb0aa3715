"""Bakes a navigation mesh from a scene's triangles, with the steps and settings of habitat-sim (Recast)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh.baking.bounding_tree import build_tree
from leo_agent.envs.navmesh.baking.detail.detail_meshes import DetailMeshes, build_detail_meshes
from leo_agent.envs.navmesh.baking.grid import CellSettings, Grid, cell_settings, make_grid
from leo_agent.envs.navmesh.baking.polygons.contours import find_contours
from leo_agent.envs.navmesh.baking.polygons.holes import join_holes
from leo_agent.envs.navmesh.baking.polygons.polygon_mesh import PolygonMesh, build_polygons
from leo_agent.envs.navmesh.baking.regions.region_map import find_regions
from leo_agent.envs.navmesh.baking.voxels.floor import Floor, build_floor, erode, filter_spans
from leo_agent.envs.navmesh.baking.voxels.solid_spans import fill_spans
from leo_agent.envs.navmesh.file_layout import MAX_COORDINATE_M, MIN_POLYGON_AREA_M2, NavMeshFile, NavMeshSettings

OBJECTNAV_SETTINGS = NavMeshSettings(agent_height=0.88, agent_radius=0.18)  # habitat-lab's ObjectNav agent


def compute_navmesh(
    vertices: ArrayLike,
    faces: ArrayLike,
    settings: NavMeshSettings = OBJECTNAV_SETTINGS,
    tell: Callable[[str], None] = lambda stage: None,
) -> NavMeshFile:
    """The navigation mesh of a scene, by the steps of Recast 1.6.0 as habitat-sim 0.3.4 calls them, in one tile.

    Args:
        vertices: (V, 3) float32 metres, world frame (+Y up).
        faces: (F, 3) int32 rows of vertices, counter-clockwise seen from the side that can be walked on. The caller
            chooses them by `settings.include_static_objects`.
        settings: of the agent and of the precision.
        tell: called with what begins.

    Raises:
        InputError: the geometry is empty, not finite or far too large, a setting is out of its range, or there is no
            place to stand.
    """
    points, rows = _checked_geometry(np.asarray(vertices), np.asarray(faces))
    cells = cell_settings(settings)
    grid = make_grid(points, settings)
    # 1. and 2. Where an agent can be.
    tell("voxels, 1 of 5")
    floor = _find_floor(grid, points, rows, cells, settings)
    # 3. Regions: a watershed of the distance to walls (rcBuildDistanceField, rcBuildRegions).
    tell("regions, 2 of 5")
    regions = find_regions(floor, cells)
    # 4. Contours: simplified outlines of the regions, their holes cut open (rcBuildContours).
    tell("outlines, 3 of 5")
    contours = join_holes(find_contours(floor, regions, settings.edge_max_error, cells))
    # 5. Polygons: convex ones that share corners (rcBuildPolyMesh).
    tell("polygons, 4 of 5")
    mesh = build_polygons(contours, cells.corners)
    if not len(mesh.polygons):
        raise InputError(
            f"navmesh: found no floor for an agent {settings.agent_height:g} m high and {settings.agent_radius:g} m in "
            f"radius among {len(rows)} triangles; expected some (is +Y up, are faces counter-clockwise, units metres?)"
        )
    # 6. Detail: each polygon's surface follows the heights of the floor (rcBuildPolyMeshDetail).
    tell("heights, 5 of 5")
    details = build_detail_meshes(floor, regions, mesh, grid, cells, settings.edge_max_error)
    # 7. The tile, with its tree of bounding volumes (dtCreateNavMeshData).
    return _assemble(mesh, details, grid, cells, settings)


def _find_floor(
    grid: Grid, points: np.ndarray, rows: np.ndarray, cells: CellSettings, settings: NavMeshSettings
) -> Floor:
    """Where an agent can be. What is solid is let go of, as on a large floor it is as much as the floor itself."""
    # 1. Voxels: every triangle fills the cells it touches (rcRasterizeTriangles).
    spans = fill_spans(grid, points, rows, settings.agent_max_slope_deg, cells.agent_climb)
    # 2. Floor: tops where the agent's body fits (rcFilter*, rcBuildCompactHeightfield), away from walls
    #    (rcErodeWalkableArea).
    spans = filter_spans(spans, grid, cells, settings)
    return erode(build_floor(spans, grid, cells), cells.agent_radius)


def _checked_geometry(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if vertices.ndim != 2 or vertices.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
        raise InputError(f"navmesh: found vertices {vertices.shape}, faces {faces.shape}; expected (V, 3) and (F, 3)")
    if not len(vertices) or not len(faces):
        raise InputError(f"navmesh: found {len(vertices)} vertices, {len(faces)} faces; expected a scene's triangles")
    points = np.ascontiguousarray(vertices, np.float32)
    if not (points.min() > -MAX_COORDINATE_M and points.max() < MAX_COORDINATE_M):  # NaN compares false
        raise InputError("navmesh: found a vertex that is not finite or beyond 1000 km; expected metres")
    if not np.issubdtype(faces.dtype, np.integer) or faces.min() < 0 or faces.max() >= len(vertices):
        raise InputError(f"navmesh: found a face of no vertex; expected rows of the {len(vertices)} vertices")
    return points, faces.astype(np.int64)


def _assemble(
    mesh: PolygonMesh, details: DetailMeshes, grid: Grid, cells: CellSettings, settings: NavMeshSettings
) -> NavMeshFile:
    """Put all parts in the form of a file, in metres."""
    scale = np.array([grid.cell_size, grid.cell_height, grid.cell_size], np.float32)
    # The bounds reach one agent's height above the scene, as habitat-sim sets them.
    room = np.array([0, np.float32(cells.agent_height) * grid.cell_height, 0], np.float32)
    bounds = np.stack([grid.lowest, grid.highest + room])
    starts = np.cumsum(details.point_counts) - details.point_counts
    extra_counts = details.point_counts - mesh.sizes
    rows = np.arange(len(details.points)) - np.repeat(starts + mesh.sizes, details.point_counts)
    quantisation = np.float32(1) / grid.cell_size
    lowest, highest = (
        ((end.reduceat(details.points, starts) - grid.lowest) * quantisation).astype(np.int32)
        for end in (np.minimum, np.maximum)
    )
    bv_bounds, bv_index = build_tree(np.clip(lowest, 0, 0xFFFF), np.clip(highest, 0, 0xFFFF))
    file = NavMeshFile(
        settings=settings,
        origin=bounds[0],
        tile_size=(bounds[1] - bounds[0])[[0, 2]],
        bounds=bounds,
        walkable_climb=np.float32(settings.agent_max_climb),
        vertices=grid.lowest + mesh.corners.astype(np.float32) * scale,
        polygon_vertices=np.maximum(mesh.polygons, 0),
        polygon_neighbours=mesh.neighbours,
        polygon_sizes=mesh.sizes,
        polygon_walkable=np.ones(len(mesh.polygons), np.bool_),
        detail_vertices=details.points[rows >= 0],
        detail_base=np.cumsum(extra_counts) - extra_counts,
        detail_sizes=extra_counts.astype(np.uint8),
        triangle_base=np.concatenate([[0], np.cumsum(details.triangle_counts)]).astype(np.int32),
        triangle_corners=details.triangles,
        triangle_outer=details.outer,
        bv_bounds=bv_bounds,
        bv_index=bv_index,
        bv_quantisation=quantisation,
    )
    file.polygon_walkable[file.polygon_areas() < MIN_POLYGON_AREA_M2] = False
    return file
