"""A coloured solid: triangles with a colour each, which can be moved, joined, cut by planes and painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Color = tuple[int, int, int]
Where = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
PLANE_TOLERANCE_CM = 1e-6


@dataclass(frozen=True, eq=False)
class Solid:
    """Coloured triangles. Lengths in this package are centimetres, as one would measure the real thing."""

    vertices: NDArray[np.float64]  # (V, 3), centimetres
    faces: NDArray[np.int32]  # (F, 3), outward
    colors: NDArray[np.uint8]  # (F, 3)

    def __add__(self, other: Solid) -> Solid:
        return Solid(
            np.concatenate([self.vertices, other.vertices]),
            np.concatenate([self.faces, other.faces + np.int32(len(self.vertices))]),
            np.concatenate([self.colors, other.colors]),
        )

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Solid:
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def turned(self, axis: str, angle_deg: float) -> Solid:
        """Turned about the x, y or z axis through the origin, right-handed."""
        first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
        cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
        vertices = self.vertices.copy()
        vertices[:, first] = cosine * self.vertices[:, first] - sine * self.vertices[:, second]
        vertices[:, second] = sine * self.vertices[:, first] + cosine * self.vertices[:, second]
        return replace(self, vertices=vertices)

    def stretched(self, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Solid:
        """Scaled along the axes; a negative factor mirrors."""
        faces = self.faces[:, ::-1] if x * y * z < 0 else self.faces
        return replace(self, vertices=self.vertices * (x, y, z), faces=faces)

    def with_mirrored(self, axis: str = "y") -> Solid:
        """Joined with its mirror image in the plane through the origin across the axis."""
        return self + self.stretched(**{axis: -1.0})

    def on_table(self, worn: float = 0.0) -> Solid:
        """Moved along z so that its lowest point is at 0; what is `worn` off below keeps a round thing from rolling."""
        lowest = float(self.vertices[:, 2].min()) + worn
        return self.flattened(lowest).moved(z=-lowest)

    def flattened(self, z: float) -> Solid:
        """What is lower than z is pushed up to it, so that a round thing does not roll."""
        return replace(self, vertices=np.maximum(self.vertices, (-np.inf, -np.inf, z)))

    def painted(self, color: Color, where: Where) -> Solid:
        """The faces whose centres (x, y, z) satisfy `where` get the colour."""
        x, y, z = self.vertices[self.faces].mean(axis=1).T
        chosen = np.broadcast_to(where(x, y, z), len(self.faces))
        return replace(self, colors=np.where(chosen[:, None], np.array(color, np.uint8), self.colors))

    def cut(self, normal: ArrayLike, *offsets: float) -> Solid:
        """The same surface with edges along the planes normal · p = offset, so that either side can be painted."""
        result = self
        for offset in offsets:
            result = _cut_once(result, np.asarray(normal, np.float64), offset)
        return result

    def banded(self, normal: ArrayLike, offsets: Sequence[float], colors: Sequence[Color | None]) -> Solid:
        """Cut at the rising offsets; the bands between get the colours in turn, None leaves one as it is."""
        direction = np.asarray(normal, np.float64)
        result = self.cut(direction, *offsets)
        bands = np.searchsorted(offsets, result.vertices[result.faces].mean(axis=1) @ direction)
        for band in range(len(offsets) + 1):
            color = colors[band % len(colors)]
            if color is not None:
                painted = np.where((bands == band)[:, None], np.array(color, np.uint8), result.colors)
                result = replace(result, colors=painted)
        return result

    def volume(self) -> float:
        """Signed volume enclosed by the faces; positive if they face outward."""
        a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
        return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6)


def closed_solid(vertices: ArrayLike, faces: ArrayLike, colors: Color | ArrayLike) -> Solid:
    """A solid of one colour, or one a face; faces without area are left out, and all turned if they faced inward."""
    points, triangles = np.asarray(vertices, np.float64), np.asarray(faces, np.int32)
    painted = np.broadcast_to(np.asarray(colors, np.uint8), (len(triangles), 3))
    corners = points[triangles]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    solid = Solid(points, triangles[areas > 1e-12], np.ascontiguousarray(painted[areas > 1e-12]))
    return solid if solid.volume() >= 0 else replace(solid, faces=solid.faces[:, ::-1])


def join(*solids: Solid) -> Solid:
    result = solids[0]
    for solid in solids[1:]:
        result = result + solid
    return result


def _cut_once(solid: Solid, normal: NDArray[np.float64], offset: float) -> Solid:
    heights = solid.vertices @ normal - offset
    heights[np.abs(heights) < PLANE_TOLERANCE_CM] = 0.0
    of_faces = heights[solid.faces]
    crossing = (of_faces.max(axis=1) > 0) & (of_faces.min(axis=1) < 0)
    vertices = list(solid.vertices)
    faces, colors = [], []
    for face, color in zip(solid.faces[crossing], solid.colors[crossing], strict=True):
        sides: dict[int, list[int]] = {1: [], -1: []}
        for start, end in zip(face, np.roll(face, -1), strict=True):
            above, below = heights[start], heights[end]
            for side, corners in sides.items():
                if above * side >= 0:
                    corners.append(int(start))
            if above * below < 0:
                vertices.append(
                    solid.vertices[start] + above / (above - below) * (solid.vertices[end] - solid.vertices[start])
                )
                for corners in sides.values():
                    corners.append(len(vertices) - 1)
        for corners in sides.values():
            for k in range(1, len(corners) - 1):
                faces.append((corners[0], corners[k], corners[k + 1]))
                colors.append(color)
    if not faces:
        return solid
    return Solid(
        np.array(vertices),
        np.concatenate([solid.faces[~crossing], np.array(faces, np.int32)]),
        np.concatenate([solid.colors[~crossing], np.array(colors, np.uint8)]),
    )
