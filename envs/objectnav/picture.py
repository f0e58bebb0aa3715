"""Draws an episode for people: the agent's view beside a map of the floor with goals and the path, and a caption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from envs.objectnav.episode_records import Episode
from envs.objectnav.sensors import yaw_rad
from envs.objectnav.simulators import AgentState, Simulator

PANEL_PX = 360
CAPTION_PX = 56
_MAP_CELL_M = 0.1
_MAP_MARGIN_M = 0.4
_SMOOTHING = 2  # the map is drawn this many times larger and scaled down

_PAPER = (247, 246, 243)
_FLOOR = (222, 227, 233)
_OBJECT = (196, 200, 206)
_GOAL = (240, 150, 70)
_VIEW_POINT = (245, 196, 150)
_PATH = (52, 104, 192)
_START = (120, 130, 140)
_INK = (40, 44, 52)
_GOOD = (38, 132, 82)
_BAD = (190, 60, 50)


@dataclass(frozen=True)
class Caption:
    """Two lines below the picture; `good` colours the second one: None while nothing is decided."""

    title: str
    state: str
    good: bool | None = None


class EpisodePainter:
    """Pictures (H, W, 3) uint8 of one episode, all of one size; the map is sampled from the navmesh once."""

    def __init__(self, simulator: Simulator, episode: Episode) -> None:
        self._low, self._high = _extent(simulator, episode)
        size_m = self._high - self._low
        self._scale = _SMOOTHING * (PANEL_PX - 16) / float(size_m.max())
        self._offset = (_SMOOTHING * PANEL_PX - size_m * self._scale) / 2.0
        self._map = self._draw_floor(simulator, episode)

    def paint(
        self, view: NDArray[np.uint8], agent: AgentState, path: Sequence[ArrayLike], caption: Caption
    ) -> NDArray[np.uint8]:
        """`view` (h, w, 3) is the agent's; `path` its base positions from the start on."""
        # Video codecs want even sides.
        view_width = 2 * round(view.shape[1] * PANEL_PX / view.shape[0] / 2)
        picture = Image.new("RGB", (view_width + PANEL_PX, PANEL_PX + CAPTION_PX), _PAPER)
        picture.paste(Image.fromarray(view).resize((view_width, PANEL_PX), Image.Resampling.BICUBIC), (0, 0))
        picture.paste(self._draw_walk(agent, path), (view_width, 0))
        draw = ImageDraw.Draw(picture)
        color = _INK if caption.good is None else _GOOD if caption.good else _BAD
        draw.text((12, PANEL_PX + 7), caption.title, fill=_INK, font=ImageFont.load_default(20))
        draw.text((12, PANEL_PX + 33), caption.state, fill=color, font=ImageFont.load_default(15))
        return np.array(picture)  # a copy, because PIL's own memory is read-only

    def _draw_floor(self, simulator: Simulator, episode: Episode) -> Image.Image:
        image = Image.new("RGB", (_SMOOTHING * PANEL_PX,) * 2, _PAPER)
        draw = ImageDraw.Draw(image)
        height_m = float(episode.start_position[1])
        for x in np.arange(self._low[0], self._high[0], _MAP_CELL_M):
            for z in np.arange(self._low[1], self._high[1], _MAP_CELL_M):
                if simulator.is_navigable((x, height_m, z)):
                    self._rectangle(draw, (x, z), (_MAP_CELL_M, _MAP_CELL_M), fill=_FLOOR)
        objects = simulator.objects
        for box, category in zip(objects.boxes, objects.categories, strict=True):
            wanted = category == episode.object_category
            color = _GOAL if wanted else _OBJECT
            self._rectangle(draw, box[[0, 2]], box[[3, 5]], fill=_GOAL if wanted else None, outline=color, width=2)
        for point in episode.view_points:
            self._dot(draw, point, 0.04, _VIEW_POINT)
        self._dot(draw, episode.start_position, 0.12, _START)
        return image

    def _draw_walk(self, agent: AgentState, path: Sequence[ArrayLike]) -> Image.Image:
        image = self._map.copy()
        draw = ImageDraw.Draw(image)
        corners = [self._pixel(np.asarray(point)[[0, 2]]) for point in path]
        if len(corners) > 1:
            draw.line(corners, fill=_PATH, width=3 * _SMOOTHING, joint="curve")
        yaw = yaw_rad(agent.rotation)
        # An arrow head: tip, then the two rear corners and the notch between them.
        shape = [(0.0, 0.3), (2.5, 0.26), (math.pi, 0.1), (-2.5, 0.26)]
        arrow = [(-radius * math.sin(yaw + turn), -radius * math.cos(yaw + turn)) for turn, radius in shape]
        base = np.asarray(agent.position, np.float64)[[0, 2]]
        draw.polygon([self._pixel(base + point) for point in arrow], fill=_PATH, outline=(255, 255, 255))
        return image.resize((PANEL_PX, PANEL_PX), Image.Resampling.LANCZOS)

    def _rectangle(self, draw: ImageDraw.ImageDraw, center: ArrayLike, extents: ArrayLike, **style: Any) -> None:
        middle, half = np.asarray(center, np.float64), np.asarray(extents, np.float64) / 2.0
        draw.rectangle((*self._pixel(middle - half), *self._pixel(middle + half)), **style)

    def _dot(self, draw: ImageDraw.ImageDraw, point: ArrayLike, radius_m: float, color: tuple[int, int, int]) -> None:
        x, y = self._pixel(np.asarray(point)[[0, 2]])
        radius = max(1.5, radius_m * self._scale)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)

    def _pixel(self, xz: ArrayLike) -> tuple[float, float]:
        """Map pixel (column, row) of a world point (x, z): x to the right, z downwards."""
        column, row = (np.asarray(xz, np.float64) - self._low) * self._scale + self._offset
        return float(column), float(row)


def _extent(simulator: Simulator, episode: Episode) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest (x, z) of what the map is to show."""
    boxes = simulator.objects.boxes.astype(np.float64)
    rng = np.random.default_rng(0)
    floor = np.array([simulator.random_navigable_point(rng) for _ in range(200)], np.float64)
    points = [boxes[:, :3] - boxes[:, 3:] / 2.0, boxes[:, :3] + boxes[:, 3:] / 2.0, floor[np.isfinite(floor).all(1)]]
    points += [episode.view_points, episode.start_position[None]]
    ground = np.concatenate(points)[:, [0, 2]]
    return ground.min(axis=0) - _MAP_MARGIN_M, ground.max(axis=0) + _MAP_MARGIN_M
