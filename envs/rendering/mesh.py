"""Triangle meshes with colour, texture and instance id a face, and their split into clusters that can be culled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FACES_PER_CLUSTER = 64

Wrap = Literal["repeat", "clamp", "mirror"]


@dataclass(frozen=True)
class Texture:
    """An image wrapped round triangles; pixels (H, W, 3) uint8, row 0 at v = 0, the wrap modes of glTF for u and v."""

    pixels: NDArray[np.uint8]
    wrap_u: Wrap = "repeat"
    wrap_v: Wrap = "repeat"


@dataclass(frozen=True)
class Mesh:
    """Triangles in the frame of their body, counter-clockwise seen from the front.

    vertices (V, 3) float32 metres; faces (F, 3) int32 rows of `vertices`; colors (F, 3) uint8 base colour;
    ids (F,) int32 segmentation ids, 0 = background; front_only (F,) bool: not drawn seen from behind (None: every face
    has two sides); texcoords (F, 3, 2) float32: u right and v down of each corner; face_textures (F,) int32 rows of
    `textures`, -1 for none; vertex_colors (V, 3) uint8, interpolated. What is drawn is the product of the three, each
    as a part of 255: base colour, texture, vertex colours.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    colors: NDArray[np.uint8]
    ids: NDArray[np.int32]
    front_only: NDArray[np.bool_] | None = None
    texcoords: NDArray[np.float32] | None = None
    face_textures: NDArray[np.int32] | None = None
    textures: tuple[Texture, ...] = ()
    vertex_colors: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        count = len(self.faces)
        if self.vertices.ndim != 2 or self.vertices.shape[1] != 3 or not np.isfinite(self.vertices).all():
            raise ValueError(f"vertices must be (V, 3) finite numbers, found shape {self.vertices.shape}")
        if self.faces.ndim != 2 or self.faces.shape[1] != 3:
            raise ValueError(f"faces must be (F, 3), found shape {self.faces.shape}")
        if count and not (self.faces.min() >= 0 and self.faces.max() < len(self.vertices)):
            raise ValueError(f"faces must be rows of {len(self.vertices)} vertices, found one outside")
        if self.colors.shape != (count, 3) or self.ids.shape != (count,):
            raise ValueError(f"{count} faces need as many colours and ids, found {self.colors.shape}, {self.ids.shape}")
        if self.front_only is not None and self.front_only.shape != (count,):
            raise ValueError(f"front_only must be ({count},), found {self.front_only.shape}")
        if self.texcoords is not None and self.texcoords.shape != (count, 3, 2):
            raise ValueError(f"texcoords must be ({count}, 3, 2), found {self.texcoords.shape}")
        if self.face_textures is not None and self.face_textures.shape != (count,):
            raise ValueError(f"face_textures must be ({count},), found {self.face_textures.shape}")
        if self.vertex_colors is not None and self.vertex_colors.shape != self.vertices.shape:
            raise ValueError(f"vertex_colors must be {self.vertices.shape}, found {self.vertex_colors.shape}")


@dataclass(frozen=True)
class ClusteredMesh:
    """A mesh reordered into clusters of neighbouring faces; each cluster has its own run of vertices and faces.

    Cluster c owns vertices[vertex_start[c]:vertex_start[c + 1]], and faces likewise; faces count from the first vertex
    of their cluster. face_numbers (F,) tells which face of the mesh each reordered face was.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_numbers: NDArray[np.int32]
    front_only: NDArray[np.bool_]
    vertex_start: NDArray[np.int32]
    face_start: NDArray[np.int32]
    centers: NDArray[np.float32]
    half_extents: NDArray[np.float32]


def _spread_bits(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put two zero bits behind each of the lowest ten bits, for Morton codes."""
    values = (values | (values << 16)) & 0x030000FF
    values = (values | (values << 8)) & 0x0300F00F
    values = (values | (values << 4)) & 0x030C30C3
    return (values | (values << 2)) & 0x09249249


def _spatial_order(corners: NDArray[np.float32]) -> NDArray[np.int64]:
    """Order faces (F, 3, 3) by size class, then along a Morton curve: neighbours in the order are near in space."""
    low, high = corners.min(axis=1), corners.max(axis=1)
    centers = (low + high) / 2.0
    origin = centers.min(axis=0)
    span = max(float((centers.max(axis=0) - origin).max()), 1e-9)
    cells = np.minimum((centers - origin) / span * 1024.0, 1023.0).astype(np.int64)
    morton = _spread_bits(cells[:, 0]) | (_spread_bits(cells[:, 1]) << 1) | (_spread_bits(cells[:, 2]) << 2)
    # Without size classes one wall among small faces would give its cluster the box of the whole house.
    size_class = np.clip(np.ceil(2.0 * np.log2(np.maximum((high - low).max(axis=1) / span, 1e-3))), -8, 0)
    return np.lexsort((morton, size_class))


def cluster_mesh(mesh: Mesh) -> ClusteredMesh:
    """Split a mesh into clusters of at most FACES_PER_CLUSTER faces."""
    count = len(mesh.faces)
    corners = mesh.vertices[mesh.faces].astype(np.float32)
    order = _spatial_order(corners) if count else np.zeros(0, np.int64)
    face_start = np.append(np.arange(0, count, FACES_PER_CLUSTER), count).astype(np.int32)
    cluster = np.arange(count, dtype=np.int64) // FACES_PER_CLUSTER
    keys = cluster[:, None] * len(mesh.vertices) + mesh.faces[order]
    unique_keys, inverse = np.unique(keys, return_inverse=True)
    vertices = mesh.vertices[unique_keys % max(len(mesh.vertices), 1)].astype(np.float32)
    vertex_cluster = unique_keys // max(len(mesh.vertices), 1)
    vertex_start = np.searchsorted(vertex_cluster, np.arange(len(face_start))).astype(np.int32)
    faces = inverse.reshape(count, 3) - vertex_start[cluster][:, None]
    if count:
        low = np.minimum.reduceat(vertices, vertex_start[:-1], axis=0)
        high = np.maximum.reduceat(vertices, vertex_start[:-1], axis=0)
    else:
        low = high = np.zeros((0, 3), np.float32)
    front_only = np.zeros(count, np.bool_) if mesh.front_only is None else mesh.front_only.astype(np.bool_)
    return ClusteredMesh(
        vertices=np.ascontiguousarray(vertices),
        faces=np.ascontiguousarray(faces.astype(np.int32)),
        face_numbers=order.astype(np.int32),
        front_only=np.ascontiguousarray(front_only[order]),
        vertex_start=vertex_start,
        face_start=face_start,
        centers=((low + high) / 2.0).astype(np.float32),
        # A little larger, so that rounding never culls a face that touches the edge of the picture.
        half_extents=((high - low) / 2.0 + 1e-4).astype(np.float32),
    )
