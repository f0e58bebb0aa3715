"""Soft shapes: upholstery with rounded edges, pillows, leaves and cloth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.envs.procedural.houses.shapes.material import Material
from leo_agent.envs.procedural.houses.shapes.model import Model, Range, rotation_x, rotation_y
from leo_agent.envs.procedural.houses.shapes.solids import Point, box

Corner = NDArray[np.float64]


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
    """A box whose edges are rounded off, for upholstery, mattresses and ceramics.

    Thin ones stay plain boxes, and only edges of 6 cm or more are rounded by two faces, the others by one.
    """
    low, high = np.array([x[0], y[0], z[0]]), np.array([x[1], y[1], z[1]])
    limit = min(radius, float((high - low).min()) * 0.49)
    if limit < 0.018:
        box(model, material, x, y, z)
    elif limit < 0.06:
        _chamfered(model, material, low, high, limit)
    else:
        _rounded(model, material, low, high, limit)


def _rounded(model: Model, material: Material, low: Corner, high: Corner, limit: float) -> None:
    """A box with edges of two faces: a grid on each side, whose outer rows are drawn onto the rounding."""
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


def _chamfered(model: Model, material: Material, low: Corner, high: Corner, limit: float) -> None:
    """A box with edges of one face, over which the normals turn so that they look round."""
    # Signs of the eight corners; on_side[k] is a corner moved in on the two axes other than k.
    signs = np.array([(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)])
    inner = np.where(signs > 0, high - limit, low + limit)
    on_side = [np.where(np.arange(3) == axis, np.where(signs > 0, high, low), inner) for axis in range(3)]
    # The box's sides, its edges and its corners as faces: lists of (corner, side) in some order around each.
    patches: list[list[tuple[int, int]]] = []
    for axis in range(3):
        for sign in (-1, 1):
            own = [int(c) for c in np.flatnonzero(signs[:, axis] == sign)]
            patches.append([(own[0], axis), (own[1], axis), (own[3], axis), (own[2], axis)])
        a, b = (axis + 1) % 3, (axis + 2) % 3
        for sign_a in (-1, 1):
            for sign_b in (-1, 1):
                one, two = (int(c) for c in np.flatnonzero((signs[:, a] == sign_a) & (signs[:, b] == sign_b)))
                patches.append([(one, a), (two, a), (two, b), (one, b)])
    patches += [[(corner, 0), (corner, 1), (corner, 2)] for corner in range(8)]
    # Each face is turned so that its front is outside; normals are those of the sides, so that edges look round.
    middle = (low + high) / 2.0
    parts: list[tuple[Corner, ...]] = []
    for patch in patches:
        points = np.array([on_side[side][corner] for corner, side in patch])
        normals = np.array([signs[corner] * (np.arange(3) == side) for corner, side in patch], np.float64)
        across = np.cross(points[1] - points[0], points[2] - points[0])
        if across @ (points[0] - middle) < 0.0:
            points, normals = points[::-1], normals[::-1]
        flat = int(np.abs(across).argmax())
        texcoords = points[:, [0 if flat == 2 else 2, 0 if flat == 1 else 1]]
        first = sum(len(part[0]) for part in parts)
        faces = np.array([(first, first + k, first + k + 1) for k in range(1, len(points) - 1)])
        parts.append((points, faces, texcoords, normals))
    model.add_faces(material, *(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


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


@dataclass(frozen=True)
class LeafShape:
    """How a leaf grows."""

    rise: float  # angle above the horizontal at its base, radians
    length: float  # metres
    width: float  # metres
    droop: float  # angle by which it bends down to its tip, radians


def leaf(model: Model, material: Material, base: Point, yaw: float, shape: LeafShape) -> None:
    """A leaf that grows from `base` towards the yaw (radians); small ones have fewer faces."""
    large = min(shape.width, 0.25 * shape.length) > 0.05
    widths = np.array([0.18, 0.95, 0.85, 0.04] if large else [0.2, 1.0, 0.04])
    rows = len(widths)
    angle = shape.rise - shape.droop * np.linspace(0.0, 1.0, rows)
    step = shape.length / (rows - 1)
    out = np.concatenate([[0.0], np.cumsum(np.cos(angle[:-1]) * step)])
    up = np.concatenate([[0.0], np.cumsum(np.sin(angle[:-1]) * step)])
    half = shape.width / 2.0 * widths
    # Both halves of large ones fold up a little along the middle vein.
    sides = (1.0, 0.0, -1.0) if large else (1.0, -1.0)
    points = np.empty((rows, len(sides), 3))
    for column, side in enumerate(sides):
        points[:, column] = np.column_stack([side * half, up + abs(side) * half * 0.25, out])
    turn = rotation_y(yaw)
    sheet(model, material, points[::-1] @ turn.T + np.array(base), once=True)


@dataclass(frozen=True)
class Pleats:
    """How a hanging cloth is folded."""

    waves: int  # number of folds
    depth: float  # amplitude, metres
    gathered: float = 1.0  # width at the bottom over that at the top


def pleated(model: Model, material: Material, x: Range, y: Range, z: float, pleats: Pleats) -> None:
    """A hanging cloth with vertical folds that faces +z."""
    columns, gathered = 4 * pleats.waves + 1, pleats.gathered
    across = np.linspace(-1.0, 1.0, columns)
    fold = pleats.depth * np.sin(np.linspace(0.0, 2.0 * math.pi * pleats.waves, columns))
    middle, half = (x[0] + x[1]) / 2.0, (x[1] - x[0]) / 2.0
    shares = (0.0, 1.0) if gathered == 1.0 else (0.0, 0.5, 1.0)
    points = np.empty((len(shares), columns, 3))
    for row, share in enumerate(shares):
        points[row, :, 0] = middle + across * half * (1.0 + (gathered - 1.0) * share)
        points[row, :, 1] = y[1] + (y[0] - y[1]) * share
        points[row, :, 2] = z + fold * (0.5 + 0.5 * share)
    sheet(model, material, points)
