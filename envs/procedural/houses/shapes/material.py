"""What a surface looks like before light falls on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """A texture tinted by a colour."""

    texture: str | None = None  # a name of `textures.draw_texture`; None: plain colour
    color: Color = (1.0, 1.0, 1.0)  # RGB in [0, 1], multiplies the texture
    tile_m: float = 1.0  # length over which the texture repeats
    grain: bool = False  # whether the texture runs along the longer side of a face
    two_sided: bool = False  # whether it is seen from behind, too
    glow: float = 0.0  # share of the colour that shows without any light, 0 to 1

    def tinted(self, color: Color) -> Material:
        """The same surface in another colour."""
        return replace(self, color=color)

    def shaded(self, factor: float) -> Material:
        """The same surface, darker (below 1) or lighter."""
        red, green, blue = (min(1.0, part * factor) for part in self.color)
        return replace(self, color=(red, green, blue))
