"""A map of an episode seen from above: where one can walk, the goals and their view points, and the ways taken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from leo_agent.contract.checks import check_whole
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.sensors import yaw_rad
from leo_agent.envs.navigation.simulators import AgentState, Simulator

PAPER = (247, 246, 243)
INK = (40, 44, 52)
MIN_SIZE_PX, MAX_SIZE_PX = 200, 4096
_FLOOR = (218, 225, 233)
_OBJECT = (176, 181, 190)
_GOAL = (240, 150, 70)
_VIEW_POINT = (205, 98, 22)
_SHORTEST = (46, 150, 92)
_PATH = (52, 104, 192)
_PATH_ELSEWHERE = (176, 194, 226)
_START = (106, 114, 124)

_MARGIN_M = 0.4
_MIN_CELL_M, _CELLS = 0.05, 150  # of the grid on which the floor is sampled; cells along the longer side
_SAME_FLOOR_M = 1.0  # above or below: what belongs to the floor of the map
_SAME_MAP_M = 0.4  # the agent climbs that far before the floor is sampled anew
_REACH_M = 1.8  # objects that hang higher above the floor are left out
_SMOOTHING = 2  # the map is drawn this many times larger and scaled down
_LEGEND_PX, _LEGEND_ROW_PX, _BORDER_PX = 42, 19, 8
_LEGEND_COLUMNS = (0.0, 0.34, 0.6)  # where they begin, in widths of the map

Color = tuple[int, int, int]


def top_down_map(
    simulator: Simulator,
    episode: Episode,
    path: Sequence[ArrayLike] = (),
    agent: AgentState | None = None,
    size_px: int = 480,
) -> NDArray[np.uint8]:
    """The map (size_px, size_px, 3) uint8 RGB of an episode in the simulator's scene; x to the right, z downwards.

    It shows one floor: the part of the navmesh that is connected with it, instances as boxes, those of the goal filled,
    its view points, the shortest path from the start to the nearest of them (dashed), the way walked, the agent as an
    arrow head, a scale in metres and a legend.

    Args:
        simulator: in the episode's scene.
        episode: whose goals and start are shown.
        path: base positions (3,) from the start on, metres; pale where on another floor.
        agent: whose floor is shown; the start's without one.
        size_px: side of the map.

    Raises:
        InputError: the size is below 200 or above 4096.
    """
    return np.array(TopDownMap(simulator, episode, size_px).draw(path, agent))  # a copy: PIL's memory is read-only


class TopDownMap:
    """Maps of one episode (see top_down_map), all of one size and scale; each floor is sampled once."""

    def __init__(self, simulator: Simulator, episode: Episode, size_px: int) -> None:
        check_whole("size_px", size_px, MIN_SIZE_PX, MAX_SIZE_PX)
        self._simulator = simulator
        self._episode = episode
        self._size_px = size_px
        self._low, self._high = _extent(simulator, episode)
        size_m = self._high - self._low
        room_px = np.array([size_px, size_px - _LEGEND_PX]) - 2 * _BORDER_PX
        self._scale = _SMOOTHING * float((room_px / size_m).min())  # pixels a metre
        self._offset = (_SMOOTHING * (room_px + 2 * _BORDER_PX) - size_m * self._scale) / 2.0
        self._shortest = simulator.shortest_path(episode.start_position, episode.view_points.astype(np.float32))
        self._floors: dict[float, Image.Image] = {}

    def draw(self, path: Sequence[ArrayLike], agent: AgentState | None) -> Image.Image:
        """The map with what was walked so far; arguments as of `top_down_map`."""
        start = self._episode.start_position if agent is None else agent.position
        height_m, floor = self._floor_at(float(start[1]))
        image = floor.copy()
        draw = ImageDraw.Draw(image)
        for one, other in pairwise(np.asarray(point, np.float64) for point in path):
            here = abs(one[1] - height_m) <= _SAME_FLOOR_M and abs(other[1] - height_m) <= _SAME_FLOOR_M
            self._line(draw, one, other, _PATH if here else _PATH_ELSEWHERE, 3.0)
        if agent is not None:
            # An arrow head: tip, then the two rear corners and the notch between them.
            yaw = yaw_rad(agent.rotation)
            shape = [(0.0, 0.3), (2.5, 0.26), (math.pi, 0.1), (-2.5, 0.26)]
            arrow = [(-radius * math.sin(yaw + turn), -radius * math.cos(yaw + turn)) for turn, radius in shape]
            base = np.asarray(agent.position, np.float64)[[0, 2]]
            draw.polygon([self._pixel(base + corner) for corner in arrow], fill=_PATH, outline=(255, 255, 255))
        size = (self._size_px, self._size_px - _LEGEND_PX)
        picture = Image.new("RGB", (self._size_px, self._size_px), PAPER)
        picture.paste(image.resize(size, Image.Resampling.LANCZOS), (0, 0))
        self._draw_legend(ImageDraw.Draw(picture))
        return picture

    def _floor_at(self, height_m: float) -> tuple[float, Image.Image]:
        """Height and picture of the floor that a base at that height stands on."""
        known = min(self._floors, key=lambda floor_m: abs(floor_m - height_m), default=math.inf)
        if abs(known - height_m) > _SAME_MAP_M:
            known = height_m
            self._floors[known] = self._draw_floor(height_m)
        return known, self._floors[known]

    def _draw_floor(self, height_m: float) -> Image.Image:
        size = (_SMOOTHING * self._size_px, _SMOOTHING * (self._size_px - _LEGEND_PX))
        image = Image.new("RGB", size, PAPER)
        draw = ImageDraw.Draw(image)
        mask, corner, far_corner = self._navigable(height_m)
        left, top = (round(value) for value in self._pixel(corner))
        right, bottom = (round(value) for value in self._pixel(far_corner))
        smooth = mask.resize((right - left, bottom - top), Image.Resampling.BICUBIC).point(
            lambda value: 255 * (value > 127)
        )
        image.paste(_FLOOR, (left, top), smooth)
        self._draw_objects(draw, height_m)
        for one, other in _dashes(self._shortest, 0.22):
            if abs(one[1] - height_m) <= _SAME_FLOOR_M:
                self._line(draw, one, other, _SHORTEST, 2.5)
        for point in self._episode.view_points:
            if abs(point[1] - height_m) <= _SAME_FLOOR_M:
                self._dot(draw, point, 0.035, _VIEW_POINT)
        if abs(self._episode.start_position[1] - height_m) <= _SAME_FLOOR_M:
            self._dot(draw, self._episode.start_position, 0.12, _START)
        return image

    def _navigable(self, height_m: float) -> tuple[Image.Image, NDArray[np.float64], NDArray[np.float64]]:
        """A mask of what can be reached on a floor, and the (x, z) of its first and last corner."""
        simulator = self._simulator
        size_m = self._high - self._low
        cell_m = max(_MIN_CELL_M, float(size_m.max()) / _CELLS)
        columns, rows = (math.ceil(side / cell_m) for side in size_m)
        main = simulator.island(self._episode.start_position)
        mask = np.zeros((rows, columns), np.uint8)
        for row in range(rows):
            z = self._low[1] + (row + 0.5) * cell_m
            for column in range(columns):
                point = np.array([self._low[0] + (column + 0.5) * cell_m, height_m, z], np.float32)
                if simulator.is_navigable(point) and main in (-1, simulator.island(point)):
                    mask[row, column] = 255
        return Image.fromarray(mask), self._low, self._low + cell_m * np.array([columns, rows])

    def _draw_objects(self, draw: ImageDraw.ImageDraw, height_m: float) -> None:
        objects = self._simulator.objects
        goals = {goal.object_id for goal in self._episode.goals}
        low_m, high_m = objects.boxes[:, 1] - objects.boxes[:, 4] / 2.0, objects.boxes[:, 1] + objects.boxes[:, 4] / 2.0
        here = (low_m < height_m + _REACH_M) & (high_m > height_m - 0.2)
        wanted = np.array([str(number) in goals for number in objects.ids], bool)
        for row in [*np.flatnonzero(here & ~wanted), *np.flatnonzero(here & wanted)]:
            middle, half = objects.boxes[row, [0, 2]].astype(np.float64), objects.boxes[row, [3, 5]] / 2.0
            corners = (*self._pixel(middle - half), *self._pixel(middle + half))
            if wanted[row]:
                draw.rectangle(corners, fill=_GOAL, outline=_VIEW_POINT, width=_SMOOTHING)
            else:
                draw.rectangle(corners, outline=_OBJECT, width=_SMOOTHING)

    def _draw_legend(self, draw: ImageDraw.ImageDraw) -> None:
        """Two rows of three: scale, start, goal; view point, walked, shortest path."""
        font = ImageFont.load_default(12)
        columns_px = [round(share * self._size_px) for share in _LEGEND_COLUMNS]
        lengths_m = [length_m for length_m in (0.5, 1, 2, 5, 10, 20, 50) if self._bar_px(length_m) < columns_px[1] / 2]
        bar_m = max(lengths_m, default=0.5)
        marks: list[tuple[str, Color, str, float]] = [
            ("bar", INK, f"{bar_m:g} m", self._bar_px(bar_m)),
            ("dot", _START, "start", 10.0),
            ("box", _GOAL, self._episode.goal_name.replace("_", " "), 12.0),
            ("dot", _VIEW_POINT, "view point", 5.0),
            ("line", _PATH, "walked", 18.0),
            ("dashes", _SHORTEST, "shortest path", 18.0),
        ]
        top = self._size_px - _LEGEND_PX + 2 + _LEGEND_ROW_PX / 2
        for number, (kind, color, text, width) in enumerate(marks):
            row, column = divmod(number, 3)
            x, y = float(_BORDER_PX + columns_px[column]), top + row * _LEGEND_ROW_PX
            room = max(width, 18.0)
            _draw_mark(draw, kind, x + (room - width) / 2.0, y, width, color)
            x += room + 6.0
            right = columns_px[column + 1] if column < 2 else self._size_px
            draw.text((x, y), _shortened(text, font, right - x), fill=INK, font=font, anchor="lm")

    def _bar_px(self, length_m: float) -> float:
        return length_m * self._scale / _SMOOTHING

    def _line(self, draw: ImageDraw.ImageDraw, one: ArrayLike, other: ArrayLike, color: Color, width_px: float) -> None:
        ends = [self._pixel(np.asarray(point)[[0, 2]]) for point in (one, other)]
        draw.line(ends, fill=color, width=round(width_px * _SMOOTHING))
        radius = width_px * _SMOOTHING / 2.0 - 0.5
        x, y = ends[1]
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)  # a round joint

    def _dot(self, draw: ImageDraw.ImageDraw, point: ArrayLike, radius_m: float, color: Color) -> None:
        x, y = self._pixel(np.asarray(point)[[0, 2]])
        radius = max(1.2 * _SMOOTHING, radius_m * self._scale)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)

    def _pixel(self, xz: ArrayLike) -> tuple[float, float]:
        """Column and row, in the enlarged map, of a world point (x, z)."""
        column, row = (np.asarray(xz, np.float64) - self._low) * self._scale + self._offset
        return float(column), float(row)


def _draw_mark(draw: ImageDraw.ImageDraw, kind: str, x: float, y: float, width: float, color: Color) -> None:
    """A sign of the legend, from x on and with its middle at y."""
    if kind == "bar":
        draw.line([(x, y - 4), (x, y), (x + width, y), (x + width, y - 4)], fill=color, width=2)
    elif kind == "dot":
        draw.ellipse((x, y - width / 2, x + width, y + width / 2), fill=color)
    elif kind == "box":
        draw.rectangle((x, y - 5, x + width, y + 5), fill=color, outline=_VIEW_POINT)
    elif kind == "line":
        draw.line([(x, y), (x + width, y)], fill=color, width=3)
    else:
        for start in (0.0, 0.6):
            draw.line([(x + start * width, y), (x + (start + 0.4) * width, y)], fill=color, width=3)


def _shortened(text: str, font: Any, room_px: float) -> str:
    """The text, cut to what fits."""
    if font.getlength(text) <= room_px:
        return text
    while text and font.getlength(f"{text}…") > room_px:
        text = text[:-1]
    return f"{text}…"


def _dashes(corners: NDArray[np.float32], length_m: float) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The drawn parts of a dashed line through (M, 3) corners: dash and gap of that length, the gaps left out."""
    dashes, walked_m = [], 0.0
    for one, other in pairwise(corners.astype(np.float64)):
        side_m = float(np.linalg.norm(other - one))
        # Parts between multiples of the length, counted from the start of the line; every second one is a gap.
        marks = [0.0, *np.arange((walked_m // length_m + 1) * length_m - walked_m, side_m, length_m), side_m]
        for begin, end in pairwise(marks):
            if side_m > 0 and int((walked_m + (begin + end) / 2.0) / length_m) % 2 == 0:
                dashes.append((one + (other - one) * (begin / side_m), one + (other - one) * (end / side_m)))
        walked_m += side_m
    return dashes


def _extent(simulator: Simulator, episode: Episode) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest (x, z) of the scene: objects, navmesh, episode."""
    boxes = simulator.objects.boxes.astype(np.float64)
    rng = np.random.default_rng(0)
    floor = np.array([simulator.random_navigable_point(rng) for _ in range(200)], np.float64)
    points = [boxes[:, :3] - boxes[:, 3:] / 2.0, boxes[:, :3] + boxes[:, 3:] / 2.0, floor[np.isfinite(floor).all(1)]]
    points += [episode.view_points, episode.start_position[None]]
    ground = np.concatenate(points)[:, [0, 2]]
    return ground.min(axis=0) - _MARGIN_M, ground.max(axis=0) + _MARGIN_M
