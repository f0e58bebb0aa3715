"""The materials of one house: its woods, cloths, metals, paints and floors, drawn so that they go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.procedural.houses.shapes.material import Color, Material

_WOODS: tuple[Color, ...] = (
    (0.82, 0.64, 0.42),  # oak
    (0.93, 0.78, 0.55),  # pine
    (0.62, 0.40, 0.24),  # cherry
    (0.45, 0.29, 0.18),  # walnut
    (0.72, 0.52, 0.33),  # beech, stained
)
_DARK_WOODS: tuple[Color, ...] = ((0.36, 0.22, 0.14), (0.44, 0.27, 0.16), (0.30, 0.20, 0.15))
_CLOTHS: tuple[Color, ...] = (
    (0.62, 0.64, 0.66),
    (0.35, 0.37, 0.42),
    (0.22, 0.32, 0.48),
    (0.55, 0.22, 0.20),
    (0.78, 0.70, 0.56),
    (0.30, 0.44, 0.38),
    (0.80, 0.55, 0.22),
    (0.50, 0.36, 0.48),
    (0.34, 0.52, 0.60),
    (0.86, 0.84, 0.78),
)
_ACCENTS: tuple[Color, ...] = (
    (0.88, 0.62, 0.16),
    (0.78, 0.26, 0.22),
    (0.16, 0.48, 0.52),
    (0.90, 0.50, 0.40),
    (0.36, 0.56, 0.26),
    (0.24, 0.34, 0.66),
    (0.72, 0.32, 0.52),
    (0.94, 0.90, 0.80),
)
_WALLS: tuple[Color, ...] = (
    (0.95, 0.94, 0.90),
    (0.93, 0.90, 0.82),
    (0.86, 0.90, 0.88),
    (0.84, 0.88, 0.93),
    (0.93, 0.87, 0.84),
    (0.88, 0.90, 0.80),
    (0.80, 0.84, 0.86),
    (0.94, 0.88, 0.74),
)
_LEATHERS: tuple[Color, ...] = ((0.42, 0.25, 0.15), (0.14, 0.13, 0.13), (0.62, 0.40, 0.24), (0.88, 0.85, 0.80))
_TILE_COLORS: tuple[Color, ...] = (
    (0.92, 0.94, 0.95),
    (0.62, 0.78, 0.82),
    (0.60, 0.76, 0.66),
    (0.88, 0.82, 0.72),
    (0.55, 0.60, 0.64),
)
_CABINET_FRONTS: tuple[Color, ...] = (
    (0.95, 0.95, 0.93),
    (0.72, 0.78, 0.72),
    (0.45, 0.53, 0.60),
    (0.86, 0.80, 0.70),
    (0.30, 0.34, 0.38),
)


@dataclass(frozen=True)
class Palette:
    """Materials that the furniture of a house has in common."""

    wood: Material
    dark_wood: Material
    front: Material  # cabinet doors
    worktop: Material
    sofa: Material
    armchair: Material
    linen: Material
    blanket: Material
    curtain: Material
    leather: Material
    wall_tile: Material
    bath_floor: Material
    living_floor: Material
    bedroom_floor: Material
    wall_colors: tuple[Color, ...]
    accents: tuple[Color, ...]
    white: ClassVar[Material] = Material(None, (0.94, 0.94, 0.92))
    ceramic: ClassVar[Material] = Material(None, (0.97, 0.97, 0.96))
    black: ClassVar[Material] = Material(None, (0.09, 0.09, 0.10))
    grey: ClassVar[Material] = Material(None, (0.45, 0.46, 0.48))
    rubber: ClassVar[Material] = Material("carpet", (0.14, 0.14, 0.15), 0.3)
    steel: ClassVar[Material] = Material("metal", (0.76, 0.78, 0.80), 0.6)
    chrome: ClassVar[Material] = Material(None, (0.80, 0.83, 0.86))
    brass: ClassVar[Material] = Material(None, (0.80, 0.64, 0.32))
    glass: ClassVar[Material] = Material(None, (0.66, 0.78, 0.80))
    leaf: ClassVar[Material] = Material("leaf", (0.34, 0.58, 0.24), two_sided=True)
    blade: ClassVar[Material] = Material("blade", (0.36, 0.58, 0.30), two_sided=True)
    bark: ClassVar[Material] = Material("bark", (0.50, 0.38, 0.27), 0.3)
    soil: ClassVar[Material] = Material("carpet", (0.26, 0.18, 0.12), 0.3)
    brick: ClassVar[Material] = Material("brick", (0.68, 0.36, 0.26), 0.85)
    stone: ClassVar[Material] = Material("stone", (0.72, 0.69, 0.63), 1.2)
    marble: ClassVar[Material] = Material("marble", (0.95, 0.94, 0.92), 0.9)
    lamp: ClassVar[Material] = Material(None, (1.0, 0.95, 0.82), glow=0.95)

    def accent(self, rng: np.random.Generator) -> Color:
        """A lively colour."""
        return self.accents[rng.integers(len(self.accents))]


def draw_palette(rng: np.random.Generator) -> Palette:
    """The materials of a new house."""

    def one(colors: tuple[Color, ...]) -> Color:
        return colors[rng.integers(len(colors))]

    cloths = [_CLOTHS[i] for i in rng.permutation(len(_CLOTHS))]
    wood = Material("wood", one(_WOODS), 0.7, grain=True)
    worktops = (Material("granite", (0.34, 0.34, 0.36), 0.5), Material("marble", (0.93, 0.93, 0.92), 0.9), wood)
    floors = (
        Material("planks", one(_WOODS), 1.3),
        Material("herringbone", one(_WOODS), 1.0),
        Material("planks", one(_DARK_WOODS), 1.3),
    )
    bedroom_floors = (*floors[:2], Material("carpet", cloths[3], 0.5), Material("carpet", (0.78, 0.74, 0.66), 0.5))
    bath_floors = ("tiles", "small_tiles", "checkered_tiles")
    fronts = (Material(None, one(_CABINET_FRONTS)), wood)
    return Palette(
        wood=wood,
        dark_wood=Material("wood", one(_DARK_WOODS), 0.7, grain=True),
        front=fronts[int(rng.random() < 0.15)],
        worktop=worktops[rng.integers(len(worktops))],
        sofa=Material(str(rng.choice(["weave", "knit", "weave"])), cloths[0], 0.35),
        armchair=Material("weave", cloths[1], 0.3),
        linen=Material("weave", (0.95, 0.94, 0.90), 0.4),
        blanket=Material(str(rng.choice(["knit", "plaid", "striped_cloth", "dots", "weave"])), cloths[2], 0.8),
        curtain=Material(str(rng.choice(["weave", "striped_cloth"])), cloths[4], 0.5, two_sided=True),
        leather=Material("leather", one(_LEATHERS), 0.6),
        wall_tile=Material(str(rng.choice(["tiles", "small_tiles"])), one(_TILE_COLORS), 0.8),
        bath_floor=Material(str(rng.choice(bath_floors)), one(_TILE_COLORS), 1.2),
        living_floor=floors[rng.integers(len(floors))],
        bedroom_floor=bedroom_floors[rng.integers(len(bedroom_floors))],
        wall_colors=tuple(_WALLS[i] for i in rng.permutation(len(_WALLS))[:4]),
        accents=tuple(_ACCENTS[i] for i in rng.permutation(len(_ACCENTS))[:4]),
    )
