"""Loads a scene: the mesh to draw with the instance id of each face, and the instances as objects."""

from __future__ import annotations

import itertools
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.objects import ObjectSet, bounding_box, sample_surface
from leo_agent.envs.rendering import Mesh
from leo_agent.envs.rendering.surface_colors import surface_tint
from leo_agent.envs.scenes.instances.labels import Labels, read_labels
from leo_agent.envs.scenes.instances.semantics import instance_ids
from leo_agent.envs.scenes.meshes.glb import MAX_PIXELS
from leo_agent.envs.scenes.meshes.mesh_files import read_mesh
from leo_agent.envs.scenes.meshes.triangles import Triangles, check_size, join
from leo_agent.envs.scenes.placement import PlacedObject
from leo_agent.envs.scenes.stage_files import SceneFiles

# Each has a point cloud, 24 kB with 1024 points; scans of whole buildings have some thousands.
MAX_INSTANCES = 10_000


@dataclass(frozen=True, eq=False)
class LoadedScene:
    """A scene's geometry, world frame."""

    mesh: Mesh
    objects: ObjectSet  # the instances, with points of their surfaces
    face_objects: NDArray[np.int32]  # (F,) row of `SceneFiles.objects` that a face belongs to, -1 = the stage


def load_scene(files: SceneFiles, num_points: int, categories: Mapping[int, str] | None = None) -> LoadedScene:
    """Read a scene's meshes and sample `num_points` points of each instance, the same ones each time.

    Instances are those of the stage's semantic mesh (id 0: none) and each separate object. An object has its template's
    semantic_id where that is no other's id; else, since such ids are classes, the next free id in the order of the
    file. Categories come from the scene's own files, else from `categories` (by instance id), else they are None.

    Raises:
        InputError: a file is missing, corrupt or not supported.
    """
    # 1. The stage, and the instance id of each of its faces.
    labels = Labels() if files.instances is None else read_labels(files.instances)
    stage = read_mesh(files.render_asset, files.root).placed(_pose(files.T_world_asset, np.zeros(3)))
    ids = np.zeros(len(stage.faces), np.int32)
    if files.semantic_asset is not None:
        ids = instance_ids(stage, _read_semantic(files, files.semantic_asset), labels, str(files.semantic_asset))
    names = {**(categories or {}), **labels.categories}
    # 2. The separate objects, each with an id that is free, and a name where the lexicon knows its class.
    triangles, face_objects = stage, np.full(len(stage.faces), -1, np.int32)
    if files.objects:
        object_ids = _object_ids([item.semantic_id for item in files.objects], {0, *np.unique(ids).tolist()})
        parts = _place_objects(files, stage)
        triangles = join([stage, *parts])
        counts = [len(part.faces) for part in parts]
        face_objects = np.append(face_objects, np.repeat(np.arange(len(parts), dtype=np.int32), counts))
        ids = np.append(ids, np.repeat(object_ids, counts).astype(np.int32))
        for item, instance in zip(files.objects, object_ids, strict=True):
            if instance != item.semantic_id:
                names.pop(instance, None)
            if item.semantic_id in labels.classes:
                names[instance] = labels.classes[item.semantic_id]
    instance_count = len(np.unique(ids))
    if instance_count > MAX_INSTANCES:
        raise InputError(f"scene {files.name!r}: found {instance_count} instances, expected at most {MAX_INSTANCES}")
    # 3. Points of each instance.
    mesh = _mesh(triangles, ids)
    # Seeded by the name alone, so that every process samples the same points of a scene.
    rng = np.random.default_rng(zlib.crc32(files.name.encode()))
    return LoadedScene(mesh, sample_objects(mesh, num_points, names, rng), face_objects)


def sample_objects(mesh: Mesh, num_points: int, categories: Mapping[int, str], rng: np.random.Generator) -> ObjectSet:
    """The instances of a mesh in the order of their ids, with points (K, P, 6) and the boxes of all their vertices."""
    order = np.argsort(mesh.ids, kind="stable")
    ids, starts = np.unique(mesh.ids[order], return_index=True)
    objects = ObjectSet.empty(num_points)
    points, boxes, kept = [objects.points], [objects.boxes], []
    painted = mesh.face_textures is not None or mesh.vertex_colors is not None
    for instance, rows in zip(ids, np.split(order, starts[1:]), strict=True):
        if instance == 0:
            continue
        kept.append(int(instance))
        tint = partial(_tint_of_rows, mesh, rows) if painted else None
        points.append(sample_surface(mesh.vertices, mesh.faces[rows], mesh.colors[rows], num_points, rng, tint)[None])
        boxes.append(bounding_box(mesh.vertices[mesh.faces[rows].ravel()])[None])
    return ObjectSet(
        np.concatenate(points),
        np.concatenate(boxes),
        np.array(kept, np.int64),
        [categories.get(instance) for instance in kept],
    )


def _tint_of_rows(
    mesh: Mesh, rows: NDArray[np.integer], faces: NDArray[np.integer], weights: NDArray[np.floating]
) -> NDArray[np.float64]:
    return surface_tint(mesh, rows[faces], weights)


def _mesh(triangles: Triangles, ids: NDArray[np.int32]) -> Mesh:
    return Mesh(
        triangles.vertices,
        triangles.faces,
        triangles.colors,
        ids,
        ~triangles.double_sided,
        triangles.texcoords,
        triangles.face_textures,
        triangles.textures,
        triangles.vertex_colors,
    )


def _read_semantic(files: SceneFiles, path: Path) -> Triangles:
    """The semantic mesh of a stage in the world frame, with its textures only if the ids are painted there."""
    semantic = read_mesh(path, files.root, labels=True)
    if files.semantic_textures and semantic.face_textures is None:
        raise InputError(f"{path}: found no textures, expected ids painted there: has_semantic_textures true is given")
    if files.semantic_textures is False and semantic.label_colors is not None:
        semantic = replace(semantic, face_textures=None)
    return semantic.placed(_pose(files.T_world_semantic, np.zeros(3)))


def _place_objects(files: SceneFiles, stage: Triangles) -> list[Triangles]:
    """The triangles of each separate object in the world frame, if they and the stage are not too many."""
    uses = Counter(item.render_asset for item in files.objects)
    # Hundreds of models share the memory that one scan may take; none gets less than a texture of 1024^2.
    most_pixels = max(MAX_PIXELS // len(uses), 1 << 20)
    assets: dict[Path, Triangles] = {}
    vertex_count, face_count = len(stage.vertices), len(stage.faces)
    for path, times in uses.items():
        assets[path] = read_mesh(path, files.root, most_pixels=most_pixels)
        vertex_count += times * len(assets[path].vertices)
        face_count += times * len(assets[path].faces)
        check_size(vertex_count, face_count, f"scene {files.name!r} with {times} x {path.name}")
    return [_place_object(item, assets[item.render_asset]) for item in files.objects]


def _place_object(item: PlacedObject, asset: Triangles) -> Triangles:
    center = item.center_of_mass
    if center is None:
        turned = asset.vertices @ item.T_object_asset.T
        center = (turned.min(axis=0) + turned.max(axis=0)) / 2.0
    return asset.placed(_pose(item.rotation @ item.T_object_asset, item.translation - item.rotation @ center))


def _object_ids(semantic_ids: list[int], taken: set[int]) -> list[int]:
    """One id for each object: its semantic id if that is unique and free, else the next one that is free."""
    own = {value for value, count in Counter(semantic_ids).items() if count == 1} - taken
    free = (value for value in itertools.count(1) if value not in taken and value not in own)
    return [value if value in own else next(free) for value in semantic_ids]


def _pose(linear: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = linear, position
    return pose
