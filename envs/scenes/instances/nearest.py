"""The nearest triangle to each of many points, by a hashed grid of cells: compiled kernels and their driver."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.compiled import Compiler

Array = NDArray[Any]

_compiler = Compiler(__file__)
# Cells are about as large as the triangles, within these bounds (metres), and larger if that takes too many entries.
_CELL_BOUNDS = 0.02, 0.5
_ENTRIES_A_FACE = 24
# A face in more cells than that is kept aside and looked at for every point, as long as there are few such faces.
_MOST_CELLS = 1 << 15
_MOST_LARGE = 64


def nearest_faces(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], points: NDArray[np.floating], limit: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The face nearest to each point, found in a hashed grid of cells (Teschner et al. 2003).

    Args:
        vertices: (V, 3).
        faces: (F, 3) rows of vertices.
        points: (N, 3).
        limit: metres; a face farther away counts as none.

    Returns:
        Rows of faces (N,), -1 without one, and barycentric weights (N, 3) of the nearest point of that face.
    """
    corners = np.ascontiguousarray(np.asarray(vertices, np.float64)[faces])
    if len(corners) == 0:
        return np.full(len(points), -1), np.zeros((len(points), 3))
    low, high = corners.min(axis=1), corners.max(axis=1)
    cell = float(np.clip(1.5 * np.median((high - low).max(axis=1)), *_CELL_BOUNDS))
    while True:
        first, last = np.floor(low / cell), np.floor(high / cell)
        entries = np.prod(last - first + 1.0, axis=1)
        large = entries > _MOST_CELLS
        total = float(entries[~large].sum())
        if total <= max(_ENTRIES_A_FACE * len(faces), 1 << 20) and large.sum() <= _MOST_LARGE:
            break
        cell *= 1.5
    slots = 1 << max(10, int(np.ceil(np.log2(total + 1.0))))
    small = np.flatnonzero(~large)
    starts, members = _fill(first[small].astype(np.int64), last[small].astype(np.int64), small, slots)
    everywhere = np.flatnonzero(large)
    return _search(corners, starts, members, everywhere, np.ascontiguousarray(points, np.float64), cell, limit)


@_compiler.kernel
def _slot(x: int, y: int, z: int, slots: int) -> int:
    """The slot of a cell in a table of `slots` (a power of two); cells that share one only cost time."""
    mixed = x * 73856093 ^ y * 19349663 ^ z * 83492791
    return (mixed ^ (mixed >> 17)) & (slots - 1)


@_compiler.kernel
def _fill(first: Array, last: Array, names: Array, slots: int) -> tuple[Array, Array]:
    """The faces that touch a slot: members[starts[slot]:starts[slot + 1]]; names[i] is in cells first[i] to last[i]."""
    starts = np.zeros(slots + 1, np.int64)
    for face in range(len(first)):
        for x in range(first[face, 0], last[face, 0] + 1):
            for y in range(first[face, 1], last[face, 1] + 1):
                for z in range(first[face, 2], last[face, 2] + 1):
                    starts[_slot(x, y, z, slots) + 1] += 1
    for slot in range(slots):
        starts[slot + 1] += starts[slot]
    members = np.empty(starts[slots], np.int32)
    filled = starts[:-1].copy()
    for face in range(len(first)):
        for x in range(first[face, 0], last[face, 0] + 1):
            for y in range(first[face, 1], last[face, 1] + 1):
                for z in range(first[face, 2], last[face, 2] + 1):
                    slot = _slot(x, y, z, slots)
                    members[filled[slot]] = names[face]
                    filled[slot] += 1
    return starts, members


@_compiler.kernel
def _search(
    corners: Array,
    starts: Array,
    members: Array,
    everywhere: Array,
    points: Array,
    cell: float,
    limit: float,
) -> tuple[Array, Array]:
    slots = len(starts) - 1
    rows = np.full(len(points), -1, np.int64)
    weights = np.zeros((len(points), 3))
    for number in range(len(points)):
        best = limit * limit
        for face in everywhere:
            best = _consider(corners, face, points, number, best, rows, weights)
        x, y, z = points[number, 0], points[number, 1], points[number, 2]
        center_x, center_y, center_z = int(np.floor(x / cell)), int(np.floor(y / cell)), int(np.floor(z / cell))
        ring = 0
        # When ring r is done, all faces nearer than r cells have been seen.
        while ring == 0 or (ring - 1) * cell < np.sqrt(best):
            for right in range(-ring, ring + 1):
                gap_x = _gap(x, center_x + right, cell)
                for up in range(-ring, ring + 1):
                    gap_xy = gap_x + _gap(y, center_y + up, cell)
                    inside = abs(right) < ring and abs(up) < ring
                    for back in range(-ring, ring + 1, 2 * ring if inside else 1):
                        if gap_xy + _gap(z, center_z + back, cell) > best:
                            continue
                        slot = _slot(center_x + right, center_y + up, center_z + back, slots)
                        for entry in range(starts[slot], starts[slot + 1]):
                            best = _consider(corners, members[entry], points, number, best, rows, weights)
            ring += 1
    return rows, weights


@_compiler.kernel
def _consider(
    corners: Array,
    face: int,
    points: Array,
    number: int,
    best: float,
    rows: Array,
    weights: Array,
) -> float:
    """Take `face` for a point if it is nearer than `best` (squared metres), and return the squared distance to beat.

    Of equally near faces the first one of the file wins, whatever the order of the cells.
    """
    v, w, squared = _closest(corners[face], points[number])
    if squared < best or (squared == best and (rows[number] < 0 or face < rows[number])):
        rows[number] = face
        weights[number, 0], weights[number, 1], weights[number, 2] = 1.0 - v - w, v, w
        return squared
    return best


@_compiler.inlined
def _gap(coordinate: float, index: int, cell: float) -> float:
    """Squared distance along one axis from a point to cell `index`."""
    gap = max(index * cell - coordinate, coordinate - (index + 1) * cell, 0.0)
    return gap * gap


@_compiler.inlined
def _dot(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> float:
    return ax * bx + ay * by + az * bz


@_compiler.kernel
def _part(a: float, b: float) -> float:
    """The part of `a` in a + b, in [0, 1]; 0 for nothing of nothing (edges without length)."""
    return a / (a + b) if a + b > 0.0 else 0.0


@_compiler.kernel
def _closest(corners: Array, point: Array) -> tuple[float, float, float]:
    """Weights of corners b and c of the point of a triangle (3, 3) nearest to `point`, and the squared distance.

    By the region of the triangle's plane that the point projects to: corner, edge or inside (Ericson, Real-Time
    Collision Detection, 2004, section 5.1.5).
    """
    ax, ay, az = corners[0, 0], corners[0, 1], corners[0, 2]
    bx, by, bz = corners[1, 0] - ax, corners[1, 1] - ay, corners[1, 2] - az
    cx, cy, cz = corners[2, 0] - ax, corners[2, 1] - ay, corners[2, 2] - az
    px, py, pz = point[0] - ax, point[1] - ay, point[2] - az
    d1, d2 = _dot(bx, by, bz, px, py, pz), _dot(cx, cy, cz, px, py, pz)
    d3 = _dot(bx, by, bz, px - bx, py - by, pz - bz)
    d4 = _dot(cx, cy, cz, px - bx, py - by, pz - bz)
    d5 = _dot(bx, by, bz, px - cx, py - cy, pz - cz)
    d6 = _dot(cx, cy, cz, px - cx, py - cy, pz - cz)
    area_c, area_b, area_a = d1 * d4 - d3 * d2, d5 * d2 - d1 * d6, d3 * d6 - d5 * d4
    v, w = 0.0, 0.0
    if d1 <= 0.0 and d2 <= 0.0:
        v = 0.0
    elif d3 >= 0.0 and d4 <= d3:
        v = 1.0
    elif area_c <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
        v = _part(d1, -d3)
    elif d6 >= 0.0 and d5 <= d6:
        w = 1.0
    elif area_b <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
        w = _part(d2, -d6)
    elif area_a <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
        w = _part(d4 - d3, d5 - d6)
        v = 1.0 - w
    else:
        v = _part(area_b, area_a + area_c)
        w = _part(area_c, area_a + area_b)
    px, py, pz = px - v * bx - w * cx, py - v * by - w * cy, pz - v * bz - w * cz
    return v, w, _dot(px, py, pz, px, py, pz)
