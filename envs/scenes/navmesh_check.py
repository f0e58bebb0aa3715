"""Holds a scene's mesh against its navmesh: where people walk there must be a floor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.compiled import Compiler
from leo_agent.envs.navmesh.file_layout import NavMeshFile
from leo_agent.envs.rendering import Mesh
from leo_agent.envs.scenes.stage_files import SceneFiles
from leo_agent.envs.scenes.templates import orientation

Array = NDArray[Any]

# Recast lays a navmesh up to two cells of height (0.05 to 0.2 m) above the floor.
MAX_HEIGHT_M = 0.3
MIN_PART = 0.5
_NUM_POINTS = 512
_CELL_M = 0.5
# A floor rises by 60 degrees at most: scans have rough ones, navmeshes none above 45.
_MIN_UPWARDS = 0.5
_FRAMES = {
    "up +Y, front -Z": {"up": [0.0, 1.0, 0.0], "front": [0.0, 0.0, -1.0]},
    "up +Z, front +Y": {"up": [0.0, 0.0, 1.0], "front": [0.0, 1.0, 0.0]},
}
_compiler = Compiler(__file__)


def check_floor(files: SceneFiles, mesh: Mesh, navmesh: NavMeshFile) -> None:
    """Refuses a mesh that does not lie under most of the scene's navmesh, as one on its side does not.

    Raises:
        InputError: names the mesh's up axis, and the one with which it would fit.
    """
    if not navmesh.polygon_walkable.any():
        return
    points = _sample(navmesh)
    part = floor_part(mesh.vertices, mesh.faces, points)
    if part >= MIN_PART:
        return
    T_asset_world = np.linalg.inv(files.T_world_asset)
    scale = np.linalg.norm(files.T_world_asset, axis=1)
    fits = ""
    for name, frame in _FRAMES.items():
        T_world_turned = orientation(frame, name) * scale[:, None] @ T_asset_world
        other = floor_part((mesh.vertices @ T_world_turned.T).astype(np.float32), mesh.faces, points)
        if other >= MIN_PART:
            fits = f" ({name}: {other:.0%})"
    raise InputError(
        f"{files.render_asset}: found a floor within {MAX_HEIGHT_M} m of {part:.0%} of {files.navmesh}, expected most; "
        f"its up axis is taken as {_axis(files.T_world_asset[1])}, another is given by 'up' and 'front' in "
        f"{files.name}.stage_config.json beside it{fits}"
    )


def floor_part(vertices: Array, faces: Array, points: Array) -> float:
    """The part of `points` (N, 3) that has a face of a mesh right above or below it, nearer than `MAX_HEIGHT_M`."""
    low = points[:, [0, 2]].min(axis=0)
    cells = np.floor((points[:, [0, 2]] - low) / _CELL_M).astype(np.int64)
    columns, rows = cells.max(axis=0) + 1
    keys = cells[:, 0] * rows + cells[:, 1]
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], np.arange(columns * rows + 1))
    grid = np.array([*low, columns, rows], np.float64)
    return float(_supported(vertices, faces, np.ascontiguousarray(points[order], np.float64), starts, grid).mean())


def _sample(navmesh: NavMeshFile) -> Array:
    """Points (N, 3) spread evenly over the walkable area, the same ones each time."""
    walkable = np.repeat(navmesh.polygon_walkable, np.diff(navmesh.triangle_base))
    areas = np.where(walkable, navmesh.triangle_areas(), 0.0)
    ends = np.cumsum(areas)
    wanted = (np.arange(_NUM_POINTS) + 0.5) / _NUM_POINTS
    corners = navmesh.triangles[np.minimum(np.searchsorted(ends, wanted * ends[-1]), len(areas) - 1)].astype(np.float64)
    # Weights from the additive sequence of the plastic number, which fills the plane evenly (Roberts 2018, "R2").
    root = np.sqrt(np.arange(_NUM_POINTS) * 0.7548776662 % 1.0)[:, None]
    along = (np.arange(_NUM_POINTS) * 0.5698402910 % 1.0)[:, None]
    points: Array = (1 - root) * corners[:, 0] + root * ((1 - along) * corners[:, 1] + along * corners[:, 2])
    return points


def _axis(direction: Array) -> str:
    axis = int(np.abs(direction).argmax())
    return f"{'-' if direction[axis] < 0 else '+'}{'XYZ'[axis]}"


@_compiler.kernel
def _supported(vertices: Array, faces: Array, points: Array, starts: Array, grid: Array) -> Array:
    """Which points (N,) have a face near; those of a cell of the grid (x, z, columns, rows) stand together."""
    found = np.zeros(len(points), np.bool_)
    columns, rows = int(grid[2]), int(grid[3])
    for face in range(len(faces)):
        ax, ay, az = vertices[faces[face, 0], 0], vertices[faces[face, 0], 1], vertices[faces[face, 0], 2]
        bx, by, bz = vertices[faces[face, 1], 0], vertices[faces[face, 1], 1], vertices[faces[face, 1], 2]
        cx, cy, cz = vertices[faces[face, 2], 0], vertices[faces[face, 2], 1], vertices[faces[face, 2], 2]
        first = max(int(np.floor((min(ax, bx, cx) - grid[0]) / _CELL_M)), 0)
        last = min(int(np.floor((max(ax, bx, cx) - grid[0]) / _CELL_M)), columns - 1)
        low = max(int(np.floor((min(az, bz, cz) - grid[1]) / _CELL_M)), 0)
        high = min(int(np.floor((max(az, bz, cz) - grid[1]) / _CELL_M)), rows - 1)
        if first > last or low > high:
            continue
        ux, uy, uz = float(bx - ax), float(by - ay), float(bz - az)
        vx, vy, vz = float(cx - ax), float(cy - ay), float(cz - az)
        upwards, right, back = uz * vx - ux * vz, uy * vz - uz * vy, ux * vy - uy * vx
        if abs(upwards) < _MIN_UPWARDS * np.sqrt(upwards * upwards + right * right + back * back) or upwards == 0.0:
            continue
        for column in range(first, last + 1):
            for point in range(starts[column * rows + low], starts[column * rows + high + 1]):
                px, pz = points[point, 0] - ax, points[point, 2] - az
                along_v = (uz * px - ux * pz) / upwards
                along_u = (vx * pz - vz * px) / upwards
                if along_u < 0.0 or along_v < 0.0 or along_u + along_v > 1.0:
                    continue
                if abs(ay + along_u * uy + along_v * vy - points[point, 1]) <= MAX_HEIGHT_M:
                    found[point] = True
    return found
