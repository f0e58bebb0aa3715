"""Soft shadows in pictures for people, from a depth image that the light sees; observations have none."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.compiled import Compiler
from leo_agent.envs.rendering import Frame
from leo_agent.envs.tabletop.visuals.cameras import PosedCamera, look_at

_compiler = Compiler(__file__)
LIGHT_DISTANCE_M = 6.0
LIT_WIDTH_M = 2.2
LIT_CENTER_M = (0.3, 0.0, 0.25)
SHADOW_MAP_SIDE = 1024
SOFTNESS_M = 0.012  # half the width of a shadow's edge
BIAS_M = 0.006  # nearer to a surface than this nothing shades it
STRENGTH = 0.42  # of the light, which a full shadow takes away
TAPS = 24


def light_camera(direction: tuple[float, float, float]) -> PosedCamera:
    """What a light far away in this direction sees of table and arm."""
    unit = np.asarray(direction) / np.linalg.norm(direction)
    focal_px = SHADOW_MAP_SIDE * LIGHT_DISTANCE_M / LIT_WIDTH_M
    middle = SHADOW_MAP_SIDE / 2
    lens = Intrinsics(SHADOW_MAP_SIDE, SHADOW_MAP_SIDE, focal_px, focal_px, middle, middle)
    return PosedCamera("light", lens, look_at(LIT_CENTER_M + LIGHT_DISTANCE_M * unit, LIT_CENTER_M))


def shaded(
    frame: Frame, camera: PosedCamera, light_depth: NDArray[np.float32], light: PosedCamera
) -> NDArray[np.uint8]:
    """The image (H, W, 3) uint8 of a view with the shadows of what stands between it and the light."""
    T_light_camera = np.linalg.inv(light.T_world_camera) @ camera.T_world_camera
    radius_px = SOFTNESS_M / LIT_WIDTH_M * SHADOW_MAP_SIDE
    lenses = _optics(camera), _optics(light)
    return _shade(frame.image, frame.depth, lenses[0], T_light_camera, light_depth, lenses[1], _taps(radius_px))


def _optics(camera: PosedCamera) -> NDArray[np.float64]:
    lens = camera.intrinsics
    return np.array([lens.focal_x_px, lens.focal_y_px, lens.center_x_px, lens.center_y_px])


def _taps(radius_px: float) -> NDArray[np.float64]:
    """Points (TAPS, 2) spread evenly over a disc: Vogel's spiral."""
    k = np.arange(TAPS)
    radius, angle = radius_px * np.sqrt((k + 0.5) / TAPS), k * math.pi * (3 - math.sqrt(5))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


@_compiler.kernel
def _shade(
    image: NDArray[np.uint8],
    depth: NDArray[np.float32],
    optics: NDArray[np.float64],
    T_light_camera: NDArray[np.float64],
    light_depth: NDArray[np.float32],
    light_optics: NDArray[np.float64],
    taps: NDArray[np.float64],
) -> NDArray[np.uint8]:
    result = image.copy()
    T, side = T_light_camera, light_depth.shape[0]
    for row in range(depth.shape[0]):
        for column in range(depth.shape[1]):
            d = depth[row, column]
            if d <= 0.0:
                continue
            right = (column + 0.5 - optics[2]) / optics[0] * d
            up = (optics[3] - row - 0.5) / optics[1] * d
            distance = -(T[2, 0] * right + T[2, 1] * up - T[2, 2] * d + T[2, 3])
            u = light_optics[2] + light_optics[0] * (T[0, 0] * right + T[0, 1] * up - T[0, 2] * d + T[0, 3]) / distance
            v = light_optics[3] - light_optics[1] * (T[1, 0] * right + T[1, 1] * up - T[1, 2] * d + T[1, 3]) / distance
            hidden = 0
            for k in range(len(taps)):
                x, y = int(u + taps[k, 0]), int(v + taps[k, 1])
                if 0 <= x < side and 0 <= y < side and 0.0 < light_depth[y, x] < distance - BIAS_M:
                    hidden += 1
            light = 1.0 - STRENGTH * hidden / len(taps)
            for channel in range(3):
                result[row, column, channel] = np.uint8(image[row, column, channel] * light + 0.5)
    return result
