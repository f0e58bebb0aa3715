"""The baselines that always do the same: stop at once, or keep walking forward."""

import copy
from collections.abc import Sequence
from typing import Any

from leo_agent.contract.navigation import FORWARD, NavigationEmbodiment
from leo_agent.contract.observation import Observation
from leo_agent.contract.policy import PolicyContext
from leo_agent.policies.registry import register_policy


class ConstantPolicy:
    """Answers every observation with a copy of one action."""

    def __init__(self, name: str, action: Any) -> None:
        self.name = name
        self._action = action

    def reset(self, indices: Sequence[int]) -> None:
        """Nothing is kept between steps."""

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        return [copy.deepcopy(self._action) for _ in observations]


@register_policy("stop", has_device=False)
def make_stop(context: PolicyContext) -> ConstantPolicy:
    """Says at once that nothing is left to do."""
    return ConstantPolicy("stop", context.embodiment.done_action())


@register_policy("forward", has_device=False)
def make_forward(context: PolicyContext) -> ConstantPolicy:
    """Walks forward for ever; a body that cannot walk is done at once."""
    embodiment = context.embodiment
    if isinstance(embodiment, NavigationEmbodiment):
        return ConstantPolicy("forward", embodiment.action_id(FORWARD))
    return ConstantPolicy("forward", embodiment.done_action())
