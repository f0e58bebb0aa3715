"""Reads triangles, colours, textures and instance ids from glTF 2.0 files, binary (.glb) or plain (.gltf).

Format: Khronos glTF 2.0 specification. Read is what Habitat draws without lights: triangles with base colour, its
texture and vertex colours, at rest. Lines and points, which have no surface, are left out. Anything that would make the
picture wrong (compressed geometry or textures, skins) is refused with an `InputError` that names the way to a file
without it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file
from leo_agent.envs.scenes.json_fields import describe, take
from leo_agent.envs.scenes.meshes.draw_modes import MODES, TRIANGLES, WITHOUT_SURFACE, face_count, unfold
from leo_agent.envs.scenes.meshes.gltf_container import GltfFile, integer, normalized, unsupported
from leo_agent.envs.scenes.meshes.gltf_materials import Materials, Paint
from leo_agent.envs.scenes.meshes.gltf_nodes import PlacedMesh, placed_meshes
from leo_agent.envs.scenes.meshes.triangles import Triangles, check_size, join

_log = logging.getLogger(__name__)
# All textures of one file together; beyond it they are halved, so that a building scanned in 4096^2 pieces fits.
MAX_PIXELS = 1 << 28
# Primitives that one file draws, counted each time; placing one takes up to 0.1 ms, however few faces it has.
MAX_PRIMITIVES = 50_000
_DRACO = "KHR_draco_mesh_compression"


def read_glb(path: Path, root: Path | None = None, labels: bool = False, most_pixels: int = MAX_PIXELS) -> Triangles:
    """All triangles of the default scene of a .glb or .gltf file.

    The base colour is the material's factor as stored (Habitat does not convert it to sRGB when it draws without
    lights), times the vertex colour where that is the same in all corners of each face; opacity is ignored.

    Args:
        path: the file.
        root: files that URIs refer to are read if they lie below this folder, else refused.
        labels: the file is a semantic mesh: its vertex colours become `label_colors`, its textures are never averaged.
        most_pixels: textures of more pixels together are halved until they fit.

    Raises:
        InputError: the file is missing, damaged or needs what is not supported.
    """
    content = read_file(path, "a .glb or .gltf mesh")
    return _read(GltfFile(content, str(path), path.parent, root), labels, most_pixels)


def outside_files(path: Path, root: Path) -> list[Path]:
    """The files beside a .glb or .gltf file that hold its buffers and pictures, whether they are there or not.

    Raises:
        InputError: the file is missing or damaged.
    """
    content = read_file(path, "a .glb or .gltf mesh")
    return GltfFile(content, str(path), path.parent, root).outside_files()


def parse_glb(content: bytes, name: str, labels: bool = False, most_pixels: int = MAX_PIXELS) -> Triangles:
    """As `read_glb`, from the bytes of a file; `name` stands in messages."""
    return _read(GltfFile(content, name, None, None), labels, most_pixels)


def _read(file: GltfFile, labels: bool, most_pixels: int) -> Triangles:
    parts = [part for part in _Walk(file, labels, most_pixels).primitives() if len(part.faces)]
    if not parts:
        raise InputError(f"{file.name}: found no triangles, expected a mesh")
    return join(parts)


class _Walk:
    """Walks the nodes of a file and reads their primitives."""

    def __init__(self, file: GltfFile, labels: bool, most_pixels: int) -> None:
        self._file = file
        self._labels = labels
        self._materials = Materials(file, averaged=not labels, most_pixels=most_pixels)

    def primitives(self) -> Iterator[Triangles]:
        """The drawn primitives of the default scene in node order, depth first."""
        meshes = list(placed_meshes(self._file))
        self._check_size([placed.mesh for placed in meshes])
        for placed in meshes:
            for primitive, where in self._entries(placed.mesh):
                yield self._primitive(primitive, placed, where)

    def _check_size(self, meshes: list[int]) -> None:
        """Refuses meshes that are too much together, though each is small, before any of them is read."""
        primitives = vertices = faces = left_out = 0
        for index, times in Counter(meshes).items():
            entries = self._entries(index)
            primitives += times * len(entries)
            if primitives > MAX_PRIMITIVES:
                raise InputError(f"{self._file.name}: found {primitives} primitives, expected at most {MAX_PRIMITIVES}")
            for primitive, where in entries:
                corners = count = self._count(take(primitive, "attributes", dict, where), "POSITION", where)
                if "indices" in primitive:
                    corners = self._count(primitive, "indices", where)
                vertices += times * count
                faces += times * face_count(integer(primitive, "mode", where, TRIANGLES), corners)
            left_out += len(self._file.entry("meshes", index)[0]["primitives"]) - len(entries)
        check_size(vertices, faces, self._file.name)
        if left_out:
            _log.warning("%s: %d primitives of lines or points are left out", self._file.name, left_out)

    def _entries(self, index: int) -> list[tuple[dict[str, Any], str]]:
        """The primitives of a mesh that have a surface, each with its name for messages."""
        mesh, where = self._file.entry("meshes", index)
        entries = []
        for number, primitive in enumerate(take(mesh, "primitives", list, where)):
            place = f"{where} primitive {number}"
            if not isinstance(primitive, dict):
                raise InputError(f"{place} must be an object, found {describe(primitive)}")
            mode = integer(primitive, "mode", place, TRIANGLES)
            if mode not in MODES:
                raise InputError(f"{place}: found drawing mode {mode}, expected 0 to 6")
            if mode in WITHOUT_SURFACE:
                continue
            extensions = take(primitive, "extensions", dict, place) if "extensions" in primitive else {}
            if _DRACO in extensions and "bufferView" not in self._position(primitive, place):
                raise unsupported(place, _DRACO)
            entries.append((primitive, place))
        return entries

    def _position(self, primitive: dict[str, Any], where: str) -> dict[str, Any]:
        attributes = take(primitive, "attributes", dict, where)
        return self._file.entry("accessors", take(attributes, "POSITION", int, where))[0]

    def _count(self, record: dict[str, Any], key: str, where: str) -> int:
        """How many values the accessor `record[key]` has."""
        return self._file.length(take(record, key, int, where), f"{where} {key}")

    def _primitive(self, primitive: dict[str, Any], placed: PlacedMesh, where: str) -> Triangles:
        attributes, T_root_node = take(primitive, "attributes", dict, where), placed.T_root_node
        stored = self._file.accessor(take(attributes, "POSITION", int, where), f"{where} POSITION", 3)
        with np.errstate(over="ignore", invalid="ignore"):
            vertices = self._morphed(primitive, stored.astype(np.float64), placed.weights, where)
            vertices = vertices @ T_root_node[:3, :3].T + T_root_node[:3, 3]
        if not np.all(np.abs(vertices) < 1e9):
            raise InputError(f"{where}: found vertex positions that are not finite, expected metres")
        faces = self._faces(primitive, len(vertices), where)
        paint = self._materials.paint(primitive, where)
        colors, vertex_colors, label_colors = self._colors(attributes, faces, len(vertices), paint, where)
        texcoords = self._texcoords(attributes, faces, len(vertices), paint, where)
        object_ids = self._object_ids(attributes, faces, len(vertices), where)
        if np.linalg.det(T_root_node[:3, :3]) < 0.0:
            faces = faces[:, ::-1]  # glTF: a mirroring transform turns the winding round
            texcoords = None if texcoords is None else texcoords[:, ::-1]
        textured = texcoords is not None
        return Triangles(
            vertices=vertices.astype(np.float32),
            faces=faces,
            colors=colors,
            double_sided=np.full(len(faces), paint.double_sided),
            texcoords=texcoords,
            face_textures=np.zeros(len(faces), np.int32) if textured else None,
            textures=(self._materials.textures[paint.texture],) if textured else (),
            vertex_colors=vertex_colors,
            object_ids=object_ids,
            label_colors=label_colors,
        )

    def _faces(self, primitive: dict[str, Any], vertex_count: int, where: str) -> NDArray[np.int32]:
        if "indices" in primitive:
            corners = self._file.accessor(take(primitive, "indices", int, where), f"{where} indices", 1).ravel()
        else:
            corners = np.arange(vertex_count)
        mode = integer(primitive, "mode", where, TRIANGLES)
        if corners.dtype.kind == "f" or (mode == TRIANGLES and len(corners) % 3):
            raise InputError(f"{where}: found {len(corners)} {corners.dtype} indices, expected integers, three a face")
        if len(corners) and (corners.min() < 0 or corners.max() >= vertex_count):
            raise InputError(f"{where}: found vertex index {corners.max()}, expected less than {vertex_count}")
        return unfold(mode, corners)

    def _morphed(
        self, primitive: dict[str, Any], positions: NDArray[np.float64], weights: tuple[float, ...], where: str
    ) -> NDArray[np.float64]:
        """Positions (V, 3) with the morph targets of the weights at rest, which are 0 as a rule."""
        targets = take(primitive, "targets", list, where) if "targets" in primitive else []
        for number, (target, weight) in enumerate(zip(targets, weights, strict=False)):
            place = f"{where} target {number}"
            if weight == 0.0 or not isinstance(target, dict) or "POSITION" not in target:
                continue
            positions = positions + weight * self._vertex_values(target, "POSITION", len(positions), place)
        return positions

    def _colors(
        self, attributes: dict[str, Any], faces: NDArray[np.int32], vertex_count: int, paint: Paint, where: str
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
        """Base colours (F, 3), vertex colours (V, 3) if they differ within a face, and label colours (F, 3)."""
        factors = np.broadcast_to(paint.factor, (len(faces), 3))
        if "COLOR_0" not in attributes:
            return _bytes(factors), None, None
        values = self._vertex_values(attributes, "COLOR_0", vertex_count, where)
        if values.shape[1] < 3:
            raise InputError(f"{where}: found {values.shape[1]} components of COLOR_0, expected 3 or 4")
        values = np.clip(np.nan_to_num(normalized(values)[:, :3]), 0.0, 1.0)
        if self._labels:
            # Of three different corners the last decides, as for flat attributes in OpenGL.
            return _bytes(factors), None, _bytes(_srgb(values))[faces[:, 2]]
        corners = values[faces]
        if np.all(np.ptp(corners, axis=1) < 0.5 / 255.0):
            return _bytes(factors * corners.mean(axis=1)), None, None
        return _bytes(factors), _bytes(values), None

    def _texcoords(
        self, attributes: dict[str, Any], faces: NDArray[np.int32], vertex_count: int, paint: Paint, where: str
    ) -> NDArray[np.float32] | None:
        """Texture coordinates (F, 3, 2) of the corners; (0, 0) without the attribute, as OpenGL reads it."""
        if paint.texture < 0:
            return None
        key = f"TEXCOORD_{paint.texcoord_set}"
        if key not in attributes:
            return np.zeros((len(faces), 3, 2), np.float32)
        values = self._vertex_values(attributes, key, vertex_count, where)
        if values.shape[1] != 2:
            raise InputError(f"{where}: found {values.shape[1]} components of {key}, expected 2")
        values = np.clip(np.nan_to_num(normalized(values)), -1e6, 1e6)
        if paint.texcoord_map is not None:
            values = np.clip(values @ paint.texcoord_map[:, :2].T + paint.texcoord_map[:, 2], -1e6, 1e6)
        return values.astype(np.float32)[faces]

    def _object_ids(
        self, attributes: dict[str, Any], faces: NDArray[np.int32], vertex_count: int, where: str
    ) -> NDArray[np.int32] | None:
        if "_OBJECT_ID" not in attributes:
            return None
        values = self._vertex_values(attributes, "_OBJECT_ID", vertex_count, where)
        ids: NDArray[np.float64] = values.astype(np.float64)[faces[:, 2], 0]
        if not np.all((ids >= 0) & (ids < 2**31)):
            raise InputError(f"{where}: found an _OBJECT_ID outside 0 to 2^31 - 1")
        return ids.astype(np.int32)

    def _vertex_values(self, attributes: dict[str, Any], key: str, vertex_count: int, where: str) -> NDArray[Any]:
        """The values (V, width) of a vertex attribute, its length checked before memory is taken."""
        number = take(attributes, key, int, where)
        count = self._file.length(number, f"{where} {key}")
        if count != vertex_count:
            raise InputError(f"{where}: found {count} values of {key}, expected {vertex_count}, one a vertex")
        return self._file.accessor(number, f"{where} {key}", 3 if key == "POSITION" else None)


def _bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    return (np.clip(np.nan_to_num(colors), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _srgb(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transfer function of IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
