"""What measures are computed from: how the running episode stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(eq=False)
class EpisodeState:
    """How a running episode stands; distances are on foot, to the nearest place where stopping counts."""

    success_distance_m: float  # a stop strictly nearer to a goal is a success
    start_distance_m: float  # inf where no goal can be reached
    distance_m: float  # now
    previous_distance_m: float  # before the last action
    path: list[NDArray[np.float32]] = field(default_factory=list)  # base positions (3,) from the start on
    path_length_m: float = 0.0  # walked so far
    actions: list[int] = field(default_factory=list)  # ids of the actions so far
    collisions: int = 0  # steps that an obstacle shortened
    stop_called: bool = False
    success: float = 0.0  # as decided by `measures.success.decide_success`
