"""Reads triangles, flat colours and instance ids from binary glTF 2.0 (.glb) files.

Format: Khronos glTF 2.0 specification. Only what Habitat's untextured stages use is supported; anything that would make
the picture wrong (textures, compressed geometry, morphing) is refused with an `InputError`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.camera import pose_matrix
from envs.errors import InputError
from envs.objectnav.json_fields import describe, take, take_rotation, take_vector

_COMPONENTS: dict[int, np.dtype] = {
    5120: np.dtype("i1"),
    5121: np.dtype("u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TRIANGLES = 4
# Extensions that change nothing here: all is drawn unlit.
_HARMLESS_EXTENSIONS = {"KHR_materials_unlit", "KHR_lights_punctual", "KHR_materials_specular"}


@dataclass(frozen=True, eq=False)
class Triangles:
    """The triangles of a file in the frame of its root, metres as stored.

    vertices (V, 3) float32; faces (F, 3) int32; colors (F, 3) uint8; double_sided (F,) bool; object_ids (F,) int32 from
    the vertex attribute `_OBJECT_ID`, None where a primitive has none.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    colors: NDArray[np.uint8]
    double_sided: NDArray[np.bool_]
    object_ids: NDArray[np.int32] | None


def read_glb(path: Path) -> Triangles:
    """All triangles of the default scene of a .glb file.

    A face's colour is the material's base colour factor times the mean of its vertices' COLOR_0, as stored (Habitat
    does not convert it to sRGB when it draws without lights); opacity is ignored. Raises `InputError`.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "cannot be read")
        raise InputError(f"{path}: {reason}, expected a .glb mesh") from error
    return parse_glb(content, str(path))


def parse_glb(content: bytes, name: str) -> Triangles:
    """As `read_glb`, from the bytes of a file; `name` stands in messages."""
    document, binary = _split_chunks(content, name)
    reader = _Document(document, binary, name)
    parts = list(reader.primitives())
    if not parts:
        raise InputError(f"{name}: found no triangles, expected a mesh")
    first = np.cumsum([0, *(len(part.vertices) for part in parts)])
    ids = [part.object_ids for part in parts if part.object_ids is not None]
    return Triangles(
        vertices=np.concatenate([part.vertices for part in parts]),
        faces=np.concatenate([part.faces + start for part, start in zip(parts, first, strict=False)]).astype(np.int32),
        colors=np.concatenate([part.colors for part in parts]),
        double_sided=np.concatenate([part.double_sided for part in parts]),
        object_ids=np.concatenate(ids) if len(ids) == len(parts) else None,
    )


def _split_chunks(content: bytes, name: str) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary chunk of a .glb file."""
    if len(content) < 20 or content[:4] != b"glTF":
        raise InputError(f"{name}: found {content[:4]!r} at the start, expected a binary glTF file ('glTF')")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise InputError(f"{name}: found glTF version {version}, expected 2")
    if length > len(content):
        raise InputError(f"{name}: found {len(content)} bytes, expected {length}: the file is cut short")
    chunks: dict[bytes, bytes] = {}
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<I4s", content, offset)
        if offset + 8 + size > length:
            raise InputError(f"{name}: found a chunk of {size} bytes at byte {offset}, expected it to end in the file")
        chunks.setdefault(kind, content[offset + 8 : offset + 8 + size])
        offset += 8 + size
    if b"JSON" not in chunks:
        raise InputError(f"{name}: found no JSON chunk, expected one")
    try:
        document = json.loads(chunks[b"JSON"])
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: its JSON chunk is not valid ({' '.join(str(error).split())})") from error
    if not isinstance(document, dict):
        raise InputError(f"{name}: its JSON chunk must be an object, found {describe(document)}")
    return document, chunks.get(b"BIN\0", b"")


class _Document:
    """Walks the nodes of a parsed file; every index and size is checked before it is used."""

    def __init__(self, document: dict[str, Any], binary: bytes, name: str) -> None:
        self._document = document
        self._binary = binary
        self._name = name
        required = document.get("extensionsRequired", [])
        if not isinstance(required, list) or not all(isinstance(extension, str) for extension in required):
            raise InputError(f"{name}: 'extensionsRequired' must be a list of names, found {describe(required)}")
        unknown = sorted(set(required) - _HARMLESS_EXTENSIONS)
        if unknown:
            raise InputError(f"{name}: needs the glTF extension {', '.join(unknown)}, which is not supported yet")

    def primitives(self) -> Iterator[Triangles]:
        """The drawn primitives of the default scene in node order, depth first."""
        pending: list[tuple[int, NDArray[np.float64]]] = [(node, np.eye(4)) for node in reversed(self._roots())]
        visited: set[int] = set()
        while pending:
            index, parent = pending.pop()
            if index in visited:
                raise InputError(f"{self._name}: nodes[{index}] has more than one parent, expected a tree of nodes")
            visited.add(index)
            node, where = self._entry("nodes", index)
            T_root_node = parent @ self._node_transform(node, where)
            if "mesh" in node:
                if "skin" in node:
                    raise InputError(f"{where}: skinned meshes are not supported yet")
                yield from self._mesh(take(node, "mesh", int, where), T_root_node)
            children = self._indices(node, "children", where)
            pending.extend((child, T_root_node) for child in reversed(children))

    def _roots(self) -> list[int]:
        if "scenes" not in self._document:
            nodes = self._document.get("nodes", [])
            if not isinstance(nodes, list):
                raise InputError(f"{self._name}: 'nodes' must be a list, found {describe(nodes)}")
            nested = {
                child
                for index in range(len(nodes))
                for child in self._indices(*self._field("nodes", index, "children"))
            }
            return [index for index in range(len(nodes)) if index not in nested]
        scene, where = self._entry("scenes", self._integer(self._document, "scene", self._name, 0))
        return self._indices(scene, "nodes", where)

    def _field(self, table: str, index: int, key: str) -> tuple[dict[str, Any], str, str]:
        entry, where = self._entry(table, index)
        return entry, key, where

    def _entry(self, table: str, index: int) -> tuple[dict[str, Any], str]:
        """Entry `index` of a top-level table, and its name for messages."""
        entries = self._document.get(table, [])
        where = f"{self._name}: {table}[{index}]"
        if not isinstance(entries, list) or not 0 <= index < len(entries):
            found = len(entries) if isinstance(entries, list) else describe(entries)
            raise InputError(f"{where} is referred to, found {found} {table}")
        if not isinstance(entries[index], dict):
            raise InputError(f"{where} must be an object, found {describe(entries[index])}")
        return entries[index], where

    def _indices(self, record: dict[str, Any], key: str, where: str) -> list[int]:
        values = record.get(key, [])
        if not isinstance(values, list) or any(type(value) is not int for value in values):
            raise InputError(f"{where}: {key!r} must be a list of integers, found {describe(values)}")
        return values

    def _integer(self, record: dict[str, Any], key: str, where: str, default: int) -> int:
        return take(record, key, int, where) if key in record else default

    def _node_transform(self, node: dict[str, Any], where: str) -> NDArray[np.float64]:
        if "matrix" in node:
            return take_vector(node, "matrix", 16, where).reshape(4, 4).T
        position = take_vector(node, "translation", 3, where) if "translation" in node else np.zeros(3)
        rotation = take_rotation(node, "rotation", where) if "rotation" in node else np.array([0.0, 0.0, 0.0, 1.0])
        transform = pose_matrix(position, rotation)
        if "scale" in node:
            transform[:3, :3] *= take_vector(node, "scale", 3, where)
        return transform

    def _mesh(self, index: int, T_root_node: NDArray[np.float64]) -> Iterator[Triangles]:
        mesh, where = self._entry("meshes", index)
        for number, primitive in enumerate(take(mesh, "primitives", list, where)):
            place = f"{where} primitive {number}"
            if not isinstance(primitive, dict):
                raise InputError(f"{place} must be an object, found {describe(primitive)}")
            yield self._primitive(primitive, T_root_node, place)

    def _primitive(self, primitive: dict[str, Any], T_root_node: NDArray[np.float64], where: str) -> Triangles:
        mode = self._integer(primitive, "mode", where, _TRIANGLES)
        if mode != _TRIANGLES:
            raise InputError(f"{where}: found drawing mode {mode}, expected {_TRIANGLES} (triangles)")
        for unsupported in ("targets", "extensions"):
            if primitive.get(unsupported):
                raise InputError(f"{where}: {unsupported!r} are not supported yet")
        attributes = take(primitive, "attributes", dict, where)
        vertices = self._accessor(take(attributes, "POSITION", int, where), f"{where} POSITION", 3).astype(np.float64)
        faces = self._faces(primitive, len(vertices), where)
        factor, double_sided = self._material(primitive, where)
        colors = np.broadcast_to(factor, (len(faces), 3))
        if "COLOR_0" in attributes:
            colors = colors * self._vertex_values(attributes, "COLOR_0", vertices, where)[faces, :3].mean(axis=1)
        object_ids = None
        if "_OBJECT_ID" in attributes:
            # Of three different corners the last decides, as for flat attributes in OpenGL.
            object_ids = self._vertex_values(attributes, "_OBJECT_ID", vertices, where)[faces[:, 2], 0]
            if not np.all((object_ids >= 0) & (object_ids < 2**31)):
                raise InputError(f"{where}: found an _OBJECT_ID outside 0 to 2^31 - 1")
        with np.errstate(over="ignore", invalid="ignore"):
            placed = vertices @ T_root_node[:3, :3].T + T_root_node[:3, 3]
        if not np.all(np.abs(placed) < 1e9):
            raise InputError(f"{where}: found vertex positions that are not finite, expected metres")
        if np.linalg.det(T_root_node[:3, :3]) < 0.0:
            faces = faces[:, ::-1]  # glTF: a mirroring transform turns the winding round
        return Triangles(
            vertices=placed.astype(np.float32),
            faces=faces,
            colors=(np.clip(np.nan_to_num(colors), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8),
            double_sided=np.full(len(faces), double_sided),
            object_ids=None if object_ids is None else object_ids.astype(np.int32),
        )

    def _faces(self, primitive: dict[str, Any], vertex_count: int, where: str) -> NDArray[np.int32]:
        if "indices" in primitive:
            indices = self._accessor(take(primitive, "indices", int, where), f"{where} indices", 1).ravel()
        else:
            indices = np.arange(vertex_count)
        if indices.dtype.kind == "f" or len(indices) % 3:
            raise InputError(f"{where}: found {len(indices)} {indices.dtype} indices, expected integers, three a face")
        if len(indices) and (indices.min() < 0 or indices.max() >= vertex_count):
            raise InputError(f"{where}: found vertex index {indices.max()}, expected less than {vertex_count}")
        return indices.reshape(-1, 3).astype(np.int32)

    def _material(self, primitive: dict[str, Any], where: str) -> tuple[NDArray[np.float64], bool]:
        """Base colour factor (3,) and whether faces are seen from both sides; glTF's defaults without a material."""
        if "material" not in primitive:
            return np.ones(3), False
        material, place = self._entry("materials", take(primitive, "material", int, where))
        double_sided = material.get("doubleSided", False)
        if not isinstance(double_sided, bool):
            raise InputError(f"{place}: 'doubleSided' must be true or false, found {describe(double_sided)}")
        surface = take(material, "pbrMetallicRoughness", dict, place) if "pbrMetallicRoughness" in material else {}
        if "baseColorTexture" in surface or "emissiveTexture" in material:
            raise InputError(f"{place}: textured materials are not supported yet, expected flat or vertex colours")
        if "baseColorFactor" not in surface:
            return np.ones(3), double_sided
        return take_vector(surface, "baseColorFactor", 4, place)[:3], double_sided

    def _vertex_values(
        self, attributes: dict[str, Any], key: str, vertices: NDArray[np.float64], where: str
    ) -> NDArray[np.float64]:
        """Values (V, width) float64 of a vertex attribute; normalised integers as 0 to 1."""
        values = self._accessor(take(attributes, key, int, where), f"{where} {key}", None)
        if len(values) != len(vertices):
            raise InputError(f"{where}: found {len(values)} values of {key}, expected {len(vertices)}, one a vertex")
        if key == "COLOR_0" and values.shape[1] < 3:
            raise InputError(f"{where}: found {values.shape[1]} components of COLOR_0, expected 3 or 4")
        if key == "COLOR_0" and values.dtype.kind == "u":
            return values / float(np.iinfo(values.dtype).max)
        return values.astype(np.float64)

    def _accessor(self, index: int, what: str, width: int | None) -> NDArray:
        """The array (count, width) of an accessor; `width` None takes any."""
        accessor, where = self._entry("accessors", index)
        if "sparse" in accessor or "bufferView" not in accessor:
            raise InputError(f"{where} ({what}): sparse and empty accessors are not supported yet")
        component = _COMPONENTS.get(take(accessor, "componentType", int, where))
        columns = _WIDTHS.get(take(accessor, "type", str, where))
        if component is None or columns is None or width not in (None, columns):
            found = f"{accessor['componentType']} {accessor['type']}"
            raise InputError(
                f"{where} ({what}): found type {describe(found)}, expected {width or 'any number of'} columns"
            )
        count = take(accessor, "count", int, where)
        view, view_where = self._entry("bufferViews", take(accessor, "bufferView", int, where))
        buffer, buffer_where = self._entry("buffers", take(view, "buffer", int, view_where))
        if "uri" in buffer or view["buffer"] != 0:
            raise InputError(f"{buffer_where}: found data outside the file, expected all of it in the .glb")
        stride = self._integer(view, "byteStride", view_where, component.itemsize * columns)
        view_offset = self._integer(view, "byteOffset", view_where, 0)
        offset = view_offset + self._integer(accessor, "byteOffset", where, 0)
        end = min(len(self._binary), view_offset + take(view, "byteLength", int, view_where))
        last = offset + stride * (count - 1) + component.itemsize * columns
        if count < 1 or min(offset, view_offset) < 0 or stride < component.itemsize * columns or last > end:
            raise InputError(
                f"{where} ({what}): found {count} values up to byte {last}, expected them within {end} bytes"
            )
        shape, strides = (count, columns), (stride, component.itemsize)
        return np.ndarray(shape, component, self._binary, offset, strides)
