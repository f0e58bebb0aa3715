"""The baseline that draws every action uniformly, the same draws for an episode whatever else runs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from leo_agent.policies.base import Observation, PolicyContext, is_tabletop, register_policy, slot_of

from leo_agent.contract.errors import InputError


@register_policy("random")
class RandomPolicy:
    """Uniform over the action space; on the tabletop positions uniform in the box and yaw-only rotations.

    Each slot has its own generator, seeded by the run's seed and the observation's `episode_seed`.
    """

    name = "random"
    needs_expert = False

    def __init__(self, context: PolicyContext) -> None:
        if context.action_space is None:
            raise InputError("policy 'random': needs the environment's action space, found none")
        self._space = context.action_space
        self._seed = context.seed
        self._generators: dict[int, np.random.Generator] = {}

    def reset(self, indices: Sequence[int]) -> None:
        for index in indices:
            self._generators.pop(int(index), None)

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        return [self._draw(observation, position) for position, observation in enumerate(observations)]

    def _draw(self, observation: Observation, position: int) -> Any:
        slot = slot_of(observation, position)
        generator = self._generators.get(slot)
        if generator is None:
            generator = np.random.default_rng([self._seed, int(observation.get("episode_seed", slot))])
            self._generators[slot] = generator
        if is_tabletop(observation):
            return {name: _draw_pose(self._space[name], generator) for name in ("pick", "place")}
        return int(self._space.start + generator.integers(self._space.n))


def _draw_pose(space: Any, generator: np.random.Generator) -> np.ndarray:
    """(7,) float32: position uniform in the box of `space`, quaternion x, y, z, w of a uniform yaw."""
    position = generator.uniform(space.low[:3], space.high[:3])
    yaw_rad = generator.uniform(-np.pi, np.pi)
    rotation = [0.0, 0.0, np.sin(yaw_rad / 2), np.cos(yaw_rad / 2)]
    return np.concatenate([position, rotation]).astype(np.float32)
