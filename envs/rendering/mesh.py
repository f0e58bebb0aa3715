"""Triangle meshes as they come from files: colours, textures and an instance id a face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError

Wrap = Literal["repeat", "clamp", "mirror"]
WRAPS: tuple[Wrap, ...] = ("repeat", "clamp", "mirror")
TEXTURE_SIDE_LIMIT = 16384


@dataclass(frozen=True, eq=False)
class Texture:
    """A picture on a surface, sampled with linear interpolation and mip maps (trilinear): glTF's and habitat-sim's way.

    Raises:
        InputError: the pixels are of another shape or type, too many, or `Wrap` has no such value.
    """

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB, at most 16384 a side; the first row is at v = 0
    wrap_u: Wrap = "repeat"  # what lies outside 0..1
    wrap_v: Wrap = "repeat"

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or min(shape) == 0:
            raise InputError(f"texture pixels: found {shape} {self.pixels.dtype}, expected (H, W, 3) uint8")
        if max(shape) > TEXTURE_SIDE_LIMIT:
            raise InputError(f"texture pixels: found {shape}, expected at most {TEXTURE_SIDE_LIMIT} a side")
        check_choice("texture wrap_u", self.wrap_u, WRAPS)
        check_choice("texture wrap_v", self.wrap_v, WRAPS)


@dataclass(frozen=True)
class Mesh:
    """Triangles in the frame of their body, counter-clockwise seen from the front.

    The colour drawn is the product of base colour, texture and vertex colour, as parts of 255.

    Raises:
        InputError: shapes do not fit each other, or a row is of no vertex or texture.
    """

    vertices: NDArray[np.float32]  # (V, 3) metres
    faces: NDArray[np.int32]  # (F, 3) rows of vertices
    colors: NDArray[np.uint8]  # (F, 3) base colours
    ids: NDArray[np.int32]  # (F,) segmentation ids, 0 = background
    front_only: NDArray[np.bool_] | None = None  # (F,) not drawn seen from behind; None: every face has two sides
    # (F, 3, 2) of each corner of each face: u to the right and v down the picture, as in glTF
    texcoords: NDArray[np.float32] | None = None
    face_textures: NDArray[np.int32] | None = None  # (F,) rows of textures, -1 = none
    textures: tuple[Texture, ...] = ()
    vertex_colors: NDArray[np.uint8] | None = None  # (V, 3)

    def __post_init__(self) -> None:
        count = len(self.faces)
        if self.vertices.ndim != 2 or self.vertices.shape[1] != 3 or not np.isfinite(self.vertices).all():
            raise InputError(f"vertices: found shape {self.vertices.shape}, expected (V, 3) finite numbers")
        if self.faces.ndim != 2 or self.faces.shape[1] != 3:
            raise InputError(f"faces: found shape {self.faces.shape}, expected (F, 3)")
        if count and not (self.faces.min() >= 0 and self.faces.max() < len(self.vertices)):
            raise InputError(f"faces: found a corner that is no vertex, expected rows of {len(self.vertices)} vertices")
        if self.colors.shape != (count, 3) or self.ids.shape != (count,):
            raise InputError(
                f"colors, ids: found shapes {self.colors.shape}, {self.ids.shape}, expected ({count}, 3), ({count},)"
            )
        if self.front_only is not None and self.front_only.shape != (count,):
            raise InputError(f"front_only: found shape {self.front_only.shape}, expected ({count},)")
        if self.vertex_colors is not None and self.vertex_colors.shape != self.vertices.shape:
            raise InputError(f"vertex_colors: found shape {self.vertex_colors.shape}, expected {self.vertices.shape}")
        self._check_textures(count)

    def _check_textures(self, count: int) -> None:
        if (self.texcoords is None) != (self.face_textures is None):
            raise InputError("texcoords, face_textures: found one of them, expected both or none")
        if self.texcoords is None or self.face_textures is None:
            return
        if self.texcoords.shape != (count, 3, 2) or not np.isfinite(self.texcoords).all():
            raise InputError(f"texcoords: found shape {self.texcoords.shape}, expected ({count}, 3, 2) finite numbers")
        if self.face_textures.shape != (count,):
            raise InputError(f"face_textures: found shape {self.face_textures.shape}, expected ({count},)")
        if count and not (self.face_textures.min() >= -1 and self.face_textures.max() < len(self.textures)):
            raise InputError(f"face_textures: found no such texture, expected -1 or rows of {len(self.textures)}")
