"""Makes scan-like scenes out of a furnished house: small noisy triangles everywhere, and photographs' worth of texture.

The rooms, doors and furniture, hence what hides what, stay those of the house; so do its navmesh and the agent's walks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leo_agent.envs.rendering import Mesh, Texture

NUM_TEXTURES = 8
TEXTURE_SPAN_M = 2.0
JITTER_M = 0.004
BUMP_M = 0.008


@dataclass(frozen=True)
class ScanKind:
    """How fine a scan is: the longest edge of its triangles, and the side of its textures in pixels."""

    edge_limit_m: float
    texture_side: int


def scan_like(house: Mesh, kind: ScanKind, seed: int = 0) -> Mesh:
    """The mesh of a house, split into triangles with edges of at most the limit, moved by noise, and textured."""
    rng = np.random.default_rng(seed)
    house = _with_ceiling(house)
    vertices, corner_rows = np.unique(np.round(house.vertices, 5), axis=0, return_inverse=True)
    faces, source = corner_rows.reshape(-1)[house.faces], np.arange(len(house.faces))
    while True:
        vertices, faces, source, split = _split_long_edges(vertices, faces, source, kind.edge_limit_m)
        if not split:
            break
    texcoords, rows = _project_textures(vertices[faces])
    bumps = sum(np.sin(vertices @ rng.normal(0.0, 9.0, (3, 3)) + rng.uniform(0.0, 6.3, 3)) for _ in range(3)) / 3.0
    moved = vertices + BUMP_M * bumps + rng.normal(0.0, JITTER_M, vertices.shape)
    return Mesh(
        vertices=moved.astype(np.float32),
        faces=faces.astype(np.int32),
        colors=np.full((len(faces), 3), 255, np.uint8),
        ids=house.ids[source],
        front_only=None if house.front_only is None else house.front_only[source],
        texcoords=texcoords,
        face_textures=rows,
        textures=tuple(Texture(_photograph(kind.texture_side, rng)) for _ in range(NUM_TEXTURES)),
    )


def _with_ceiling(house: Mesh) -> Mesh:
    """The house with a lid on its walls, seen from both sides: scans are of closed rooms."""
    (x0, _, z0), (x1, y1, z1) = house.vertices.min(axis=0), house.vertices.max(axis=0)
    lid = np.array([[x0, y1, z0], [x1, y1, z0], [x1, y1, z1], [x0, y1, z1]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]], np.int32) + len(house.vertices)
    return Mesh(
        np.concatenate([house.vertices, lid]),
        np.concatenate([house.faces, faces]),
        np.concatenate([house.colors, np.full((4, 3), 255, np.uint8)]),
        np.concatenate([house.ids, np.zeros(4, np.int32)]),
        None if house.front_only is None else np.concatenate([house.front_only, np.full(4, True)]),
    )


def _split_long_edges(
    vertices: NDArray, faces: NDArray, source: NDArray, limit_m: float
) -> tuple[NDArray, NDArray, NDArray, bool]:
    """Halve every edge longer than the limit, on both of its sides alike, so that no gaps open."""
    edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2)
    long_edge = np.linalg.norm(vertices[edges[..., 0]] - vertices[edges[..., 1]], axis=2) > limit_m
    pairs, rows = np.unique(edges[long_edge], axis=0, return_inverse=True)
    middle = np.full(faces.shape, -1)
    middle[long_edge] = len(vertices) + rows.reshape(-1)
    vertices = np.concatenate([vertices, vertices[pairs].mean(axis=1)])
    # Turn the corners so that with one long edge it is the first, with two the first two.
    count = long_edge.sum(axis=1)
    turn = np.where(count == 1, long_edge.argmax(axis=1), np.where(count == 2, (long_edge.argmin(axis=1) + 1) % 3, 0))
    order = (np.arange(3) + turn[:, None]) % 3
    (a, b, c), (ab, bc, ca) = np.take_along_axis(faces, order, 1).T, np.take_along_axis(middle, order, 1).T
    patterns = (
        [(a, b, c)],
        [(a, ab, c), (ab, b, c)],
        [(a, ab, c), (ab, bc, c), (ab, b, bc)],
        [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)],
    )
    pieces = [
        (np.stack(corners, axis=1)[count == number], source[count == number])
        for number, pattern in enumerate(patterns)
        for corners in pattern
    ]
    return vertices, np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces]), bool(len(pairs))


def _project_textures(corners: NDArray) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Coordinates (F, 3, 2) by projection along the axis that each face looks along most, and a texture a region."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    axis = np.abs(normals).argmax(axis=1)
    kept = np.array([[2, 1], [0, 2], [0, 1]])[axis]
    texcoords = np.take_along_axis(corners, kept[:, None, :].repeat(3, axis=1), axis=2) / TEXTURE_SPAN_M
    region = np.floor(corners.mean(axis=1) / TEXTURE_SPAN_M).astype(np.int64)
    rows = (region @ [3, 5, 7] + axis) % NUM_TEXTURES
    return texcoords.astype(np.float32), rows.astype(np.int32)


def _photograph(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A picture with detail at every scale, as surfaces in a photograph have."""
    total = np.full((side, side, 3), 0.5) * rng.uniform(0.8, 1.2, 3)
    for size in (8, 32, 128, side):
        noise = rng.uniform(0, 255, (size, size, 1)).repeat(3, axis=2).astype(np.uint8)
        smooth = Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)
        total += (np.asarray(smooth, np.float64) / 255.0 - 0.5) * 0.35
    return np.clip(total * 255.0, 0, 255).astype(np.uint8)
