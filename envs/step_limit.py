"""Makes `gymnasium.make(id, max_episode_steps=N)` the limit that the environment itself keeps.

Gymnasium keeps an argument of that name to itself and puts its TimeLimit around the environment, whose own limit, if it
is lower, would end episodes all the same, and would be the one that pictures and measures tell of.
"""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium
from gymnasium.envs.registration import WrapperSpec
from gymnasium.utils import RecordConstructorArgs

from leo_agent.contract.errors import InputError


class LimitsSteps(Protocol):
    """An environment with a step limit of its own."""

    def limit_steps(self, limit: int) -> None:
        """Makes that the limit of all episodes from the next reset on.

        Raises:
            InputError: it cannot be the limit.
        """


class OwnStepLimit(gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Hands the limit of the TimeLimit below it, if there is one, to the environment below both."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        RecordConstructorArgs.__init__(self)
        gymnasium.Wrapper.__init__(self, env)
        limit = None if env.spec is None else env.spec.max_episode_steps
        if limit is not None:
            environment: LimitsSteps = env.unwrapped  # type: ignore[assignment]  # every id with this wrapper has one
            try:
                environment.limit_steps(limit)
            except InputError:
                env.close()  # nobody gets it to close
                raise


OWN_STEP_LIMIT = WrapperSpec("OwnStepLimit", f"{__name__}:OwnStepLimit", {})
"""For the `additional_wrappers` of an id."""
