"""Light of a house baked into vertex colours: daylight from windows, lamps, and the dark of corners.

Scenes are drawn without lights, so all that looks lit is in the colours. Each vertex gets an ambient part, less where
near surfaces close in on it (ambient occlusion), and the light of the windows and lamps that it sees. What stands
between is found by walking through a grid of cells that the triangles fill.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.compiled import Compiler
from leo_agent.envs.procedural.houses.placement import PlacedPiece
from leo_agent.envs.procedural.houses.plan import FloorPlan, walls_of

_Vector = tuple[float, float, float]
_compiler = Compiler(__file__)
_CELL_M = 0.07
_AMBIENT_REACH_M = 1.0  # how far ambient occlusion looks
_AMBIENT_RAYS = 20
_LIGHT_REACH_M = 7.0  # how far a window or lamp shines
_DAYLIGHT, _LAMPLIGHT = (0.93, 0.98, 1.06), (1.08, 0.98, 0.82)
# Brightness (1 = white shown as white) of the ambient part for surfaces that face up, sideways and down.
_AMBIENT_UP, _AMBIENT_SIDEWAYS, _AMBIENT_DOWN = 0.64, 0.60, 0.54
_WINDOW_POWER, _LAMP_POWER = 1.3, 0.75  # brightness at 1 m, straight below or before, of 1 m² of window or one lamp
_DIRECTION, _POWER, _COLOR = 3, 6, 7  # first columns in a row of sources, behind the point


def bake_light(
    plan: FloorPlan,
    pieces: Sequence[PlacedPiece],
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    faces: NDArray[np.int64],
    glow: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """The light on the vertices of a house.

    Args:
        plan: where the windows are.
        pieces: the furniture, of which lamps give light.
        vertices: (V, 3) world frame, metres.
        normals: (V, 3) unit vectors.
        faces: (F, 3) vertex numbers.
        glow: (V,) share of the colour that shows without any light.

    Returns:
        (V, 3) RGB.
    """
    origin = vertices.min(axis=0) - _CELL_M
    shape = np.ceil((vertices.max(axis=0) - origin) / _CELL_M).astype(np.int64) + 2
    cells = np.zeros(tuple(shape), np.uint8)
    # Glowing things, as lampshades and panes, do not stand in their own light.
    solid = glow[faces[:, 0]] < 0.5
    _fill(vertices[faces[solid]], origin, cells)
    light = np.empty((len(vertices), 3))
    _gather(vertices, normals, _hemisphere(_AMBIENT_RAYS), _sources(plan, pieces), origin, cells, light)
    # Bright light is compressed, so that a wall beside a window is not burnt out.
    light = np.where(light > 0.75, 0.75 + 0.25 * np.tanh((light - 0.75) / 0.25), light)
    light = light * (1.0 - glow[:, None]) + glow[:, None]
    return (np.clip(light, 0.06, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _sources(plan: FloorPlan, pieces: Sequence[PlacedPiece]) -> NDArray[np.float64]:
    """Windows and lamps (L, 10): point, direction (0 = to all sides), power, colour."""
    sources = []
    # Four points before each window stand for its area.
    for room in plan.rooms:
        for wall in walls_of(plan, room):
            for hole in wall.holes:
                if hole.opening.kind != "window":
                    continue
                width, height = hole.end - hole.start, hole.opening.top - hole.opening.bottom
                normal = (np.sin(wall.yaw), 0.0, np.cos(wall.yaw))
                for share, level in ((0.25, 0.3), (0.75, 0.3), (0.25, 0.75), (0.75, 0.75)):
                    x, z = wall.point(hole.start + share * width, 0.06)
                    point = (x, hole.opening.bottom + level * height, z)
                    sources.append((*point, *normal, _WINDOW_POWER * width * height / 4.0, *_DAYLIGHT))
    # Lamps shine from below their shade where they hang, else from near their top.
    for piece in pieces:
        if piece.category == "lighting":
            low, high = piece.model.bounds
            middle, hanging = (low + high) / 2.0, low[1] > 1.6
            y = low[1] - 0.12 if hanging else high[1] - 0.08
            power = _LAMP_POWER if hanging else 0.12 * _LAMP_POWER
            sources.append((middle[0], y, middle[2], 0.0, 0.0, 0.0, power, *_LAMPLIGHT))
    return np.array(sources, np.float64).reshape(-1, 10)


def _hemisphere(count: int) -> NDArray[np.float64]:
    """Directions (count, 3) about +z, denser towards it as the cosine law asks (a spiral)."""
    index = (np.arange(count) + 0.5) / count
    angle = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    radius = np.sqrt(index)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.sqrt(1.0 - index)])


@_compiler.kernel
def _fill(corners: NDArray[np.float64], origin: NDArray[np.float64], cells: NDArray[np.uint8]) -> None:
    """Marks the cells (X, Y, Z) that triangles (F, 3, 3) pass through."""
    edges = np.empty((2, 3))
    for f in range(len(corners)):
        # Two edges of the triangle in steps of less than a cell.
        longest = 0.0
        for side in range(3):
            a, b = corners[f, side], corners[f, (side + 1) % 3]
            longest = max(longest, (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2 + (b[2] - a[2]) ** 2)
        steps = int(np.sqrt(longest) / (0.7 * _CELL_M)) + 1
        for axis in range(3):
            edges[0, axis] = (corners[f, 1, axis] - corners[f, 0, axis]) / (steps * _CELL_M)
            edges[1, axis] = (corners[f, 2, axis] - corners[f, 0, axis]) / (steps * _CELL_M)
        # The cell of each point of the grid that they span.
        x = (corners[f, 0, 0] - origin[0]) / _CELL_M
        y = (corners[f, 0, 1] - origin[1]) / _CELL_M
        z = (corners[f, 0, 2] - origin[2]) / _CELL_M
        for i in range(steps + 1):
            for k in range(steps + 1 - i):
                cells[
                    int(x + i * edges[0, 0] + k * edges[1, 0]),
                    int(y + i * edges[0, 1] + k * edges[1, 1]),
                    int(z + i * edges[0, 2] + k * edges[1, 2]),
                ] = 1


@_compiler.kernel
def _clear(point: _Vector, direction: _Vector, reach: float, cells: NDArray[np.uint8]) -> float:
    """How far, at most `reach`, one sees from a point along a direction; all in cells.

    What is nearer than two cells is not looked at: beside an edge that is the other face of the thing itself.
    """
    (x, y, z), (dx, dy, dz) = point, direction
    away = 2.0
    while away < reach:
        i, j, k = int(x + dx * away), int(y + dy * away), int(z + dz * away)
        if i < 0 or j < 0 or k < 0 or i >= cells.shape[0] or j >= cells.shape[1] or k >= cells.shape[2]:
            return reach
        if cells[i, j, k]:
            return away
        away += 0.8
    return reach


@_compiler.kernel
def _openness(
    point: _Vector, normal: _Vector, rays: NDArray[np.float64], reach: float, cells: NDArray[np.uint8]
) -> float:
    """The mean over the rays about a normal of how far one sees, as a share of `reach` (in cells)."""
    # Two directions across the normal.
    nx, ny, nz = normal
    if abs(ny) < 0.9:
        length = np.sqrt(nx * nx + nz * nz)
        tx, ty, tz = nz / length, 0.0, -nx / length
    else:
        length = np.sqrt(1.0 - nx * nx)
        tx, ty, tz = (1.0 - nx * nx) / length, -nx * ny / length, -nx * nz / length
    bx, by, bz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
    opened = 0.0
    for r in range(len(rays)):
        a, b, c = rays[r, 0], rays[r, 1], rays[r, 2]
        direction = (tx * a + bx * b + nx * c, ty * a + by * b + ny * c, tz * a + bz * b + nz * c)
        opened += min(_clear(point, direction, reach, cells) / reach, 1.0)
    return opened / len(rays)


@_compiler.kernel
def _gather(
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    rays: NDArray[np.float64],
    sources: NDArray[np.float64],
    origin: NDArray[np.float64],
    cells: NDArray[np.uint8],
    light: NDArray[np.float64],
) -> None:
    """Sums ambient light and that of all sources in sight for each vertex into `light` (V, 3)."""
    for index in range(len(vertices)):
        nx, ny, nz = normals[index, 0], normals[index, 1], normals[index, 2]
        # Looked at from a little before the surface, which fills cells itself.
        x = (vertices[index, 0] - origin[0]) / _CELL_M + 1.6 * nx
        y = (vertices[index, 1] - origin[1]) / _CELL_M + 1.6 * ny
        z = (vertices[index, 2] - origin[2]) / _CELL_M + 1.6 * nz
        # Ambient light, by where the surface faces and how much closes in on it.
        opened = _openness((x, y, z), (nx, ny, nz), rays, _AMBIENT_REACH_M / _CELL_M, cells)
        upwards, downwards = max(ny, 0.0), min(ny, 0.0)
        ambient = _AMBIENT_SIDEWAYS + (_AMBIENT_UP - _AMBIENT_SIDEWAYS) * upwards
        ambient -= (_AMBIENT_DOWN - _AMBIENT_SIDEWAYS) * downwards
        light[index, :] = ambient * (0.45 + 0.55 * opened)
        # Windows and lamps, in cells from here.
        for k in range(len(sources)):
            dx = (sources[k, 0] - origin[0]) / _CELL_M - x
            dy = (sources[k, 1] - origin[1]) / _CELL_M - y
            dz = (sources[k, 2] - origin[2]) / _CELL_M - z
            away = np.sqrt(dx * dx + dy * dy + dz * dz)
            if away * _CELL_M > _LIGHT_REACH_M or away < 1e-6:
                continue
            dx, dy, dz = dx / away, dy / away, dz / away
            # Light wraps a little around edges, which stands for what walls throw back.
            facing = 0.15 + 0.85 * (nx * dx + ny * dy + nz * dz)
            # A window sends light by the cosine of the angle to its normal, a lamp to all sides alike.
            sent = 1.0
            if sources[k, _DIRECTION] ** 2 + sources[k, _DIRECTION + 2] ** 2 > 0.5:
                sent = -(
                    dx * sources[k, _DIRECTION] + dy * sources[k, _DIRECTION + 1] + dz * sources[k, _DIRECTION + 2]
                )
            if facing <= 0.0 or sent <= 0.0:
                continue
            amount = sources[k, _POWER] * facing * sent / (0.6 + (away * _CELL_M) ** 2)
            if amount > 0.004 and _clear((x, y, z), (dx, dy, dz), away - 2.0, cells) >= away - 2.0:
                for c in range(3):
                    light[index, c] += amount * sources[k, _COLOR + c]
