"""The baselines that always do the same: stop at once, or keep walking forward."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from leo_agent.policies.base import Observation, PolicyContext, is_tabletop, register_policy

from leo_agent.contract.errors import InputError


class ConstantPolicy:
    """Answers every observation with copies of one action.

    `navigation` is the id of the navigation action; the tabletop's action is the "done" pose of the LEO paper's code:
    both poses at the minimum of the bounds, unrotated.
    """

    needs_expert = False

    def __init__(self, name: str, context: PolicyContext, navigation: int) -> None:
        size = getattr(context.action_space, "n", None)
        if size is not None and navigation >= size:
            raise InputError(f"policy {name!r}: action {navigation} is not among the {size} actions of the environment")
        self.name = name
        self._navigation = navigation
        self._space = context.action_space

    def reset(self, indices: Sequence[int]) -> None:
        """Nothing is kept between steps."""

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        return [self._tabletop() if is_tabletop(each) else self._navigation for each in observations]

    def _tabletop(self) -> dict[str, np.ndarray]:
        identity = np.array([0.0, 0.0, 0.0, 1.0])
        return {
            name: np.concatenate([self._space[name].low[:3], identity]).astype(np.float32) for name in ("pick", "place")
        }


@register_policy("stop")
def make_stop(context: PolicyContext) -> ConstantPolicy:
    """Stops at once."""
    return ConstantPolicy("stop", context, navigation=0)


@register_policy("forward")
def make_forward(context: PolicyContext) -> ConstantPolicy:
    """Walks forward for ever."""
    return ConstantPolicy("forward", context, navigation=1)
