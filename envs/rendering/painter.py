"""Draws views of laid-out bodies in jobs that several threads can do: bands of rows, or whole views of a batch."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from envs.rendering.band import BLOCK, Band, make_band
from envs.rendering.bodies import Layout
from envs.rendering.drawing import draw_band, make_corners
from envs.rendering.frames import Frames
from envs.rendering.shading import Lookups, View, make_lookups, shade_band
from envs.rendering.threads import Job
from envs.rendering.triangles import Corners, Lens
from envs.rendering.visibility import Sight, make_sight

# A band has at least so many rows: where bands meet, clusters are transformed for both.
ROWS_AT_LEAST = 4 * BLOCK
# More jobs than threads, so that a thread whose bands are empty takes another.
JOBS_PER_THREAD = 2


class _Workspace(NamedTuple):
    sight: Sight
    corners: Corners
    lookups: Lookups
    bands: dict[int, Band]


class Painter:
    """Draws one layout with one lens; reused for frame after frame, it keeps its working arrays."""

    def __init__(self, layout: Layout, lens: Lens, height: int, background: NDArray[np.uint8]) -> None:
        self._layout = layout
        self._lens = lens
        self._height = height
        self._background = background
        self._free: list[_Workspace] = []

    def fits(self, lens: Lens, height: int) -> bool:
        """Whether it draws pictures of this kind."""
        return (lens, height) == (self._lens, self._height)

    def jobs(self, matrices: NDArray[np.float64], frames: Frames, threads: int) -> list[Job]:
        """The jobs that fill `frames` (B, H, W), seen with matrices (B, bodies, 3, 4)."""
        pieces = 1 if threads == 1 else -(-JOBS_PER_THREAD * threads // max(len(frames), 1))
        rows = max(-(-self._height // pieces), ROWS_AT_LEAST)
        rows += -rows % BLOCK
        starts = range(0, self._height, rows)
        return [
            partial(self._paint, matrices[index], frames, index, start, min(start + rows, self._height))
            for index in range(len(frames))
            for start in starts
        ]

    def _paint(self, matrices: NDArray[np.float64], frames: Frames, index: int, start: int, stop: int) -> None:
        layout, lens = self._layout, self._lens
        # A thread takes the working arrays that another gave back, or makes new ones.
        try:
            space = self._free.pop()
        except IndexError:
            sight = make_sight(len(layout.clusters.centers))
            space = _Workspace(sight, make_corners(), make_lookups(lens.width), {})
        buffers = space.bands.get(stop - start)
        if buffers is None:
            buffers = space.bands[stop - start] = make_band(stop - start, lens.width)
        band = buffers._replace(first_row=start)
        draw_band(layout.clusters, matrices, lens, space.sight, space.corners, band)
        shade_band(
            band,
            matrices,
            lens,
            layout.surfaces,
            layout.textures,
            self._background,
            space.lookups,
            View(
                frames.image[index, start:stop],
                frames.depth[index, start:stop],
                frames.segmentation[index, start:stop],
            ),
        )
        self._free.append(space)
