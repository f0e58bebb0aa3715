"""What a surface looks like before light falls on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """A texture tinted by a colour.

    texture: a name of `textures.draw_texture`, None for plain colour; color: RGB in [0, 1] that multiplies it;
    tile_m: metres that the texture covers once; grain: the texture runs along the longer side of a face;
    two_sided: seen from behind too; glow: the part of the colour that shows without any light.
    """

    texture: str | None = None
    color: Color = (1.0, 1.0, 1.0)
    tile_m: float = 1.0
    grain: bool = False
    two_sided: bool = False
    glow: float = 0.0

    def tinted(self, color: Color) -> Material:
        """The same surface in another colour."""
        return replace(self, color=color)

    def shaded(self, factor: float) -> Material:
        """The same surface, darker (below 1) or lighter."""
        red, green, blue = (min(1.0, part * factor) for part in self.color)
        return replace(self, color=(red, green, blue))
