"""Templates: what a configuration says of a stage, an object or a scene, and how it turns and scales a mesh."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.json_fields import describe, take, take_vector
from leo_agent.envs.scenes.paths import inside, is_file

_NAME_PLACEHOLDER = "%%CONFIG_NAME_AS_ASSET_FILENAME%%"


@dataclass(frozen=True)
class Template:
    """What a configuration says of a stage or an object."""

    name: str
    folder: Path  # paths in the attributes are relative to it
    root: Path  # and stay inside this folder
    where: str  # stands in messages
    own: dict[str, Any]  # the template's own attributes
    defaults: dict[str, Any] = field(default_factory=dict)  # hold where it has none
    mesh: Path | None = None  # the mesh file of a template that is nothing but a mesh

    @property
    def attributes(self) -> dict[str, Any]:
        return {**self.defaults, **self.own}

    @property
    def render_asset(self) -> Path | None:
        """The mesh file that is drawn, None if nothing names one."""
        return self.path("render_asset") if self.mesh is None or self.own.get("render_asset") else self.mesh

    def text(self, key: str) -> str | None:
        """A text attribute with the name filled in, None if it is empty or missing."""
        if not self.attributes.get(key):
            return None
        return str(take(self.attributes, key, str, self.where)).replace(_NAME_PLACEHOLDER, self.name)

    def path(self, key: str) -> Path | None:
        """The file that an attribute names, None if it is empty or missing."""
        name = self.text(key)
        return None if name is None else inside(self.root, self.folder, name, f"{self.where}: {key!r}")

    def optional_path(self, key: str) -> Path | None:
        """As `path`, but None where the dataset's defaults name a file that this template does not have."""
        path = self.path(key)
        return path if path is None or key in self.own or is_file(path) else None


def orientation(attributes: dict[str, Any], where: str) -> NDArray[np.float64]:
    """The matrix (3, 3) that turns an asset's up to +Y and its front to -Z, then scales it to metres."""
    rotation = _turn(attributes, "up", "front", where)
    scale = take_vector(attributes, "scale", 3, where) if "scale" in attributes else np.ones(3)
    unit = attributes.get("units_to_meters", 1.0)
    if type(unit) not in (int, float) or not 1e-6 < unit < 1e6 or scale.min() <= 0.0:
        raise InputError(
            f"{where}: found units_to_meters {describe(unit)}, scale {scale.tolist()}, expected positive ones"
        )
    return rotation * scale[:, None] * float(unit)


def semantic_orientation(attributes: dict[str, Any], where: str) -> NDArray[np.float64]:
    """As `orientation` for a stage's semantic mesh, whose `semantic_up` and `semantic_front` can differ."""
    if not {"semantic_up", "semantic_front"} & attributes.keys():
        return orientation(attributes, where)
    turned = {"up": attributes.get("semantic_up", [0, 1, 0]), "front": attributes.get("semantic_front", [0, 0, -1])}
    return orientation({**attributes, **turned}, where)


def _turn(attributes: dict[str, Any], up_key: str, front_key: str, where: str) -> NDArray[np.float64]:
    up = take_vector(attributes, up_key, 3, where) if up_key in attributes else np.array([0.0, 1.0, 0.0])
    front = take_vector(attributes, front_key, 3, where) if front_key in attributes else np.array([0.0, 0.0, -1.0])
    lengths = np.linalg.norm(up), np.linalg.norm(front)
    if min(lengths) < 1e-6 or abs(up @ front) > 1e-3 * lengths[0] * lengths[1]:
        raise InputError(
            f"{where}: found up {up.tolist()} and front {front.tolist()}, expected two orthogonal directions"
        )
    up, front = up / lengths[0], front / lengths[1]
    return np.stack([np.cross(front, up), up, -front])
