"""Reads a mesh of a Wavefront OBJ file, with everything about it checked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import trimesh
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError, reason
from leo_agent.contract.files import read_file

MAX_FILE_BYTES = 256 * 2**20
MAX_COORDINATE = 1e6


class ObjMesh(NamedTuple):
    """The triangles of an OBJ file."""

    vertices: NDArray[np.float64]  # (V, 3), in the file's unit
    faces: NDArray[np.int32]  # (F, 3)
    texcoords: NDArray[np.float32] | None  # (F, 3, 2), v = 0 below


def read_obj(path: Path) -> ObjMesh:
    """The triangles of all objects in a file; its materials are not looked at.

    Raises:
        InputError: the file is missing, too large or malformed.
    """
    text = read_file(path, "an OBJ file", MAX_FILE_BYTES).decode("utf-8", "replace")
    try:
        mesh: Any = trimesh.load(
            io.StringIO(text), file_type="obj", force="mesh", process=False, resolver=None, skip_materials=True
        )
        vertices = np.asarray(mesh.vertices, np.float64)
        faces = np.asarray(mesh.faces, np.int64)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise InputError(f"{path}: expected an OBJ file of triangles, found {reason(error)}") from error
    _check(path, vertices, faces)
    uv = getattr(mesh.visual, "uv", None)
    texcoords = None
    if uv is not None and np.shape(uv) == (len(vertices), 2) and np.isfinite(uv).all():
        texcoords = np.asarray(uv, np.float32)[faces]
    return ObjMesh(vertices, faces.astype(np.int32), texcoords)


def _check(path: Path, vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> None:
    if vertices.ndim != 2 or faces.ndim != 2 or vertices.shape[1:] != (3,) or faces.shape[1:] != (3,):
        raise InputError(f"{path}: found no triangles, expected vertices of three coordinates and faces")
    if len(faces) == 0 or len(vertices) == 0:
        raise InputError(f"{path}: found {len(vertices)} vertices and {len(faces)} triangles, expected some")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise InputError(f"{path}: found a face of vertex {faces.max() + 1}, expected at most {len(vertices)}")
    if not (np.abs(vertices) < MAX_COORDINATE).all():
        raise InputError(f"{path}: found a coordinate that is not a number or too large, expected finite ones")
