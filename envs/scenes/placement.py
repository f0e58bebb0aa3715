"""Objects of a scene: what a scene instance says of one, together with its template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import rotation_matrix
from leo_agent.envs.scenes.json_fields import describe, take, take_vector
from leo_agent.envs.scenes.meshes.mesh_files import MESH_ENDINGS, check_mesh
from leo_agent.envs.scenes.paths import is_file
from leo_agent.envs.scenes.templates import Template, orientation


@dataclass(frozen=True, eq=False)
class PlacedObject:
    """An object of a scene."""

    name: str
    render_asset: Path
    T_object_asset: NDArray[np.float64]  # (3, 3) turns and scales the asset
    rotation: NDArray[np.float64]  # (3, 3) in the world
    translation: NDArray[np.float64]  # (3,) where the centre of mass stands in the world, metres
    center_of_mass: NDArray[np.float64] | None  # (3,) object frame; None = middle of the asset's bounding box
    semantic_id: int  # the template's, 0 if it has none
    is_static: bool  # can be part of a navmesh: habitat-sim takes only what the scene calls STATIC


def place_object(template: Template, record: dict[str, Any], at_asset_origin: bool, where: str) -> PlacedObject:
    """The object that a record of a scene instance places; `where` stands in messages.

    Raises:
        InputError: the template has no mesh, or a field of the record is wrong.
    """
    attributes = template.attributes
    asset = template.render_asset or template.path("collision_asset")
    if asset is None:
        raise InputError(f"{template.where}: found no render_asset, expected a {' or '.join(MESH_ENDINGS)} file")
    check_mesh(asset, template.where)
    scale = instance_scale(record, where)
    center = np.zeros(3) if at_asset_origin else None
    if not at_asset_origin and "COM" in attributes:
        size = take_vector(attributes, "scale", 3, template.where) if "scale" in attributes else np.ones(3)
        center = take_vector(attributes, "COM", 3, template.where) * size * scale
    quaternion = take_vector(record, "rotation", 4, where) if "rotation" in record else np.array([1.0, 0.0, 0.0, 0.0])
    length = np.linalg.norm(quaternion)
    if not 0.5 < length < 2.0:
        raise InputError(f"{where}: 'rotation' must be a unit quaternion w, x, y, z, found {quaternion.tolist()}")
    semantic_id = take(attributes, "semantic_id", int, template.where) if "semantic_id" in attributes else 0
    if not 0 <= semantic_id < 2**31:
        raise InputError(f"{template.where}: found semantic_id {describe(semantic_id)}, expected 0 to 2^31 - 1")
    return PlacedObject(
        name=template.name,
        render_asset=without_basis(asset),
        T_object_asset=orientation(attributes, template.where) * scale[:, None],
        rotation=rotation_matrix(quaternion[[1, 2, 3, 0]] / length),
        translation=take_vector(record, "translation", 3, where) if "translation" in record else np.zeros(3),
        center_of_mass=center,
        semantic_id=semantic_id,
        is_static=take(record, "motion_type", str, where).upper() == "STATIC" if "motion_type" in record else False,
    )


def instance_scale(record: dict[str, Any], where: str) -> NDArray[np.float64]:
    """uniform_scale times non_uniform_scale (3,), 1 by default; a negative one mirrors."""
    uniform = record.get("uniform_scale", 1.0)
    scale = take_vector(record, "non_uniform_scale", 3, where) if "non_uniform_scale" in record else np.ones(3)
    if type(uniform) not in (int, float) or not (1e-6 < abs(uniform) < 1e6 and np.all(np.abs(scale) > 1e-6)):
        raise InputError(
            f"{where}: found uniform_scale {describe(uniform)}, non_uniform_scale {scale.tolist()}, expected no zeros"
        )
    return scale * float(uniform)


def is_asset_local(record: dict[str, Any], where: str, default: bool = False) -> bool:
    """Whether translations are of the asset's origin ("asset_local") and not of the centre of mass ("COM")."""
    if "translation_origin" not in record:
        return default
    origin = take(record, "translation_origin", str, where).lower()
    return origin == "asset_local" or (default and origin != "com")


def without_basis(mesh: Path) -> Path:
    """X.glb instead of X.basis.glb (HM3D's compressed textures, not readable here) where both are there."""
    plain = mesh.with_name(mesh.name.replace(".basis.glb", ".glb"))
    return plain if is_file(plain) else mesh
