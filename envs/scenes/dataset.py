"""Finds the files of a scene through Habitat's configuration: scene dataset, scene instance, stage and objects."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.json_fields import describe, read_json_object, take
from leo_agent.envs.scenes.paths import inside, is_file, strip_scene_prefix
from leo_agent.envs.scenes.placement import PlacedObject, instance_scale, is_asset_local, place_object, without_basis
from leo_agent.envs.scenes.templates import Template, TemplateTable, mesh_template, orientation, semantic_orientation

_log = logging.getLogger(__name__)

_STAGE_ENDING = ".stage_config.json"
_OBJECT_ENDING = ".object_config.json"
_SCENE_ENDING = ".scene_instance.json"
_SEMANTIC_ENDING = ".semantic_config.json"
# Up and front of a mesh given without any stage configuration: Habitat takes them as in Matterport3D.
_BARE_ATTRIBUTES = {"up": [0.0, 0.0, 1.0], "front": [0.0, 1.0, 0.0]}
# Semantic meshes in PLY format have their z up, whatever the stage says, and lie where the stage lies. habitat-sim
# turns them twice, out of the building, unless the dataset gives semantic_up as +Y (habitat-lab's issue 835).
_T_WORLD_PLY = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@dataclass(frozen=True, eq=False)
class SceneFiles:
    """What a scene consists of; paths are None where the scene has no such file."""

    name: str
    root: Path  # no file that these files name is read outside this folder
    render_asset: Path  # the stage as it is drawn
    semantic_asset: Path | None  # the same geometry, or nearly, with instance ids
    navmesh: Path | None
    instances: Path | None  # names the categories of the instance ids
    T_world_asset: NDArray[np.float64]  # (3, 3) from the stage's vertices as stored to the world frame (+Y up, metres)
    T_world_semantic: NDArray[np.float64]  # (3, 3) the same for the semantic asset
    semantic_textures: bool | None  # ids are painted into textures, not into vertex colours; None = nothing says so
    objects: tuple[PlacedObject, ...] = ()


def find_scene(scenes: Path, scene_id: str, scene_dataset_config: str) -> SceneFiles:
    """The files of a scene as an episode names it.

    Args:
        scenes: the folder that both names are relative to.
        scene_id: a scene instance, a stage or a mesh, with or without Habitat's prefix `data/scene_datasets/`.
        scene_dataset_config: the configuration file, or "default": then `scene_id` is a mesh file.

    Raises:
        InputError: there is no such scene, or one of its files is damaged.
    """
    where = f"scene {scene_id!r}"
    scene_path = inside(scenes, scenes, strip_scene_prefix(scene_id), where)
    if scene_dataset_config == "default":
        if scene_path.name.endswith(_SCENE_ENDING):
            raise InputError(f"{where}: found no scene dataset configuration, expected one for this file")
        if not is_file(scene_path):
            raise InputError(f"{scene_path}: no such file, expected the mesh of scene {scene_id!r}")
        return _stage_files(mesh_template(scene_path, scenes, _BARE_ATTRIBUTES))
    config_path = inside(scenes, scenes, strip_scene_prefix(scene_dataset_config), where)
    return SceneDataset(config_path).find(scene_path, scenes)


class SceneDataset:
    """A `*.scene_dataset_config.json`: its stages, objects, scene instances, navmeshes and semantic descriptors."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._config = read_json_object(path)
        self._stages = TemplateTable(path, self._config, "stages", _STAGE_ENDING, _BARE_ATTRIBUTES)
        self._objects = TemplateTable(path, self._config, "objects", _OBJECT_ENDING)
        self._scenes = TemplateTable(path, self._config, "scene_instances", _SCENE_ENDING)

    def find(self, scene_path: Path, scenes: Path) -> SceneFiles:
        """The files of the scene instance (or bare stage) that a name, or a path inside `scenes`, stands for."""
        name = scene_path.name
        if name.endswith(_SCENE_ENDING):
            return self._from_instance(scene_path if is_file(scene_path) else self._scenes.find_file(name))
        if name.endswith(".glb") and is_file(scene_path):
            root = self._path.parent if scene_path.is_relative_to(self._path.parent) else scenes
            return _stage_files(self._stages.from_mesh(scene_path, root))
        if not name.endswith((".glb", _STAGE_ENDING)) and self._scenes.has_file(name):
            return self._from_instance(self._scenes.find_file(name))
        return _stage_files(self._stages.find(name.removesuffix(_STAGE_ENDING)))

    def _from_instance(self, path: Path) -> SceneFiles:
        instance, where = read_json_object(path), str(path)
        articulated = instance.get("articulated_object_instances")
        if articulated:
            count = len(articulated) if isinstance(articulated, list) else describe(articulated)
            _log.warning("%s: %s articulated objects are left out, as habitat-sim does without physics", where, count)
        stage = take(instance, "stage_instance", dict, where)
        objects = tuple(self._placed_objects(instance, where))
        files = _stage_files(self._stages.find(take(stage, "template_name", str, f"{where}: stage_instance")))
        scale = instance_scale(stage, f"{where}: stage_instance")[:, None]
        navmesh = self._navmesh(instance, where)
        beside = path.with_name(path.name.removesuffix(_SCENE_ENDING) + ".navmesh")
        if navmesh is None and is_file(beside):
            navmesh = beside
        return replace(
            files,
            # Where furniture stands, the navmesh of the empty stage would lead through it.
            navmesh=navmesh or (None if objects else files.navmesh),
            instances=files.instances or self._descriptor(instance, path),
            T_world_asset=files.T_world_asset * scale,
            T_world_semantic=files.T_world_semantic * scale,
            objects=objects,
        )

    def _navmesh(self, instance: dict[str, Any], where: str) -> Path | None:
        if not instance.get("navmesh_instance"):
            return None
        handle = take(instance, "navmesh_instance", str, where)
        handles = take(self._config, "navmesh_instances", dict, str(self._path))
        if handle not in handles:
            raise InputError(f"{where}: found navmesh_instance {handle!r}, expected one of those in {self._path}")
        place = f"{self._path}: navmesh_instances"
        return inside(self._path.parent, self._path.parent, take(handles, handle, str, place), place)

    def _descriptor(self, instance: dict[str, Any], path: Path) -> Path | None:
        """The file with the names of categories that a scene instance refers to, None if there is none."""
        name = path.name.removesuffix(_SCENE_ENDING)
        template = Template(name, path.parent, self._path.parent, str(path), instance, self._scenes.defaults)
        handle = template.text("semantic_scene_instance")
        if handle is None:
            return None
        handles = self._config.get("semantic_scene_descriptor_instances")
        if isinstance(handles, dict) and isinstance(handles.get(handle), str):
            place = f"{self._path}: semantic_scene_descriptor_instances"
            return inside(self._path.parent, self._path.parent, handles[handle], place)
        table = TemplateTable(self._path, self._config, "semantic_scene_descriptor_instances", _SEMANTIC_ENDING)
        return table.find(handle).path("semantic_descriptor_filename") if table.has_file(handle) else None

    def _placed_objects(self, instance: dict[str, Any], where: str) -> list[PlacedObject]:
        records = take(instance, "object_instances", list, where) if "object_instances" in instance else []
        at_asset_origin = is_asset_local(instance, where)
        templates: dict[str, Template] = {}
        placed = []
        for number, record in enumerate(records):
            place = f"{where}: object_instances[{number}]"
            if not isinstance(record, dict):
                raise InputError(f"{place} must be an object, found {describe(record)}")
            if record.get("is_instance_visible") is False:
                continue
            name = take(record, "template_name", str, place)
            if name not in templates:
                templates[name] = self._objects.find(name)
            placed.append(place_object(templates[name], record, is_asset_local(record, place, at_asset_origin), place))
        return placed


def _stage_files(template: Template) -> SceneFiles:
    """The files of a stage, and those beside its mesh that go with it by name."""
    attributes, where = template.attributes, template.where
    render_asset = template.mesh or template.path("render_asset")
    if render_asset is None:
        take(attributes, "render_asset", str, where)
        raise InputError(f"{where}: found an empty render_asset, expected a .glb file")
    semantic_asset = template.optional_path("semantic_asset")
    instances = template.optional_path("semantic_descriptor_filename")
    if template.mesh is not None and not {"semantic_asset", "semantic_descriptor_filename"} & attributes.keys():
        semantic_asset, instances = _semantics_beside(render_asset)
    for asset, endings in ((render_asset, (".glb",)), (semantic_asset, (".glb", ".ply"))):
        if asset is not None and asset.suffix not in endings:
            raise InputError(f"{where}: found the mesh {asset.name!r}, expected a {' or '.join(endings)} file")
    stem = render_asset.name.removesuffix(".glb")
    name = stem.removesuffix(".basis")
    listed = render_asset.with_name(f"{name}.instances.json")
    navmeshes = [template.optional_path("nav_asset"), *(render_asset.with_name(f"{n}.navmesh") for n in (stem, name))]
    is_ply = semantic_asset is not None and semantic_asset.suffix == ".ply"
    scale = np.linalg.norm(orientation(attributes, where), axis=1)[:, None]
    return SceneFiles(
        name=name,
        root=template.root,
        render_asset=without_basis(render_asset),
        semantic_asset=semantic_asset,
        navmesh=next((path for path in navmeshes if path is not None and is_file(path)), None),
        instances=listed if is_file(listed) else instances,
        T_world_asset=orientation(attributes, where),
        T_world_semantic=_T_WORLD_PLY * scale if is_ply else semantic_orientation(attributes, where),
        semantic_textures=_painted(attributes, where),
    )


def _painted(attributes: dict[str, Any], where: str) -> bool | None:
    value = attributes.get("has_semantic_textures")
    if value is not None and not isinstance(value, bool):
        raise InputError(f"{where}: 'has_semantic_textures' must be true or false, found {describe(value)}")
    return value


def _semantics_beside(mesh: Path) -> tuple[Path | None, Path | None]:
    """Semantic mesh and names beside a mesh that no configuration describes: Matterport3D's or HM3D's."""
    stem = mesh.name.removesuffix(".glb")
    name = stem.removesuffix(".basis")
    for semantic_name, label_names in (
        (f"{name}.semantic.glb", (f"{name}.semantic.txt",)),
        (f"{stem}_semantic.ply", (f"{stem}.house", f"{stem}.scn", f"{stem}_semantic.txt")),
    ):
        semantic_asset = mesh.with_name(semantic_name)
        labels = next((path for path in map(mesh.with_name, label_names) if is_file(path)), None)
        if is_file(semantic_asset) and labels is not None:
            return semantic_asset, labels
    return None, None
