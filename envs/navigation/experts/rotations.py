"""The rotations that an agent's turns lead to, in the simulator's own arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.envs.navigation.sensors import yaw_rad
from leo_agent.envs.navmesh import ahead, turn

Position = NDArray[np.float32]  # (3,), metres
_FINEST, _MOST_HEADINGS = 1000, 360  # denominator of an angle in degrees


class Rotations:
    """The rotations that turns lead to, numbered from 0, the first, in the simulator's own float32 arithmetic.

    Twelve turns by 30 degrees do not come back to the same bits, and at a wall the last bit may free the agent.

    Attributes:
        steps: the step (3,) ahead at each rotation, metres.
        yaws_rad: the heading of each.
        headings: turns to the left of the first rotation, up to rounding, of each.
        all_round: `steps` of all headings.
    """

    def __init__(self, first: ArrayLike, turn_deg: float, forward_m: float) -> None:
        self._turn_deg, self._forward_m, self._count = turn_deg, forward_m, _headings(turn_deg)
        self._quaternions: list[NDArray[np.float32]] = []
        self._numbers: dict[bytes, int] = {}
        self._turned: dict[tuple[int, int], int] = {}
        self.steps: list[Position] = []
        self.yaws_rad: list[float] = []
        self.headings: list[int] = []
        self._add(np.asarray(first, np.float32), 0)
        numbers = [0]
        while len(numbers) < self._count:
            numbers.append(self.turned(numbers[-1], 1))
        self.all_round = [self.steps[number] for number in numbers]

    def turned(self, number: int, sign: int) -> int:
        """The rotation after a turn, to the left if sign is 1, to the right if it is -1."""
        found = self._turned.get((number, sign))
        if found is None:
            quaternion = turn(self._quaternions[number], sign * self._turn_deg)
            found = self._turned[number, sign] = self._add(quaternion, (self.headings[number] + sign) % self._count)
        return found

    def _add(self, quaternion: NDArray[np.float32], heading: int) -> int:
        upright = quaternion if quaternion[3] > 0 or (quaternion[3] == 0 and quaternion[1] > 0) else -quaternion
        bits = (upright + np.float32(0)).tobytes()  # one sign of the quaternion, one sign of zero
        number = self._numbers.setdefault(bits, len(self._quaternions))
        if number == len(self._quaternions):
            self._quaternions.append(quaternion)
            self.steps.append(ahead(np.zeros(3), quaternion, self._forward_m))
            self.yaws_rad.append(yaw_rad(quaternion))
            self.headings.append(heading)
        return number


def _headings(turn_deg: float) -> int:
    """How many turns lead back to the first heading: 12 of 30 degrees, 72 of 25; about once round if those are many."""
    turn = Fraction(turn_deg).limit_denominator(_FINEST)
    turns = (360 / turn).numerator
    return turns if turns <= _MOST_HEADINGS else max(1, round(360.0 / turn_deg))
