"""Keeps LEO from pushing on against a wall and from turning to and fro on the spot.

A policy that imitates an expert has hardly seen walls, since experts do not bump, and LEO sees no past but its last
four actions; it can then repeat a blocked step until the episode ends. Part of the action mask, not of the network.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, NavigationEmbodiment

OPPOSITE = {LEFT: RIGHT, RIGHT: LEFT}
MOVED_SHARE = 0.2  # of a free step; one that went less far was blocked


@dataclass
class BlockedMoves:
    """What one agent has learnt at the place where it stands."""

    body: NavigationEmbodiment
    position: NDArray[np.floating] | None = None  # (3,) where it last acted, metres
    action: int | None = None  # what it last did
    turn: int | None = None  # its last turn since it moved
    turns: int = 0  # how many since

    @property
    def full_circle(self) -> int:
        """Turns that come back to the same heading."""
        return round(360 / self.body.turn_angle_deg)

    def forbidden(self, position: NDArray[np.floating]) -> set[int]:
        """Action ids not to be offered at a base position (3,), metres.

        After a blocked step: the same step. After a turn, until the agent has moved: the turn that undoes it. After a
        full circle on the spot: further turns, but for one after each step that is blocked.
        """
        blocked = False
        if self.action == FORWARD and self.position is not None:
            moved_m = float(np.linalg.norm(position - self.position))
            blocked = moved_m < MOVED_SHARE * self.body.forward_step_m
            if not blocked:
                self.turn, self.turns = None, 0
        if blocked:
            return {FORWARD} | self._undoing()
        return {LEFT, RIGHT} if self.turns >= self.full_circle else self._undoing()

    def _undoing(self) -> set[int]:
        return {OPPOSITE[self.turn]} if self.turn is not None else set()

    def acted(self, position: NDArray[np.floating], action: int) -> None:
        """Keeps what was decided at that position."""
        self.position, self.action = np.array(position), action
        if action in OPPOSITE:
            self.turn, self.turns = action, self.turns + 1
