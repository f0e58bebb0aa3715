"""A model: the surfaces of one object in its own frame, and the places on it where other things can lie."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.envs.procedural.houses.shapes.material import Material

Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles of one material."""

    material: Material
    vertices: NDArray[np.float64]  # (V, 3) metres
    normals: NDArray[np.float64]  # (V, 3) unit vectors
    texcoords: NDArray[np.float64]  # (V, 2) in textures: 1 is where the texture repeats
    faces: NDArray[np.int64]  # (F, 3) vertex numbers, counter-clockwise as seen from the front


@dataclass(frozen=True)
class Top:
    """A flat place of a model where small things can stand."""

    x: Range  # metres
    z: Range  # metres
    y: float  # height, metres


@dataclass(eq=False)
class Model:
    """An object in its own frame: x to its right, y up from the floor, z from its back (z = 0) to its front."""

    surfaces: list[Surface] = field(default_factory=list)
    tops: list[Top] = field(default_factory=list)
    # Places (x, y, z, pitch_rad) for the middle of a cushion that leans back by the pitch.
    cushions: list[tuple[float, float, float, float]] = field(default_factory=list)
    # Boxes (2, 3), lowest and highest corner, of the space that it takes; none: its bounds.
    blocks: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner (2, 3)."""
        lows = [surface.vertices.min(axis=0) for surface in self.surfaces]
        highs = [surface.vertices.max(axis=0) for surface in self.surfaces]
        return np.stack([np.min(lows, axis=0), np.max(highs, axis=0)])

    @property
    def size(self) -> NDArray[np.float64]:
        """Width, height and depth (3,)."""
        low, high = self.bounds
        size: NDArray[np.float64] = high - low
        return size

    def add_faces(
        self,
        material: Material,
        vertices: ArrayLike,
        faces: ArrayLike,
        texcoords: ArrayLike,
        normals: ArrayLike | None = None,
    ) -> None:
        """Adds triangles.

        Args:
            material: of all of them.
            vertices: (V, 3) metres.
            faces: (F, 3) vertex numbers.
            texcoords: (V, 2) metres on the surface.
            normals: (V, 3) unit vectors; by default smooth.
        """
        points, triangles = np.asarray(vertices, np.float64), np.asarray(faces, np.int64)
        if normals is None:
            normals = smooth_normals(points, triangles)
        scaled = np.asarray(texcoords, np.float64) / material.tile_m
        self.surfaces.append(Surface(material, points, np.asarray(normals, np.float64), scaled, triangles))

    def add(
        self,
        other: Model,
        at: tuple[float, float, float] = (0.0, 0.0, 0.0),
        yaw: float = 0.0,
        pitch: float = 0.0,
        roll: float = 0.0,
    ) -> None:
        """Adds a copy of another model, rolled about z, pitched about x and turned about y (radians), then moved.

        Its tops come along where it stays upright.
        """
        rotation = rotation_y(yaw) @ rotation_x(pitch) @ rotation_z(roll)
        offset = np.asarray(at, np.float64)
        for part in other.surfaces:
            self.surfaces.append(
                Surface(
                    part.material,
                    part.vertices @ rotation.T + offset,
                    part.normals @ rotation.T,
                    part.texcoords,
                    part.faces,
                )
            )
        if pitch or roll:
            return
        for top in other.tops:
            corners = np.array([(x, top.y, z) for x in top.x for z in top.z]) @ rotation.T + offset
            (x0, y, z0), (x1, _, z1) = corners.min(axis=0), corners.max(axis=0)
            self.tops.append(Top((float(x0), float(x1)), (float(z0), float(z1)), float(y)))

    def placed(self, at: tuple[float, float, float], yaw: float) -> Model:
        """A copy turned about y and moved."""
        copy = Model()
        copy.add(self, at, yaw)
        return copy


def span(a: float, b: float) -> Range:
    """Two values in ascending order."""
    return (a, b) if a < b else (b, a)


def rotation_x(angle: float) -> NDArray[np.float64]:
    """Matrix (3, 3) of a rotation about +x in radians."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def rotation_y(angle: float) -> NDArray[np.float64]:
    """Matrix (3, 3) of a rotation about +y in radians: turns +z towards +x."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def rotation_z(angle: float) -> NDArray[np.float64]:
    """Matrix (3, 3) of a rotation about +z in radians."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def smooth_normals(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """Unit normals (V, 3): the sum of those of the faces at a vertex, weighted by area; up where there is none."""
    summed = summed_face_normals(vertices, faces)
    lengths = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.where(lengths > 1e-12, summed / np.maximum(lengths, 1e-12), (0.0, 1.0, 0.0))


def summed_face_normals(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each vertex the sum (V, 3) of the normals of its faces, each as long as twice the face's area."""
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    summed = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(summed, faces[:, corner], normals)
    return summed
