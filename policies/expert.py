"""The policy that does what the environment's own expert says, which the rollout hands over in the observation."""

from collections.abc import Sequence
from typing import Any

from leo_agent.contract.observation import Observation
from leo_agent.contract.policy import PolicyContext
from leo_agent.policies.registry import register_policy


@register_policy("expert", has_device=False)
class ExpertPolicy:
    """Returns observation["expert_action"], the environment's privileged answer."""

    name = "expert"
    needs_expert = True

    def __init__(self, context: PolicyContext) -> None:
        """Needs nothing of the context."""

    def reset(self, indices: Sequence[int]) -> None:
        """Nothing is kept between steps."""

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        return [observation["expert_action"] for observation in observations]
