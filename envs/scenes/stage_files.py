"""The files of a stage: those that its template names, and those beside its mesh that go with it by name."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.json_fields import describe, take
from leo_agent.envs.scenes.meshes.mesh_files import MESH_ENDINGS, check_mesh, mesh_name, mesh_stem
from leo_agent.envs.scenes.paths import is_file
from leo_agent.envs.scenes.placement import PlacedObject, without_basis
from leo_agent.envs.scenes.templates import Template, orientation, semantic_orientation

_log = logging.getLogger(__name__)
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


def stage_files(template: Template) -> SceneFiles:
    """The files of a stage.

    Raises:
        InputError: it names no mesh, one of an unknown kind, or one outside its root; or a field is wrong.
    """
    attributes, where = template.attributes, template.where
    render_asset = template.render_asset
    if render_asset is None:
        take(attributes, "render_asset", str, where)
        raise InputError(f"{where}: found an empty render_asset, expected a {' or '.join(MESH_ENDINGS)} file")
    semantic_asset = template.optional_path("semantic_asset")
    instances = template.optional_path("semantic_descriptor_filename")
    if template.mesh is not None and not {"semantic_asset", "semantic_descriptor_filename"} & attributes.keys():
        semantic_asset, instances = _semantics_beside(render_asset)
    check_mesh(render_asset, where)
    if semantic_asset is not None:
        check_mesh(semantic_asset, where)
    name = mesh_name(render_asset)
    listed = render_asset.with_name(f"{name}.instances.json")
    return SceneFiles(
        name=name,
        root=template.root,
        render_asset=without_basis(render_asset),
        semantic_asset=semantic_asset,
        navmesh=_navmesh(template, render_asset),
        instances=listed if is_file(listed) else instances,
        T_world_asset=orientation(attributes, where),
        T_world_semantic=_semantic_orientation(attributes, render_asset, semantic_asset, where),
        semantic_textures=_painted(attributes, where),
    )


def _navmesh(template: Template, render_asset: Path) -> Path | None:
    """The stage's navmesh, else one of the mesh's own name."""
    named = template.optional_path("nav_asset")
    if named is not None and not is_file(named):
        _log.warning("%s: its nav_asset %s is not there", template.where, named)
    paths = (
        named,
        *(render_asset.with_name(f"{n}.navmesh") for n in (mesh_stem(render_asset), mesh_name(render_asset))),
    )
    return next((path for path in paths if path is not None and is_file(path)), None)


def _semantic_orientation(
    attributes: dict[str, Any], render_asset: Path, semantic_asset: Path | None, where: str
) -> NDArray[np.float64]:
    if semantic_asset is None or semantic_asset.suffix != ".ply" or render_asset.suffix == ".ply":
        return semantic_orientation(attributes, where)
    scale: NDArray[np.float64] = np.linalg.norm(orientation(attributes, where), axis=1)[:, None]
    return _T_WORLD_PLY * scale


def _painted(attributes: dict[str, Any], where: str) -> bool | None:
    value = attributes.get("has_semantic_textures")
    if value is not None and not isinstance(value, bool):
        raise InputError(f"{where}: 'has_semantic_textures' must be true or false, found {describe(value)}")
    return value


def _semantics_beside(mesh: Path) -> tuple[Path | None, Path | None]:
    """Semantic mesh and names beside a mesh that no configuration describes: Matterport3D's, HM3D's or Replica's."""
    stem, name = mesh_stem(mesh), mesh_name(mesh)
    for semantic_name, label_names in (
        (f"{name}.semantic.glb", (f"{name}.semantic.txt",)),
        (f"{stem}_semantic.ply", (f"{stem}.house", f"{stem}.scn", f"{stem}_semantic.txt", "info_semantic.json")),
    ):
        semantic_asset = mesh.with_name(semantic_name)
        labels = next((path for path in map(mesh.with_name, label_names) if is_file(path)), None)
        if is_file(semantic_asset) and labels is not None:
            return semantic_asset, labels
    return None, None
