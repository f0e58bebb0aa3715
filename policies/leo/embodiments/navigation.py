"""LEO as Habitat's agent: one action token a step, walls and circles kept in mind."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import ACTIONS, FORWARD, LEFT, RIGHT, NavigationEmbodiment
from leo_agent.contract.observation import Observation
from leo_agent.policies.leo.batches.action_mask import ActionMask
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.embodiments.base import ActionGuard, LeoEmbodiment, register_embodiment
from leo_agent.policies.leo.embodiments.blocked_moves import BlockedMoves
from leo_agent.policies.leo.embodiments.clear_way import is_way_clear
from leo_agent.policies.leo.text import prompts
from leo_agent.policies.leo.text.action_tokens import NAVIGATION_ACTIONS

# Habitat's actions by name, since LEO's list has another order: action index of each action id.
INDICES = tuple(NAVIGATION_ACTIONS.index(name) for name in ACTIONS)


@register_embodiment("navigation")
class LeoNavigation(LeoEmbodiment):
    """LEO in the place of Habitat's agent, which it knows itself to be among the objects."""

    embodiment: NavigationEmbodiment
    task = prompts.NAVIGATION_TASK
    padding = (NAVIGATION_ACTIONS.index("stop"),)
    mirror_swaps: ClassVar[Mapping[int, int]] = {INDICES[LEFT]: INDICES[RIGHT], INDICES[RIGHT]: INDICES[LEFT]}

    @cached_property
    def mask(self) -> ActionMask:
        return ActionMask.of(INDICES[: self.embodiment.num_actions])

    def encode(self, action: Any) -> tuple[int, ...]:
        return (INDICES[self.embodiment.action_id(action)],)

    def decode(self, indices: Sequence[int], observation: Observation) -> int:
        (index,) = indices
        if index not in INDICES:
            name = NAVIGATION_ACTIONS[index] if 0 <= index < len(NAVIGATION_ACTIONS) else "no navigation action"
            raise InputError(f"action index {index} is {name}, which Habitat's agent lacks")
        return INDICES.index(index)

    def objects_meant(
        self, boxes: NDArray[np.float32], ids: NDArray[np.int64], action: Any, goal_ids: Sequence[int]
    ) -> NDArray[np.bool_]:
        """All instances of the goal."""
        return np.isin(ids, goal_ids)

    def new_guard(self, config: LeoConfig) -> "NavigationGuard":
        return NavigationGuard(self, config)


class NavigationGuard(ActionGuard):
    """Leaves out steps into what is in the way, and turns to and fro, as far as the model's configuration says."""

    def __init__(self, navigation: LeoNavigation, config: LeoConfig) -> None:
        super().__init__(navigation.mask)
        self._body = navigation.embodiment
        self._config = config
        self._blocked = BlockedMoves(self._body)

    def mask(self, observation: Observation) -> ActionMask:
        return self._mask.without(INDICES[action] for action in self.forbidden(observation))

    def acted(self, observation: Observation, action: int) -> None:
        self._blocked.acted(observation["agent_position"], action)

    def forbidden(self, observation: Observation) -> set[int]:
        """Action ids not to be offered; a turn or a step always is, beside stop."""
        forbidden: set[int] = set()
        if self._config.skip_blocked_moves:
            forbidden = self._blocked.forbidden(observation["agent_position"])
        radius_m, can_turn = self._config.clear_way_m, not forbidden.issuperset((LEFT, RIGHT))
        if radius_m > 0 and can_turn and not is_way_clear(observation, radius_m, self._body):
            forbidden = forbidden | {FORWARD}
        return forbidden
