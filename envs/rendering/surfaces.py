"""What the faces of all bodies look like: base colours, ids, and how textures and vertex colours lie on them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from envs.rendering.mesh import Mesh

FACES_AT_ONCE = 1 << 16


class Surfaces(NamedTuple):
    """Arrays over the F faces of all bodies in their order; (0, ...) where no face has a texture or vertex colours.

    A linear function over a face is given as (4,): its value at a point of the face, in the frame of the body, is
    gradient (3) . point + constant.
    """

    colors: NDArray[np.uint8]  # (F, 3)
    ids: NDArray[np.int32]  # (F,)
    bodies: NDArray[np.int32]  # (F,)
    textures: NDArray[np.int32]  # (F,) rows of the texture set, -1 = none
    texture_maps: NDArray[np.float32]  # (F, 3, 4) u, v; and the plane of the face, 0 on it
    tints: NDArray[np.float32]  # (F, 3, 4) vertex colour 0..255


def texture_maps(mesh: Mesh) -> NDArray[np.float32]:
    """The texture coordinates over each face, and its plane; see `Surfaces`."""
    if mesh.texcoords is None:
        return np.zeros((0, 3, 4), np.float32)
    maps = np.zeros((len(mesh.faces), 3, 4), np.float32)
    for start in range(0, len(mesh.faces), FACES_AT_ONCE):
        part = slice(start, start + FACES_AT_ONCE)
        corners = mesh.vertices[mesh.faces[part]].astype(np.float64)
        maps[part, :2] = _linear_maps(corners, mesh.texcoords[part].astype(np.float64))
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
        maps[part, 2, :3] = normals
        maps[part, 2, 3] = -np.einsum("fi,fi->f", normals, corners[:, 0])
    return maps


def tint_maps(mesh: Mesh) -> NDArray[np.float32]:
    """The vertex colours over each face; see `Surfaces`."""
    if mesh.vertex_colors is None:
        return np.zeros((0, 3, 4), np.float32)
    maps = np.zeros((len(mesh.faces), 3, 4), np.float32)
    for start in range(0, len(mesh.faces), FACES_AT_ONCE):
        faces = mesh.faces[start : start + FACES_AT_ONCE]
        corners, colors = mesh.vertices[faces].astype(np.float64), mesh.vertex_colors[faces].astype(np.float64)
        maps[start : start + FACES_AT_ONCE] = _linear_maps(corners, colors)
    return maps


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
