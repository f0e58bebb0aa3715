"""The embodiment of navigation: Habitat's agent, which walks, turns and tilts its camera."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from leo_agent.contract.checks import to_numpy
from leo_agent.contract.embodiment import Embodiment, UpAxis
from leo_agent.contract.errors import InputError, shown

# Habitat's names, in the order of its action ids.
ACTIONS = ("stop", "move_forward", "turn_left", "turn_right", "look_up", "look_down")
STOP, FORWARD, LEFT, RIGHT = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class NavigationEmbodiment(Embodiment):
    """Habitat's agent; the defaults are those of habitat-lab 0.3.4's ObjectNav benchmark.

    World frame: +Y up, metres; the agent looks along its own -Z. An action is the id of one of `actions`; its vector is
    one-hot over all of Habitat's actions, so that a policy that answers in real numbers (LeRobot's ACT) can learn it.
    """

    name: ClassVar[str] = "navigation"
    up_axis: ClassVar[UpAxis] = "y"
    image_key: ClassVar[str] = "image"
    action_names: ClassVar[tuple[str, ...]] = ACTIONS
    former_action_names: ClassVar[tuple[str, ...]] = ("action_id",)

    num_actions: int = len(ACTIONS)  # the first so many of ACTIONS are offered
    forward_step_m: float = 0.25
    turn_angle_deg: float = 30.0
    tilt_angle_deg: float = 30.0
    camera_height_m: float = 0.88  # above the agent's base
    camera_pitch_deg: float = 0.0  # at the start of an episode, upwards
    hfov_deg: float = 79.0  # horizontal field of view
    agent_height_m: float = 0.88
    agent_radius_m: float = 0.18
    max_climb_m: float = 0.2

    @property
    def actions(self) -> tuple[str, ...]:
        """Habitat's names of the actions, in the order of their ids."""
        return ACTIONS[: self.num_actions]

    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(self.num_actions)

    def to_vector(self, action: Any) -> NDArray[np.float32]:
        vector = np.zeros(len(ACTIONS), np.float32)
        vector[self.action_id(action)] = 1
        return vector

    def from_vector(self, vector: NDArray[Any]) -> int:
        return int(vector.reshape(1)[0]) if vector.size == 1 else int(vector.argmax())

    def draw_action(self, rng: np.random.Generator) -> int:
        return int(rng.integers(self.num_actions))

    def done_action(self) -> int:
        return STOP

    def action_id(self, action: Any) -> int:
        """The id of an action given as an int or an array holding one.

        Raises:
            InputError: it is none of this agent's.
        """
        try:
            value = np.asarray(to_numpy(action))
        except (RuntimeError, TypeError, ValueError):  # ragged lists, tensors that hold nothing
            value = np.empty(0)
        if value.size != 1 or value.dtype.kind not in "iu" or not 0 <= value.item() < self.num_actions:
            raise InputError(f"action: found {shown(action)}, expected an integer from 0 to {self.num_actions - 1}")
        return int(value.item())
