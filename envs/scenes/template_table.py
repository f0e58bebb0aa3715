"""The tables of a scene dataset: which template a name stands for, from configuration files, meshes and inline entries.

Habitat's `*.scene_dataset_config.json` has a table each for stages, objects and scene instances: `default_attributes`,
`paths` (folders and patterns by ending) and `configs` (templates written inside the table, new ones or changes).
"""

from __future__ import annotations

import glob
import logging
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.envs.scenes.json_fields import describe, take
from leo_agent.envs.scenes.meshes.mesh_files import MESH_ENDINGS, mesh_name
from leo_agent.envs.scenes.paths import inside, is_file
from leo_agent.envs.scenes.templates import Template

_log = logging.getLogger(__name__)
# habitat-sim adds to the instances of the original, where other attributes are written over.
_ADDED = ("object_instances", "articulated_object_instances")


@dataclass(frozen=True)
class _Source:
    """Where a template comes from."""

    handle: str  # what names are held against: the path of its file, or the name that `configs` gives it
    name: str  # the file's base name, which stands for the placeholder in the defaults
    file: Path | None = None
    changes: tuple[tuple[str, dict[str, Any]], ...] = ()  # what `configs` says of it, with its place for messages


class TemplateTable:
    """One table of a scene dataset configuration, its files listed once."""

    def __init__(
        self, config_path: Path, config: dict[str, Any], table: str, ending: str, bare: dict[str, Any] | None = None
    ) -> None:
        """`bare` holds for .glb files without configuration where the table has no default attributes at all."""
        self._config_path, self._root, self._table, self._ending = config_path, config_path.parent, table, ending
        self._absolute_root = os.path.abspath(self._root)
        self._where = f"{config_path}: {table}"
        content = take(config, table, dict, str(config_path)) if table in config else {}
        self._paths = take(content, "paths", dict, self._where) if "paths" in content else {}
        self.defaults: dict[str, Any] = (
            take(content, "default_attributes", dict, self._where) if "default_attributes" in content else {}
        )
        self._bare = bare or {}
        self._inline = take(content, "configs", list, self._where) if "configs" in content else []

    def find(self, name: str) -> Template:
        """The template of that name, exact or else in part.

        Raises:
            InputError: there is no such template, or more than one.
        """
        found = self.match(name, exact=True) or self.match(name, exact=False)
        if len(found) != 1:
            listed = ", ".join(map(self._shown, (found or list(self._library))[:10])) or "none"
            raise InputError(
                f"{self._config_path}: found {len(found)} {self._table} named {name!r}, expected one of: {listed}"
            )
        return self._template(self._library[found[0]], self._root)

    def match(self, name: str, exact: bool) -> list[str]:
        """The handles of all templates that a name stands for, none unless it fits them best.

        habitat-sim takes the first template whose path contains the name, whatever the case, so that house_1 can become
        house_12. Here an exact name goes first: a handle, the end of a path, a base name. Of names in part, whole
        folders go first (Replica's apartment_0 is no part of frl_apartment_0), and there must be one such template.
        """
        wanted = PurePosixPath(_base_name(name, self._ending)).parts
        if not wanted:
            return []
        library = self._library
        if exact:
            if name in library:
                return [name]
            named = self._by_name.get(wanted[-1], [])
            return [each for each in named if _parts(each, self._ending)[-len(wanted) :] == wanted] or named
        text = "/".join(PurePosixPath(name).parts)
        whole = [each for each in library if self._contains(f"{_base_name(each, self._ending)}/", f"/{text}/")]
        return whole or [each for each in library if self._contains(each, text)]

    def from_file(self, path: Path, root: Path) -> Template:
        """The template of a configuration or mesh file; what it names stays inside `root`.

        A configuration beside a mesh, under its name, is the mesh's, as for habitat-sim.
        """
        source = self._file_source(self._configured(path))
        return self._template(self._library.get(source.handle, source), root)

    def _template(self, source: _Source, root: Path) -> Template:
        mesh = source.file if source.file is not None and source.file.suffix in MESH_ENDINGS else None
        own = {} if source.file is None or mesh is not None else read_json_object(source.file)
        for _, change in source.changes:
            added = {key: [*own[key], *change[key]] for key in _ADDED if _are_lists(own.get(key), change.get(key))}
            own = {**own, **change, **added}
        defaults = self.defaults
        if not defaults and mesh is not None and mesh.suffix == ".glb":
            defaults = self._bare
        folder = self._root if source.file is None else source.file.parent
        where = source.changes[-1][0] if source.changes else str(source.file)
        return Template(source.name, folder, root, where, own, defaults, mesh)

    @cached_property
    def _library(self) -> dict[str, _Source]:
        """All templates by handle, which is a path or an inline name; `configs` applied in order, as habitat-sim."""
        library: dict[str, _Source] = {}
        names: set[str] = set()
        # A configuration file hides a mesh of the same name.
        for endings in ((self._ending,), MESH_ENDINGS):
            sources = [self._file_source(self._configured(path)) for path in self._listed(endings)]
            library.update({source.handle: source for source in sources if source.name not in names})
            names |= {source.name for source in sources}
        for number, inline in enumerate(self._inline):
            self._apply(library, inline, f"{self._where}: configs[{number}]")
        return library

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        """The handles by their last part: a scene looks up each of its objects, among thousands."""
        handles: dict[str, list[str]] = {}
        for handle in self._library:
            handles.setdefault(_parts(handle, self._ending)[-1], []).append(handle)
        return handles

    def _apply(self, library: dict[str, _Source], inline: Any, where: str) -> None:
        """An entry of `configs`: with a handle it is a template of its own, without it changes its original."""
        if not isinstance(inline, dict):
            raise InputError(f"{where} must be an object, found {describe(inline)}")
        change = where, take(inline, "attributes", dict, where)
        handle = take(inline, "template_handle", str, where) if inline.get("template_handle") else ""
        if not inline.get("original_file"):
            if not handle:
                raise InputError(f"{where}: found neither original_file nor template_handle, expected one of them")
            library[handle] = _Source(handle, handle, changes=(change,))
            return
        original = take(inline, "original_file", str, where)
        found = self._originals(library, original)
        if not found:
            _log.warning("%s: %s is none of the %s and is left out, as by habitat-sim", where, original, self._table)
            return
        source = library[found[0]]
        handle = handle or source.handle
        library[handle] = replace(source, handle=handle, changes=(*source.changes, change))

    def _originals(self, library: dict[str, _Source], original: str) -> list[str]:
        """The handles that an `original_file` may stand for, the best fit first."""
        wanted = PurePosixPath(_base_name(original, self._ending)).parts
        ends = [handle for handle in library if _parts(handle, self._ending)[-len(wanted) :] == wanted]
        return ends or sorted(handle for handle in library if original.lower() in handle.lower())

    def _file_source(self, path: Path) -> _Source:
        return _Source(os.path.abspath(path), _base_name(path.name, self._ending), path)

    def _configured(self, path: Path) -> Path:
        """The configuration beside a mesh, else the path itself.

        habitat-sim takes two endings off (X.basis.glb); X.v2.glb has X.v2.stage_config.json here, if not X's.
        """
        if path.suffix not in MESH_ENDINGS:
            return path
        names = (Path(path.stem).stem, path.stem)
        beside = (path.with_name(f"{name}{self._ending}") for name in names)
        return next((config for config in beside if is_file(config)), path)

    def _listed(self, endings: tuple[str, ...]) -> list[Path]:
        """The files of those endings that `paths` leads to, without hidden ones, each once and sorted."""
        files: set[Path] = set()
        for key, patterns in self._paths.items():
            if not isinstance(patterns, list):
                raise InputError(f"{self._where}: paths: {key!r} must be a list, found {describe(patterns)}")
            ending = self._ending if ".json" in key else f".{key.removeprefix('.')}"
            if ending not in endings:
                continue
            for pattern in patterns:
                if not isinstance(pattern, str) or "\0" in pattern:
                    raise InputError(f"{self._where}: a path must be a text, found {describe(pattern)}")
                inside(self._root, self._root, pattern, f"{self._where}: paths")
                for match in glob.glob(os.path.join(glob.escape(str(self._root)), pattern), recursive=True):
                    path = Path(match)
                    files.update(path.glob(f"*{ending}") if path.is_dir() else [_with_ending(path, ending)])
        return sorted(path for path in files if not path.name.startswith(".") and is_file(path))

    def _contains(self, handle: str, text: str) -> bool:
        """Whether a handle contains a text, whatever the case, and not only in front of the dataset's own folder."""
        known = len(self._absolute_root) + 1 if handle.startswith(self._absolute_root) else 0
        return handle.lower().rfind(text.lower()) + len(text) > known and text.lower() in handle.lower()

    def _shown(self, handle: str) -> str:
        return _base_name(os.path.relpath(handle, self._root), self._ending) if os.path.isabs(handle) else handle


def _base_name(name: str, ending: str) -> str:
    if name.endswith(MESH_ENDINGS):
        return str(PurePosixPath(name).with_name(mesh_name(PurePosixPath(name)) or name))
    return name.removesuffix(ending)


def _parts(handle: str, ending: str) -> tuple[str, ...]:
    return PurePosixPath(_base_name(handle, ending)).parts or ("",)


def _are_lists(*values: Any) -> bool:
    return all(isinstance(value, list) for value in values)


def _with_ending(path: Path, ending: str) -> Path:
    """A listed file of another ending stands for the one beside it, as for habitat-sim."""
    return path if path.name.endswith(ending) else path.with_name(f"{Path(path.stem).stem}{ending}")
