"""Names of colours, as a person would call an even surface of them."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import ArrayLike

# Ends of the hues in degrees, each with its name; red begins and ends the circle.
_HUES = (
    (16.0, "red"), (42.0, "orange"), (66.0, "yellow"), (165.0, "green"), (195.0, "turquoise"), (255.0, "blue"),
    (290.0, "purple"), (345.0, "pink"), (360.0, "red"),
)  # fmt: skip
_BLACK, _DARK, _GREY, _LIGHT = 0.20, 0.42, 0.72, 0.86  # of the brightest channel
_NO_HUE, _PALE = 0.12, 0.38  # saturation below which a colour has no hue, and below which yellow and orange are beige
_WOODY = (12.0, 50.0)  # hues in degrees that are brown where they are dark


def color_name(rgb: ArrayLike) -> str:
    """The name of a colour given as red, green, blue in [0, 1]."""
    red, green, blue = np.clip(np.asarray(rgb, np.float64), 0.0, 1.0).tolist()
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    degrees = hue * 360.0
    if value < _BLACK:
        return "black"
    if saturation < _NO_HUE:
        return "white" if value >= _LIGHT else "gray" if value >= _BLACK else "black"
    if _WOODY[0] <= degrees < _WOODY[1] + 16.0 and saturation < _PALE and value >= _GREY:
        return "beige"
    if _WOODY[0] <= degrees < _WOODY[1] and value < _GREY:
        return "brown"
    if value < _DARK and saturation < 0.25:
        return "gray"
    return next(name for end, name in _HUES if degrees <= end)


COLOR_NAMES = tuple(sorted({name for _, name in _HUES} | {"black", "white", "gray", "beige", "brown"}))
