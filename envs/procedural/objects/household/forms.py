"""Primitive solids: boxes, slabs, turned and lofted bodies, ellipsoids, rods, bent tubes and extruded outlines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.envs.procedural.objects.household.solid import Color, Solid, closed_solid
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh, lathe_mesh, tube_mesh

Point = tuple[float, float, float]
Outline = Sequence[tuple[float, float]]


def box(x: float, y: float, z: float, color: Color) -> Solid:
    """A box of these sides that stands on the origin."""
    vertices, faces = box_mesh((x / 2, y / 2, z / 2), (0, 0, z / 2))
    return closed_solid(vertices, faces, color)


def slab(x: float, y: float, z: float, color: Color, corner: float = 0.5, bevel: float = 0.15) -> Solid:
    """A flat box that stands on the origin, its upright edges rounded by `corner`, the level ones cut by `bevel`."""
    flat = rounded_rectangle(x, y, corner)
    inner = rounded_rectangle(x - 2 * bevel, y - 2 * bevel, max(corner - bevel, 0.01))
    levels = ((inner, 0.0), (flat, bevel), (flat, z - bevel), (inner, z))
    return loft([level(outline, height) for outline, height in levels], color)


def rounded_rectangle(x: float, y: float, radius: float, steps: int = 3) -> NDArray[np.float64]:
    """Outline (4 * (steps + 1), 2), counter-clockwise, centred."""
    angles = np.linspace(0, math.pi / 2, steps + 1)
    corners = []
    for k, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        turn = angles + k * math.pi / 2
        middle = np.array([sx * (x / 2 - radius), sy * (y / 2 - radius)])
        corners.append(middle + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return np.concatenate(corners)


def level(outline: NDArray[np.float64], z: float, x: float = 0.0) -> NDArray[np.float64]:
    """An outline (K, 2) as a ring (K, 3) at height z, moved by x."""
    return np.column_stack([outline[:, 0] + x, outline[:, 1], np.full(len(outline), z)])


def circle(radius: float, segments: int = 16, radius_y: float | None = None) -> NDArray[np.float64]:
    """Outline (segments, 2) of a circle, or of an ellipse with another radius along y."""
    angles = 2 * math.pi * np.arange(segments) / segments
    other = radius if radius_y is None else radius_y
    return np.stack([radius * np.cos(angles), other * np.sin(angles)], axis=1)


def lathe(profile: Outline, colors: Color | Sequence[Color], segments: int = 16) -> Solid:
    """What a profile of (radius, height) sweeps about z; one colour, or one for each stretch between two points."""
    points = np.array(profile, np.float64)
    vertices, faces = lathe_mesh(points, segments)
    per_stretch = np.broadcast_to(np.array(colors, np.uint8), (len(points) - 1, 3))
    counts = [segments * (int(low > 0) + int(high > 0)) for low, high in pairwise(points[:, 0])]
    return closed_solid(vertices, faces, np.repeat(per_stretch, counts, axis=0))


def laid(profile: Outline, colors: Color | Sequence[Color], segments: int = 16) -> Solid:
    """A turned body lying along x on one of its facets, leaning as its profile makes it, its foot at -x."""
    points = np.array(profile, np.float64)[:, ::-1]  # along the axis, radius
    middle = (points[:, 0].min() + points[:, 0].max()) / 2
    slope = 0.0
    for first in points[points[:, 0] < middle]:
        for second in points[points[:, 0] > middle]:
            rise = (second[1] - first[1]) / (second[0] - first[0])
            if np.all(points[:, 1] - first[1] <= rise * (points[:, 0] - first[0]) + 1e-9):
                slope = rise
    lean_deg = math.degrees(math.atan(slope * math.cos(math.pi / segments)))
    return lathe(profile, colors, segments).turned("z", 180 / segments).turned("y", 90 - lean_deg).on_table()


def ellipsoid(x: float, y: float, z: float, color: Color, segments: int = 12) -> Solid:
    """Half axes x, y, z about the origin."""
    angles = np.linspace(-math.pi / 2, math.pi / 2, segments // 2 + 1)[1:-1]
    profile = [(0.0, -1.0), *((math.cos(a), math.sin(a)) for a in angles), (0.0, 1.0)]
    return lathe(profile, color, segments).stretched(x, y, z)


def rod(start: Point, end: Point, radius: float, color: Color, radius_end: float | None = None) -> Solid:
    """A round bar between two points, tapered if its radius at the end differs."""
    vertices, faces = tube_mesh(start, end, radius, radius if radius_end is None else radius_end, segments=10)
    return closed_solid(vertices, faces, color)


def loft(rings: Sequence[ArrayLike], colors: Color | Sequence[Color]) -> Solid:
    """The skin over closed rings of equally many points (K, 3), and lids; one colour, or one for each stretch."""
    points = np.array(rings, np.float64)
    count, around = points.shape[:2]
    index = np.arange(count * around).reshape(count, around)
    a, b, c, d = index[:-1], np.roll(index[:-1], -1, 1), np.roll(index[1:], -1, 1), index[1:]
    walls = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], axis=2).reshape(-1, 3)
    lids, middles = [], []
    for row, (ring, step) in enumerate(((index[0], 1), (index[-1], -1))):
        other = np.roll(ring, step)
        lids.append(np.stack([ring, other, np.full(around, count * around + row)], axis=1))
        middles.append(points.reshape(-1, 3)[ring].mean(axis=0))
    per_stretch = np.broadcast_to(np.array(colors, np.uint8), (count - 1, 3))
    painted = np.repeat(
        np.concatenate([per_stretch, per_stretch[:1], per_stretch[-1:]]),
        [2 * around] * (count - 1) + [around] * 2,
        axis=0,
    )
    return closed_solid(np.concatenate([points.reshape(-1, 3), middles]), np.concatenate([walls, *lids]), painted)


def tube(
    points: Sequence[Point], radius: float | Sequence[float], color: Color, sides: int = 8, flat: float = 1.0
) -> Solid:
    """A bent bar along a chain of points, one radius or one a point; `flat` scales its thickness towards z."""
    path = np.array(points, np.float64)
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    radii = np.broadcast_to(np.array(radius, np.float64), len(path))
    angles = 2 * math.pi * np.arange(sides) / sides
    helper = np.array([0.0, 0.0, 1.0]) if np.abs(tangents[:, 2]).max() < 0.9 else np.array([0.05, 1.0, 0.02])
    rings = []
    for point, tangent, size in zip(path, tangents, radii, strict=True):
        side = np.cross(helper, tangent)
        side /= np.linalg.norm(side)
        up = np.cross(tangent, side)
        ring = np.outer(np.cos(angles), side) + flat * np.outer(np.sin(angles), up)
        rings.append(point + size * ring)
    return loft(rings, color)


def ring(radius: float, thickness: float, color: Color, segments: int = 20, sides: int = 8) -> Solid:
    """A torus that lies in the plane z = 0; `thickness` is the radius of its bar."""
    angles = np.linspace(0, 2 * math.pi, sides + 1)
    profile = [(radius + thickness * math.cos(a), thickness * math.sin(a)) for a in angles]
    return lathe(profile, color, segments)


def arc(radius: float, start_deg: float, end_deg: float, steps: int = 8) -> list[Point]:
    """Points on a circle about the origin in the plane z = 0."""
    angles = np.radians(np.linspace(start_deg, end_deg, steps + 1))
    return [(radius * math.cos(a), radius * math.sin(a), 0.0) for a in angles]


def extruded(outline: Outline | NDArray[np.float64], height: float, color: Color, rim: Color | None = None) -> Solid:
    """A simple outline (x, y) of any form, raised from z = 0 to `height`; its wall may have another colour."""
    flat = np.array(outline, np.float64)
    count = len(flat)
    low, high = (np.column_stack([flat, np.full(count, z)]) for z in (0.0, height))
    top = np.array(_ears(flat))
    following = np.roll(np.arange(count), -1)
    here = np.arange(count)
    walls = np.concatenate(
        [
            np.stack([here, following, following + count], 1),
            np.stack([here, following + count, here + count], 1),
        ]
    )
    if _area(flat) < 0:
        walls = walls[:, ::-1]
    faces = np.concatenate([top + count, top[:, ::-1], walls])
    colors = np.array([color] * (2 * len(top)) + [rim or color] * len(walls), np.uint8)
    return closed_solid(np.concatenate([low, high]), faces, colors)


def _area(flat: NDArray[np.float64]) -> float:
    x, y = flat.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _ears(flat: NDArray[np.float64]) -> list[tuple[int, int, int]]:
    """Triangles, counter-clockwise, of a simple polygon, by cutting off its ears one by one."""
    left = list(range(len(flat))) if _area(flat) > 0 else list(range(len(flat)))[::-1]
    triangles = []
    while len(left) > 3:
        for k in range(len(left)):
            a, b, c = left[k - 1], left[k], left[(k + 1) % len(left)]
            if _is_ear(flat, a, b, c, left):
                triangles.append((a, b, c))
                left.pop(k)
                break
        else:
            raise ValueError("outline: found no corner to cut off, expected one that does not cross itself")
    return [*triangles, (left[0], left[1], left[2])]


def _is_ear(flat: NDArray[np.float64], a: int, b: int, c: int, left: list[int]) -> bool:
    if _turn(flat[a], flat[b], flat[c]) <= 0:
        return False
    others = (flat[i] for i in left if i not in (a, b, c))
    edges = ((a, b), (b, c), (c, a))
    return not any(all(_turn(flat[i], flat[j], point) >= 0 for i, j in edges) for point in others)


def _turn(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
