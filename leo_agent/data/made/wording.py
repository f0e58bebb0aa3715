"""Says the same thing in several ways, never twice in a row in the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leo_agent.data.made.words import sentence


class Wording:
    """Draws among templates.

    Args:
        rng: what it draws from.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._last: dict[tuple[str, ...], int] = {}

    def say(self, templates: Sequence[str], **parts: object) -> str:
        """One of the templates, another than the last time, with its parts put in and a capital first."""
        key = tuple(templates)
        free = [number for number in range(len(key)) if number != self._last.get(key)] or [0]
        chosen = self._last[key] = free[int(self.rng.integers(len(free)))]
        return sentence(key[chosen].format(**parts))
