"""Reads semantic meshes in PLY format (Matterport3D's and Replica's `*_semantic.ply`): faces with a property object_id.

Format: Stanford PLY 1.0 (ascii, binary little and big endian), https://paulbourke.net/dataformats/ply/.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from leo_agent.envs.scenes.json_fields import describe
from leo_agent.envs.scenes.meshes.triangles import Triangles
from leo_agent.envs.scenes.paths import read_file
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}
_LONGEST_HEADER = 1 << 16
_MOST_CORNERS = 16
_CORNER_NAMES = ("vertex_indices", "vertex_index")

Columns = dict[str, NDArray]


@dataclass(frozen=True)
class _Element:
    """An element of the header; properties are (name, type, type of the list's length or None)."""

    name: str
    count: int
    properties: tuple[tuple[str, str, str | None], ...]

    def scalar_names(self) -> list[str]:
        return [name for name, _, length_type in self.properties if length_type is None]


def read_ply(path: Path) -> Triangles:
    """The faces of a semantic mesh as triangles, as stored; ids that are negative (unannotated) become 0.

    All faces must have the same number of corners; those with four and more are cut into triangles. Raises
    `InputError`.
    """
    return parse_ply(read_file(path, "a semantic mesh"), str(path))


def parse_ply(content: bytes, name: str) -> Triangles:
    """As `read_ply`, from the bytes of a file; `name` stands in messages."""
    elements, order, start = _read_header(content, name)
    tables: dict[str, Columns] = {}
    numbers = _ascii_numbers(content[start:], name) if order == "" else np.zeros(0)
    offset = 0 if order == "" else start
    for element in elements:
        if {"vertex", "face"} <= tables.keys():
            break
        where = f"{name}: element {element.name!r}"
        if order == "":
            tables[element.name], offset = _ascii_columns(element, numbers, offset, where)
        else:
            tables[element.name], offset = _binary_columns(element, content, offset, order, where)
    return _triangles(tables, name)


def _read_header(content: bytes, name: str) -> tuple[list[_Element], str, int]:
    """The elements, numpy's byte order ("" for ascii), and where the data begin."""
    if not content.startswith(b"ply"):
        raise InputError(f"{name}: found {content[:4]!r} at the start, expected a PLY file ('ply')")
    end = content.find(b"end_header", 0, _LONGEST_HEADER)
    newline = content.find(b"\n", end)
    if end < 0 or newline < 0:
        raise InputError(f"{name}: found no end_header, expected a PLY header")
    order: str | None = None
    elements: list[_Element] = []
    for line in content[:end].decode("ascii", "replace").splitlines()[1:]:
        words = line.split()
        if words[:1] == ["format"]:
            if len(words) != 3 or words[1] not in _ORDERS or words[2] != "1.0":
                raise InputError(f"{name}: found {describe(line)}, expected 'format' {' | '.join(_ORDERS)} 1.0")
            order = _ORDERS[words[1]]
        elif words[:1] == ["element"]:
            if len(words) != 3 or not words[2].isascii() or not words[2].isdigit() or len(words[2]) > 12:
                raise InputError(f"{name}: found {describe(line)}, expected 'element' name count")
            elements.append(_Element(words[1], int(words[2]), ()))
        elif words[:1] == ["property"]:
            elements[-1:] = [_with_property(elements, words, line, name)]
    if order is None:
        raise InputError(f"{name}: found no 'format' line in the header, expected one")
    return elements, order, newline + 1


def _with_property(elements: list[_Element], words: list[str], line: str, name: str) -> _Element:
    if not elements:
        raise InputError(f"{name}: found {describe(line)} before any element")
    is_list = words[1:2] == ["list"]
    types = words[2:4] if is_list else words[1:2]
    if len(words) != (5 if is_list else 3) or any(kind not in _TYPES for kind in types):
        raise InputError(f"{name}: found {describe(line)}, expected 'property' [list type] type name")
    element = elements[-1]
    added = words[-1], _TYPES[types[-1]], _TYPES[types[0]] if is_list else None
    if len(element.properties) >= 100 or any(known == added[0] for known, _, _ in element.properties):
        raise InputError(f"{name}: found {describe(line)}, expected each property of {element.name!r} once")
    return _Element(element.name, element.count, (*element.properties, added))


def _lists(element: _Element, where: str) -> bool:
    """Whether the element holds a list; more than one is refused."""
    count = sum(length_type is not None for _, _, length_type in element.properties)
    if count > 1:
        raise InputError(f"{where}: found {count} lists, expected one, the corners of a face")
    return count == 1


def _check_corners(corners: int, where: str) -> None:
    if not 3 <= corners <= _MOST_CORNERS:
        raise InputError(f"{where}: found a face of {corners} corners, expected 3 to {_MOST_CORNERS}")


def _binary_columns(element: _Element, content: bytes, offset: int, order: str, where: str) -> tuple[Columns, int]:
    if element.count == 0:
        return {}, offset
    corners = 0
    if _lists(element, where):
        position = [length_type is not None for _, _, length_type in element.properties].index(True)
        before = np.dtype([(name, order + kind) for name, kind, _ in element.properties[:position]])
        length_type = np.dtype(order + str(element.properties[position][2]))
        if offset + before.itemsize + length_type.itemsize > len(content):
            raise InputError(f"{where}: found the end of the file, expected {element.count} records")
        corners = int(np.frombuffer(content, length_type, 1, offset + before.itemsize)[0])
        _check_corners(corners, where)
    fields: list = []
    for name, kind, length_kind in element.properties:
        if length_kind is not None:
            fields.append((f"length of {name}", order + length_kind))
        fields.append((name, order + kind) if length_kind is None else (name, order + kind, (corners,)))
    record = np.dtype(fields)
    if record.itemsize * element.count > len(content) - offset:
        left = len(content) - offset
        raise InputError(f"{where}: found {element.count} records of {record.itemsize} bytes in {left}, expected fewer")
    rows = np.frombuffer(content, record, element.count, offset)
    columns = {name: rows[name] for name in rows.dtype.names or ()}
    for name, length in columns.items():
        if name.startswith("length of ") and np.any(length != corners):
            raise InputError(
                f"{where}: found faces of different numbers of corners, expected {corners} for all; triangulate it"
            )
    return columns, offset + record.itemsize * element.count


def _ascii_numbers(text: bytes, name: str) -> NDArray[np.float64]:
    try:
        return np.array(text.split(), np.float64)
    except ValueError as error:
        raise InputError(f"{name}: found data that are not numbers, expected an ascii PLY file") from error


def _ascii_columns(element: _Element, numbers: NDArray[np.float64], offset: int, where: str) -> tuple[Columns, int]:
    if element.count == 0:
        return {}, offset
    names: list[tuple[str, int]] = []
    width = 0
    has_list = _lists(element, where)
    for name, _, length_kind in element.properties:
        if length_kind is None:
            names.append((name, 1))
        else:
            first = numbers[offset + width] if offset + width < len(numbers) else np.nan
            corners = int(first) if np.isfinite(first) and abs(first) < 1e6 else -1
            _check_corners(corners, where)
            names += [("length", 1), (name, corners)]
        width = sum(size for _, size in names)
    if width * element.count > len(numbers) - offset:
        raise InputError(f"{where}: found {len(numbers) - offset} numbers, expected {element.count} times {width}")
    table = numbers[offset : offset + width * element.count].reshape(element.count, width)
    columns: Columns = {}
    position = 0
    for name, size in names:
        columns[name] = table[:, position] if size == 1 else table[:, position : position + size]
        position += size
    if has_list and np.any(columns["length"] != columns["length"][0]):
        raise InputError(f"{where}: found faces of different numbers of corners, expected the same; triangulate it")
    return columns, offset + width * element.count


def _triangles(tables: dict[str, Columns], name: str) -> Triangles:
    vertex, face = tables.get("vertex", {}), tables.get("face", {})
    key = next((key for key in _CORNER_NAMES if face.get(key, np.zeros(0)).ndim == 2), None)
    if not {"x", "y", "z"} <= vertex.keys() or key is None:
        raise InputError(f"{name}: found no faces between vertices x, y, z, expected a mesh")
    with np.errstate(over="ignore", invalid="ignore"):
        vertices = np.stack([np.asarray(vertex[axis], np.float64) for axis in "xyz"], axis=1)
    if vertices.ndim != 2 or not np.all(np.abs(vertices) < 1e9):
        raise InputError(f"{name}: found vertex positions that are not finite, expected metres")
    polygons = face[key].astype(np.float64)
    if not np.all((polygons >= 0) & (polygons < len(vertices))):
        raise InputError(f"{name}: found a corner that is none of its {len(vertices)} vertices")
    pieces = polygons.shape[1] - 2
    fan = [polygons[:, [0, piece + 1, piece + 2]] for piece in range(pieces)]
    faces = np.stack(fan, axis=1).reshape(-1, 3).astype(np.int32)
    object_ids = None
    if "object_id" in face and face["object_id"].ndim == 1:
        ids = np.nan_to_num(np.asarray(face["object_id"], np.float64), nan=-1.0)
        object_ids = np.repeat(np.where((ids >= 0) & (ids < 2**31), ids, 0).astype(np.int32), pieces)
    return Triangles(
        vertices=vertices.astype(np.float32),
        faces=faces,
        colors=np.full((len(faces), 3), 255, np.uint8),
        double_sided=np.ones(len(faces), np.bool_),
        object_ids=object_ids,
    )
