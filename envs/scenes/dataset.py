"""Finds the files of a scene through Habitat's configuration: scene dataset, scene instance, stage and objects."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.envs.scenes.json_fields import describe, take
from leo_agent.envs.scenes.meshes.mesh_files import MESH_ENDINGS
from leo_agent.envs.scenes.paths import inside, is_file, located, strip_scene_prefix
from leo_agent.envs.scenes.placement import PlacedObject, instance_scale, is_asset_local, place_object
from leo_agent.envs.scenes.stage_files import SceneFiles, stage_files
from leo_agent.envs.scenes.template_table import TemplateTable
from leo_agent.envs.scenes.templates import Template

_log = logging.getLogger(__name__)

_STAGE_ENDING = ".stage_config.json"
_OBJECT_ENDING = ".object_config.json"
_SCENE_ENDING = ".scene_instance.json"
_SEMANTIC_ENDING = ".semantic_config.json"
# Up and front of a .glb given without any stage configuration: Habitat takes them as in Matterport3D.
_BARE_ATTRIBUTES = {"up": [0.0, 0.0, 1.0], "front": [0.0, 1.0, 0.0]}


def find_scene(scenes: Path, scene_id: str, scene_dataset_config: str) -> SceneFiles:
    """The files of a scene as an episode names it.

    Args:
        scenes: the folder that both names are relative to, unless they are absolute.
        scene_id: a scene instance, a stage or a mesh, with or without Habitat's prefix `data/scene_datasets/`.
        scene_dataset_config: the configuration file, or "default": then `scene_id` is a mesh file, whose stage
            configuration may stand beside it.

    Raises:
        InputError: there is no such scene, or one of its files is damaged.
    """
    where = f"scene {scene_id!r}"
    scene_path = located(scenes, scene_id, where)
    if scene_dataset_config == "default":
        if scene_path.name.endswith(_SCENE_ENDING):
            raise InputError(f"{where}: found no scene dataset configuration, expected one for this file")
        if not is_file(scene_path):
            raise InputError(f"{scene_path}: no such file, expected the mesh of scene {scene_id!r}")
        stages = TemplateTable(scenes / "default", {}, "stages", _STAGE_ENDING, _BARE_ATTRIBUTES)
        return stage_files(stages.from_file(scene_path, _wall(scene_path, scenes)))
    config_path = located(scenes, scene_dataset_config, where)
    return SceneDataset(config_path).find(strip_scene_prefix(scene_id), scene_path, scenes)


def _wall(path: Path, *folders: Path) -> Path:
    """The folder that what a file names has to stay in: the first one that it is in, else its own."""
    return next((folder for folder in folders if path.is_relative_to(folder)), path.parent)


class SceneDataset:
    """A `*.scene_dataset_config.json`: its stages, objects, scene instances, navmeshes and semantic descriptors."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._config = read_json_object(path)
        self._stages = TemplateTable(path, self._config, "stages", _STAGE_ENDING, _BARE_ATTRIBUTES)
        self._objects = TemplateTable(path, self._config, "objects", _OBJECT_ENDING)
        self._scenes = TemplateTable(path, self._config, "scene_instances", _SCENE_ENDING)

    def find(self, name: str, path: Path, scenes: Path) -> SceneFiles:
        """The files of the scene instance, else of the bare stage, that a name or a path inside `scenes` stands for."""
        if path.name.endswith(MESH_ENDINGS):
            if is_file(path):
                return stage_files(self._stages.from_file(path, _wall(path, self._path.parent, scenes)))
        elif path.name.endswith(_STAGE_ENDING):
            return stage_files(self._stages.find(name))
        else:
            ending = "" if path.name.endswith(_SCENE_ENDING) else _SCENE_ENDING
            beside = path.with_name(f"{path.name}{ending}")
            if is_file(beside):
                return self._from_instance(self._scenes.from_file(beside, self._path.parent))
            if ending == "":
                return self._from_instance(self._scenes.find(name))
        for exact in (True, False):
            if not path.name.endswith(MESH_ENDINGS) and self._scenes.match(name, exact):
                return self._from_instance(self._scenes.find(name))
            if self._stages.match(name, exact):
                break
        return stage_files(self._stages.find(name))

    def _from_instance(self, template: Template) -> SceneFiles:
        instance, where = template.attributes, template.where
        articulated = instance.get("articulated_object_instances")
        if articulated:
            count = len(articulated) if isinstance(articulated, list) else describe(articulated)
            _log.warning("%s: %s articulated objects are left out, as habitat-sim does without physics", where, count)
        stage = take(instance, "stage_instance", dict, where)
        objects = tuple(self._placed_objects(instance, where))
        files = stage_files(self._stages.find(take(stage, "template_name", str, f"{where}: stage_instance")))
        scale = instance_scale(stage, f"{where}: stage_instance")[:, None]
        navmesh = self._navmesh(instance, where)
        beside = template.folder / f"{template.name}.navmesh"
        if navmesh is None and is_file(beside):
            navmesh = beside
        return replace(
            files,
            # Where furniture stands, the navmesh of the empty stage would lead through it.
            navmesh=navmesh or (None if objects else files.navmesh),
            instances=files.instances or self._descriptor(template),
            T_world_asset=files.T_world_asset * scale,
            T_world_semantic=files.T_world_semantic * scale,
            objects=objects,
        )

    def _navmesh(self, instance: dict[str, Any], where: str) -> Path | None:
        """The navmesh that a scene instance names; a name without a file is passed over, as by habitat-sim."""
        if not instance.get("navmesh_instance"):
            return None
        handle = take(instance, "navmesh_instance", str, where)
        handles = (
            take(self._config, "navmesh_instances", dict, str(self._path))
            if "navmesh_instances" in self._config
            else {}
        )
        place = f"{self._path}: navmesh_instances"
        if handle not in handles:
            _log.warning("%s: its navmesh_instance %s is none of those in %s", where, handle, self._path)
            return None
        path = inside(self._path.parent, self._path.parent, take(handles, handle, str, place), place)
        if not is_file(path):
            _log.warning("%s: its navmesh %s is not there", where, path)
            return None
        return path

    def _descriptor(self, template: Template) -> Path | None:
        """The file with the names of categories that a scene instance refers to, None if there is none."""
        handle = template.text("semantic_scene_instance")
        if handle is None:
            return None
        handles = self._config.get("semantic_scene_descriptor_instances")
        if isinstance(handles, dict) and isinstance(handles.get(handle), str):
            place = f"{self._path}: semantic_scene_descriptor_instances"
            return inside(self._path.parent, self._path.parent, handles[handle], place)
        table = TemplateTable(self._path, self._config, "semantic_scene_descriptor_instances", _SEMANTIC_ENDING)
        found = table.match(handle, exact=True) or table.match(handle, exact=False)
        return table.find(handle).path("semantic_descriptor_filename") if found else None

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
