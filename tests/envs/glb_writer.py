"""A small writer of .glb files for tests, independent of the reader."""

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

_COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
_KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


class GlbWriter:
    """Collects meshes, materials and pictures; `document` may be changed by hand before `content` is asked for."""

    def __init__(self) -> None:
        self.binary = b""
        tables = ("nodes", "meshes", "materials", "accessors", "bufferViews", "textures", "images", "samplers")
        self.document: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}]}
        self.document.update({table: [] for table in tables})

    def view(self, content: bytes) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        self._append("bufferViews", {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(content)})
        self.binary += content
        return len(self.document["bufferViews"]) - 1

    def accessor(self, array: np.ndarray, normalized: bool = False) -> int:
        columns = array.reshape(len(array), -1)
        entry = {
            "bufferView": self.view(np.ascontiguousarray(columns).tobytes()),
            "componentType": _COMPONENTS[array.dtype.str[1:]],
            "type": _KINDS[columns.shape[1]],
            "count": len(array),
        }
        return self._append("accessors", {**entry, "normalized": True} if normalized else entry)

    def texture(self, pixels: np.ndarray | bytes | str, **sampler: int) -> int:
        """A texture of pixels (as PNG), of encoded bytes, or of a uri."""
        if isinstance(pixels, str):
            image = self._append("images", {"uri": pixels})
        else:
            encoded = pixels if isinstance(pixels, bytes) else encode(pixels, "PNG")
            image = self._append("images", {"bufferView": self.view(encoded), "mimeType": "image/png"})
        entry = {"source": image}
        if sampler:
            entry["sampler"] = self._append("samplers", sampler)
        return self._append("textures", entry)

    def material(self, factor: tuple[float, ...] = (1, 1, 1, 1), texture: int | None = None, **options: Any) -> int:
        surface: dict[str, Any] = {"baseColorFactor": list(factor)}
        if texture is not None:
            surface["baseColorTexture"] = {"index": texture, **options.pop("info", {})}
        return self._append("materials", {"pbrMetallicRoughness": surface, **options})

    def mesh(
        self,
        vertices: np.ndarray,
        faces: np.ndarray,
        material: int | None = None,
        node: dict[str, Any] | None = None,
        **attributes: np.ndarray,
    ) -> None:
        """A node of the scene with one primitive; u1 attributes are stored as normalized ones."""
        entry: dict[str, Any] = {
            "attributes": {"POSITION": self.accessor(np.asarray(vertices, "<f4"))},
            "indices": self.accessor(np.asarray(faces, "<u4").ravel()),
        }
        for name, values in attributes.items():
            entry["attributes"][name] = self.accessor(values, normalized=values.dtype == np.uint8)
        if material is not None:
            entry["material"] = material
        mesh = self._append("meshes", {"primitives": [entry]})
        self.document["scenes"][0]["nodes"].append(self._append("nodes", {"mesh": mesh, **(node or {})}))

    def content(self) -> bytes:
        document = {key: value for key, value in self.document.items() if value != []}
        return pack({**document, "buffers": [{"byteLength": len(self.binary)}]}, self.binary)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content())

    def _append(self, table: str, entry: dict[str, Any]) -> int:
        self.document[table].append(entry)
        return len(self.document[table]) - 1


def pack(document: object, binary: bytes) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, total) + chunks


def encode(pixels: np.ndarray, kind: str) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return target.getvalue()


def box(low: tuple[float, ...], high: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (8, 3) and faces (12, 3), counter-clockwise seen from outside."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return (np.array(low) + corners * (np.array(high) - np.array(low))).astype(np.float32), np.array(faces, np.int32)


def quad(size: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A square in the plane z = 0 of two faces, with u to the right along x and v down along -y."""
    vertices = np.array([[0, 0, 0], [size, 0, 0], [size, size, 0], [0, size, 0]], "<f4")
    texcoords = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], "<f4")
    return vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32), texcoords
