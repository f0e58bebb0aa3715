"""The parts of a glTF 2.0 file: its JSON tables, buffers and accessors, each index and size checked before use.

Format: Khronos glTF 2.0 specification; KHR_mesh_quantization.
"""

from __future__ import annotations

import base64
import binascii
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file
from leo_agent.contract.json_file import parse_json
from leo_agent.envs.scenes.json_fields import describe, one_line, take
from leo_agent.envs.scenes.paths import inside

_COMPONENTS: dict[int, np.dtype] = {
    5120: np.dtype("i1"),
    5121: np.dtype("u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_SUPPORTED_EXTENSIONS = {
    *("EXT_mesh_gpu_instancing", "KHR_lights_punctual", "KHR_mesh_quantization", "KHR_texture_transform"),
    *("KHR_animation_pointer", "KHR_xmp_json_ld"),  # change nothing that is drawn here
}
_CONVERTER = "npx @gltf-transform/cli"
# What people's files need most often, and the command that writes the same file without it.
_WAYS_OUT = {
    "KHR_draco_mesh_compression": f"{_CONVERTER} copy IN.glb OUT.glb",
    "EXT_meshopt_compression": f"{_CONVERTER} copy IN.glb OUT.glb",
    "EXT_texture_webp": f"{_CONVERTER} png --formats '*' IN.glb OUT.glb",
    "EXT_texture_avif": f"{_CONVERTER} png --formats '*' IN.glb OUT.glb",
}


class GltfFile:
    """The tables of a .glb or .gltf file and the bytes they refer to; each method refuses what is not as it should be.

    Args:
        content: of the file.
        name: what error messages call it.
        folder: holds what URIs refer to; without one there must be no such URI.
        root: the folder that files of URIs have to lie below.

    Raises:
        InputError: an index, size or type does not fit the file.
    """

    def __init__(self, content: bytes, name: str, folder: Path | None, root: Path | None) -> None:
        self.name = name
        self._folder, self._root = folder, root
        self.document, self._binary = _split_chunks(content, name)
        self._buffers: dict[int, bytes] = {}
        self._read: dict[Path, bytes] = {}
        required = self.document.get("extensionsRequired", [])
        if not isinstance(required, list) or not all(isinstance(extension, str) for extension in required):
            raise InputError(f"{name}: 'extensionsRequired' must be a list of names, found {describe(required)}")
        for extension in required:
            # All is drawn unlit in its base colour: what else a material has changes nothing.
            if extension not in _SUPPORTED_EXTENSIONS and not extension.startswith("KHR_materials_"):
                raise unsupported(name, extension)

    def entry(self, table: str, index: int) -> tuple[dict[str, Any], str]:
        """Entry `index` of a top-level table, and its name for messages."""
        entries = self.document.get(table, [])
        where = f"{self.name}: {table}[{index}]"
        if not isinstance(entries, list) or not 0 <= index < len(entries):
            found = len(entries) if isinstance(entries, list) else describe(entries)
            raise InputError(f"{where} is referred to, found {found} {table}")
        if not isinstance(entries[index], dict):
            raise InputError(f"{where} must be an object, found {describe(entries[index])}")
        return entries[index], where

    def accessor(self, index: int, what: str, width: int | None) -> NDArray[Any]:
        """The array (count, width) of an accessor, normalized integers as float64 numbers; `width` None takes any."""
        values = self.stored(index, what, width)
        return normalized(values) if self.entry("accessors", index)[0].get("normalized") is True else values

    def stored(self, index: int, what: str, width: int | None) -> NDArray[Any]:
        """As `accessor`, the numbers as stored."""
        accessor, where = self.entry("accessors", index)
        values = self._base(accessor, f"{where} ({what})", width)
        if "sparse" not in accessor:
            return values
        # glTF 2.0, section 3.6.2.3: some rows are written over.
        sparse, where = take(accessor, "sparse", dict, where), f"{where} ({what}) sparse"
        count, values = take(sparse, "count", int, where), np.array(values)
        places = take(sparse, "indices", dict, where)
        component = _COMPONENTS.get(take(places, "componentType", int, where), np.dtype("f4"))
        rows = self._rows(places, component, 1, count, f"{where} indices")[:, 0]
        if component.kind != "u" or rows.max(initial=0) >= len(values):
            raise InputError(f"{where}: found the {component} row {rows.max(initial=0)}, expected one of {len(values)}")
        values[rows] = self._rows(
            take(sparse, "values", dict, where), values.dtype, values.shape[1], count, f"{where} values"
        )
        return values

    def length(self, index: int, what: str) -> int:
        """How many values an accessor has, those that its bytes can hold."""
        accessor, where = self.entry("accessors", index)
        return len(self._base(accessor, f"{where} ({what})", None))

    def _base(self, accessor: dict[str, Any], where: str, width: int | None) -> NDArray[Any]:
        """An accessor's values without its sparse ones, in no memory of their own: of the file's bytes, or zeros."""
        component = _COMPONENTS.get(take(accessor, "componentType", int, where))
        columns = _WIDTHS.get(take(accessor, "type", str, where))
        if component is None or columns is None or width not in (None, columns):
            found = f"{accessor['componentType']} {accessor['type']}"
            raise InputError(f"{where}: found type {describe(found)}, expected {width or 'any number of'} columns")
        count = take(accessor, "count", int, where)
        if "bufferView" in accessor:
            return self._rows(accessor, component, columns, count, where)
        if not 1 <= count < 2**31:
            raise InputError(f"{where}: found {describe(count)} values, expected 1 to 2^31 - 1")
        return np.broadcast_to(np.zeros(columns, component), (count, columns))

    def _rows(self, record: dict[str, Any], component: np.dtype, columns: int, count: int, where: str) -> NDArray[Any]:
        """Values (count, columns) at the `bufferView` and `byteOffset` of a record, a view of the file's bytes."""
        view, view_where = self.entry("bufferViews", take(record, "bufferView", int, where))
        data = self._buffer(take(view, "buffer", int, view_where))
        stride = integer(view, "byteStride", view_where, component.itemsize * columns)
        view_offset = integer(view, "byteOffset", view_where, 0)
        offset = view_offset + integer(record, "byteOffset", where, 0)
        end = min(len(data), view_offset + take(view, "byteLength", int, view_where))
        last = offset + stride * (count - 1) + component.itemsize * columns
        if count < 1 or min(offset, view_offset) < 0 or stride < component.itemsize * columns or last > end:
            raise InputError(f"{where}: found {count} values up to byte {last}, expected them within {end} bytes")
        return np.ndarray((count, columns), component, data, offset, (stride, component.itemsize))

    def image_bytes(self, index: int) -> tuple[bytes, str]:
        """The encoded picture `images[index]` and its name for messages."""
        image, where = self.entry("images", index)
        if "bufferView" not in image:
            return self._resource(take(image, "uri", str, where), where), where
        view, view_where = self.entry("bufferViews", take(image, "bufferView", int, where))
        data = self._buffer(take(view, "buffer", int, view_where))
        start, size = integer(view, "byteOffset", view_where, 0), take(view, "byteLength", int, view_where)
        if start < 0 or size < 0 or start + size > len(data):
            raise InputError(f"{view_where}: found bytes {start} to {start + size}, expected them within {len(data)}")
        return data[start : start + size], where

    def outside_files(self) -> list[Path]:
        """The files that buffers and images may be read from, whether they are there or not."""
        tables = [self.document.get(table) for table in ("buffers", "images")]
        records = [
            record for table in tables if isinstance(table, list) for record in table if isinstance(record, dict)
        ]
        found = []
        for uri in (record.get("uri") for record in records):
            if isinstance(uri, str) and not uri.startswith("data:"):
                with suppress(InputError):  # outside the root: refused where it is used, if it is
                    found.append(self._path(uri, self.name))
        return found

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            buffer, where = self.entry("buffers", index)
            if "uri" in buffer:
                self._buffers[index] = self._resource(take(buffer, "uri", str, where), where)
            elif index == 0:
                self._buffers[index] = self._binary
            else:
                raise InputError(f"{where}: found neither a uri nor the first buffer, expected data for it")
        return self._buffers[index]

    def _resource(self, uri: str, where: str) -> bytes:
        """What a URI refers to: a data URI, or a file beside this one and below the root folder."""
        if uri.startswith("data:"):
            header, _, text = uri.partition(",")
            try:
                return base64.b64decode(text, validate=True) if header.endswith(";base64") else unquote(text).encode()
            except (binascii.Error, ValueError) as error:
                raise InputError(f"{where}: found a data uri that is not base64 ({one_line(error)})") from error
        path = self._path(uri, where)
        if path not in self._read:
            self._read[path] = read_file(path, f"what {where} refers to")
        return self._read[path]

    def _path(self, uri: str, where: str) -> Path:
        if self._folder is None or self._root is None:
            raise InputError(f"{where}: found data outside the file ({describe(uri)}), expected all of it in the file")
        return inside(self._root, self._folder, unquote(uri), where)


def integer(record: dict[str, Any], key: str, where: str, default: int) -> int:
    """`record[key]`, an integer, or `default` if there is none."""
    return take(record, key, int, where) if key in record else default


def indices(record: dict[str, Any], key: str, where: str) -> list[int]:
    """`record[key]`, a list of integers, empty if there is none."""
    values = record.get(key, [])
    if not isinstance(values, list) or any(type(value) is not int for value in values):
        raise InputError(f"{where}: {key!r} must be a list of integers, found {describe(values)}")
    return values


def normalized(values: NDArray[Any]) -> NDArray[np.float64]:
    """Integers as parts of their largest value, as glTF 2.0 reads normalized accessors; floats as they are."""
    if values.dtype.kind == "f":
        return values.astype(np.float64)
    return np.maximum(values / float(np.iinfo(values.dtype).max), -1.0)


def unsupported(where: str, extension: str) -> InputError:
    """The error for a file that needs an extension which is not read here, with the way to a file that does not."""
    way_out = _WAYS_OUT.get(extension)
    hint = f"; a file without it: {way_out}" if way_out else ""
    if extension == "KHR_texture_basisu":
        hint = "; export it with PNG or JPEG textures (HM3D: its download 'glb' has such, put X.glb beside X.basis.glb)"
    return InputError(f"{where}: needs the glTF extension {describe(extension)[1:-1]}, which is not supported{hint}")


def _split_chunks(content: bytes, name: str) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary chunk of a .glb file; a .gltf file is nothing but the JSON."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return _document(content, name), b""
    if len(content) < 20 or content[:4] != b"glTF":
        raise InputError(
            f"{name}: found {content[:4]!r} at the start, expected a binary glTF file ('glTF') or the JSON of a .gltf"
        )
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
    return _document(chunks[b"JSON"], name), chunks.get(b"BIN\0", b"")


def _document(content: bytes, name: str) -> dict[str, Any]:
    document = parse_json(content, name, "a glTF document")
    if not isinstance(document, dict):
        raise InputError(f"{name}: its JSON must be an object, found {describe(document)}")
    version = document["asset"].get("version") if isinstance(document.get("asset"), dict) else None
    if isinstance(version, str) and version.startswith(("0", "1")):
        raise InputError(f"{name}: found glTF version {describe(version)}, expected 2.0")
    return document
