"""Keeps a navigation policy from pushing on against a wall and from turning to and fro on the spot.

A policy that imitates an expert has hardly seen walls, since experts do not bump, and LEO sees no past but its last
four actions; it can then repeat a blocked step until the episode ends. Part of the grammar, not of the network.
"""

from dataclasses import dataclass

import numpy as np

FORWARD, LEFT, RIGHT = 1, 2, 3
OPPOSITE = {LEFT: RIGHT, RIGHT: LEFT}
FULL_CIRCLE = 12  # turns of 30 degrees
MOVED_M = 0.05  # a step that went less far was blocked; a free one goes 0.25 m


@dataclass
class BlockedMoves:
    """What one agent has learnt at the place where it stands; action ids are Habitat's."""

    position: np.ndarray | None = None
    action: int | None = None
    turn: int | None = None
    turns: int = 0

    def forbidden(self, position: np.ndarray) -> set[int]:
        """Actions not to be offered at a base position (3,), metres.

        After a blocked step: the same step. After a turn, until the agent has moved: the turn that undoes it. After a
        full circle on the spot: further turns, but for one after each step that is blocked.
        """
        blocked = False
        if self.action == FORWARD and self.position is not None:
            blocked = float(np.linalg.norm(position - self.position)) < MOVED_M
            if not blocked:
                self.turn, self.turns = None, 0
        if blocked:
            return {FORWARD} | self._undoing()
        return {LEFT, RIGHT} if self.turns >= FULL_CIRCLE else self._undoing()

    def _undoing(self) -> set[int]:
        return {OPPOSITE[self.turn]} if self.turn is not None else set()

    def acted(self, position: np.ndarray, action: int) -> None:
        """Keeps what was decided at that position."""
        self.position, self.action = np.array(position), action
        if action in OPPOSITE:
            self.turn, self.turns = action, self.turns + 1
