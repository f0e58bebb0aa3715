"""What a mesh file gives: triangles with colours, textures and instance ids, before they are placed in a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.rendering import Texture

# Vertices, and faces, of all that one file or one scene draws. Scans of whole buildings and furnished scenes have up to
# some millions; loading takes about 120 bytes a face. Nodes and instances that share a mesh multiply it: without a
# bound a file of some kilobytes would fill any memory.
MAX_ELEMENTS = 30_000_000


@dataclass(frozen=True, eq=False)
class Triangles:
    """The triangles of a file in the frame of its root, metres as stored; None where nothing has any such colours."""

    vertices: NDArray[np.float32]  # (V, 3)
    faces: NDArray[np.int32]  # (F, 3) rows of vertices
    colors: NDArray[np.uint8]  # (F, 3) base colours
    double_sided: NDArray[np.bool_]  # (F,)
    texcoords: NDArray[np.float32] | None = None  # (F, 3, 2) as in `Mesh`
    face_textures: NDArray[np.int32] | None = None  # (F,) rows of textures, -1 = none
    textures: tuple[Texture, ...] = ()
    vertex_colors: NDArray[np.uint8] | None = None  # (V, 3)
    # (F,) from the vertex attribute _OBJECT_ID or the face property object_id; None where a part has none
    object_ids: NDArray[np.int32] | None = None
    label_colors: NDArray[np.uint8] | None = None  # (F, 3) sRGB; None unless asked for and present everywhere

    def placed(self, T_world_asset: NDArray[np.float64]) -> Triangles:
        """The same triangles in the frame that T_world_asset (4, 4) leads to; a mirroring turns the winding round."""
        vertices = self.vertices @ T_world_asset[:3, :3].T + T_world_asset[:3, 3]
        placed = replace(self, vertices=vertices.astype(np.float32))
        if np.linalg.det(T_world_asset[:3, :3]) >= 0.0:
            return placed
        texcoords = None if self.texcoords is None else self.texcoords[:, ::-1]
        return replace(placed, faces=self.faces[:, ::-1], texcoords=texcoords)


def check_size(vertex_count: int, face_count: int, where: str) -> None:
    """Refuses more vertices or faces than fit, before they are made.

    Raises:
        InputError: there are more than `MAX_ELEMENTS` of either.
    """
    if max(vertex_count, face_count) > MAX_ELEMENTS:
        raise InputError(
            f"{where}: found {vertex_count} vertices and {face_count} faces with all placements of each mesh, "
            f"expected at most {MAX_ELEMENTS} of each"
        )


def join(parts: Sequence[Triangles]) -> Triangles:
    """All triangles of at least one part in one set, in order; textures shared by parts stay shared."""
    first_vertex = np.cumsum([0, *(len(part.vertices) for part in parts)])
    textures: dict[int, Texture] = {id(texture): texture for part in parts for texture in part.textures}
    numbers = {key: number for number, key in enumerate(textures)}
    return Triangles(
        vertices=np.concatenate([part.vertices for part in parts]),
        faces=np.concatenate(
            [part.faces + start for part, start in zip(parts, first_vertex, strict=False)], dtype=np.int32
        ),
        colors=np.concatenate([part.colors for part in parts]),
        double_sided=np.concatenate([part.double_sided for part in parts]),
        texcoords=_join_texcoords(parts) if textures else None,
        face_textures=_join_face_textures(parts, numbers) if textures else None,
        textures=tuple(textures.values()),
        vertex_colors=_join_vertex_colors(parts),
        object_ids=_join_all([part.object_ids for part in parts]),
        label_colors=_join_all([part.label_colors for part in parts]),
    )


def _join_texcoords(parts: Sequence[Triangles]) -> NDArray[np.float32]:
    return np.concatenate(
        [np.zeros((len(part.faces), 3, 2), np.float32) if part.texcoords is None else part.texcoords for part in parts]
    )


def _join_face_textures(parts: Sequence[Triangles], numbers: dict[int, int]) -> NDArray[np.int32]:
    rows = []
    for part in parts:
        # The last entry is for -1, no texture.
        renumbered = np.array([*(numbers[id(texture)] for texture in part.textures), -1], np.int32)
        nothing = np.full(len(part.faces), -1, np.int32)
        rows.append(nothing if part.face_textures is None else renumbered[part.face_textures])
    return np.concatenate(rows)


def _join_vertex_colors(parts: Sequence[Triangles]) -> NDArray[np.uint8] | None:
    if all(part.vertex_colors is None for part in parts):
        return None
    white = [np.full((len(part.vertices), 3), 255, np.uint8) for part in parts]
    return np.concatenate(
        [blank if part.vertex_colors is None else part.vertex_colors for part, blank in zip(parts, white, strict=True)]
    )


def _join_all(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    present = [array for array in arrays if array is not None]
    return np.concatenate(present) if len(present) == len(arrays) else None
