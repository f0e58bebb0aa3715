"""What the agent is asked about: a scene, its own place in it, and what it sees from there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import NoneType

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.checks import check_array
from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.errors import InputError
from leo_agent.contract.observation import Observation
from leo_agent.policies.leo.embodiments.lookup import leo_embodiment
from leo_agent.policies.leo.scenes.object_scene import FARTHEST_M, ObjectScene


@dataclass(frozen=True, eq=False)
class AgentPose:
    """Where the agent is in its scene."""

    position: NDArray[np.floating] = field(default_factory=lambda: np.zeros(3))  # (3,) metres, world frame
    rotation: NDArray[np.floating] = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1.0]))  # (4,) x, y, z, w

    def __post_init__(self) -> None:
        for name, size in (("position", 3), ("rotation", 4)):
            value = check_array(f"pose: {name}", getattr(self, name), (size,), FARTHEST_M)
            object.__setattr__(self, name, value)
        length = np.linalg.norm(self.rotation)
        if not 0.99 < length < 1.01:
            raise InputError(f"pose: rotation: found a quaternion of length {length:.3g}, expected 1")


@dataclass(frozen=True, eq=False)
class AgentView:
    """A scene as the agent finds it."""

    scene: ObjectScene
    pose: AgentPose | None = None  # None: at the object that is asked about, else the origin
    image: NDArray[np.uint8] | None = None  # (H, W, 3) RGB

    def __post_init__(self) -> None:
        check_kind("scene", self.scene, (ObjectScene,))
        check_kind("pose", self.pose, (AgentPose, NoneType))
        check_kind("image", self.image, (np.ndarray, NoneType))


def view_of(observation: Observation, embodiment: Embodiment, name: str = "") -> AgentView:
    """What an environment's observation shows.

    Args:
        observation: with the keys of the contract, and the image that the embodiment looks at.
        embodiment: the environment's.
        name: of the scene.

    Raises:
        InputError: a key is missing, or holds what it should not.
    """
    leo = leo_embodiment(embodiment)
    scene = ObjectScene.from_observation(observation, embodiment.up_axis, name)
    keys = (*leo.pose_keys, embodiment.image_key)
    missing = [key for key in keys if key not in observation]
    if missing:
        raise InputError(f"observation: {', '.join(missing)} is missing, expected {', '.join(keys)}")
    return AgentView(scene, AgentPose(*leo.agent_pose(observation)), observation[embodiment.image_key])


def check_kind(name: str, value: object, kinds: Sequence[type]) -> None:
    """Checks the type of an argument.

    Raises:
        InputError: it is of another type.
    """
    if not isinstance(value, tuple(kinds)):
        expected = " or ".join("None" if kind is NoneType else kind.__name__ for kind in kinds)
        raise InputError(f"{name}: found {type(value).__name__}, expected {expected}")
