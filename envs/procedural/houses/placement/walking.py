"""Whether an agent still gets from door to door, and to the furniture, while a room is being furnished."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.compiled import Compiler
from leo_agent.envs.procedural.houses.plan import Rect

_compiler = Compiler(__file__)
CELL_M = 0.1
# An agent of radius 0.18 keeps 0.25 m from what it walks by once Recast has rounded to its cells; and 4 cm to spare.
MARGIN_M = 0.29
# Lower things are walked over, higher ones walked under (climb 0.2 m, height 0.88 m, both rounded up by Recast).
STEP_OVER_M, WALK_UNDER_M = 0.25, 1.25


def blocks_walking(box: NDArray[np.float64]) -> bool:
    """Whether a box (2, 3) stands in the way of an agent."""
    return bool(box[1, 1] > STEP_OVER_M and box[0, 1] < WALK_UNDER_M)


class WalkGrid:
    """The floor of a room in cells; which of them an agent's middle can reach from a door.

    Args:
        rect: the room's floor.
        doors: (x, z) of points inside the room before its doors.
    """

    def __init__(self, rect: Rect, doors: Sequence[tuple[float, float]]) -> None:
        self._rect = rect
        self._doors = doors
        self._x = rect.x0 + (np.arange(max(1, int(rect.width / CELL_M))) + 0.5) * CELL_M
        self._z = rect.z0 + (np.arange(max(1, int(rect.depth / CELL_M))) + 0.5) * CELL_M
        inside_x = (self._x > rect.x0 + MARGIN_M) & (self._x < rect.x1 - MARGIN_M)
        inside_z = (self._z > rect.z0 + MARGIN_M) & (self._z < rect.z1 - MARGIN_M)
        self._free = inside_x[:, None] & inside_z[None, :]

    def blocked(self, boxes: Iterable[NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Cells (X, Z) that the boxes take, with the margin."""
        taken = np.zeros_like(self._free)
        for box in boxes:
            if blocks_walking(box):
                in_x = (self._x > box[0, 0] - MARGIN_M) & (self._x < box[1, 0] + MARGIN_M)
                in_z = (self._z > box[0, 2] - MARGIN_M) & (self._z < box[1, 2] + MARGIN_M)
                taken |= in_x[:, None] & in_z[None, :]
        return taken

    def reached(self, taken: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """Cells that are reached from the doors; None where the doors are cut off from each other."""
        free = self._free & ~taken
        cells = [self._cell(*door) for door in self._doors]
        if not all(free[cell] for cell in cells):
            return None
        reached = _flood(free, *cells[0])
        return reached if all(reached[cell] for cell in cells) else None

    def near(self, reached: NDArray[np.bool_], rect: Rect) -> bool:
        """Whether a reached cell lies in a rectangle."""
        in_x = (self._x > rect.x0) & (self._x < rect.x1)
        in_z = (self._z > rect.z0) & (self._z < rect.z1)
        return bool((reached & in_x[:, None] & in_z[None, :]).any())

    def _cell(self, x: float, z: float) -> tuple[int, int]:
        i = int(np.clip((x - self._rect.x0) / CELL_M, 0, len(self._x) - 1))
        k = int(np.clip((z - self._rect.z0) / CELL_M, 0, len(self._z) - 1))
        return i, k


@_compiler.kernel
def _flood(free: NDArray[np.bool_], i: int, k: int) -> NDArray[np.bool_]:
    """The free cells (X, Z) that are connected with (i, k) over edges."""
    reached = np.zeros_like(free)
    stack = np.empty((free.size, 2), np.int64)
    stack[0] = i, k
    reached[i, k] = True
    count = 1
    while count:
        count -= 1
        a, b = stack[count]
        for step_a, step_b in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            c, d = a + step_a, b + step_b
            if 0 <= c < free.shape[0] and 0 <= d < free.shape[1] and free[c, d] and not reached[c, d]:
                reached[c, d] = True
                stack[count] = c, d
                count += 1
    return reached
