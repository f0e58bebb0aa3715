"""The instance id of each drawn face, from a semantic mesh of the same or of another geometry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.rendering.surface_colors import texel_colors
from leo_agent.envs.scenes.instances.labels import Labels
from leo_agent.envs.scenes.instances.nearest import nearest_faces
from leo_agent.envs.scenes.meshes.triangles import Triangles

# A drawn face further than that from the whole semantic mesh is taken to be no part of any instance.
MAX_DISTANCE_M = 0.2
SMALL_FACE_M = 0.1
# The part of the drawn surface that may be as far as that before the meshes are taken for different scenes.
_MAX_FAR_PART = 0.1
# Where a face is looked at: its centre first, then half-way from there to each corner.
_PROBES = np.array([[2, 2, 2], [4, 1, 1], [1, 4, 1], [1, 1, 4]], np.float64) / 6.0


def instance_ids(render: Triangles, semantic: Triangles, labels: Labels, where: str) -> NDArray[np.int32]:
    """The instance id (F,) of each face of `render`, both meshes in the world frame; `where` stands in messages.

    A face that the semantic mesh has too (the same corners to 1/100 mm) gets that face's id. Any other face is looked
    up at its centre and, if it is larger than SMALL_FACE_M, half-way to its corners: each of these points gets the id
    at the nearest point of the semantic mesh (0 beyond MAX_DISTANCE_M), and the id that most of them have wins, the
    centre's among equals. Where ids are painted into a texture (HM3D), faces of the same corners are looked up at these
    points as well. Colours that `labels` does not know are id 0, as habitat-sim reads painted textures.

    Raises:
        InputError: the ids cannot be found (neither `_OBJECT_ID` or object_id, nor colours that `labels` knows), or the
            two meshes lie apart.
    """
    # 1. Faces that both meshes have.
    twins = _twin_faces(render, semantic)
    alone = np.flatnonzero(twins < 0)
    rows = np.repeat(twins[:, None], len(_PROBES), axis=1)
    weights = np.broadcast_to(_PROBES, (len(twins), *_PROBES.shape)).copy()
    # 2. The others: points of each, and the place of the semantic mesh that is nearest to each point.
    if len(alone):
        corners = render.vertices.astype(np.float64)[render.faces[alone]]
        large = np.ptp(corners, axis=1).max(axis=1) > SMALL_FACE_M
        centers, others = corners.mean(axis=1), np.einsum("pk,fkc->fpc", _PROBES[1:], corners[large])
        points = np.concatenate([centers, others.reshape(-1, 3)])
        found, places = nearest_faces(semantic.vertices, semantic.faces, points, MAX_DISTANCE_M)
        rows[alone], weights[alone] = found[: len(alone), None], places[: len(alone), None]
        rows[alone[large], 1:] = found[len(alone) :].reshape(-1, len(_PROBES) - 1)
        weights[alone[large], 1:] = places[len(alone) :].reshape(-1, len(_PROBES) - 1, 3)
        _check_overlap(rows, render, where)
    # 3. The ids there, and the one that most points of a face have.
    ids = _ids_at(semantic, labels, rows.ravel(), weights.reshape(-1, 3), where).reshape(rows.shape)
    votes = (ids[:, :, None] == ids[:, None, :]).sum(axis=2)
    return np.take_along_axis(ids, votes.argmax(axis=1)[:, None], axis=1)[:, 0]


def _check_overlap(rows: NDArray[np.int64], render: Triangles, where: str) -> None:
    corners = render.vertices.astype(np.float64)[render.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    far = float(areas[rows[:, 0] < 0].sum()) / max(float(areas.sum()), 1e-30)
    if far > _MAX_FAR_PART:
        raise InputError(
            f"{where}: found {far:.0%} of the drawn surface further than {MAX_DISTANCE_M} m from this mesh, "
            "expected the same geometry or nearly: is it of another scene, or turned another way?"
        )


def _ids_at(
    semantic: Triangles, labels: Labels, rows: NDArray[np.int64], weights: NDArray[np.float64], where: str
) -> NDArray[np.int32]:
    """Ids (N,) at points of faces; 0 where the row is -1."""
    if semantic.object_ids is not None:
        return np.where(rows >= 0, semantic.object_ids[rows], 0).astype(np.int32)
    if semantic.face_textures is not None:
        colors = texel_colors(semantic, np.maximum(rows, 0), weights)
    elif semantic.label_colors is not None:
        colors = semantic.label_colors[np.maximum(rows, 0)]
    else:
        raise InputError(
            f"{where}: found no vertex attribute _OBJECT_ID, no face property object_id, no colours and no texture, "
            "expected instance ids there"
        )
    if not labels.color_ids:
        raise InputError(f"{where}: found painted colours, expected a .semantic.txt that names their instances")
    known = np.array(sorted(labels.color_ids), np.int64)
    known_ids = np.array([labels.color_ids[color] for color in known.tolist()], np.int32)
    packed = colors.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    place = np.minimum(np.searchsorted(known, packed), len(known) - 1)
    hit = (known[place] == packed) & (rows >= 0)
    if len(hit) and not hit.any():
        raise InputError(
            f"{where}: found none of the {len(known)} colours that name instances, expected sRGB colours in a texture "
            "or linear ones as COLOR_0"
        )
    return np.where(hit, known_ids[place], 0).astype(np.int32)


def _twin_faces(render: Triangles, semantic: Triangles) -> NDArray[np.int64]:
    """The row (F,) of the semantic face with the same corners as each render face, -1 without one.

    Of several with the same corners the first goes to the first, the second to the second, and so on.
    """
    render_keys, semantic_keys = _face_keys(render), _face_keys(semantic)
    render_hash, semantic_hash = _hash(render_keys), _hash(semantic_keys)
    render_order, semantic_order = np.argsort(render_hash, kind="stable"), np.argsort(semantic_hash, kind="stable")
    wanted, offered = render_hash[render_order], semantic_hash[semantic_order]
    start, end = np.searchsorted(offered, wanted, "left"), np.searchsorted(offered, wanted, "right")
    rank = np.arange(len(wanted)) - np.searchsorted(wanted, wanted, "left")
    row = semantic_order[np.minimum(np.minimum(start + rank, end - 1).clip(0), len(offered) - 1)]
    same = (end > start) & np.all(semantic_keys[row] == render_keys[render_order], axis=1)
    twins = np.empty(len(wanted), np.int64)
    twins[render_order] = np.where(same, row, -1)
    return twins


def _face_keys(triangles: Triangles) -> NDArray[np.int64]:
    """Corner coordinates (F, 9) in 1/100 mm, in an order that does not depend on which corner is first."""
    vertices = np.round(triangles.vertices.astype(np.float64) * 1e5).astype(np.int64)
    order = np.argsort(_hash(vertices)[triangles.faces], axis=1)
    return vertices[np.take_along_axis(triangles.faces, order, axis=1)].reshape(-1, 9)


def _hash(keys: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number (N,) for each row of keys; equal rows have equal ones."""
    mixed = np.zeros(len(keys), np.uint64)
    for column in keys.T:
        mixed = (mixed ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed
