"""Points with colours and instance ids of a PLY file (ascii, binary of both byte orders), read by plyfile.

Ids are a property of the vertices, or, as in Replica's mesh_semantic.ply, of the faces. A property `label` is a class,
as in ScanNet's files: its objects are then the parts of a class that hang together by faces.
"""

import logging
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData, PlyElement, PlyElementParseError, PlyParseError

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file
from leo_agent.policies.leo.scenes.class_splitting import split_classes

# Property of the instance -> smallest id that is an object. In 3RScan's files objectId 0 is what nobody annotated.
ID_NAMES = {
    **dict.fromkeys(("instance_id", "instanceId", "instance", "instance_label", "object_id"), 0),
    "objectId": 1,
}
CLASS_NAME = "label"  # 0: not annotated
_CORNER_NAMES = ("vertex_indices", "vertex_index")
_COORDINATES, _COLOURS = ("x", "y", "z"), ("red", "green", "blue")
_RECORD_COUNT = re.compile(rb"^element\s+\S+\s+(\d+)\s*$", re.MULTILINE)

_log = logging.getLogger(__name__)

Numbers = NDArray[np.float64]
Ids = NDArray[np.int64]


class PlyPoints(NamedTuple):
    """What a file holds."""

    points: Numbers  # (M, 6) xyz, and rgb in [0, 1]
    ids: Ids | None  # (M,), -1 = of no object; None if not wanted
    classes: dict[int, int] = {}  # noqa: RUF012 (a tuple's default) the class of each object, where the file says it


def read_ply(path: Path, ids_wanted: bool = True) -> PlyPoints:
    """The points of a file, and which object each is of.

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
    if not ids_wanted:
        return PlyPoints(points, None)
    ids = _ids(vertices, elements.get("face"), path)
    return PlyPoints(points, ids) if ids is not None else _split(points, vertices, elements.get("face"), path)


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
        except PlyElementParseError:
            continue  # others, or damaged: what it is, reading one by one says; mapped, shorter ones look like an end
    return PlyData.read(str(path))


def _numbers(element: PlyElement, name: str, path: Path) -> Numbers:
    """A property as (count,)."""
    values = element[name]
    if values.ndim != 1 or values.dtype == object:
        raise InputError(f"{path}: found lists as {name!r} of {element.name}, expected one number a line")
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)  # type: ignore[no-any-return]  # plyfile has no types


def _ids(vertices: PlyElement, faces: PlyElement | None, path: Path) -> Ids | None:
    """The object (V,) of each vertex, None where the file knows no instances."""
    for element in (vertices, faces):
        name = next((each for each in ID_NAMES if element is not None and each in element), None)
        if element is None or name is None or element.count == 0:
            continue
        ids = _whole(element, name, ID_NAMES[name], path)
        return ids if element is vertices else _of_vertices(ids, element, vertices.count, path)
    return None


def _split(points: Numbers, vertices: PlyElement, faces: PlyElement | None, path: Path) -> PlyPoints:
    """The points with objects made of the parts of each class."""
    element = next((each for each in (vertices, faces) if each is not None and CLASS_NAME in each and each.count), None)
    if element is None:
        names = ", ".join((*ID_NAMES, CLASS_NAME))
        raise InputError(f"{path}: no id of instances; looked for {names} of its vertices, then of its faces")
    if faces is None or faces.count == 0:
        raise InputError(
            f"{path}: its {CLASS_NAME!r} is a class, which several objects share, and it has no faces that tell them "
            f"apart; expected ids of instances ({', '.join(ID_NAMES)}), masks, or a mesh with faces"
        )
    classes = _whole(element, CLASS_NAME, 1, path)
    if element is not vertices:
        classes = _of_vertices(classes, faces, vertices.count, path)
    corners, sizes = _polygons(faces, vertices.count, path)
    is_last = np.zeros(len(corners) + 1, bool)
    is_last[np.cumsum(sizes)] = True
    first = np.flatnonzero(~is_last[1:])
    ids = split_classes(points[:, :3], classes, np.stack([corners[first], corners[first + 1]], axis=1).astype(np.int64))
    found, rows = np.unique(ids[ids >= 0], return_index=True)
    _log.warning(
        "%s: %r is a class: its %d objects are the parts of each class that hang together by faces; %d vertices of a "
        "class are in none",
        *(path, CLASS_NAME, len(found), np.count_nonzero((ids < 0) & (classes >= 0))),
    )
    return PlyPoints(points, ids, dict(zip(found.tolist(), classes[ids >= 0][rows].tolist(), strict=True)))


def _whole(element: PlyElement, name: str, least: int, path: Path) -> Ids:
    """A property (N,) of whole numbers, -1 where it is smaller than `least`."""
    values = _numbers(element, name, path)
    if not (np.abs(values) < 2**53).all() or (values != np.floor(values)).any():
        raise InputError(f"{path}: found a {name!r} that is not a whole number, expected ids of instances")
    return np.where(values >= least, values, -1).astype(np.int64)


def _of_vertices(face_ids: Ids, faces: PlyElement, num_vertices: int, path: Path) -> Ids:
    """The ids of faces (F,) as ids of their vertices (V,): the first face wins; -1 in no face."""
    corners, sizes = _polygons(faces, num_vertices, path)
    ids_at_corners = np.repeat(face_ids, sizes)
    ids = np.full(num_vertices, -1, dtype=np.int64)
    known = np.flatnonzero(ids_at_corners >= 0)[::-1]  # of an index that is assigned repeatedly, the last value stays
    ids[corners[known]] = ids_at_corners[known]
    return ids


def _polygons(faces: PlyElement, num_vertices: int, path: Path) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The corners of all faces in one row, and how many (F,) each face has."""
    name = next((each for each in _CORNER_NAMES if each in faces), None)
    polygons: NDArray[Any] = np.zeros(0) if name is None else faces[name]
    if polygons.ndim == 2:
        corners, sizes = polygons.ravel(), np.full(len(polygons), polygons.shape[1])
    elif polygons.dtype == object:  # arrays of different lengths
        corners, sizes = np.concatenate(polygons), np.array([len(each) for each in polygons])
    else:
        raise InputError(f"{path}: faces without corners, expected a list {' or '.join(_CORNER_NAMES)}")
    if len(corners) and not (corners.dtype.kind in "iu" and 0 <= corners.min() <= corners.max() < num_vertices):
        wrong = corners.min() if corners.min() < 0 else corners.max()
        raise InputError(f"{path}: a face has the corner {wrong}, expected one of {num_vertices} vertices")
    return corners, sizes
