"""The depth camera as habitat-lab has it: a range, and distances as numbers from 0 to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from leo_agent.contract.checks import check_choice, check_number
from leo_agent.contract.errors import InputError

FAR_PLANE_M = 1000.0  # nothing is drawn beyond, here and in habitat-sim


@dataclass(frozen=True)
class DepthSensor:
    """What becomes of the simulator's metric depth, in which 0 is no hit.

    Raises:
        InputError: the range is empty, or without an end although depth is normalised.
    """

    min_m: float | None = None
    max_m: float | None = None
    normalize: bool = False

    def __post_init__(self) -> None:
        check_choice("normalize_depth", self.normalize, (False, True))
        if self.min_m is not None:
            check_number("min_depth_m", self.min_m, 0.0, FAR_PLANE_M)
        if self.max_m is not None:
            check_number("max_depth_m", self.max_m, 0.0, FAR_PLANE_M)
        if self.nearest_m >= self.farthest_m:
            raise InputError(
                f"max_depth_m: found {self.farthest_m:g} with min_depth_m={self.nearest_m:g}, expected more than that"
            )
        if self.normalize and self.max_m is None:
            raise InputError("normalize_depth: found True without max_depth_m, expected the range that becomes 0 to 1")

    @property
    def nearest_m(self) -> float:
        """The near end of the range; 0 without one."""
        return self.min_m or 0.0

    @property
    def farthest_m(self) -> float:
        """The far end of the range; inf without one."""
        return math.inf if self.max_m is None else self.max_m

    def sense(self, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        """A depth image (H, W) float32 of the simulator as the agent gets it.

        habitat-lab's formula: what is nearer or farther than the range is at its ends; normalised, (d - min) / (max -
        min). There, no hit is as near as can be. So it is here in a normalised image, where it is 0; in metres it stays
        0, which is no distance in the range.
        """
        if self.min_m is None and self.max_m is None:
            return depth
        clipped = np.clip(depth, np.float32(self.nearest_m), np.float32(self.farthest_m))
        if not self.normalize:
            return np.where(depth > 0.0, clipped, np.float32(0.0))
        return (clipped - np.float32(self.nearest_m)) / np.float32(self.farthest_m - self.nearest_m)

    def space(self, width: int, height: int) -> spaces.Space[Any]:
        """The space of what `sense` gives."""
        return spaces.Box(0.0, 1.0 if self.normalize else self.farthest_m, (height, width), np.float32)
