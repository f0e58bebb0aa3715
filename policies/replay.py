"""The policy that repeats recorded actions, to check that an environment answers as it did when they were recorded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.observation import Observation
from leo_agent.contract.policy import slot_of


class ReplayPolicy:
    """Plays back one list of actions an episode.

    Not registered under a name because it cannot be built without the recording; a caller maps its episodes to the
    seeds that the rollout gives them.

    Args:
        actions: those of each episode in order, by its `episode_seed`.

    Raises:
        InputError: from `act`, for an episode without a recording, or past its end.
    """

    name = "replay"

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
