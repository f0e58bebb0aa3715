"""Templates of a scene dataset: the attributes that a name stands for, from configuration files, .glb files and inline.

Habitat's `*.scene_dataset_config.json` has a table each for stages, objects and scene instances: `default_attributes`,
`paths` (folders and patterns by ending) and `configs` (templates written inside the table).
"""

from __future__ import annotations

import glob
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.json_fields import describe, read_json_object, take, take_vector
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
    mesh: Path | None = None  # the .glb file of a template that is nothing but a mesh

    @property
    def attributes(self) -> dict[str, Any]:
        return {**self.defaults, **self.own}

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


def mesh_template(path: Path, root: Path, defaults: dict[str, Any]) -> Template:
    """The template of a mesh file without any configuration of its own."""
    return Template(_base_name(path.name, ".glb"), path.parent, root, str(path), {}, defaults, path)


class TemplateTable:
    """One table of a scene dataset configuration, its files listed once."""

    def __init__(
        self, config_path: Path, config: dict[str, Any], table: str, ending: str, bare: dict[str, Any] | None = None
    ) -> None:
        """`bare` holds for meshes without configuration where the table has no default attributes at all."""
        self._config_path, self._table, self._ending = config_path, table, ending
        self._where = f"{config_path}: {table}"
        content = take(config, table, dict, str(config_path)) if table in config else {}
        self._paths = take(content, "paths", dict, self._where) if "paths" in content else {}
        self.defaults: dict[str, Any] = (
            take(content, "default_attributes", dict, self._where) if "default_attributes" in content else {}
        )
        self._mesh_defaults = self.defaults or bare or {}
        self._inline = take(content, "configs", list, self._where) if "configs" in content else []
        self._files: dict[str, list[Path]] | None = None

    def find(self, name: str) -> Template:
        """The template of that name.

        Habitat takes the first whose path contains `name`, so that house_1 can become house_12; here the end of its
        path must be `name`, or else its base name must be that of `name`, and it must be the only one.

        Raises:
            InputError: there is no such template, or more than one.
        """
        for number, inline in enumerate(self._inline):
            where = f"{self._where}: configs[{number}]"
            if not isinstance(inline, dict):
                raise InputError(f"{where} must be an object, found {describe(inline)}")
            if inline.get("template_handle") == name:
                return self._from_inline(inline, name, where)
        return self._from_file(self.find_file(name))

    def from_mesh(self, path: Path, root: Path) -> Template:
        """The template of a mesh file; what it names stays inside `root`."""
        return mesh_template(path, root, self._mesh_defaults)

    def has_file(self, name: str) -> bool:
        """Whether there is a file of that base name."""
        return PurePosixPath(_base_name(name, self._ending)).name in self._listed()

    def find_file(self, name: str) -> Path:
        """The configuration or mesh file whose path ends in `name`."""
        wanted = PurePosixPath(_base_name(name, self._ending)).parts
        named = self._listed().get(wanted[-1] if wanted else "", [])
        found = [path for path in named if _parts(path, self._ending)[-len(wanted) :] == wanted] or named
        if len(found) != 1:
            names = found or [paths[0] for paths in list(self._listed().values())[:10]]
            listed = ", ".join(_base_name(path.name, self._ending) for path in names[:10]) or "none"
            raise InputError(
                f"{self._config_path}: found {len(found)} {self._table} named {name!r}, expected one of: {listed}"
            )
        return found[0]

    def _from_file(self, path: Path) -> Template:
        root = self._config_path.parent
        if path.name.endswith(".glb"):
            return self.from_mesh(path, root)
        name = _base_name(path.name, self._ending)
        return Template(name, path.parent, root, str(path), read_json_object(path), self.defaults)

    def _from_inline(self, inline: dict[str, Any], name: str, where: str) -> Template:
        attributes = take(inline, "attributes", dict, where)
        root = self._config_path.parent
        if "original_file" not in inline:
            return Template(name, root, root, where, attributes, self.defaults)
        base = self._from_file(self.find_file(take(inline, "original_file", str, where)))
        return Template(base.name, base.folder, root, where, {**base.own, **attributes}, base.defaults, base.mesh)

    def _listed(self) -> dict[str, list[Path]]:
        """All files of the table by base name; a configuration file hides a mesh of the same name."""
        if self._files is None:
            self._files = {}
            for ending in (self._ending, ".glb"):
                known = set(self._files)
                for path in self._matches(".json" if ending == self._ending else ".glb", ending):
                    name = _base_name(path.name, self._ending)
                    if name not in known:
                        self._files.setdefault(name, []).append(path)
        return self._files

    def _matches(self, key: str, ending: str) -> list[Path]:
        root = self._config_path.parent
        files: set[Path] = set()
        for pattern in take(self._paths, key, list, f"{self._where}: paths") if key in self._paths else []:
            if not isinstance(pattern, str) or "\0" in pattern:
                raise InputError(f"{self._where}: a path must be a text, found {describe(pattern)}")
            inside(root, root, pattern, f"{self._where}: paths")
            for match in glob.glob(f"{glob.escape(str(root))}/{pattern}", recursive=True):
                path = Path(match)
                files.update(path.glob(f"*{ending}") if path.is_dir() else [path])
        return sorted(path for path in files if path.name.endswith(ending))


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


def _base_name(name: str, ending: str) -> str:
    if name.endswith(".glb"):
        return name.removesuffix(".glb").removesuffix(".basis")
    return name.removesuffix(ending)


def _parts(path: Path, ending: str) -> tuple[str, ...]:
    return (*path.parent.parts, _base_name(path.name, ending))
