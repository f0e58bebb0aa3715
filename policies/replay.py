"""The policy that repeats recorded actions, for checking that a world answers as it did when they were recorded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from leo_agent.policies.base import Observation, slot_of

from leo_agent.contract.errors import InputError


class ReplayPolicy:
    """Plays back one list of actions a seed: `actions[episode_seed]` are the actions of that episode, in order.

    Not registered under a name because it cannot be built without the recording; a caller maps its episodes to the
    seeds that the rollout gives them. Raises InputError for an episode without a recording, or past its end.
    """

    name = "replay"
    needs_expert = False

    def __init__(self, actions: Mapping[int, Sequence[Any]]) -> None:
        self._actions = actions
        self._steps: Counter[int] = Counter()

    def reset(self, indices: Sequence[int]) -> None:
        for index in indices:
            self._steps[int(index)] = 0

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        return [self._next(slot_of(each, position), each) for position, each in enumerate(observations)]

    def _next(self, slot: int, observation: Observation) -> Any:
        seed = int(observation["episode_seed"])
        recorded = self._actions.get(seed)
        if recorded is None:
            raise InputError(f"replay: no recorded actions of the episode with seed {seed}")
        step = self._steps[slot]
        if step >= len(recorded):
            raise InputError(
                f"replay: the episode with seed {seed} has {len(recorded)} recorded actions, asked for more"
            )
        self._steps[slot] += 1
        return recorded[step]
