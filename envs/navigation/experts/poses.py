"""What the search expert keeps: places, poses on the way, and plans."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.navigation.experts.rotations import Position

SAME_PLACE_M = 1e-3


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A position, and what is known of it."""

    position: Position
    distance_m: float  # on foot to the nearest goal
    crowding_cost_m: float
    cell: tuple[int, int, int]
    arrivals: dict[bytes, Place]  # where steps from here lead


class Node(NamedTuple):
    """A pose on the way."""

    place: Place
    rotation: int  # its number in the search's `Rotations`
    cost_m: float  # of the way from the root
    key: Hashable  # poses of equal key count as one
    action: int  # what led here from the parent
    parent: Node | None


@dataclass(frozen=True, eq=False)
class Plan:
    """Poses in order, and the action at each of them; the last pose may have none."""

    positions: NDArray[np.float32]  # (n, 3)
    yaws_rad: NDArray[np.float64]  # (n,)
    actions: tuple[int, ...]

    def index_of(self, position: Position, yaw: float) -> int | None:
        """Which of the poses this is (the nearest up to 1 mm and 0.01 rad), None where the plan does not pass."""
        turned = np.abs(np.remainder(self.yaws_rad - yaw + math.pi, 2.0 * math.pi) - math.pi)
        moved = np.abs(self.positions - position).max(axis=1)
        here = (turned < 1e-2) & (moved < SAME_PLACE_M)
        index = int(np.argmin(np.where(here, moved + turned, np.inf)))  # a plan may leave a wall by its last bits
        return index if here[index] else None
