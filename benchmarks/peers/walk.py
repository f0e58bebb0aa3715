"""The walk that every simulator does: from each recorded pose 70 steps, a picture after each. NumPy alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

WALK = ("move_forward", "move_forward", "turn_left", "move_forward", "turn_right", "turn_right", "move_forward")
STEPS_A_POSE = 70


def walk_seconds(
    place: Callable[[Sequence[float]], object],
    step: Callable[[str], object],
    positions: Sequence[Sequence[float]],
    first: int,
    count: int,
) -> float:
    """How long the steps from `first` take.

    Args:
        place: puts the agent at a position, unturned.
        step: does an action of that name and draws.
        positions: where each 70 steps begin, (x, y, z) in metres.
        first: the number of the first step.
        count: of steps.
    """
    start = time.perf_counter()
    for i in range(first, first + count):
        if i % STEPS_A_POSE == 0:
            place(positions[i // STEPS_A_POSE % len(positions)])
        step(WALK[i % len(WALK)])
    return time.perf_counter() - start
