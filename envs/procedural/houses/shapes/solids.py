"""Hard shapes: boxes, legs, turned solids, rods, tubes, prisms and flat panels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.procedural.houses.shapes.material import Material
from leo_agent.envs.procedural.houses.shapes.model import Model, Range, summed_face_normals

Point = tuple[float, float, float]
# Corners of a hexahedron are numbered by bits: 1 = high x, 2 = high y, 4 = high z. Faces are seen counter-clockwise
# from outside; each starts at its lower left corner as seen from there.
_FACES = {
    "front": (4, 5, 7, 6),
    "back": (1, 0, 2, 3),
    "right": (5, 1, 3, 7),
    "left": (0, 4, 6, 2),
    "top": (6, 7, 3, 2),
    "bottom": (0, 1, 5, 4),
}
_QUAD = np.array([[0, 1, 2], [0, 2, 3]])


def box(model: Model, material: Material, x: Range, y: Range, z: Range, without: Sequence[str] = ()) -> None:
    """A box between two values on each axis; `without` names faces left out (front, back, right, left, top, bottom)."""
    corners = np.array([(x[i & 1], y[i >> 1 & 1], z[i >> 2]) for i in range(8)])
    _hexahedron(model, material, corners, without)


def leg(
    model: Model,
    material: Material,
    foot: tuple[float, float],
    head: tuple[float, float],
    y: Range,
    width: float,
    foot_width: float | None = None,
) -> None:
    """A straight square leg from the floor point `foot` (x, z) at y[0] to `head` (x, z) at y[1]."""
    low, high = (width if foot_width is None else foot_width) / 2.0, width / 2.0
    corners = np.empty((8, 3))
    for i in range(8):
        (cx, cz), half, level = (head, high, y[1]) if i >> 1 & 1 else (foot, low, y[0])
        corners[i] = cx + (half if i & 1 else -half), level, cz + (half if i >> 2 else -half)
    _hexahedron(model, material, corners, ())


def _hexahedron(model: Model, material: Material, corners: NDArray[np.float64], without: Sequence[str]) -> None:
    vertices: list[NDArray[np.float64]] = []
    normals, texcoords, faces = [], [], []
    for name, indices in _FACES.items():
        if name in without:
            continue
        quad = corners[list(indices)]
        normal = np.cross(quad[2] - quad[0], quad[3] - quad[1])
        faces.append(_QUAD + 4 * len(vertices))
        vertices.append(quad)
        normals.append(np.broadcast_to(normal / max(float(np.linalg.norm(normal)), 1e-12), (4, 3)))
        texcoords.append(_flat_texcoords(quad, material.grain))
    model.add_faces(
        material, np.concatenate(vertices), np.concatenate(faces), np.concatenate(texcoords), np.concatenate(normals)
    )


def _flat_texcoords(quad: NDArray[np.float64], grain: bool) -> NDArray[np.float64]:
    """Metres (4, 2) to the right and down on a quad, from where it lies; turned where the grain must follow it."""
    right, up = quad[1] - quad[0], quad[3] - quad[0]
    width, height = float(np.linalg.norm(right)), float(np.linalg.norm(up))
    start = quad[0] @ right / max(width, 1e-9), quad[0] @ up / max(height, 1e-9)
    flat = np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]) + start
    if grain and height > width:
        flat = flat[:, ::-1]
    texcoords: NDArray[np.float64] = flat * (1.0, -1.0)
    return texcoords


def panel(model: Model, material: Material, x: Range, y: Range, z: float) -> None:
    """A rectangle that faces +z and shows its texture once."""
    vertices = [(x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z)]
    once = np.array([(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]) * material.tile_m
    model.add_faces(material, vertices, _QUAD, once)


def prism(model: Model, material: Material, outline: Sequence[tuple[float, float]], z: Range) -> None:
    """A convex outline (x, y), counter-clockwise seen from the front, between two values of z."""
    flat = np.array(outline)
    count = len(flat)
    fan = np.array([(0, i, i + 1) for i in range(1, count - 1)])
    for level, faces, sign in ((z[1], fan, 1.0), (z[0], fan[:, ::-1], -1.0)):
        vertices = np.column_stack([flat, np.full(count, level)])
        model.add_faces(material, vertices, faces, flat * (1.0, -1.0), np.tile((0.0, 0.0, sign), (count, 1)))
    for (x0, y0), (x1, y1) in zip(flat, np.roll(flat, -1, axis=0), strict=True):
        quad = np.array([(x0, y0, z[1]), (x0, y0, z[0]), (x1, y1, z[0]), (x1, y1, z[1])])
        model.add_faces(material, quad, _QUAD, _flat_texcoords(quad, material.grain))


def lathe(
    model: Model,
    material: Material,
    profile: Sequence[tuple[float, float]],
    at: Point = (0.0, 0.0, 0.0),
    sides: int = 12,
    depth: float = 1.0,
) -> None:
    """A solid turned about the vertical through `at`.

    Args:
        model: gets the solid.
        material: of the solid.
        profile: (radius, height) in metres from the bottom up along its outside; a point given twice makes an edge.
        at: the middle of its foot.
        sides: number of faces around it.
        depth: factor by which it is stretched along z.
    """
    # Rings of vertices, first and last column at the same place: the texture's seam.
    radii, heights = np.array(profile).T
    angles = np.linspace(0.0, 2.0 * math.pi, sides + 1)
    ring = np.column_stack([np.sin(angles), np.zeros(sides + 1), depth * np.cos(angles)])
    vertices = radii[:, None, None] * ring + heights[:, None, None] * np.array([0.0, 1.0, 0.0]) + np.array(at)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(radii), np.diff(heights)))])
    around = angles * max(radii.max(), 1e-6)
    texcoords = np.stack(np.broadcast_arrays(around[None, :], -length[:, None]), axis=-1)
    # Two triangles a side between neighbouring rings; one where a ring is a point, none where both are the same.
    quads = []
    for row in range(len(profile) - 1):
        if length[row + 1] - length[row] < 1e-9:
            continue
        for side in range(sides):
            a, b = row * (sides + 1) + side, (row + 1) * (sides + 1) + side
            if radii[row] > 1e-9:
                quads.append((a, a + 1, b + 1))
            if radii[row + 1] > 1e-9:
                quads.append((a, b + 1, b))
    flat, faces = vertices.reshape(-1, 3), np.array(quads)
    model.add_faces(material, flat, faces, texcoords.reshape(-1, 2), _closed_normals(flat, faces, len(profile), sides))


def _closed_normals(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], rows: int, sides: int
) -> NDArray[np.float64]:
    """Smooth normals of a grid of rings whose first and last columns are one seam."""
    rings = summed_face_normals(vertices, faces).reshape(rows, sides + 1, 3)
    rings[:, 0] = rings[:, -1] = rings[:, 0] + rings[:, -1]
    lengths = np.linalg.norm(rings, axis=-1, keepdims=True)
    normals: NDArray[np.float64] = rings / np.maximum(lengths, 1e-12)
    return normals.reshape(-1, 3)


def ball(model: Model, material: Material, center: Point, radius: float, height: float | None = None) -> None:
    """An ellipsoid of revolution about the vertical; `height` is its half height, by default the radius.

    Small ones, as knobs and buttons, have fewer faces.
    """
    half = radius if height is None else height
    rings, sides = (4, 6) if radius < 0.03 else (5, 7) if radius < 0.06 else (7, 10) if radius < 0.25 else (9, 16)
    profile = [(radius * math.sin(a), -half * math.cos(a)) for a in np.linspace(0.0, math.pi, rings)]
    lathe(model, material, profile, center, sides)


def rod(model: Model, material: Material, start: Point, end: Point, radius: float, sides: int = 7) -> None:
    """A cylinder between two points; thin ones have five sides and no ends."""
    axis = np.subtract(end, start)
    length = float(np.linalg.norm(axis))
    upright, thin = Model(), radius < 0.012
    wall = [(radius, 0.0), (radius, length)]
    profile = wall if thin else [(0.0, 0.0), wall[0], *wall, wall[1], (0.0, length)]
    lathe(upright, material, profile, sides=5 if thin else sides)
    pitch = math.acos(float(np.clip(axis[1] / max(length, 1e-9), -1.0, 1.0)))
    model.add(upright, start, math.atan2(axis[0], axis[2]), pitch)


def tube(model: Model, material: Material, points: Sequence[Point], radius: float, sides: int = 6) -> None:
    """An open tube along a chain of points, for handles, hoses, taps and bent metal."""
    # A frame at each point of the chain, carried along without twist.
    path = np.array(points, np.float64)
    tangents = np.gradient(path, axis=0)
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1, keepdims=True), 1e-12)
    side = np.cross(tangents[0], (0.3, 0.2, 0.93))
    vertices, texcoords = [], []
    angles = np.linspace(0.0, 2.0 * math.pi, sides + 1)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    for point, tangent, along in zip(path, tangents, length, strict=True):
        side = side - (side @ tangent) * tangent
        side /= max(float(np.linalg.norm(side)), 1e-12)
        other = np.cross(tangent, side)
        vertices.append(point + radius * (np.cos(angles)[:, None] * side + np.sin(angles)[:, None] * other))
        texcoords.append(np.column_stack([np.full(sides + 1, along), angles * radius]))
    # Two triangles for each side between neighbouring rings.
    flat = np.concatenate(vertices)
    faces = []
    for row in range(len(path) - 1):
        for k in range(sides):
            a, b = row * (sides + 1) + k, (row + 1) * (sides + 1) + k
            faces += [(a, a + 1, b + 1), (a, b + 1, b)]
    array = np.array(faces)
    normals = _closed_normals(flat, array, len(path), sides)
    model.add_faces(material, flat, array, np.concatenate(texcoords), normals)
