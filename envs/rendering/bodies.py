"""The bodies of a scene, prepared for drawing, and their arrays put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from envs.rendering.clusters import Clusters, cluster_mesh, join_clusters
from envs.rendering.mesh import Mesh, Texture
from envs.rendering.surfaces import Surfaces, surface_maps
from envs.rendering.textures import TextureSet, make_texture_set

# The part of a face's colour that it shows with its edge to the light.
AMBIENT = 0.45


class Body:
    """A mesh prepared for drawing, and where it is: T_world_body (4, 4)."""

    def __init__(self, mesh: Mesh, pose: NDArray[np.float64]) -> None:
        self.mesh = mesh
        self.pose = pose
        self.clusters = cluster_mesh(mesh)
        self._maps: tuple[tuple[bool, bool], NDArray[np.float32]] | None = None

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """(F, 3) unit normals of the faces in the frame of the body; 0 where a face has no area."""
        corners = self.mesh.vertices[self.mesh.faces].astype(np.float64)
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)

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
class Layout:
    """What the kernels read: the arrays of all bodies, whose faces are numbered on from body to body."""

    clusters: Clusters
    surfaces: Surfaces
    textures: TextureSet
    first_faces: dict[int, int]


def lay_out(bodies: Mapping[int, Body], light_direction: NDArray[np.float64] | None) -> Layout:
    """Put the arrays of bodies together; the dictionary's order gives the numbers of bodies and faces."""
    parts = list(bodies.values())
    counts = [len(body.mesh.faces) for body in parts]
    textures = list(dict.fromkeys(texture for body in parts for texture in body.mesh.textures))
    has_textures = len(textures) > 0
    has_tints = any(body.mesh.vertex_colors is not None for body in parts)
    surfaces = Surfaces(
        colors=np.concatenate([np.zeros((0, 3), np.uint8), *(body.colors(light_direction) for body in parts)]),
        ids=np.concatenate([np.zeros(0, np.int32), *(body.mesh.ids.astype(np.int32) for body in parts)]),
        bodies=np.repeat(np.arange(len(parts), dtype=np.int32), counts),
        textures=_face_textures(parts, textures),
        maps=np.concatenate(
            [
                np.zeros((0, 3 * (has_textures + has_tints), 4), np.float32),
                *(body.maps(has_textures, has_tints) for body in parts),
            ]
        ),
        first_tint=(3 if has_textures else 0) if has_tints else -1,
    )
    first_faces = dict(zip(bodies, np.cumsum([0, *counts])[:-1].tolist(), strict=True))
    clusters = join_clusters([body.clusters for body in parts])
    return Layout(clusters, surfaces, make_texture_set(textures), first_faces)


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
