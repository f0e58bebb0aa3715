"""Reads meshes in PLY format: Replica's `mesh.ply` with colours, `*_semantic.ply` with an object_id a face.

Format: Stanford PLY 1.0 (ascii, binary little and big endian), https://paulbourke.net/dataformats/ply/.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData, PlyElement, PlyElementParseError, PlyParseError

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import read_file
from leo_agent.envs.scenes.meshes.triangles import Triangles

_log = logging.getLogger(__name__)
_CORNER_NAMES = ("vertex_indices", "vertex_index")
_COLOR_NAMES = ("red", "green", "blue")
_COUNT = re.compile(rb"^element\s+\S+\s+(\d+)\s*$", re.MULTILINE)


def read_ply(path: Path) -> Triangles:
    """The faces of a mesh as triangles, in the order and the frame of the file.

    Colours are those of the vertices, else of the faces, as stored; integers fill their range, others are 0 to 1.
    Polygons are cut into fans; ids that are negative (not annotated) become 0. Faces that all have three or all four
    corners, in binary, take 0.1 s a million; else plyfile reads one by one, some seconds a million.

    Raises:
        InputError: the file is missing or damaged, or it holds no faces between finite vertices.
    """
    _check_counts(path)
    try:
        file = _parse(path)
    except PlyParseError as error:
        raise InputError(f"{path}: {error}; expected a PLY file") from error
    except (OverflowError, ValueError) as error:  # an integer beyond its type, bytes that are no ascii
        raise InputError(f"{path}: {shown(str(error))}; expected a PLY file") from error
    if not {"vertex", "face"} <= {element.name for element in file.elements}:
        raise InputError(f"{path}: found the elements {[e.name for e in file.elements]}, expected vertex and face")
    vertices = _vertices(file["vertex"], path)
    faces, counts = _fans(file["face"], len(vertices), path)
    vertex_colors = _colors(file["vertex"], path)
    white = np.full((len(faces), 3), 255, np.uint8)
    face_colors = None if vertex_colors is not None else _colors(file["face"], path)
    return Triangles(
        vertices=vertices,
        faces=faces,
        colors=white if face_colors is None else np.repeat(face_colors, counts, axis=0),
        double_sided=np.zeros(len(faces), np.bool_),
        vertex_colors=vertex_colors,
        object_ids=_object_ids(file["face"], counts, path),
    )


def _check_counts(path: Path) -> None:
    """Refuses counts that the file cannot hold, a byte a record, before plyfile asks for the memory."""
    content = read_file(path, "a .ply mesh")
    header = content[: max(content.find(b"end_header"), 0)]
    count = sum(int(number) for number in _COUNT.findall(header) if len(number) < 20)
    if count > len(content):
        raise InputError(f"{path}: found {count} records in {len(content)} bytes, expected fewer (file cut short?)")


def _parse(path: Path) -> PlyData:
    # plyfile maps faces into memory if it is given their number of corners, which must then be that of all.
    for corners in (3, 4):
        try:
            return PlyData.read(str(path), known_list_len={"face": dict.fromkeys(_CORNER_NAMES, corners)})
        except PlyElementParseError:
            continue  # others, or damaged: what it is, reading one by one says; mapped, shorter ones look like an end
    return PlyData.read(str(path))


def _vertices(element: PlyElement, path: Path) -> NDArray[np.float32]:
    """Positions (V, 3)."""
    missing = [axis for axis in "xyz" if axis not in element]
    if missing:
        raise InputError(f"{path}: its vertices have no {', '.join(missing)}; expected x, y, z")
    with np.errstate(over="ignore", invalid="ignore"):
        vertices = np.stack([_numbers(element, axis, path) for axis in "xyz"], axis=1)
    if not np.all(np.abs(vertices) < 1e9):
        raise InputError(f"{path}: found vertex positions that are not finite, expected metres")
    return vertices.astype(np.float32)


def _colors(element: PlyElement, path: Path) -> NDArray[np.uint8] | None:
    """Colours (N, 3) of vertices or faces, None if they have none."""
    if not all(name in element for name in _COLOR_NAMES):
        return None
    values = np.stack([_numbers(element, name, path) for name in _COLOR_NAMES], axis=1)
    if element[_COLOR_NAMES[0]].dtype.kind == "f":
        values = values * 255.0
    elif element[_COLOR_NAMES[0]].dtype.itemsize == 2:
        values = values / 257.0
    return np.rint(np.clip(np.nan_to_num(values), 0.0, 255.0)).astype(np.uint8)


def _fans(element: PlyElement, vertex_count: int, path: Path) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Triangles (T, 3) of polygons, and how many (F,) each polygon gives: corner 0 with each further edge."""
    name = next((name for name in _CORNER_NAMES if name in element), None)
    if name is None or element.count == 0:
        raise InputError(f"{path}: found no faces with {' or '.join(_CORNER_NAMES)}, expected a mesh")
    polygons = element[name]
    if polygons.ndim == 2:
        sizes, corners = np.full(len(polygons), polygons.shape[1]), polygons.ravel()
    elif polygons.dtype == object:
        sizes, corners = np.array([len(polygon) for polygon in polygons]), np.concatenate(polygons)
    else:
        raise InputError(f"{path}: found the number {name}, expected a list of corners")
    if sizes.max() < 3:
        raise InputError(f"{path}: found faces of {sizes.max()} corners at most, expected at least 3")
    if not (corners.dtype.kind in "iu" and 0 <= corners.min() <= corners.max() < vertex_count):
        raise InputError(f"{path}: found a corner that is none of its {vertex_count} vertices")
    counts = np.maximum(sizes - 2, 0)
    if sizes.min() < 3:
        _log.warning("%s: %d faces of fewer than three corners are left out", path, np.count_nonzero(sizes < 3))
    if polygons.ndim == 2:
        further = np.arange(1, polygons.shape[1] - 1)
        rows = np.stack([np.zeros_like(further), further, further + 1], axis=1)
        return polygons[:, rows].reshape(-1, 3).astype(np.int32), counts
    first = np.repeat(np.cumsum(sizes) - sizes, counts)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return corners[np.stack([first, second, second + 1], axis=1)].astype(np.int32), counts


def _object_ids(element: PlyElement, counts: NDArray[np.int64], path: Path) -> NDArray[np.int32] | None:
    """The id of each triangle, None where faces have none."""
    if "object_id" not in element:
        return None
    ids = np.nan_to_num(_numbers(element, "object_id", path), nan=-1.0)
    return np.repeat(np.where((ids >= 0) & (ids < 2**31), ids, 0).astype(np.int32), counts)


def _numbers(element: PlyElement, name: str, path: Path) -> NDArray[np.float64]:
    """A property that is one number a record."""
    values = element[name]
    if values.ndim != 1 or values.dtype == object:
        raise InputError(f"{path}: found lists as {name} of {element.name}, expected numbers")
    return np.asarray(values, np.float64)
