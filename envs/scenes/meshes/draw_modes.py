"""Triangles of glTF's drawing modes (glTF 2.0, section 3.7.2.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

TRIANGLES = 4
_STRIP, _FAN = 5, 6
# Points, lines, loops and strips of lines have no surface.
WITHOUT_SURFACE = range(4)
MODES = range(7)


def face_count(mode: int, corners: int) -> int:
    """How many triangles that many corners make."""
    return corners // 3 if mode == TRIANGLES else max(corners - 2, 0)


def unfold(mode: int, corners: NDArray[Any]) -> NDArray[np.int32]:
    """The triangles (F, 3) of corners (N,), all with the winding of the first one."""
    if mode == TRIANGLES:
        return corners.reshape(-1, 3).astype(np.int32)
    first = np.arange(face_count(mode, len(corners)))
    if mode == _FAN:
        rows = np.stack([first + 1, first + 2, np.zeros_like(first)], axis=1)
    else:
        odd = first % 2
        rows = np.stack([first, first + 1 + odd, first + 2 - odd], axis=1)
    return corners[rows].astype(np.int32)
