"""The baseline that draws every action at random, the same draws for an episode whatever else runs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from leo_agent.contract.observation import Observation
from leo_agent.contract.policy import PolicyContext, slot_of
from leo_agent.policies.registry import register_policy


@register_policy("random", has_device=False)
class RandomPolicy:
    """Draws actions as `Embodiment.draw_action` does.

    Each slot has its own generator, seeded by the run's seed and the observation's `episode_seed`.
    """

    name = "random"

    def __init__(self, context: PolicyContext) -> None:
        self._embodiment = context.embodiment
        self._seed = context.seed
        self._generators: dict[int, np.random.Generator] = {}

    def reset(self, indices: Sequence[int]) -> None:
        for index in indices:
            self._generators.pop(int(index), None)

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        return [
            self._embodiment.draw_action(self._generator(slot_of(observation, position), observation))
            for position, observation in enumerate(observations)
        ]

    def _generator(self, slot: int, observation: Observation) -> np.random.Generator:
        if slot not in self._generators:
            seed = [self._seed, int(observation.get("episode_seed", slot))]
            self._generators[slot] = np.random.default_rng(seed)
        return self._generators[slot]
