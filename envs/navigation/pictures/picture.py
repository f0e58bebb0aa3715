"""Draws an episode for people: the agent's view beside a map of the floor (top_down_map.py), and a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.pictures.top_down_map import INK, PAPER, TopDownMap
from leo_agent.envs.navigation.simulators import AgentState, Simulator

PANEL_PX = 360
CAPTION_PX = 56
_GOOD = (38, 132, 82)
_BAD = (190, 60, 50)


@dataclass(frozen=True)
class Caption:
    """Two lines below the picture."""

    title: str
    state: str
    good: bool | None = None  # colours `state`; None while nothing is decided


class EpisodePainter:
    """Pictures (H, W, 3) uint8 of one episode, all of one size."""

    def __init__(self, simulator: Simulator, episode: Episode) -> None:
        self._map = TopDownMap(simulator, episode, PANEL_PX)

    def paint(
        self, view: NDArray[np.uint8], agent: AgentState, path: Sequence[ArrayLike], caption: Caption
    ) -> NDArray[np.uint8]:
        """`view` (h, w, 3) is the agent's; `path` its base positions from the start on."""
        # Video codecs want even sides.
        view_width = 2 * round(view.shape[1] * PANEL_PX / view.shape[0] / 2)
        picture = Image.new("RGB", (view_width + PANEL_PX, PANEL_PX + CAPTION_PX), PAPER)
        picture.paste(Image.fromarray(view).resize((view_width, PANEL_PX), Image.Resampling.BICUBIC), (0, 0))
        picture.paste(self._map.draw(path, agent), (view_width, 0))
        draw = ImageDraw.Draw(picture)
        color = INK if caption.good is None else _GOOD if caption.good else _BAD
        draw.text((12, PANEL_PX + 7), caption.title, fill=INK, font=ImageFont.load_default(20))
        draw.text((12, PANEL_PX + 33), caption.state, fill=color, font=ImageFont.load_default(15))
        return np.array(picture)  # a copy, because PIL's own memory is read-only
