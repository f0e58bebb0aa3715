"""Finds the function that draws a texture by its name."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.package_scan import import_modules

# Draws an image (H, W, 3) float64 with values in [0, 1]; row 0 is its top.
Painter = Callable[[np.random.Generator], NDArray[np.float64]]

_painters: dict[str, Painter] = {}


def texture(name: str) -> Callable[[Painter], Painter]:
    """Decorator: the function draws the texture `name`."""

    def register(painter: Painter) -> Painter:
        _painters[name] = painter
        return painter

    return register


def texture_names() -> list[str]:
    """The registered textures: those of every module of this package."""
    import_modules(__name__.rpartition(".")[0])
    return sorted(_painters)


def draw_texture(name: str, seed: int) -> NDArray[np.uint8]:
    """The image (H, W, 3) uint8 of a texture; "wood#2" is another drawing of "wood" than "wood#1"."""
    kind = name.partition("#")[0]
    if kind not in _painters:
        texture_names()
    image = _painters[kind](np.random.default_rng([seed, zlib.crc32(name.encode())]))
    return (np.clip(image, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
