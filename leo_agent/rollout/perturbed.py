"""A policy that now and then does something else: demonstrations of how to come back from a mistake."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, NavigationEmbodiment
from leo_agent.contract.observation import Observation
from leo_agent.contract.policy import Policy
from leo_agent.rollout.seeding import derived_seed

# A random stop would end the episode, a random look tilt the camera.
_MOVES = (FORWARD, LEFT, RIGHT)


class Perturbed:
    """A policy some of whose actions are replaced by random ones; draws depend on the episode's seed alone.

    Args:
        policy: acts otherwise; the name and the fingerprint are its own.
        random_policy: draws what is done instead, but in navigation, where it is a step or a turn.
        probability: of a random action.
        embodiment: what acts.
    """

    def __init__(self, policy: Policy, random_policy: Policy, probability: float, embodiment: Embodiment) -> None:
        self._policy, self._random, self._probability = policy, random_policy, probability
        self._walks = isinstance(embodiment, NavigationEmbodiment)
        self._generators: dict[int, np.random.Generator] = {}
        self.name, self.needs_expert = policy.name, policy.needs_expert

    def fingerprint(self) -> str | None:
        """That of the policy."""
        return self._policy.fingerprint()

    def reset(self, indices: Sequence[int]) -> None:
        """These slots begin a new episode."""
        self._policy.reset(indices)
        self._random.reset(indices)
        for index in indices:
            self._generators.pop(index, None)

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        """The policy's actions, each replaced with the given probability."""
        actions = list(self._policy.act(observations, instructions))
        for place, observation in enumerate(observations):
            slot = observation["slot"]
            if slot not in self._generators:
                self._generators[slot] = np.random.default_rng(derived_seed(observation["episode_seed"], "perturbed"))
            rng = self._generators[slot]
            if rng.random() >= self._probability:
                continue
            if self._walks:
                actions[place] = int(rng.choice(_MOVES))
            else:
                actions[place] = self._random.act([observation], [instructions[place]])[0]
        return actions
