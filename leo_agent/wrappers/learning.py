"""Both worlds as reinforcement learners take them."""

from collections.abc import Sequence
from typing import Any

import gymnasium
from gymnasium import spaces
from gymnasium.wrappers import FilterObservation, FlattenObservation

from leo_agent.contract.errors import InputError, shown
from leo_agent.wrappers.actions import FlatAction
from leo_agent.wrappers.instructions import TokenizedInstruction


def for_learning(
    env: gymnasium.Env[Any, Any], keys: Sequence[str] | None = None, flat: bool = False
) -> gymnasium.Env[Any, Any]:
    """The environment with Discrete or Box actions, and observations that are Boxes, as stable-baselines3 wants them.

    Args:
        env: of either world.
        keys: of the observation that are kept; by default all. The clouds of an observation alone are 1.5 MB, which
            learners keep for every step.
        flat: makes one vector of them all, in the order of their names, as RLlib wants it.

    Raises:
        InputError: the observation has no such key.
    """
    if not isinstance(env.action_space, spaces.Discrete):
        env = FlatAction(env)
    env = TokenizedInstruction(env)
    assert isinstance(env.observation_space, spaces.Dict)
    known = list(env.observation_space.spaces)
    unknown = [key for key in keys or () if key not in known]
    if unknown or (keys is not None and not keys):
        raise InputError(f"keys: found {shown(keys)}, expected some of {', '.join(known)}")
    if keys is not None:
        env = FilterObservation(env, tuple(keys))
    return FlattenObservation(env) if flat else env
