"""The arm with a spatula: an upright blade that is slid along the table on straight lines."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects import CollisionPart
from leo_agent.envs.tabletop.physics.arm import Arm
from leo_agent.envs.tabletop.physics.physics import TIME_STEP_S, Physics
from leo_agent.envs.tabletop.stopwatch import Stopwatch

BLADE_WIDTH_M = 0.05  # across the push
BLADE_THICKNESS_M = 0.005
BLADE_HEIGHT_M = 0.115
EDGE_BELOW_TIP_M = 0.005
BLADE_CENTER_M = (0.0, 0.0, BLADE_HEIGHT_M / 2 - EDGE_BELOW_TIP_M)
BLADE = CollisionPart("box", (BLADE_THICKNESS_M / 2, BLADE_WIDTH_M / 2, BLADE_HEIGHT_M / 2), BLADE_CENTER_M)
PUSH_SPEED_MPS = 0.5
# Less than what friction takes from a cube of a pile (0.5 x 9.8 m/s2), so that the cubes stop with the blade.
PUSH_ACCELERATION_MPS2 = 3.0


class SpatulaArm(Arm):
    """The arm with a blade that stands across the x axis of the tip."""

    def __init__(self, physics: Physics, stopwatch: Stopwatch | None = None) -> None:
        super().__init__(physics, BLADE, stopwatch)

    def slide(self, target: Pose) -> None:
        """Move the blade on a straight line that it starts and ends slowly, simulating what it pushes."""
        first, last = np.array(self._tip.position), np.array(target.position)
        length = float(np.linalg.norm(last - first))
        if length == 0:
            return
        duration = _duration_s(length)
        steps = max(1, math.ceil(duration / TIME_STEP_S))
        for k in range(1, steps + 1):
            share = _way_m(duration * k / steps, length) / length
            x, y, z = first + share * (last - first)
            self._drive(Pose((float(x), float(y), float(z)), target.rotation))
        self.follow_tip()


def _duration_s(length_m: float) -> float:
    """How long the way takes: speeding up, at most to PUSH_SPEED_MPS, and slowing down as evenly."""
    speed = min(PUSH_SPEED_MPS, math.sqrt(length_m * PUSH_ACCELERATION_MPS2))
    return length_m / speed + speed / PUSH_ACCELERATION_MPS2


def _way_m(time_s: float, length_m: float) -> float:
    """How far along the way the blade is at a time from its start."""
    speed = min(PUSH_SPEED_MPS, math.sqrt(length_m * PUSH_ACCELERATION_MPS2))
    ramp_s = speed / PUSH_ACCELERATION_MPS2
    left_s = length_m / speed + ramp_s - time_s
    if time_s < ramp_s:
        return PUSH_ACCELERATION_MPS2 * time_s**2 / 2
    if left_s < ramp_s:
        return length_m - PUSH_ACCELERATION_MPS2 * max(0.0, left_s) ** 2 / 2
    return speed * (time_s - ramp_s / 2)
