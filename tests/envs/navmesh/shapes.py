"""Larger floors than those of the recorded houses: triangles made by rule, for the bytes that Recast makes of them."""

from __future__ import annotations

import numpy as np

Geometry = tuple[np.ndarray, np.ndarray]  # vertices (V, 3) float32, faces (F, 3) int32


def flat(width_m: float, depth_m: float, corner_m: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Geometry:
    """Two triangles."""
    vertices = np.float32([[0, 0, 0], [0, 0, depth_m], [width_m, 0, depth_m], [width_m, 0, 0]])
    return vertices + np.float32(corner_m), np.int32([[0, 1, 2], [0, 2, 3]])


def boxes(lows: np.ndarray, highs: np.ndarray) -> Geometry:
    """Closed boxes (B, 3) whose faces look outwards."""
    ends = np.stack([lows, highs])
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    vertices = np.stack([ends[corners[:, axis], :, axis] for axis in range(3)], axis=-1).swapaxes(0, 1)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))])
    rows = faces + 8 * np.arange(len(lows))[:, None, None]
    return vertices.reshape(-1, 3).astype(np.float32), rows.reshape(-1, 3).astype(np.int32)


def storeys(side_m: float, count: int, obstacles: int) -> Geometry:
    """Floors one above the other, with boxes anywhere."""
    rng = np.random.default_rng(0)
    tops = 2.6 * np.arange(count)[:, None]
    floors_low = np.hstack([np.zeros((count, 1)), tops - 0.1, np.zeros((count, 1))])
    floors_high = np.hstack([np.full((count, 1), side_m), tops, np.full((count, 1), side_m)])
    low = rng.uniform((0, 0, 0), (side_m, 2.6 * count - 2, side_m), (obstacles, 3))
    high = low + rng.uniform(0.05, 3, (obstacles, 3))
    return boxes(np.concatenate([floors_low, low]), np.concatenate([floors_high, high]))


def winding_corridor(side_m: float) -> Geometry:
    """A corridor back and forth over a square, in one piece: its outline is longer than Recast walks."""
    walls = np.arange(int(side_m / 1.3))
    starts = 1.0 + 1.3 * walls
    near = np.where(walls % 2 == 1, 1.2, 0.0)
    far = np.where(walls % 2 == 1, side_m, side_m - 1.2)
    low = np.stack([starts, np.zeros(len(walls)), near], axis=1)
    high = np.stack([starts + 0.3, np.full(len(walls), 2.0), far], axis=1)
    return boxes(np.vstack([[0, -0.1, 0], low]), np.vstack([[side_m, 0, side_m], high]))


def bumpy(side_m: float, step_m: float, height_m: float) -> Geometry:
    """A grid of heights at random."""
    rng = np.random.default_rng(1)
    x, z = np.meshgrid(np.arange(0, side_m, step_m), np.arange(0, side_m, step_m), indexing="ij")
    vertices = np.stack([x, rng.uniform(0, height_m, x.shape), z], axis=-1).reshape(-1, 3)
    rows = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (part.ravel() for part in (rows[:-1, :-1], rows[:-1, 1:], rows[1:, 1:], rows[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return vertices.astype(np.float32), faces.astype(np.int32)
