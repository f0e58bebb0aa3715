"""Light of a house baked into vertex colours: daylight from windows, lamps, and the dark of corners.

Scenes are drawn without lights, so all that looks lit is in the colours. Each vertex gets an ambient part, less where
near surfaces close in on it (ambient occlusion), and the light of the windows and lamps that it sees. What stands
between is found by walking through a grid of cells that the triangles fill.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from leo_agent.envs.compiled import Compiler
from leo_agent.envs.procedural.houses.placement import PlacedPiece
from leo_agent.envs.procedural.houses.plan import FloorPlan, walls_of
from numpy.typing import NDArray

_compiler = Compiler(__file__)
_CELL_M = 0.07
_AMBIENT_REACH_M = 1.0
_AMBIENT_RAYS = 20
_LIGHT_REACH_M = 7.0
_DAYLIGHT, _LAMPLIGHT = (0.93, 0.98, 1.06), (1.08, 0.98, 0.82)
# Brightness (1 = white shown as white) of the ambient part for surfaces that face up, sideways and down.
_AMBIENT = (0.64, 0.60, 0.54)
_WINDOW_POWER, _LAMP_POWER = 1.3, 0.75  # brightness at 1 m, straight below or before, of 1 m² of window or one lamp


def bake_light(
    plan: FloorPlan,
    pieces: Sequence[PlacedPiece],
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    faces: NDArray[np.int64],
    glow: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """The light (V, 3) uint8 on vertices (V, 3) with normals; `glow` (V,) is the part that needs no light."""
    origin = vertices.min(axis=0) - _CELL_M
    shape = np.ceil((vertices.max(axis=0) - origin) / _CELL_M).astype(np.int64) + 2
    cells = np.zeros(tuple(shape), np.uint8)
    # Glowing things, as lampshades and panes, do not stand in their own light.
    solid = glow[faces[:, 0]] < 0.5
    _fill(vertices[faces[solid]], origin, _CELL_M, cells)
    light = np.empty((len(vertices), 3))
    reaches = np.array([_AMBIENT_REACH_M, _LIGHT_REACH_M])
    rays, sources = _hemisphere(_AMBIENT_RAYS), _sources(plan, pieces)
    _gather(vertices, normals, rays, sources, np.array(_AMBIENT), reaches, origin, _CELL_M, cells, light)
    # Bright light is compressed, so that a wall beside a window is not burnt out.
    light = np.where(light > 0.75, 0.75 + 0.25 * np.tanh((light - 0.75) / 0.25), light)
    light = light * (1.0 - glow[:, None]) + glow[:, None]
    return (np.clip(light, 0.06, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _sources(plan: FloorPlan, pieces: Sequence[PlacedPiece]) -> NDArray[np.float64]:
    """Windows and lamps (L, 10): point, direction (0 = to all sides), power, colour."""
    sources = []
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
def _fill(corners, origin, cell, cells):  # type: ignore[no-untyped-def]
    """Mark the cells (X, Y, Z) that triangles (F, 3, 3) pass through."""
    edges = np.empty((2, 3))
    for f in range(len(corners)):
        longest = 0.0
        for side in range(3):
            a, b = corners[f, side], corners[f, (side + 1) % 3]
            longest = max(longest, (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2 + (b[2] - a[2]) ** 2)
        steps = int(np.sqrt(longest) / (0.7 * cell)) + 1
        for axis in range(3):
            edges[0, axis] = (corners[f, 1, axis] - corners[f, 0, axis]) / (steps * cell)
            edges[1, axis] = (corners[f, 2, axis] - corners[f, 0, axis]) / (steps * cell)
        x = (corners[f, 0, 0] - origin[0]) / cell
        y = (corners[f, 0, 1] - origin[1]) / cell
        z = (corners[f, 0, 2] - origin[2]) / cell
        for i in range(steps + 1):
            for k in range(steps + 1 - i):
                cells[
                    int(x + i * edges[0, 0] + k * edges[1, 0]),
                    int(y + i * edges[0, 1] + k * edges[1, 1]),
                    int(z + i * edges[0, 2] + k * edges[1, 2]),
                ] = 1


@_compiler.kernel
def _clear(x, y, z, dx, dy, dz, reach, cells):  # type: ignore[no-untyped-def]
    """How far, at most `reach`, one sees from a point along a direction; all in cells.

    What is nearer than two cells is not looked at: beside an edge that is the other face of the thing itself.
    """
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
def _openness(x, y, z, nx, ny, nz, rays, reach, cells):  # type: ignore[no-untyped-def]
    """The mean over the rays about a normal of how far one sees, as a part of `reach`."""
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
        dx, dy, dz = tx * a + bx * b + nx * c, ty * a + by * b + ny * c, tz * a + bz * b + nz * c
        opened += min(_clear(x, y, z, dx, dy, dz, reach, cells) / reach, 1.0)
    return opened / len(rays)


@_compiler.kernel
def _gather(vertices, normals, rays, sources, ambient, reaches, origin, cell, cells, light):  # type: ignore[no-untyped-def]
    """Sum ambient light and that of all sources (L, 10: point, direction, power, colour) in sight for each vertex."""
    for index in range(len(vertices)):
        nx, ny, nz = normals[index, 0], normals[index, 1], normals[index, 2]
        # Looked at from a little before the surface, which fills cells itself.
        x = (vertices[index, 0] - origin[0]) / cell + 1.6 * nx
        y = (vertices[index, 1] - origin[1]) / cell + 1.6 * ny
        z = (vertices[index, 2] - origin[2]) / cell + 1.6 * nz
        opened = _openness(x, y, z, nx, ny, nz, rays, reaches[0] / cell, cells)
        base = ambient[1] + (ambient[0] - ambient[1]) * max(ny, 0.0) - (ambient[2] - ambient[1]) * min(ny, 0.0)
        light[index, :] = base * (0.45 + 0.55 * opened)
        for k in range(len(sources)):
            dx = (sources[k, 0] - origin[0]) / cell - x
            dy = (sources[k, 1] - origin[1]) / cell - y
            dz = (sources[k, 2] - origin[2]) / cell - z
            away = np.sqrt(dx * dx + dy * dy + dz * dz)
            if away * cell > reaches[1] or away < 1e-6:
                continue
            dx, dy, dz = dx / away, dy / away, dz / away
            # Light wraps a little around edges, which stands for what walls throw back.
            facing = 0.15 + 0.85 * (nx * dx + ny * dy + nz * dz)
            sent = 1.0
            if sources[k, 3] ** 2 + sources[k, 5] ** 2 > 0.5:
                sent = -(dx * sources[k, 3] + dy * sources[k, 4] + dz * sources[k, 5])
            if facing <= 0.0 or sent <= 0.0:
                continue
            amount = sources[k, 6] * facing * sent / (0.6 + (away * cell) ** 2)
            if amount > 0.004 and _clear(x, y, z, dx, dy, dz, away - 2.0, cells) >= away - 2.0:
                for c in range(3):
                    light[index, c] += amount * sources[k, 7 + c]
