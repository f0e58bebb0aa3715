"""Draws views of laid-out bodies in jobs that several threads can do: bands of rows, or whole views of a batch."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.rendering.bodies import BodyArrays
from leo_agent.envs.rendering.frames import Frames
from leo_agent.envs.rendering.rasterizer.band import BLOCK, Band, make_band
from leo_agent.envs.rendering.rasterizer.drawing import draw_band, make_corners
from leo_agent.envs.rendering.rasterizer.shading import RenderTarget, shade_band
from leo_agent.envs.rendering.rasterizer.texturing import Lookups, make_lookups
from leo_agent.envs.rendering.rasterizer.triangles import Corners, Projection
from leo_agent.envs.rendering.rasterizer.visibility import Sight, make_sight
from leo_agent.envs.rendering.threads import Job

# A view is cut into some more bands than there are threads, as one may take longer than another. But where bands meet,
# clusters are drawn for both, so a band has to be worth it: so much work in nanoseconds, of which a pixel and a face of
# the scene are about so much.
JOBS_PER_THREAD = 2
FLAT_WORK, TEXTURED_WORK, FACE_WORK = 4, 40, 4
WORK_PER_JOB = 200_000


class _Workspace(NamedTuple):
    """The working arrays of one frame."""

    sight: Sight
    corners: Corners
    lookups: Lookups
    bands: dict[int, Band]


class Painter:
    """Draws the same bodies with one camera; reused for frame after frame, it keeps its working arrays."""

    def __init__(self, arrays: BodyArrays, intrinsics: Intrinsics, background: NDArray[np.uint8]) -> None:
        self.intrinsics = intrinsics
        self._arrays = arrays
        self._background = background
        self._free: list[_Workspace] = []

    def jobs(self, matrices: NDArray[np.float64], frames: Frames, threads: int) -> list[Job]:
        """The jobs that fill `frames` (B, H, W), seen with matrices (B, bodies, 3, 4)."""
        height = self.intrinsics.height
        rows = -(-height // self._num_bands(len(frames), threads))
        rows += -rows % BLOCK
        return [
            partial(self._paint, matrices[index], frames, index, start, min(start + rows, height))
            for index in range(len(frames))
            for start in range(0, height, rows)
        ]

    def _num_bands(self, views: int, threads: int) -> int:
        """Into how many bands a view is cut: none for one thread, nor where there is less work than handing it over."""
        surfaces = self._arrays.surfaces
        pixel_work = TEXTURED_WORK if len(surfaces.textures) else FLAT_WORK
        work = self.intrinsics.width * self.intrinsics.height * pixel_work + len(surfaces.ids) * FACE_WORK
        wanted = 1 if threads == 1 else -(-JOBS_PER_THREAD * threads // max(views, 1))
        return max(min(wanted, work // WORK_PER_JOB), 1)

    def _projection(self, matrices: NDArray[np.float64]) -> Projection:
        intrinsics = self.intrinsics
        return Projection(
            float(intrinsics.focal_x_px),
            float(intrinsics.focal_y_px),
            float(intrinsics.center_x_px),
            float(intrinsics.center_y_px),
            float(intrinsics.near_m),
            float(intrinsics.far_m),
            int(intrinsics.width),
            matrices,
        )

    def _paint(self, matrices: NDArray[np.float64], frames: Frames, index: int, start: int, stop: int) -> None:
        arrays, projection = self._arrays, self._projection(matrices)
        # A thread takes the working arrays that another gave back, or makes new ones.
        try:
            space = self._free.pop()
        except IndexError:
            space = _Workspace(
                make_sight(len(arrays.clusters.centers)), make_corners(), make_lookups(projection.width), {}
            )
        buffers = space.bands.get(stop - start)
        if buffers is None:
            buffers = space.bands[stop - start] = make_band(stop - start, projection.width)
        band = buffers._replace(first_row=start)
        rows = slice(start, stop)
        target = RenderTarget(frames.image[index, rows], frames.depth[index, rows], frames.segmentation[index, rows])
        draw_band(arrays.clusters, projection, space.sight, space.corners, band)
        shade_band(band, projection, arrays.surfaces, arrays.textures, self._background, space.lookups, target)
        self._free.append(space)
