"""Colours at points of a textured surface, by the nearest texel; the rasterizer draws the picture itself."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering import Texture


class TexturedSurface(Protocol):
    """Triangles with what `leo_agent.envs.rendering.Mesh` says of their looks."""

    @property
    def faces(self) -> NDArray[np.int32]: ...
    @property
    def texcoords(self) -> NDArray[np.float32] | None: ...
    @property
    def face_textures(self) -> NDArray[np.int32] | None: ...
    @property
    def textures(self) -> tuple[Texture, ...]: ...
    @property
    def vertex_colors(self) -> NDArray[np.uint8] | None: ...


def texel_colors(
    surface: TexturedSurface, faces: NDArray[np.integer], weights: NDArray[np.floating]
) -> NDArray[np.uint8]:
    """Texels (N, 3) uint8 at the points of the rows `faces` (N,) with barycentric `weights` (N, 3); white without one.

    A texel (i, j) of a texture covers [i, i + 1) / W x [j, j + 1) / H of u, v, row 0 at v = 0, as in glTF 2.0.
    """
    colors = np.full((len(faces), 3), 255, np.uint8)
    if surface.texcoords is None or surface.face_textures is None:
        return colors
    texcoords = np.einsum("nk,nkc->nc", weights, surface.texcoords[faces].astype(np.float64))
    drawn = surface.face_textures[faces]
    for number in np.unique(drawn[drawn >= 0]):
        texture, rows = surface.textures[number], np.flatnonzero(drawn == number)
        height, width = texture.pixels.shape[:2]
        column = _wrapped(texcoords[rows, 0], width, texture.wrap_u)
        row = _wrapped(texcoords[rows, 1], height, texture.wrap_v)
        colors[rows] = texture.pixels[row, column]
    return colors


def surface_tint(
    surface: TexturedSurface, faces: NDArray[np.integer], weights: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Texture times vertex colour (N, 3) in [0, 1] at points given as for `texel_colors`.

    Times the base colours of the faces it is what is drawn there.
    """
    tint = texel_colors(surface, faces, weights) / 255.0
    if surface.vertex_colors is not None:
        corners = surface.vertex_colors[surface.faces[faces]] / 255.0
        tint *= np.einsum("nk,nkc->nc", weights, corners)
    return tint


def _wrapped(coordinate: NDArray[np.float64], size: int, wrap: str) -> NDArray[np.int64]:
    """Row or column of a texture of that size at u or v."""
    texel = np.floor(coordinate * size).astype(np.int64)
    if wrap == "repeat":
        return texel % size
    if wrap == "mirror":
        texel = texel % (2 * size)
        return np.where(texel < size, texel, 2 * size - 1 - texel)
    return np.clip(texel, 0, size - 1)
