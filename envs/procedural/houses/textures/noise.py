"""Random patterns that repeat without a seam, from which the textures are made."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Image = NDArray[np.float64]


def fractal(rng: np.random.Generator, height: int, width: int, slope: float = 1.5, stretch: float = 1.0) -> Image:
    """Noise (H, W) with mean 0 and standard deviation 1; its power falls with frequency to the -2 `slope`.

    `stretch` > 1 draws it out along the rows.
    """
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :] * stretch
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((height, width))) / frequency**slope
    noise = np.fft.irfft2(spectrum, (height, width))
    normalised: Image = noise / max(float(noise.std()), 1e-12)
    return normalised


def grain(rng: np.random.Generator, height: int, width: int) -> Image:
    """Lightness (H, W) around 1 of a board of wood whose fibres run along the rows."""
    warp = fractal(rng, height, width, 1.6, stretch=8.0)
    rings = np.sin(2.0 * np.pi * (np.arange(height)[:, None] * 4.0 / height + 0.45 * warp))
    fibres = fractal(rng, height, width, 0.7, stretch=24.0)
    return 0.85 + 0.07 * rings + 0.05 * fibres


def tint(lightness: Image, color: ArrayLike = (1.0, 1.0, 1.0)) -> Image:
    """An image (H, W, 3): a colour times the lightness (H, W)."""
    return lightness[..., None] * np.asarray(color, np.float64)


def blend(below: Image, above: ArrayLike, share: NDArray[Any]) -> Image:
    """Image `below` (H, W, 3) covered by `above` (an image or a colour) where `share` (H, W) is 1."""
    weight = np.clip(share, 0.0, 1.0)[..., None]
    blended: Image = below * (1.0 - weight) + np.asarray(above, np.float64) * weight
    return blended


def pixel_grid(height: int, width: int) -> tuple[Image, Image]:
    """Coordinates (H, W) of the centres of pixels, x to the right and y up, both from 0 to 1 over the image."""
    x = (np.arange(width) + 0.5) / width
    y = 1.0 - (np.arange(height) + 0.5) / height
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def edge(distance: Image, softness: float) -> Image:
    """1 inside (distance below 0), 0 outside, over `softness` of a border."""
    return np.clip(0.5 - distance / max(softness, 1e-9), 0.0, 1.0)
