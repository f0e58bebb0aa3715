"""Triangle meshes as they come from files: colours, textures and an instance id a face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Wrap = Literal["repeat", "clamp", "mirror"]
WRAPS: tuple[Wrap, ...] = ("repeat", "clamp", "mirror")
TEXTURE_SIDE_LIMIT = 16384


@dataclass(frozen=True, eq=False)
class Texture:
    """pixels (H, W, 3) uint8 RGB, at most 16384 a side; the first row is at v = 0. What lies outside 0..1 is wrapped.

    Sampled with linear interpolation and mip maps (trilinear), as glTF's default and so habitat-sim's.
    """

    pixels: NDArray[np.uint8]
    wrap_u: Wrap = "repeat"
    wrap_v: Wrap = "repeat"

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or min(shape) == 0:
            raise ValueError(f"texture pixels must be (H, W, 3) uint8, found {shape} {self.pixels.dtype}")
        if max(shape) > TEXTURE_SIDE_LIMIT:
            raise ValueError(f"a texture must have at most {TEXTURE_SIDE_LIMIT} pixels a side, found {shape}")
        for wrap in (self.wrap_u, self.wrap_v):
            if wrap not in WRAPS:
                raise ValueError(f"texture wrap must be one of {', '.join(WRAPS)}, found {wrap!r}")


@dataclass(frozen=True)
class Mesh:
    """Triangles in the frame of their body, counter-clockwise seen from the front.

    vertices (V, 3) float32 metres; faces (F, 3) int32 rows of `vertices`; colors (F, 3) uint8 base colour;
    ids (F,) int32 segmentation ids, 0 = background; front_only (F,) bool: not drawn seen from behind (None: every face
    has two sides).

    texcoords (F, 3, 2) float32: u to the right and v down the picture, as in glTF, of each corner of each face;
    face_textures (F,) int32: rows of `textures`, -1 = none; vertex_colors (V, 3) uint8. The colour drawn is the product
    of base colour, texture and vertex colour, as parts of 255.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    colors: NDArray[np.uint8]
    ids: NDArray[np.int32]
    front_only: NDArray[np.bool_] | None = None
    texcoords: NDArray[np.float32] | None = None
    face_textures: NDArray[np.int32] | None = None
    textures: tuple[Texture, ...] = ()
    vertex_colors: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        count = len(self.faces)
        if self.vertices.ndim != 2 or self.vertices.shape[1] != 3 or not np.isfinite(self.vertices).all():
            raise ValueError(f"vertices must be (V, 3) finite numbers, found shape {self.vertices.shape}")
        if self.faces.ndim != 2 or self.faces.shape[1] != 3:
            raise ValueError(f"faces must be (F, 3), found shape {self.faces.shape}")
        if count and not (self.faces.min() >= 0 and self.faces.max() < len(self.vertices)):
            raise ValueError(f"faces must be rows of {len(self.vertices)} vertices, found one outside")
        if self.colors.shape != (count, 3) or self.ids.shape != (count,):
            raise ValueError(f"{count} faces need as many colours and ids, found {self.colors.shape}, {self.ids.shape}")
        if self.front_only is not None and self.front_only.shape != (count,):
            raise ValueError(f"front_only must be ({count},), found {self.front_only.shape}")
        if self.vertex_colors is not None and self.vertex_colors.shape != self.vertices.shape:
            raise ValueError(f"vertex_colors must be {self.vertices.shape}, found {self.vertex_colors.shape}")
        self._check_textures(count)

    def _check_textures(self, count: int) -> None:
        if (self.texcoords is None) != (self.face_textures is None):
            raise ValueError("texcoords and face_textures must be given together, found one of them")
        if self.texcoords is None or self.face_textures is None:
            return
        if self.texcoords.shape != (count, 3, 2) or not np.isfinite(self.texcoords).all():
            raise ValueError(f"texcoords must be ({count}, 3, 2) finite numbers, found shape {self.texcoords.shape}")
        if self.face_textures.shape != (count,):
            raise ValueError(f"face_textures must be ({count},), found {self.face_textures.shape}")
        if count and not (self.face_textures.min() >= -1 and self.face_textures.max() < len(self.textures)):
            raise ValueError(f"face_textures must be -1 or rows of {len(self.textures)} textures, found one outside")
