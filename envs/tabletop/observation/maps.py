"""The colour and height maps of the workspace as seen from above, fused from CLIPort's cameras."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.tabletop import MAP_SHAPE, PIXEL_SIZE_M
from leo_agent.envs.compiled import Compiler
from leo_agent.envs.rendering import Frame
from leo_agent.envs.tabletop.visuals.cameras import CAMERAS, PosedCamera
from leo_agent.envs.tabletop.workspace import BOUNDS

_compiler = Compiler(__file__)
FLOOR_TOLERANCE_M = 0.001  # rounding may put points of the bare table a little below 0


def fused_maps(
    frames: Sequence[Frame], cameras: Sequence[PosedCamera] = CAMERAS
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Colour map (320, 160, 3) uint8 and height map (320, 160) float32, metres, of the workspace seen from above.

    Each view puts its points into cells of 3.125 mm, the highest winning; the height is the maximum over the views,
    the colour the mean over the views that see the cell in a colour other than black (CLIPort's rule). Empty: 0.
    """
    heights = np.full((len(frames), *MAP_SHAPE), -1.0, np.float32)
    colors = np.zeros((len(frames), *MAP_SHAPE, 3), np.uint8)
    for k, (frame, camera) in enumerate(zip(frames, cameras, strict=True)):
        lens = camera.intrinsics
        optics = np.array([lens.focal_x_px, lens.focal_y_px, lens.center_x_px, lens.center_y_px])
        _splat(frame.depth, frame.image, optics, camera.T_world_camera, BOUNDS, heights[k], colors[k])
    return _merge(heights, colors)


@_compiler.kernel
def _splat(
    depth: NDArray[np.float32],
    image: NDArray[np.uint8],
    optics: NDArray[np.float64],
    pose: NDArray[np.float64],
    bounds: NDArray[np.float64],
    heights: NDArray[np.float32],
    colors: NDArray[np.uint8],
) -> None:
    """Write each point of a view into its cell unless a higher one is there; of equal heights the last one counts."""
    focal_x, focal_y, center_x, center_y = optics
    for row in range(depth.shape[0]):
        for column in range(depth.shape[1]):
            d = depth[row, column]
            if d <= 0.0:
                continue
            right = (column + 0.5 - center_x) / focal_x * d
            up = (center_y - row - 0.5) / focal_y * d
            x = pose[0, 0] * right + pose[0, 1] * up - pose[0, 2] * d + pose[0, 3]
            y = pose[1, 0] * right + pose[1, 1] * up - pose[1, 2] * d + pose[1, 3]
            z = np.float32(pose[2, 0] * right + pose[2, 1] * up - pose[2, 2] * d + pose[2, 3])
            if not (bounds[0, 0] <= x < bounds[0, 1] and bounds[1, 0] <= y < bounds[1, 1]):
                continue
            if not (bounds[2, 0] - FLOOR_TOLERANCE_M <= z < bounds[2, 1]):
                continue
            u = min(int((y - bounds[1, 0]) / PIXEL_SIZE_M), heights.shape[0] - 1)
            v = min(int((x - bounds[0, 0]) / PIXEL_SIZE_M), heights.shape[1] - 1)
            if z >= heights[u, v]:
                heights[u, v] = z
                for channel in range(3):
                    colors[u, v, channel] = image[row, column, channel]


@_compiler.kernel
def _merge(heights: NDArray[np.float32], colors: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """One map of several: greatest height, rounded mean of the colours that are not black."""
    views, rows, columns = heights.shape
    color_map = np.zeros((rows, columns, 3), np.uint8)
    height_map = np.zeros((rows, columns), np.float32)
    for row in range(rows):
        for column in range(columns):
            red, green, blue, count = 0, 0, 0, 0
            for view in range(views):
                height_map[row, column] = max(height_map[row, column], heights[view, row, column])
                r, g, b = colors[view, row, column]
                if r > 0 or g > 0 or b > 0:
                    red, green, blue, count = red + r, green + g, blue + b, count + 1
            if count > 0:
                color_map[row, column, 0] = np.uint8(np.rint(red / count))
                color_map[row, column, 1] = np.uint8(np.rint(green / count))
                color_map[row, column, 2] = np.uint8(np.rint(blue / count))
    return color_map, height_map
