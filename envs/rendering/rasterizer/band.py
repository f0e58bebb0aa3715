"""A band of rows of the picture while it is drawn, with the farthest depth of each block of it: what hides the rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.rendering.compiled import inlined

BLOCK = 8
# Inverse depths that differ by less than this part of themselves are one surface (rounding of coplanar faces): the face
# that comes first is shown, as OpenGL shows what is drawn first, and not a pattern of both.
TIE = np.float32(1e-6)


class Band(NamedTuple):
    """Rows first_row, first_row + 1, ... of a picture; first_row is a multiple of BLOCK."""

    first_row: int
    inverse_depth: NDArray[np.float32]  # (rows, width)
    face_index: NDArray[np.int32]  # (rows, width), -1 = nothing hit
    block_floor: NDArray[np.float32]  # the least inverse depth in each block of BLOCK x BLOCK pixels ...
    block_stale: NDArray[np.bool_]  # ... unless something was drawn there since


def make_band(rows: int, width: int) -> Band:
    """The buffers of a band, not cleared."""
    blocks = (-(-rows // BLOCK), -(-width // BLOCK))
    return Band(
        0,
        np.empty((rows, width), np.float32),
        np.empty((rows, width), np.int32),
        np.empty(blocks, np.float32),
        np.empty(blocks, np.bool_),
    )


@inlined
def clear_band(band: Band, background: np.float32) -> None:
    """Nothing hit anywhere; `background` is the inverse depth that a face has to exceed."""
    band.inverse_depth[:] = background
    band.face_index[:] = -1
    band.block_floor[:] = background
    band.block_stale[:] = False


@inlined
def _refresh(band: Band, block_row: int, block_column: int) -> None:
    rows, width = band.inverse_depth.shape
    least = np.float32(np.inf)
    for row in range(block_row * BLOCK, min(block_row * BLOCK + BLOCK, rows)):
        for column in range(block_column * BLOCK, min(block_column * BLOCK + BLOCK, width)):
            least = min(least, band.inverse_depth[row, column])
    band.block_floor[block_row, block_column] = least
    band.block_stale[block_row, block_column] = False


@inlined
def is_hidden(
    band: Band, first_column: int, last_column: int, first_row: int, last_row: int, highest: np.float32
) -> bool:
    """Whether a face with inverse depths up to `highest` could not be seen in these columns and rows (inclusive)."""
    # Strictly behind, by more than the tie rule allows for.
    needed = highest * (np.float32(1.0) + np.float32(4.0) * TIE)
    for block_row in range((first_row - band.first_row) // BLOCK, (last_row - band.first_row) // BLOCK + 1):
        for block_column in range(first_column // BLOCK, last_column // BLOCK + 1):
            # The floor only rises: where it hides already, it need not be refreshed.
            if band.block_floor[block_row, block_column] > needed:
                continue
            if not band.block_stale[block_row, block_column]:
                return False
            _refresh(band, block_row, block_column)
            if band.block_floor[block_row, block_column] <= needed:
                return False
    return True


@inlined
def mark_drawn(band: Band, first_column: int, last_column: int, first_row: int, last_row: int) -> None:
    """Something was drawn in these columns and rows (inclusive)."""
    for block_row in range((first_row - band.first_row) // BLOCK, (last_row - band.first_row) // BLOCK + 1):
        for block_column in range(first_column // BLOCK, last_column // BLOCK + 1):
            band.block_stale[block_row, block_column] = True
