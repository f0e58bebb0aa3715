"""Bakes what was not baked before: the navmesh of the same triangles with the same settings is kept on disk."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import hash_files
from leo_agent.envs.cache_folder import kept
from leo_agent.envs.navmesh.baking.bake import OBJECTNAV_SETTINGS, compute_navmesh
from leo_agent.envs.navmesh.file_format import read_navmesh
from leo_agent.envs.navmesh.file_layout import NavMeshFile, NavMeshSettings
from leo_agent.envs.navmesh.file_writer import navmesh_bytes
from leo_agent.envs.waiting import waiting

_log = logging.getLogger(__name__)


def bake_navmesh(vertices: ArrayLike, faces: ArrayLike, settings: NavMeshSettings = OBJECTNAV_SETTINGS) -> NavMeshFile:
    """The navmesh that `compute_navmesh` has for these arguments, from the cache folder if it was baked before.

    What is going on is shown on stderr after two seconds. Where the cache folder cannot be written, that is logged
    once, and the navmesh is baked all the same.

    Raises:
        InputError: as of `compute_navmesh`.
    """
    points, rows = np.asarray(vertices), np.asarray(faces)
    name = f"navmeshes/{_identity(points, rows, settings)}.navmesh"
    baked: list[NavMeshFile] = []

    def compute() -> NavMeshFile:
        what = f"baking a navmesh of {_extent(points)}"
        with waiting(what) as say:
            return compute_navmesh(points, rows, settings, lambda stage: say(f"{what} ({stage})"))

    def make(path: Path) -> None:
        baked.append(compute())
        path.write_bytes(navmesh_bytes(baked[0]))

    path = _kept(name, make)
    if path is not None and not baked:
        try:
            return replace(read_navmesh(path), settings=settings)
        except InputError as error:  # nothing here writes half a file, but a disk may lose it
            _say_once(f"{error}; it is baked again")
        with suppress(OSError):  # a cache that can only be read
            path.unlink(missing_ok=True)
        _kept(name, make)
    # What is there already was made by another caller meanwhile, or cannot be removed.
    return baked[0] if baked else compute()


def _kept(name: str, make: Callable[[Path], None]) -> Path | None:
    """The file in the cache folder; none where that cannot be written."""
    try:
        return kept(name, make)
    except InputError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        _say_once(str(error))
        return None


@cache
def _say_once(text: str) -> None:
    _log.warning("navmesh: %s", text)


def _identity(vertices: np.ndarray, faces: np.ndarray, settings: NavMeshSettings) -> str:
    """Differs where the triangles, the settings or the code that bakes them do."""
    content = hashlib.sha256(f"{_code()} {settings}".encode())
    for array in (vertices, faces):
        content.update(f" {array.dtype.str} {array.shape} ".encode())
        content.update(np.ascontiguousarray(array).data)
    return content.hexdigest()


@cache
def _code() -> str:
    """A hash of this package's modules, and of those beside it, which write the files."""
    folder = Path(__file__).parent
    files = [*folder.rglob("*.py"), *folder.parent.glob("*.py")]
    return hash_files(files)


def _extent(vertices: np.ndarray) -> str:
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not len(vertices):
        return "no triangles"
    width, _, depth = np.ptp(vertices, axis=0)
    return f"{width:.0f} x {depth:.0f} m"
