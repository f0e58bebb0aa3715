"""Meshes split into clusters of neighbouring faces, which are culled, ordered and drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.mesh import Mesh

# Corners of a cluster are counted in one byte: at most 85 faces of three vertices each.
FACES_PER_CLUSTER = 64


class Clusters(NamedTuple):
    """Faces reordered into clusters; each cluster has its own run of vertices and faces.

    Cluster c owns vertices[:, vertex_start[c]:vertex_start[c + 1]], and faces likewise; `corners` counts from the first
    vertex of the cluster. A cluster's box is centers[c] -+ half_extents[c] in the frame of its body.
    """

    vertices: NDArray[np.float32]  # (3, V) metres, frame of the body
    corners: NDArray[np.uint8]  # (F, 3)
    face_numbers: NDArray[np.int32]  # (F,) which face each was before
    front_only: NDArray[np.bool_]  # (F,)
    vertex_start: NDArray[np.int64]  # (C + 1,)
    face_start: NDArray[np.int64]  # (C + 1,)
    centers: NDArray[np.float32]  # (C, 3)
    half_extents: NDArray[np.float32]  # (C, 3)
    bodies: NDArray[np.int32]  # (C,)


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


def cluster_mesh(mesh: Mesh) -> Clusters:
    """Split a mesh into clusters of at most FACES_PER_CLUSTER faces, all of body 0."""
    count, num_vertices = len(mesh.faces), max(len(mesh.vertices), 1)
    order = _spatial_order(mesh.vertices[mesh.faces].astype(np.float32)) if count else np.zeros(0, np.int64)
    face_start = np.append(np.arange(0, count, FACES_PER_CLUSTER), count).astype(np.int64)
    cluster = np.arange(count, dtype=np.int64) // FACES_PER_CLUSTER
    keys = cluster[:, None] * num_vertices + mesh.faces[order]
    unique_keys, inverse = np.unique(keys, return_inverse=True)
    vertices = mesh.vertices[unique_keys % num_vertices].astype(np.float32)
    vertex_start = np.searchsorted(unique_keys // num_vertices, np.arange(len(face_start)))
    if count:
        low = np.minimum.reduceat(vertices, vertex_start[:-1], axis=0)
        high = np.maximum.reduceat(vertices, vertex_start[:-1], axis=0)
    else:
        low = high = np.zeros((0, 3), np.float32)
    front_only = np.zeros(count, np.bool_) if mesh.front_only is None else mesh.front_only.astype(np.bool_)
    return Clusters(
        vertices=np.ascontiguousarray(vertices.T),
        corners=(inverse.reshape(count, 3) - vertex_start[cluster][:, None]).astype(np.uint8),
        face_numbers=order.astype(np.int32),
        front_only=np.ascontiguousarray(front_only[order]),
        vertex_start=vertex_start.astype(np.int64),
        face_start=face_start,
        centers=((low + high) / 2.0).astype(np.float32),
        # A little larger, so that rounding never culls a face that touches the edge of the picture.
        half_extents=((high - low) / 2.0 + 1e-4).astype(np.float32),
        bodies=np.zeros(len(face_start) - 1, np.int32),
    )


def join_clusters(parts: Sequence[Clusters]) -> Clusters:
    """The clusters of several bodies in one; faces are numbered on from body to body."""
    vertex_start, face_start, numbers, bodies = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)], [], []
    num_vertices = num_faces = 0
    for body, part in enumerate(parts):
        vertex_start.append(part.vertex_start[1:] + num_vertices)
        face_start.append(part.face_start[1:] + num_faces)
        numbers.append(part.face_numbers + np.int32(num_faces))
        bodies.append(part.bodies + np.int32(body))
        num_vertices, num_faces = num_vertices + part.vertices.shape[1], num_faces + len(part.corners)
    return Clusters(
        vertices=np.concatenate([np.zeros((3, 0), np.float32), *(part.vertices for part in parts)], axis=1),
        corners=np.concatenate([np.zeros((0, 3), np.uint8), *(part.corners for part in parts)]),
        face_numbers=np.concatenate([np.zeros(0, np.int32), *numbers]),
        front_only=np.concatenate([np.zeros(0, np.bool_), *(part.front_only for part in parts)]),
        vertex_start=np.concatenate(vertex_start),
        face_start=np.concatenate(face_start),
        centers=np.concatenate([np.zeros((0, 3), np.float32), *(part.centers for part in parts)]),
        half_extents=np.concatenate([np.zeros((0, 3), np.float32), *(part.half_extents for part in parts)]),
        bodies=np.concatenate([np.zeros(0, np.int32), *bodies]),
    )
