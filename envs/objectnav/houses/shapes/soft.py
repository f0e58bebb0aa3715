"""Soft shapes: upholstery with rounded edges, pillows, leaves and cloth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from envs.objectnav.houses.shapes.material import Material
from envs.objectnav.houses.shapes.model import Model, Range, rotation_x, rotation_y
from envs.objectnav.houses.shapes.solids import Point, box


def _grid_faces(rows: int, columns: int) -> NDArray[np.int64]:
    """Triangles of a grid of rows x columns vertices, front where rows go down and columns go right."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    return np.concatenate([np.stack([a, d, c], -1).reshape(-1, 3), np.stack([a, c, b], -1).reshape(-1, 3)])


def sheet(model: Model, material: Material, grid: ArrayLike, once: bool = False) -> None:
    """A bent sheet through a grid of points (R, C, 3), rows from its top down, columns to the right.

    Its texture is laid out in metres along the first row and column, or shown `once`.
    """
    points = np.asarray(grid, np.float64)
    rows, columns = points.shape[:2]
    if once:
        down, right = np.linspace(0.0, material.tile_m, rows), np.linspace(0.0, material.tile_m, columns)
    else:
        down = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points[:, 0], axis=0), axis=1))])
        right = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points[0], axis=0), axis=1))])
    texcoords = np.stack(np.broadcast_arrays(right[None, :], down[:, None]), axis=-1)
    model.add_faces(material, points.reshape(-1, 3), _grid_faces(rows, columns), texcoords.reshape(-1, 2))


def soft_box(model: Model, material: Material, x: Range, y: Range, z: Range, radius: float = 0.05) -> None:
    """A box whose edges are rounded off, for upholstery, mattresses and ceramics; thin ones stay plain boxes."""
    low, high = np.array([x[0], y[0], z[0]]), np.array([x[1], y[1], z[1]])
    limit = min(radius, float((high - low).min()) * 0.49)
    if limit < 0.018:
        box(model, material, x, y, z)
        return
    inner_low, inner_high = low + limit, high - limit
    for axis in range(3):
        for sign in (-1.0, 1.0):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            # The order of the two directions keeps the front outside.
            first, second = (u, v) if sign > 0 else (v, u)
            steps_first = np.array([low[first], inner_low[first], inner_high[first], high[first]])
            steps_second = np.array([low[second], inner_low[second], inner_high[second], high[second]])
            points = np.empty((4, 4, 3))
            points[..., axis] = high[axis] if sign > 0 else low[axis]
            points[..., first] = steps_first[:, None]
            points[..., second] = steps_second[None, :]
            inside = np.clip(points, inner_low, inner_high)
            outward = points - inside
            outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
            rounded = (inside + limit * outward).reshape(-1, 3)
            texcoords = np.stack([points[..., second], points[..., first]], axis=-1).reshape(-1, 2)
            model.add_faces(material, rounded, _grid_faces(4, 4), texcoords, outward.reshape(-1, 3))


def pillow(
    model: Model,
    material: Material,
    size: tuple[float, float, float],
    center: Point,
    yaw: float = 0.0,
    pitch: float = 0.0,
) -> None:
    """A stuffed cushion of width x, height y and thickness z, thick in the middle and with pinched corners."""
    steps = np.array([-1.0, -0.68, 0.0, 0.68, 1.0])
    u, v = np.meshgrid(steps, -steps)
    bulge = ((1.0 - u**4) * (1.0 - v**4)) ** 0.6
    # Seams between the corners are drawn in by the filling.
    across, along = u * (1.0 - 0.07 * (1.0 - v**2)), v * (1.0 - 0.07 * (1.0 - u**2))
    rotation = rotation_y(yaw) @ rotation_x(pitch)
    for sign in (1.0, -1.0):
        points = np.stack([sign * across, along, sign * bulge], axis=-1) * (np.array(size) / 2.0)
        sheet(model, material, points @ rotation.T + np.array(center))


def leaf(
    model: Model, material: Material, base: Point, yaw: float, rise: float, length: float, width: float, droop: float
) -> None:
    """A leaf that grows from `base` towards the yaw, rises by an angle (radians) and bends down by `droop` to its tip.

    Small ones have fewer faces.
    """
    shape = np.array([0.18, 0.85, 1.0, 0.7, 0.04] if min(width, 0.25 * length) > 0.05 else [0.2, 1.0, 0.04])
    rows = len(shape)
    along = np.linspace(0.0, 1.0, rows)
    angle = rise - droop * along
    step = length / (rows - 1)
    out = np.concatenate([[0.0], np.cumsum(np.cos(angle[:-1]) * step)])
    up = np.concatenate([[0.0], np.cumsum(np.sin(angle[:-1]) * step)])
    half = width / 2.0 * shape
    points = np.empty((rows, 3, 3))
    for column, side in enumerate((1.0, 0.0, -1.0)):
        # Both halves fold up a little along the middle vein.
        points[:, column] = np.column_stack([side * half, up + abs(side) * half * 0.25, out])
    turn = rotation_y(yaw)
    sheet(model, material, points[::-1] @ turn.T + np.array(base), once=True)


def pleated(
    model: Model, material: Material, x: Range, y: Range, z: float, waves: int, depth: float, gathered: float = 1.0
) -> None:
    """A hanging cloth with vertical folds that faces +z; `gathered` is its width at the bottom over that at the top."""
    columns = 4 * waves + 1
    across = np.linspace(-1.0, 1.0, columns)
    fold = depth * np.sin(np.linspace(0.0, 2.0 * math.pi * waves, columns))
    middle, half = (x[0] + x[1]) / 2.0, (x[1] - x[0]) / 2.0
    points = np.empty((3, columns, 3))
    for row, share in enumerate((0.0, 0.5, 1.0)):
        points[row, :, 0] = middle + across * half * (1.0 + (gathered - 1.0) * share)
        points[row, :, 1] = y[1] + (y[0] - y[1]) * share
        points[row, :, 2] = z + fold * (0.5 + 0.5 * share)
    sheet(model, material, points)
