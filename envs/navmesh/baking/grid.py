"""The grid that a scene is baked on: its cells, and the settings in cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from leo_agent.contract.checks import check_number
from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh.compiled import kernel
from leo_agent.envs.navmesh.file_layout import NavMeshSettings

MAX_COLUMNS = 1 << 24  # a square of 205 m in cells of 5 cm; a larger scene is rather one in other units
MAX_SPAN_CELLS = (1 << 13) - 1  # highest cell of a column, as in Recast


class Grid(NamedTuple):
    """Columns of cells over the ground: `width` along x, `depth` along z; column (x, z) is number x + z * width."""

    lowest: np.ndarray  # (3,) float32 lowest corner of the scene, metres
    highest: np.ndarray  # (3,) float32 highest corner of the scene, metres
    width: int
    depth: int
    cell_size: np.float32  # metres along x and z
    cell_height: np.float32  # metres along y


@dataclass(frozen=True)
class CellSettings:
    """The settings as habitat-sim rounds them: lengths in cells, areas in columns."""

    agent_height: int  # rounded up
    agent_climb: int  # rounded down
    agent_radius: int  # rounded up
    edge_length: int  # the longest edge along a wall; 0 = any
    region_area: int  # smaller regions are dropped
    merged_area: int  # regions up to this are joined to a neighbour
    corners: int  # most corners of a polygon
    sample_distance_m: np.float32  # between the samples of height; 0 = none
    sample_error_m: np.float32


def cell_settings(settings: NavMeshSettings) -> CellSettings:
    """Round settings to cells (habitat-sim, PathFinder::build).

    Raises:
        InputError: a setting is out of its range.
    """
    _check(settings)
    cell, height = np.float32(settings.cell_size), np.float32(settings.cell_height)
    sampled = settings.detail_sample_dist >= 0.9
    return CellSettings(
        agent_height=math.ceil(np.float32(settings.agent_height) / height),
        agent_climb=math.floor(np.float32(settings.agent_max_climb) / height),
        agent_radius=math.ceil(np.float32(settings.agent_radius) / cell),
        edge_length=int(np.float32(settings.edge_max_len) / cell),
        region_area=int(settings.region_min_size**2),
        merged_area=int(settings.region_merge_size**2),
        corners=int(settings.verts_per_poly),
        sample_distance_m=cell * np.float32(settings.detail_sample_dist) if sampled else np.float32(0),
        sample_error_m=height * np.float32(settings.detail_sample_max_error),
    )


def _check(settings: NavMeshSettings) -> None:
    ranges = {
        "cell_size": (1e-3, 10.0), "cell_height": (1e-3, 10.0), "agent_height": (0.0, 100.0),
        "agent_radius": (0.0, 100.0), "agent_max_climb": (0.0, 100.0), "agent_max_slope_deg": (0.0, 90.0),
        "region_min_size": (0.0, 1e4), "region_merge_size": (0.0, 1e4), "edge_max_len": (0.0, 1e4),
        "edge_max_error": (0.0, 1e3), "verts_per_poly": (3.0, 6.0), "detail_sample_dist": (0.0, 1e4),
        "detail_sample_max_error": (0.0, 1e4),
    }  # fmt: skip
    for name, (least, most) in ranges.items():
        check_number(f"navmesh settings: {name}", getattr(settings, name), least, most)


@kernel
def _bounds(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(lowest, highest) coordinates of vertices (V, 3): numpy takes 70 ns a vertex to reduce along so short rows."""
    lowest, highest = vertices[0].copy(), vertices[0].copy()
    for row in range(1, len(vertices)):
        for axis in range(3):
            lowest[axis] = min(lowest[axis], vertices[row, axis])
            highest[axis] = max(highest[axis], vertices[row, axis])
    return lowest, highest


def make_grid(vertices: np.ndarray, settings: NavMeshSettings) -> Grid:
    """The grid over the bounds of vertices (V, 3) float32.

    Raises:
        InputError: it would have too many columns, or too high ones.
    """
    lowest, highest = _bounds(vertices)
    cell = np.float32(settings.cell_size)
    width, depth = (int((highest[axis] - lowest[axis]) / cell + np.float32(0.5)) for axis in (0, 2))
    if width * depth > MAX_COLUMNS or highest[1] - lowest[1] > MAX_SPAN_CELLS * settings.cell_height:
        size = " x ".join(f"{length:.4g}" for length in highest - lowest)
        raise InputError(
            f"navmesh: found a scene of {size} m in cells of {cell:g} m; expected at most {MAX_COLUMNS} columns and "
            f"{MAX_SPAN_CELLS} cells of height: is it in metres? a larger cell_size would do, too"
        )
    return Grid(lowest, highest, width, depth, cell, np.float32(settings.cell_height))
