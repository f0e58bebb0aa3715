"""Materials of a glTF file as they are drawn without light: base colour, its texture, and which sides are seen.

Format: Khronos glTF 2.0 specification; KHR_texture_transform; KHR_materials_pbrSpecularGlossiness (its diffuse part).
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leo_agent.contract.errors import InputError
from leo_agent.envs.rendering import Texture
from leo_agent.envs.scenes.json_fields import describe, one_line, take, take_vector
from leo_agent.envs.scenes.meshes.gltf_container import GltfFile, integer, unsupported

_WRAPS: dict[int, Any] = {10497: "repeat", 33071: "clamp", 33648: "mirror"}
_MAX_SIDE = 16384
# No deflate or JPEG stream unfolds to more bytes than this a byte: a header that promises more is wrong.
_MAX_UNFOLDING = 1100
_BASIS = "KHR_texture_basisu"
_ENCODED = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"\xabKTX": _BASIS, b"sB\x13\0": _BASIS}


@dataclass(frozen=True, eq=False)
class Paint:
    """What a primitive is drawn with."""

    factor: NDArray[np.float64]  # (3,) base colour
    double_sided: bool = False
    texture: int = -1  # row of `Materials.textures`, -1 = none
    texcoord_set: int = 0  # which TEXCOORD attribute it takes
    texcoord_map: NDArray[np.float64] | None = None  # (2, 3) affine map of it


class Materials:
    """The materials of a file that are used, each read once, and their textures."""

    def __init__(self, file: GltfFile, averaged: bool, most_pixels: int) -> None:
        """Pictures of more than `most_pixels` together are made smaller, if `averaged` by averaging; labels may not."""
        self.textures: list[Texture] = []
        self._file = file
        self._averaged = averaged
        self._most_pixels = most_pixels
        self._paints: dict[int, Paint] = {}
        self._texture_rows: dict[tuple[int, Any, Any], int] = {}
        self._pictures: dict[int, NDArray[np.uint8]] = {}
        self._shrink: int | None = None

    def paint(self, primitive: dict[str, Any], where: str) -> Paint:
        """What a primitive is drawn with; white and one-sided without a material, as glTF says."""
        if "material" not in primitive:
            return Paint(np.ones(3))
        number = take(primitive, "material", int, where)
        if number not in self._paints:
            self._paints[number] = self._read(number)
        return self._paints[number]

    def _read(self, number: int) -> Paint:
        material, where = self._file.entry("materials", number)
        double_sided = material.get("doubleSided", False)
        if not isinstance(double_sided, bool):
            raise InputError(f"{where}: 'doubleSided' must be true or false, found {describe(double_sided)}")
        extensions = take(material, "extensions", dict, where) if "extensions" in material else {}
        key, factor_key, texture_key = "pbrMetallicRoughness", "baseColorFactor", "baseColorTexture"
        surface = take(material, key, dict, where) if key in material else {}
        if "KHR_materials_pbrSpecularGlossiness" in extensions:
            surface = take(extensions, "KHR_materials_pbrSpecularGlossiness", dict, where)
            factor_key, texture_key = "diffuseFactor", "diffuseTexture"
        factor = take_vector(surface, factor_key, 4, where)[:3] if factor_key in surface else np.ones(3)
        if texture_key not in surface:
            return Paint(factor, double_sided)
        info = take(surface, texture_key, dict, where)
        texture = self._texture(take(info, "index", int, f"{where}: {texture_key}"))
        texcoord_set = integer(info, "texCoord", where, 0)
        options = take(info, "extensions", dict, where) if "extensions" in info else {}
        if "KHR_texture_transform" not in options:
            return Paint(factor, double_sided, texture, texcoord_set)
        transform = take(options, "KHR_texture_transform", dict, where)
        texcoord_set = integer(transform, "texCoord", where, texcoord_set)
        return Paint(factor, double_sided, texture, texcoord_set, _texcoord_map(transform, where))

    def _texture(self, number: int) -> int:
        """The row in `textures` of `textures[number]` of the file."""
        texture, where = self._file.entry("textures", number)
        if "source" not in texture:
            extensions = texture.get("extensions")
            names = [name for name in extensions if isinstance(name, str)] if isinstance(extensions, dict) else []
            raise unsupported(where, names[0]) if names else InputError(f"{where}: found no source, expected an image")
        wraps: tuple[Any, Any] = ("repeat", "repeat")
        if "sampler" in texture:
            sampler, place = self._file.entry("samplers", take(texture, "sampler", int, where))
            wraps = _wrap(sampler, "wrapS", place), _wrap(sampler, "wrapT", place)
        key = take(texture, "source", int, where), *wraps
        if key not in self._texture_rows:
            self._texture_rows[key] = len(self.textures)
            self.textures.append(Texture(self._picture(key[0]), *wraps))
        return self._texture_rows[key]

    def _picture(self, number: int) -> NDArray[np.uint8]:
        if self._shrink is None:
            self._shrink = self._find_shrink()
        if number not in self._pictures:
            content, where = self._file.image_bytes(number)
            self._pictures[number] = _decode(_open(content, where), self._shrink, self._averaged, where)
        return self._pictures[number]

    def _find_shrink(self) -> int:
        """The power of two by which all pictures of the file have to be smaller each way to be few enough pixels."""
        images = self._file.document.get("images", [])
        pixels = 0
        for number in range(len(images) if isinstance(images, list) else 0):
            try:
                picture = _open(*self._file.image_bytes(number))
            except InputError:
                continue  # not used by what is drawn, or reported where it is
            pixels += picture.width * picture.height
        return 1 << max(0, math.ceil(math.log2(max(pixels, 1) / self._most_pixels) / 2.0))


def _texcoord_map(transform: dict[str, Any], where: str) -> NDArray[np.float64]:
    """The matrix (2, 3) of KHR_texture_transform: scale, then turn, then move.

    The extension's text says "counter-clockwise"; with v down that is (u, v) -> (u cos + v sin, v cos - u sin), which
    its example (the lower left quadrant) confirms.
    """
    offset = take_vector(transform, "offset", 2, where) if "offset" in transform else np.zeros(2)
    scale = take_vector(transform, "scale", 2, where) if "scale" in transform else np.ones(2)
    angle = transform.get("rotation", 0.0)
    if type(angle) not in (int, float) or not abs(angle) < 1e9:
        raise InputError(f"{where}: 'rotation' must be a number of radians, found {describe(angle)}")
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.column_stack([np.array([[cosine, sine], [-sine, cosine]]) * scale, offset])


def _wrap(sampler: dict[str, Any], key: str, where: str) -> Any:
    mode = integer(sampler, key, where, 10497)
    if mode not in _WRAPS:
        raise InputError(f"{where}: found {key} {mode}, expected one of {', '.join(map(str, _WRAPS))}")
    return _WRAPS[mode]


def _open(content: bytes, where: str) -> Image.Image:
    """The picture in encoded bytes, its header read and believed, its pixels not yet decoded."""
    kind = next((kind for start, kind in _ENCODED.items() if content.startswith(start)), None)
    if kind is None:
        raise InputError(f"{where}: found a picture that starts with {content[:4]!r}, expected PNG or JPEG")
    if kind not in ("PNG", "JPEG"):
        raise unsupported(where, kind)
    try:
        picture = Image.open(io.BytesIO(content), formats=(kind,))
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error, Image.DecompressionBombError) as error:
        raise InputError(f"{where}: not a readable {kind} picture ({one_line(error)})") from error
    if max(picture.size) > _MAX_SIDE:
        raise InputError(f"{where}: found a picture of {picture.size} pixels, expected at most {_MAX_SIDE} a side")
    if min(picture.size) < 1 or picture.width * picture.height > (len(content) + 1024) * _MAX_UNFOLDING:
        size = f"{picture.width} x {picture.height}"
        raise InputError(
            f"{where}: found a {kind} picture of {size} pixels in {len(content)} bytes, expected more bytes"
        )
    return picture


def _decode(picture: Image.Image, shrink: int, averaged: bool, where: str) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) uint8, `shrink` times smaller each way; opacity is dropped."""
    size = max(1, picture.width // shrink), max(1, picture.height // shrink)
    try:
        if averaged and shrink > 1:
            picture.draft("RGB", size)  # JPEG: decodes at the smaller size at once
        if picture.mode.startswith("I"):
            # Grey of 16 bits, which Pillow would clip to 255 instead of scaling it.
            picture = Image.fromarray((np.asarray(picture, np.int64) >> 8).clip(0, 255).astype(np.uint8))
        plain = picture.convert("RGB")
        if plain.size != size:
            plain = plain.resize(size, Image.Resampling.BOX if averaged else Image.Resampling.NEAREST)
        return np.array(plain, np.uint8)
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error, EOFError) as error:
        raise InputError(f"{where}: found a damaged picture ({one_line(error)})") from error
