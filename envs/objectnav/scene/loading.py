"""Loads a scene: the mesh to draw with the instance id of each face, and the instances as objects."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from envs.errors import InputError
from envs.objectnav.json_fields import describe
from envs.objectnav.scene.dataset import SceneFiles
from envs.objectnav.scene.glb import Triangles, read_glb
from envs.objects import ObjectSet, bounding_box, sample_surface
from envs.rendering import Mesh


@dataclass(frozen=True, eq=False)
class LoadedScene:
    """The mesh of a scene in the world frame, and its instances with points of their surfaces."""

    mesh: Mesh
    objects: ObjectSet


def load_scene(files: SceneFiles, num_points: int, categories: Mapping[int, str] | None = None) -> LoadedScene:
    """Read a scene's meshes and sample `num_points` points of each instance, the same ones each time.

    Categories come from the scene's `.instances.json`, else from `categories` (by instance id), else they are None.
    Raises `InputError` for files that are missing, corrupt or not supported.
    """
    triangles = read_glb(files.render_asset)
    ids = np.zeros(len(triangles.faces), np.int32)
    if files.semantic_asset is not None:
        ids = _instance_ids(triangles, read_glb(files.semantic_asset), files)
    vertices = (triangles.vertices @ files.T_world_asset.T).astype(np.float32)
    mesh = Mesh(vertices, triangles.faces, triangles.colors, ids, ~triangles.double_sided)
    names = dict(categories or {}) if files.instances is None else _read_categories(files.instances)
    # Seeded by the name alone, so that every process samples the same points of a scene.
    rng = np.random.default_rng(zlib.crc32(files.name.encode()))
    return LoadedScene(mesh, sample_objects(mesh, num_points, names, rng))


def sample_objects(mesh: Mesh, num_points: int, categories: Mapping[int, str], rng: np.random.Generator) -> ObjectSet:
    """The instances of a mesh in the order of their ids, with points (K, P, 6) and the boxes of all their vertices."""
    order = np.argsort(mesh.ids, kind="stable")
    ids, starts = np.unique(mesh.ids[order], return_index=True)
    objects = ObjectSet.empty(num_points)
    points, boxes, kept = [objects.points], [objects.boxes], []
    for instance, faces in zip(ids, np.split(order, starts[1:]), strict=True):
        if instance == 0:
            continue
        kept.append(int(instance))
        points.append(sample_surface(mesh.vertices, mesh.faces[faces], mesh.colors[faces], num_points, rng)[None])
        boxes.append(bounding_box(mesh.vertices[mesh.faces[faces].ravel()])[None])
    return ObjectSet(
        np.concatenate(points),
        np.concatenate(boxes),
        np.array(kept, np.int64),
        [categories.get(instance) for instance in kept],
    )


def _instance_ids(render: Triangles, semantic: Triangles, files: SceneFiles) -> NDArray[np.int32]:
    """The instance id (F,) of each face of the render mesh: that of the semantic face with the same corners."""
    if semantic.object_ids is None:
        raise InputError(f"{files.semantic_asset}: found no vertex attribute _OBJECT_ID, expected instance ids there")
    render_keys, semantic_keys = _face_keys(render), _face_keys(semantic)
    render_order, semantic_order = np.lexsort(render_keys.T), np.lexsort(semantic_keys.T)
    same_count = len(render_keys) == len(semantic_keys)
    if not same_count or not np.array_equal(render_keys[render_order], semantic_keys[semantic_order]):
        raise InputError(
            f"{files.semantic_asset}: found {len(semantic_keys)} triangles other than the {len(render_keys)} of "
            f"{files.render_asset.name}, expected the same geometry: a coarser semantic mesh is not supported yet"
        )
    ids = np.empty(len(render_keys), np.int32)
    ids[render_order] = semantic.object_ids[semantic_order]
    return ids


def _face_keys(triangles: Triangles) -> NDArray[np.int64]:
    """Corner coordinates (F, 9) in 1/100 mm, corners sorted: equal for the same triangle whatever its first corner."""
    corners = np.round(triangles.vertices.astype(np.float64)[triangles.faces] * 1e5).astype(np.int64)
    order = np.lexsort((corners[..., 2], corners[..., 1], corners[..., 0]), axis=1)
    return np.take_along_axis(corners, order[..., None], axis=1).reshape(-1, 9)


def _read_categories(path: Path) -> dict[int, str]:
    """Instance id to category from a list of objects with `id` and `category`."""
    try:
        records = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON ({' '.join(str(error).split())})") from error
    if not isinstance(records, list):
        raise InputError(f"{path}: expected a list of instances, found {describe(records)}")
    categories = {}
    for number, record in enumerate(records):
        if (
            not isinstance(record, dict)
            or type(record.get("id")) is not int
            or not isinstance(record.get("category"), str)
        ):
            raise InputError(
                f"{path}: instance {number} needs an integer 'id' and a text 'category', found {describe(record)}"
            )
        categories[record["id"]] = record["category"]
    return categories
