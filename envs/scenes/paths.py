"""Paths that a dataset's files name: Habitat's prefix, the dataset's folder as a wall, one-line errors."""

from __future__ import annotations

import os
from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.json_fields import describe

# habitat-lab strips this prefix before it joins a scene id to its scenes folder; a "./" in front is also seen.
_SCENE_PREFIX = "data/scene_datasets/"


def inside(root: Path, folder: Path, name: str, where: str) -> Path:
    """The path `name` of a file relative to `folder`.

    Raises:
        InputError: it leads out of the folder `root`. Links are not followed for that: people link datasets to where
            there is room for them.
    """
    path = Path(os.path.normpath(folder / name)) if "\0" not in name else None
    if path is None or not Path(os.path.abspath(path)).is_relative_to(os.path.abspath(root)):
        raise InputError(f"{where}: found the path {describe(name)}, expected one inside {root}")
    return path


def strip_scene_prefix(scene_path: str) -> str:
    """A scene path, as Habitat's files give it, relative to the scenes folder, as habitat-lab joins it."""
    return scene_path.removeprefix("./").removeprefix(_SCENE_PREFIX)


def located(scenes: Path, name: str, where: str) -> Path:
    """The file that an episode names: an absolute path as it is, as `os.path.join` leaves it, others inside `scenes`.

    Raises:
        InputError: a relative name leads out of `scenes`.
    """
    if os.path.isabs(name) and "\0" not in name:
        return Path(os.path.normpath(name))
    return inside(scenes, scenes, strip_scene_prefix(name), where)


def is_file(path: Path) -> bool:
    """As `path.is_file()`, and False for a name longer than the file system allows."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """As `path.is_dir()`, and False for a name longer than the file system allows."""
    try:
        return path.is_dir()
    except OSError:
        return False
