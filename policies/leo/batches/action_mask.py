"""Which actions an answer may hold."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS


@dataclass(frozen=True, eq=False)
class ActionMask:
    """Which action indices may stand at each position of an answer."""

    allowed: NDArray[np.bool_]  # (A, 524)

    @classmethod
    def of(cls, *choices: Iterable[int]) -> "ActionMask":
        """One position for each of the given sets of action indices."""
        allowed = np.zeros((len(choices), NUM_ACTION_TOKENS), dtype=bool)
        for row, indices in zip(allowed, choices, strict=True):
            row[list(indices)] = True
        return cls(allowed)

    @property
    def length(self) -> int:
        """Tokens of the answer."""
        return len(self.allowed)

    def without(self, indices: Iterable[int]) -> "ActionMask":
        """The same without these action indices, at every position."""
        allowed = self.allowed.copy()
        allowed[:, list(indices)] = False
        return ActionMask(allowed)


NO_ACTIONS = ActionMask.of()  # the answer is text
