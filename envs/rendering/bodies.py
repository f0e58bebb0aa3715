"""The bodies of a scene, prepared for drawing, and their arrays put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.mesh import Mesh, Texture
from leo_agent.envs.rendering.rasterizer.clusters import Clusters, cluster_mesh, join_clusters
from leo_agent.envs.rendering.surfaces import Surfaces, surface_maps
from leo_agent.envs.rendering.textures import TextureSet, make_texture_set

# The part of a face's colour that it shows with its edge to the light.
AMBIENT = 0.45


class Body:
    """A mesh prepared for drawing, and where it is: T_world_body (4, 4)."""

    def __init__(self, mesh: Mesh, pose: NDArray[np.float64]) -> None:
        self.mesh = mesh
        self.pose = pose
        self._maps: tuple[tuple[bool, bool], NDArray[np.float32]] | None = None

    def __len__(self) -> int:
        return len(self.mesh.faces)

    @cached_property
    def clusters(self) -> Clusters:
        """Its faces in clusters."""
        return cluster_mesh(self.mesh)

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """(F, 3) unit normals of the faces in the frame of the body; 0 where a face has no area."""
        corners = self.mesh.vertices[self.mesh.faces].astype(np.float64)
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        unit: NDArray[np.float64] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        return unit

    def maps(self, with_textures: bool, with_tints: bool) -> NDArray[np.float32]:
        """The maps of its faces, see `Surfaces`; computed once as long as the same ones are wanted."""
        if self._maps is None or self._maps[0] != (with_textures, with_tints):
            self._maps = (with_textures, with_tints), surface_maps(self.mesh, with_textures, with_tints)
        return self._maps[1]

    def colors(self, light_direction: NDArray[np.float64] | None) -> NDArray[np.uint8]:
        """Colours (F, 3) under a directional light that lights both sides of a face alike (Lambert's law), or none."""
        if light_direction is None:
            return np.asarray(self.mesh.colors, np.uint8)
        cosine = np.abs(self.normals @ (self.pose[:3, :3].T @ light_direction))
        brightness = AMBIENT + (1.0 - AMBIENT) * cosine
        return (self.mesh.colors * brightness[:, None] + 0.5).astype(np.uint8)


@dataclass(frozen=True)
class BodyArrays:
    """What the kernels read: the arrays of all bodies, whose faces are numbered on from body to body."""

    clusters: Clusters
    surfaces: Surfaces
    textures: TextureSet
    first_faces: dict[int, int]


def join_bodies(bodies: Mapping[int, Body], light_direction: NDArray[np.float64] | None) -> BodyArrays:
    """Put the arrays of bodies together; the dictionary's order gives the numbers of bodies and faces."""
    parts = list(bodies.values())
    surfaces, textures = join_surfaces(parts, light_direction)
    first_faces = dict(zip(bodies, np.cumsum([0, *map(len, parts)])[:-1].tolist(), strict=True))
    return BodyArrays(join_clusters([body.clusters for body in parts]), surfaces, textures, first_faces)


def join_surfaces(bodies: Sequence[Body], light_direction: NDArray[np.float64] | None) -> tuple[Surfaces, TextureSet]:
    """What the faces of all bodies look like, and the textures that they share."""
    textures = list(dict.fromkeys(texture for body in bodies for texture in body.mesh.textures))
    with_textures = len(textures) > 0
    with_tints = any(body.mesh.vertex_colors is not None for body in bodies)
    no_maps = np.zeros((0, 3 * (with_textures + with_tints), 4), np.float32)
    surfaces = Surfaces(
        colors=np.concatenate([np.zeros((0, 3), np.uint8), *(body.colors(light_direction) for body in bodies)]),
        ids=np.concatenate([np.zeros(0, np.int32), *(body.mesh.ids.astype(np.int32) for body in bodies)]),
        bodies=np.repeat(np.arange(len(bodies), dtype=np.int32), [len(body) for body in bodies]),
        textures=_face_textures(bodies, textures),
        maps=np.concatenate([no_maps, *(body.maps(with_textures, with_tints) for body in bodies)]),
        first_tint=(3 if with_textures else 0) if with_tints else -1,
    )
    return surfaces, make_texture_set(textures)


def _face_textures(bodies: Sequence[Body], textures: Sequence[Texture]) -> NDArray[np.int32]:
    """Rows of `textures` of all faces, (0,) where no face has a texture."""
    if not textures:
        return np.zeros(0, np.int32)
    rows = {texture: row for row, texture in enumerate(textures)}
    pieces = []
    for body in bodies:
        # Row -1 of the body, no texture, is the last of its table.
        table = np.array([*(rows[texture] for texture in body.mesh.textures), -1], np.int32)
        own = body.mesh.face_textures
        pieces.append(np.full(len(body.mesh.faces), -1, np.int32) if own is None else table[own])
    return np.concatenate(pieces)
