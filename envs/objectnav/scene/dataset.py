"""Finds the files of a scene through Habitat's configuration: scene dataset, scene instance, stage."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.errors import InputError
from envs.objectnav.episodes import is_file, strip_scene_prefix
from envs.objectnav.json_fields import describe, read_json_object, take, take_vector

_STAGE_ENDING = ".stage_config.json"
_SCENE_ENDING = ".scene_instance.json"
_NAME_PLACEHOLDER = "%%CONFIG_NAME_AS_ASSET_FILENAME%%"
# Up and front of a mesh given without any stage configuration: Habitat takes them as in Matterport3D.
_BARE_UP, _BARE_FRONT = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)


@dataclass(frozen=True, eq=False)
class SceneFiles:
    """What a scene consists of.

    T_world_asset (3, 3) takes vertices as stored to the world frame (+Y up, metres); `semantic_asset` holds the same
    geometry with instance ids; `instances` names the categories of the ids. None where the scene has no such file.
    """

    name: str
    render_asset: Path
    semantic_asset: Path | None
    navmesh: Path | None
    instances: Path | None
    T_world_asset: NDArray[np.float64]


def find_scene(scenes: Path, scene_id: str, scene_dataset_config: str) -> SceneFiles:
    """The files of a scene as an episode names it.

    `scene_id` and `scene_dataset_config` are relative to the folder `scenes`, with or without Habitat's prefix
    `data/scene_datasets/`; with the configuration "default" `scene_id` is a mesh file. Raises `InputError`.
    """
    scene_path = scenes / strip_scene_prefix(scene_id)
    if scene_dataset_config == "default":
        if scene_path.name.endswith(_SCENE_ENDING):
            raise InputError(f"scene {scene_id!r}: found no scene dataset configuration, expected one for this file")
        if not is_file(scene_path):
            raise InputError(f"{scene_path}: no such file, expected the mesh of scene {scene_id!r}")
        return _stage_files(scene_path, {"up": list(_BARE_UP), "front": list(_BARE_FRONT)}, scene_path, None)
    return SceneDataset(scenes / strip_scene_prefix(scene_dataset_config)).find(scene_path)


class SceneDataset:
    """A `*.scene_dataset_config.json`: where stages and scene instances lie, and the navmesh of each handle."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._config = read_json_object(path)

    def find(self, scene_path: Path) -> SceneFiles:
        """The files of the scene instance (or bare stage) that a path names."""
        if scene_path.name.endswith(_SCENE_ENDING):
            if not is_file(scene_path):
                scene_path = self._match("scene_instances", scene_path.name, _SCENE_ENDING)
            return self._from_instance(scene_path)
        return self._from_stage(scene_path.name.removesuffix(_STAGE_ENDING), None)

    def _from_instance(self, path: Path) -> SceneFiles:
        instance = read_json_object(path)
        where = str(path)
        objects = take(instance, "object_instances", list, where) if "object_instances" in instance else []
        if objects or instance.get("articulated_object_instances"):
            raise InputError(
                f"{where}: found {len(objects) or 'articulated'} object instances, expected none: scenes made of "
                "separate objects are not supported yet"
            )
        stage = take(instance, "stage_instance", dict, where)
        navmesh = self._navmesh(instance, where)
        return self._from_stage(take(stage, "template_name", str, f"{where}: stage_instance"), navmesh)

    def _navmesh(self, instance: dict[str, Any], where: str) -> Path | None:
        if not instance.get("navmesh_instance"):
            return None
        handle = take(instance, "navmesh_instance", str, where)
        handles = take(self._config, "navmesh_instances", dict, str(self._path))
        if handle not in handles:
            raise InputError(f"{where}: found navmesh_instance {handle!r}, expected one of those in {self._path}")
        return self._path.parent / _take_path(handles, handle, f"{self._path}: navmesh_instances")

    def _from_stage(self, template: str, navmesh: Path | None) -> SceneFiles:
        path = self._match("stages", template, _STAGE_ENDING)
        stages = self._config["stages"]
        attributes = take(stages, "default_attributes", dict, str(self._path)) if "default_attributes" in stages else {}
        return _stage_files(path, {**attributes, **read_json_object(path)}, None, navmesh)

    def _match(self, table: str, name: str, ending: str) -> Path:
        """The one configuration file of a table whose path ends in `name`.

        Habitat takes the first whose name contains `name`, so that house_1 can become house_12; here it must be equal.
        """
        wanted = PurePosixPath(name.removesuffix(ending)).parts
        files = self._files(table, ending)
        found = [
            path for path in files if (*path.parent.parts, path.name.removesuffix(ending))[-len(wanted) :] == wanted
        ]
        if len(found) != 1:
            names = ", ".join(path.name.removesuffix(ending) for path in (found or files)[:10]) or "none"
            raise InputError(f"{self._path}: found {len(found)} {table} named {name!r}, expected one of: {names}")
        return found[0]

    def _files(self, table: str, ending: str) -> list[Path]:
        where = f"{self._path}: {table}"
        paths = take(take(self._config, table, dict, str(self._path)), "paths", dict, where)
        files: set[Path] = set()
        for pattern in take(paths, ".json", list, f"{where}: paths"):
            if not isinstance(pattern, str) or "\0" in pattern:
                raise InputError(f"{where}: a path must be a text, found {describe(pattern)}")
            for match in glob.glob(f"{glob.escape(str(self._path.parent))}/{pattern}", recursive=True):
                path = Path(match)
                files.update(path.glob(f"*{ending}") if path.is_dir() else [path])
        return sorted(path for path in files if path.name.endswith(ending))


def _stage_files(path: Path, attributes: dict[str, Any], mesh: Path | None, navmesh: Path | None) -> SceneFiles:
    """The files that a stage's attributes name, relative to the folder of `path`; `mesh` replaces render_asset."""
    where, name = str(path), path.name.removesuffix(_STAGE_ENDING)
    render_asset = mesh or path.parent / _take_path(attributes, "render_asset", where).replace(_NAME_PLACEHOLDER, name)
    semantic_asset = None
    if attributes.get("semantic_asset"):
        if attributes.get("has_semantic_textures"):
            raise InputError(f"{where}: found has_semantic_textures true, expected instance ids as _OBJECT_ID")
        semantic_asset = path.parent / _take_path(attributes, "semantic_asset", where).replace(_NAME_PLACEHOLDER, name)
    for asset in (render_asset, semantic_asset):
        if asset is not None and asset.suffix != ".glb":
            raise InputError(f"{where}: found the mesh {asset.name!r}, expected a .glb file")
    stem = render_asset.name.removesuffix(".glb").removesuffix(".basis")
    sibling = render_asset.with_name(f"{stem}.navmesh")
    instances = render_asset.with_name(f"{stem}.instances.json")
    return SceneFiles(
        name=stem,
        render_asset=render_asset,
        semantic_asset=semantic_asset,
        navmesh=navmesh or (sibling if is_file(sibling) else None),
        instances=instances if is_file(instances) else None,
        T_world_asset=_orientation(attributes, where),
    )


def _take_path(record: dict[str, Any], key: str, where: str) -> str:
    path = take(record, key, str, where)
    if "\0" in path:
        raise InputError(f"{where}: {key!r} must be a path, found {describe(path)}")
    return path


def _orientation(attributes: dict[str, Any], where: str) -> NDArray[np.float64]:
    """The matrix (3, 3) that turns a stage's up to +Y and its front to -Z, and scales it to metres."""
    up = take_vector(attributes, "up", 3, where) if "up" in attributes else np.array([0.0, 1.0, 0.0])
    front = take_vector(attributes, "front", 3, where) if "front" in attributes else np.array([0.0, 0.0, -1.0])
    lengths = np.linalg.norm(up), np.linalg.norm(front)
    if min(lengths) < 1e-6 or abs(up @ front) > 1e-3 * lengths[0] * lengths[1]:
        raise InputError(
            f"{where}: found up {up.tolist()} and front {front.tolist()}, expected two orthogonal directions"
        )
    up, front = up / lengths[0], front / lengths[1]
    scale = take_vector(attributes, "scale", 3, where) if "scale" in attributes else np.ones(3)
    unit = attributes.get("units_to_meters", 1.0)
    if type(unit) not in (int, float) or not 1e-6 < unit < 1e6 or scale.min() <= 0.0:
        raise InputError(
            f"{where}: found units_to_meters {describe(unit)}, scale {scale.tolist()}, expected positive ones"
        )
    return np.stack([np.cross(front, up), up, -front]) * scale * unit
