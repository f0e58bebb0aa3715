"""Writes a house as binary glTF 2.0: one file to be drawn, and its twin with an instance id at each vertex.

Format: Khronos glTF 2.0. The twin is what habitat-sim reads as a semantic asset with per-vertex ids: the attribute
`_OBJECT_ID` (one unsigned short a vertex, every four bytes, as glTF aligns them) beside the obligatory `COLOR_0`.
"""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leo_agent.envs.procedural.houses.house import HouseMesh
from leo_agent.envs.procedural.houses.shapes import Material
from leo_agent.envs.procedural.houses.textures import draw_texture

_JPEG_QUALITY = 88
_ARRAY_BUFFER, _ELEMENT_BUFFER = 34962, 34963
_COMPONENTS = {np.dtype("u1"): 5121, np.dtype("<u2"): 5123, np.dtype("<u4"): 5125, np.dtype("<f4"): 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


class _Document:
    """A glTF document under construction with its binary chunk."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "leo_agent"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"name": "house", "mesh": 0}],
            "accessors": [],
            "bufferViews": [],
        }
        self._parts: list[bytes] = []
        self._length = 0

    def add_view(self, content: bytes, **more: int) -> int:
        """Appends bytes to the binary chunk; returns the number of their buffer view."""
        view = {"buffer": 0, "byteOffset": self._length, "byteLength": len(content), **more}
        self.json["bufferViews"].append(view)
        padded = content + b"\0" * (-len(content) % 4)
        self._parts.append(padded)
        self._length += len(padded)
        return len(self.json["bufferViews"]) - 1

    def add_vertices(self, rows: NDArray[Any]) -> int:
        """A buffer view of one attribute (V, width) of all vertices, which several accessors may share."""
        return self.add_view(rows.tobytes(), target=_ARRAY_BUFFER, byteStride=rows.shape[1] * rows.itemsize)

    def add_rows(self, view: int, rows: NDArray[Any], start: int, bounds: bool = False, **more: bool) -> int:
        """An accessor to rows (N, width) of a buffer view, from row `start` of it on; returns its number."""
        width = rows.shape[1] if rows.ndim == 2 else 1
        accessor: dict[str, Any] = {
            "bufferView": view,
            "byteOffset": start * width * rows.itemsize,
            "componentType": _COMPONENTS[rows.dtype],
            "count": len(rows),
            "type": _TYPES[width],
            **more,
        }
        if bounds:
            accessor["min"], accessor["max"] = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
        self.json["accessors"].append(accessor)
        return len(self.json["accessors"]) - 1

    def to_bytes(self) -> bytes:
        """The whole file."""
        self.json["buffers"] = [{"byteLength": self._length}]
        text = json.dumps(self.json, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        binary = b"".join(self._parts)
        length = 12 + 8 + len(text) + 8 + len(binary)
        head = struct.pack("<4sII", b"glTF", 2, length)
        chunks = ((b"JSON", text), (b"BIN\0", binary))
        return head + b"".join(struct.pack("<I4s", len(content), kind) + content for kind, content in chunks)


def render_glb(mesh: HouseMesh, texture_seed: int) -> bytes:
    """The file to be drawn: textures as JPEG, base colours, and the light in vertex colours."""
    document = _Document()
    positions = mesh.vertices.astype("<f4")
    texcoords, colors = mesh.texcoords.astype("<f4"), _with_alpha(mesh.light)
    # Counted from the first vertex of each material's part.
    parts = np.repeat(mesh.vertex_start[:-1], np.diff(mesh.face_start))
    indices = (mesh.faces - parts[:, None]).astype("<u4")
    views = [document.add_vertices(rows) for rows in (positions, texcoords, colors)]
    index_view = document.add_view(indices.tobytes(), target=_ELEMENT_BUFFER)
    primitives = []
    for number in range(len(mesh.materials)):
        v0, v1 = (int(end) for end in mesh.vertex_start[number : number + 2])
        f0, f1 = (int(end) for end in mesh.face_start[number : number + 2])
        attributes = {
            "POSITION": document.add_rows(views[0], positions[v0:v1], v0, bounds=True),
            "TEXCOORD_0": document.add_rows(views[1], texcoords[v0:v1], v0),
            "COLOR_0": document.add_rows(views[2], colors[v0:v1], v0, normalized=True),
        }
        rows = document.add_rows(index_view, indices[f0:f1].reshape(-1), 3 * f0)
        primitives.append({"attributes": attributes, "indices": rows, "material": number, "mode": 4})
    document.json["meshes"] = [{"name": "house", "primitives": primitives}]
    _add_materials(document, mesh.materials, texture_seed)
    return document.to_bytes()


def semantic_glb(mesh: HouseMesh) -> bytes:
    """The twin with instance ids: the same triangles in the same order."""
    document = _Document()
    positions, indices = mesh.vertices.astype("<f4"), mesh.faces.astype("<u4").reshape(-1)
    ids = np.zeros((len(positions), 2), "<u2")
    ids[:, 0] = mesh.object_ids
    # Colours are only looked at by people; neighbouring ids get different ones.
    hues = (mesh.object_ids[:, None].astype(np.int64) * (73, 151, 199) + (35, 60, 128)) % 256
    colors = _with_alpha(hues.astype(np.uint8))
    views = [document.add_vertices(rows) for rows in (positions, colors, ids)]
    attributes = {
        "POSITION": document.add_rows(views[0], positions, 0, bounds=True),
        "COLOR_0": document.add_rows(views[1], colors, 0, normalized=True),
        "_OBJECT_ID": document.add_rows(views[2], ids[:, 0], 0),
    }
    rows = document.add_rows(document.add_view(indices.tobytes(), target=_ELEMENT_BUFFER), indices, 0)
    primitive = {"attributes": attributes, "indices": rows, "mode": 4}
    document.json["meshes"] = [{"name": "house", "primitives": [primitive]}]
    return document.to_bytes()


def _with_alpha(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.column_stack([colors, np.full(len(colors), 255, np.uint8)])


def _add_materials(document: _Document, materials: tuple[Material, ...], texture_seed: int) -> None:
    """Materials without lighting, and each texture once."""
    names = list(dict.fromkeys(material.texture for material in materials if material.texture is not None))
    images = []
    for name in names:
        encoded = io.BytesIO()
        Image.fromarray(draw_texture(name, texture_seed)).save(encoded, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
        view = document.add_view(encoded.getvalue())
        images.append({"name": name, "bufferView": view, "mimeType": "image/jpeg"})
    records = []
    for material in materials:
        surface: dict[str, Any] = {
            "baseColorFactor": [round(part, 4) for part in material.color] + [1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 1.0,
        }
        if material.texture is not None:
            surface["baseColorTexture"] = {"index": names.index(material.texture)}
        records.append({"pbrMetallicRoughness": surface, "extensions": {"KHR_materials_unlit": {}}})
    repeat, linear, trilinear = 10497, 9729, 9987
    document.json |= {
        "extensionsUsed": ["KHR_materials_unlit"],
        "materials": records,
        "images": images,
        "textures": [{"source": number, "sampler": 0} for number in range(len(names))],
        "samplers": [{"magFilter": linear, "minFilter": trilinear, "wrapS": repeat, "wrapT": repeat}],
    }
