"""Furniture that belongs together and is placed as one: a table with its chairs, a bed with its pillows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.procedural.houses.furniture import Furniture, pick
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Model
from leo_agent.envs.procedural.houses.shapes.model import rotation_y

Point = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of furniture in the frame of its arrangement."""

    furniture: Furniture
    at: Point = (0.0, 0.0, 0.0)  # metres
    yaw: float = 0.0  # radians about y
    pitch: float = 0.0  # radians about x
    solid: bool = True  # whether nothing else may be where it is

    def model(self) -> Model:
        """The model in the frame of the arrangement."""
        turned = Model()
        turned.add(self.furniture.model, self.at, self.yaw, self.pitch)
        return turned


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Pieces in one frame, as that of furniture: the back at z = 0, the front towards +z."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, furniture: Furniture, *more: Piece) -> Arrangement:
        """One piece at the origin, and what goes with it."""
        return cls((Piece(furniture), *more))

    def boxes(self) -> NDArray[np.float64]:
        """The boxes (K, 2, 3) that its solid pieces take, lowest and highest corner."""
        boxes = []
        for piece in self.pieces:
            if not piece.solid:
                continue
            for block in piece.furniture.model.blocks or [piece.furniture.model.bounds]:
                boxes.append(turned_box(block, piece.at, piece.yaw))
        return np.array(boxes).reshape(-1, 2, 3)


def turned_box(box: NDArray[np.float64], at: Point, yaw: float) -> NDArray[np.float64]:
    """The box (2, 3) around a box that was turned about y and moved."""
    corners = np.array([(box[i & 1, 0], box[i >> 1 & 1, 1], box[i >> 2, 2]) for i in range(8)])
    moved = corners @ rotation_y(yaw).T + np.asarray(at)
    return np.stack([moved.min(axis=0), moved.max(axis=0)])


def dressed(
    furniture: Furniture, rng: np.random.Generator, palette: Palette, share: float, at: Point = (0.0, 0.0, 0.0)
) -> list[Piece]:
    """Cushions on the places of a sofa, bed or armchair that stands at `at`, each with probability `share`."""
    use = "bed" if furniture.category == "bed" else "sofa"
    pieces = []
    for x, y, z, pitch in furniture.model.cushions:
        if rng.random() < share:
            place = (at[0] + x + rng.uniform(-0.05, 0.05), at[1] + y, at[2] + z)
            lean = 0.0 if use == "bed" else rng.uniform(-0.3, 0.3)
            pieces.append(Piece(pick(rng, palette, "cushion", use), place, lean, pitch, solid=False))
    return pieces
