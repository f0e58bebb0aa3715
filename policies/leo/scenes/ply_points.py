"""Points with colours and instance ids of a PLY file (ascii, binary of both byte orders), read by plyfile.

Ids are a property of the vertices, or, as in Replica's mesh_semantic.ply, of the faces.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData, PlyElement, PlyElementParseError, PlyParseError

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file

# Property of the instance -> smallest id that is an object. In 3RScan's files objectId 0 is what nobody annotated.
# `label` is often a class, not an instance, and therefore the last to be looked for.
ID_NAMES = {
    **dict.fromkeys(("instance_id", "instanceId", "instance", "instance_label", "object_id"), 0),
    **{"objectId": 1, "label": 0},
}
_CORNER_NAMES = ("vertex_indices", "vertex_index")
_COORDINATES, _COLOURS = ("x", "y", "z"), ("red", "green", "blue")
_RECORD_COUNT = re.compile(rb"^element\s+\S+\s+(\d+)\s*$", re.MULTILINE)

Numbers = NDArray[np.float64]
Ids = NDArray[np.int64]


def read_ply(path: Path, ids_wanted: bool = True) -> tuple[Numbers, Ids | None]:
    """Points (M, 6), xyz and rgb in [0, 1], and ids (M,), -1 = of no object (None if not wanted).

    Integer colours are 0 to 255, others 0 to 1. A vertex whose id only faces know has that of the first face of an
    object it belongs to. Binary faces that all have three or all four corners are mapped into memory, others take some
    seconds a million.

    Raises:
        InputError: the file is missing or damaged, or lacks a property.
    """
    elements = {element.name: element for element in _parse(path).elements}
    vertices = elements.get("vertex")
    if vertices is None or vertices.count == 0:
        raise InputError(f"{path}: holds no vertex, expected points")
    missing = [name for name in (*_COORDINATES, *_COLOURS) if name not in vertices]
    if missing:
        raise InputError(f"{path}: its vertices have no {', '.join(missing)}; expected x, y, z, red, green, blue")
    xyz = np.stack([_numbers(vertices, name, path) for name in _COORDINATES], axis=1)
    rgb = np.stack([_numbers(vertices, name, path) for name in _COLOURS], axis=1)
    scale = [1.0 if vertices[name].dtype.kind == "f" else 255.0 for name in _COLOURS]
    points = np.concatenate([xyz, rgb / scale], axis=1)
    return points, _ids(vertices, elements.get("face"), path) if ids_wanted else None


def _parse(path: Path) -> PlyData:
    content = read_file(path, "a PLY file")
    # Counts that the file cannot hold, a byte a record, are refused before plyfile asks for the memory.
    header = content[: max(content.find(b"end_header"), 0)]
    count = sum(int(number) for number in _RECORD_COUNT.findall(header) if len(number) < 20)
    if count > len(content):
        raise InputError(f"{path}: not a PLY file that can be read ({count} records in {len(content)} bytes)")
    try:
        with np.errstate(all="ignore"):  # numbers that their type cannot hold are found by the caller
            return _parse_elements(path)
    except (PlyParseError, OverflowError, ValueError) as error:  # an integer beyond its type, bytes that are no ascii
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: not a PLY file that can be read ({reason})") from error


def _parse_elements(path: Path) -> PlyData:
    # plyfile maps faces into memory if it is given how many corners they have, which they then all must have.
    for corners in (3, 4):
        try:
            return PlyData.read(str(path), known_list_len={"face": dict.fromkeys(_CORNER_NAMES, corners)})
        except PlyElementParseError as error:
            if corners == 3 and error.message != "unexpected list length":
                raise  # damaged; where four are given, shorter faces can look like an end too early
    return PlyData.read(str(path))


def _numbers(element: PlyElement, name: str, path: Path) -> Numbers:
    """A property as (count,)."""
    values = element[name]
    if values.ndim != 1 or values.dtype == object:
        raise InputError(f"{path}: found lists as {name!r} of {element.name}, expected one number a line")
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)  # type: ignore[no-any-return]  # plyfile has no types


def _ids(vertices: PlyElement, faces: PlyElement | None, path: Path) -> Ids:
    for element in (vertices, faces):
        name = next((each for each in ID_NAMES if element is not None and each in element), None)
        if element is None or name is None or element.count == 0:
            continue
        values = _numbers(element, name, path)
        if not (np.abs(values) < 2**53).all() or (values != np.floor(values)).any():
            raise InputError(f"{path}: found a {name!r} that is not a whole number, expected ids of instances")
        ids = np.where(values >= ID_NAMES[name], values, -1).astype(np.int64)
        return ids if element is vertices else _of_vertices(ids, element, vertices.count, path)
    raise InputError(f"{path}: no id of instances; looked for {', '.join(ID_NAMES)} of its vertices, then of its faces")


def _of_vertices(face_ids: Ids, faces: PlyElement, num_vertices: int, path: Path) -> Ids:
    """The ids of faces (F,) as ids of their vertices (V,): the first face wins; -1 in no face."""
    name = next((each for each in _CORNER_NAMES if each in faces), None)
    polygons: NDArray[Any] = np.zeros(0) if name is None else faces[name]
    if polygons.ndim == 2:
        corners, sizes = polygons.ravel(), np.full(len(polygons), polygons.shape[1])
    elif polygons.dtype == object:  # arrays of different lengths
        corners, sizes = np.concatenate(polygons), np.array([len(each) for each in polygons])
    else:
        raise InputError(f"{path}: faces without corners, expected a list {' or '.join(_CORNER_NAMES)}")
    if len(corners) and not (corners.dtype.kind in "iu" and 0 <= corners.min() <= corners.max() < num_vertices):
        raise InputError(f"{path}: a face has the corner {corners.max()}, expected one of {num_vertices} vertices")
    ids_at_corners = np.repeat(face_ids, sizes)
    ids = np.full(num_vertices, -1, dtype=np.int64)
    known = np.flatnonzero(ids_at_corners >= 0)[::-1]  # of an index that is assigned repeatedly, the last value stays
    ids[corners[known]] = ids_at_corners[known]
    return ids
