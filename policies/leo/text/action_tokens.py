"""Actions as token ids, counted down from the end of the vocabulary.

Action index n (0..523) is token id V - 1 - n, V the vocabulary size: 8 navigation actions, 320 u (pixels along y),
160 v (pixels along x) and 36 yaw bins of 10 degrees, as in the LEO paper's code, where V = 32000. What an embodiment
makes of them is in `leo_agent.policies.leo.embodiments`.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.tabletop import MAP_SHAPE

NAVIGATION_ACTIONS = (
    "stop",
    "move_forward",
    "move_backward",
    "turn_left",
    "turn_right",
    "look_up",
    "look_down",
    "grab_release",
)
NUM_U, NUM_V = MAP_SHAPE
NUM_YAW_BINS = 36
YAW_BIN_RAD = 2 * np.pi / NUM_YAW_BINS


@dataclass(frozen=True)
class TokenRange:
    """A block of action indices [start, start + size)."""

    name: str
    start: int
    size: int
    circular: bool = False  # whether its last bin is beside its first (yaw)

    @property
    def indices(self) -> range:
        """The action indices of the block, in order."""
        return range(self.start, self.start + self.size)


NAVIGATION = TokenRange("navigation", 0, len(NAVIGATION_ACTIONS))
U = TokenRange("u", NAVIGATION.start + NAVIGATION.size, NUM_U)
V = TokenRange("v", U.start + U.size, NUM_V)
YAW = TokenRange("yaw", V.start + V.size, NUM_YAW_BINS, circular=True)
RANGES = (NAVIGATION, U, V, YAW)
NUM_ACTION_TOKENS = YAW.start + YAW.size
TABLETOP_BLOCKS = (U, V, YAW, U, V, YAW)  # of an answer: the pick, then the place

Index = TypeVar("Index", int, NDArray[np.int64])


def action_index_to_token(index: Index, vocab_size: int) -> Index:
    """Token id of an action index; the same formula is its own inverse."""
    return vocab_size - 1 - index
