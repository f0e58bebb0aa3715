"""Triangle meshes from primitives: boxes, surfaces of revolution, tapered tubes, prisms."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

MeshArrays = tuple[NDArray[np.float32], NDArray[np.int32]]


def box_mesh(half_extents: ArrayLike, center: ArrayLike = (0.0, 0.0, 0.0)) -> MeshArrays:
    """A box of twelve triangles: vertices (8, 3) float32 metres, faces (12, 3) int32, outward."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    vertices = corners * np.asarray(half_extents) + np.asarray(center)
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = [triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))]
    return vertices.astype(np.float32), np.array(faces, np.int32)


def lathe_mesh(profile: NDArray[np.float64], segments: int = 24) -> MeshArrays:
    """The surface that a profile of K points (radius, height) sweeps about the z axis.

    Points of radius 0 become a single vertex. Returns vertices (V, 3) float32 and faces (F, 3) int32; outward if the
    profile runs counter-clockwise in the (radius, height) plane.
    """
    angles = 2 * np.pi * np.arange(segments) / segments
    rings: list[NDArray[np.int64]] = []
    vertices: list[NDArray[np.float64]] = []
    for radius, height in profile:
        count = 1 if radius == 0 else segments
        start = sum(len(part) for part in vertices)
        turn = angles[:count]
        ring = np.stack([radius * np.cos(turn), radius * np.sin(turn), np.full(count, height)], axis=1)
        vertices.append(ring)
        rings.append(start + np.arange(segments) % count)
    faces: list[tuple[int, int, int]] = []
    for low, high in pairwise(rings):
        for k in range(segments):
            a, b = int(low[k]), int(low[(k + 1) % segments])
            c, d = int(high[k]), int(high[(k + 1) % segments])
            faces += [triangle for triangle in ((a, b, d), (a, d, c)) if len(set(triangle)) == 3]
    return np.concatenate(vertices).astype(np.float32), np.array(faces, np.int32)


def tube_mesh(
    start: ArrayLike, end: ArrayLike, radius_start: float, radius_end: float, segments: int = 20
) -> MeshArrays:
    """A closed tapered tube between two points, metres."""
    origin, tip = np.asarray(start, np.float64), np.asarray(end, np.float64)
    length = float(np.linalg.norm(tip - origin))
    profile = np.array([(0, 0), (radius_start, 0), (radius_end, length), (0, length)])
    vertices, faces = lathe_mesh(profile, segments)
    axis = (tip - origin) / length
    helper = np.array([1.0, 0, 0]) if abs(axis[0]) < 0.9 else np.array([0, 1.0, 0])
    side = np.cross(helper, axis)
    side /= np.linalg.norm(side)
    basis = np.stack([side, np.cross(axis, side), axis], axis=1)
    return (vertices @ basis.T + origin).astype(np.float32), faces


def prism_mesh(outline: NDArray[np.float64], half_height: float, hole: NDArray[np.float64] | None = None) -> MeshArrays:
    """An upright prism, as much above z = 0 as below, metres.

    `outline` (K, 2) runs counter-clockwise and can be seen whole from the mean of its points, or from that of `hole`,
    an inner outline of K points in the same order, which is left open.
    """
    count = len(outline)
    inner = outline.mean(axis=0, keepdims=True) if hole is None else hole
    flat = np.concatenate([outline, inner])
    top, bottom = (np.column_stack([flat, np.full(len(flat), z)]) for z in (half_height, -half_height))
    faces: list[tuple[int, int, int]] = []
    below = len(flat)
    for k in range(count):
        a, b = k, (k + 1) % count
        c, d = (count, count) if hole is None else (count + a, count + b)
        faces += [(a, b, d), (below + b, below + a, below + d), (below + a, below + b, b), (below + a, b, a)]
        if hole is not None:
            faces += [(a, d, c), (below + a, below + c, below + d), (d, below + d, below + c), (d, below + c, c)]
    return np.concatenate([top, bottom]).astype(np.float32), np.array(faces, np.int32)


def joined_meshes(meshes: Sequence[MeshArrays]) -> MeshArrays:
    """Several meshes as one, in their order."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in meshes[:-1])])
    faces = [each + start for (_, each), start in zip(meshes, starts, strict=True)]
    return np.concatenate([vertices for vertices, _ in meshes]), np.concatenate(faces).astype(np.int32)
