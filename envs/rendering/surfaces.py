"""What the faces of all bodies look like: base colours, ids, and how textures and vertex colours lie on them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.mesh import Mesh

FACES_AT_ONCE = 1 << 16


class Surfaces(NamedTuple):
    """Arrays over the F faces of all bodies in their order; (0, ...) where no face has a texture or vertex colours.

    A linear function over a face is given as (4,): its value at a point of the face, in the frame of the body, is
    gradient (3) . point + constant. The maps of a face are those: u, v and the plane of the face (0 on it) if any face
    has a texture; then red, green and blue 0..255 from `first_tint` on if any has vertex colours.
    """

    colors: NDArray[np.uint8]  # (F, 3)
    ids: NDArray[np.int32]  # (F,)
    bodies: NDArray[np.int32]  # (F,)
    textures: NDArray[np.int32]  # (F,) rows of the texture set, -1 = none
    maps: NDArray[np.float32]  # (F, 0 to 6, 4)
    first_tint: int  # -1 = no face has vertex colours


def surface_maps(mesh: Mesh, with_textures: bool, with_tints: bool) -> NDArray[np.float32]:
    """The maps of a mesh's faces, see `Surfaces`: the wanted ones, whether or not it has textures or vertex colours."""
    first_tint = 3 if with_textures else 0
    maps = np.zeros((len(mesh.faces), first_tint + (3 if with_tints else 0), 4), np.float32)
    if with_tints:
        maps[:, first_tint:, 3] = 255.0
    for start in range(0, len(mesh.faces) if maps.size else 0, FACES_AT_ONCE):
        part = slice(start, start + FACES_AT_ONCE)
        faces = mesh.faces[part]
        corners = mesh.vertices[faces].astype(np.float64)
        if with_textures and mesh.texcoords is not None:
            maps[part, :2] = _linear_maps(corners, mesh.texcoords[part].astype(np.float64))
            maps[part, 2] = _planes(corners)
        if with_tints and mesh.vertex_colors is not None:
            maps[part, first_tint:] = _linear_maps(corners, mesh.vertex_colors[faces].astype(np.float64))
    return maps


def _planes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The signed distances (F, 4) from the planes of faces with corners (F, 3, 3)."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return np.append(normals, -np.einsum("fi,fi->f", normals, corners[:, 0])[:, None], axis=1)


def _linear_maps(corners: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The linear functions (F, K, 4) with values (F, 3, K) at corners (F, 3, 3), constant across the faces' normals."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normals = np.cross(first, second)
    square = np.einsum("fi,fi->f", normals, normals)[:, None]
    # A face without area shows no pixel; it gets the value of its first corner.
    solid = square > 1e-30
    along_first = np.where(solid, np.cross(second, normals) / np.where(solid, square, 1.0), 0.0)
    along_second = np.where(solid, np.cross(normals, first) / np.where(solid, square, 1.0), 0.0)
    rise = values[:, 1:] - values[:, :1]
    gradients = rise[:, 0, :, None] * along_first[:, None] + rise[:, 1, :, None] * along_second[:, None]
    constants = values[:, 0] - np.einsum("fki,fi->fk", gradients, corners[:, 0])
    return np.concatenate([gradients, constants[..., None]], axis=2)
