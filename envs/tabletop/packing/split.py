"""Cuts the inside of a box at random into rectangular parts (Ravens' K-D tree, with CLIPort's sizes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EDGE_M = 0.01  # kept free along the walls of the box
GAP_M = 0.01  # kept free between two parts


@dataclass(frozen=True)
class Part:
    """A rectangle in the frame of the box."""

    center: tuple[float, float]  # x, y, metres
    sides: tuple[float, float]  # along x and y, metres

    @property
    def longest_side_m(self) -> float:
        return max(self.sides)


def split_box(rng: np.random.Generator, width_m: float, depth_m: float, min_side_m: float) -> list[Part]:
    """Cut what is inside a box of that width (x) and depth (y) until no side is longer than twice `min_side_m`.

    A part is cut across one of its sides that are longer, at a uniform place that leaves `min_side_m` on either hand,
    of which half the gap is then taken away.
    """
    half_width, half_depth = width_m / 2 - EDGE_M, depth_m / 2 - EDGE_M
    open_parts = [((-half_width, -half_depth), (half_width, half_depth))]
    parts: list[Part] = []
    while open_parts:
        low, high = open_parts.pop()
        axes = [axis for axis in (0, 1) if high[axis] - low[axis] > 2 * min_side_m]
        if not axes:
            center = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
            parts.append(Part(center, (high[0] - low[0], high[1] - low[1])))
            continue
        axis = axes[int(rng.integers(len(axes)))]
        cut = float(rng.uniform(low[axis] + min_side_m, high[axis] - min_side_m))
        before, after = (cut - GAP_M / 2, high[1 - axis]), (cut + GAP_M / 2, low[1 - axis])
        open_parts.append((_ordered(after, axis), high))
        open_parts.append((low, _ordered(before, axis)))
    return parts


def _ordered(corner: tuple[float, float], axis: int) -> tuple[float, float]:
    """(x, y) from the coordinate along `axis` and the other one."""
    return corner if axis == 0 else (corner[1], corner[0])
