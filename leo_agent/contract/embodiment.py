"""What an agent's body is, for environments, policies and datasets alike: its actions, its camera, its frame."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

UpAxis = Literal["y", "z"]


@dataclass(frozen=True, kw_only=True)
class Embodiment(ABC):
    """One kind of body in one kind of world; fields of a subclass are what an environment may configure.

    An environment has one as `env.unwrapped.embodiment`, a policy is built for one (`PolicyContext.embodiment`), and a
    dataset of demonstrations is known by the names of its action vector.
    """

    name: ClassVar[str]
    """Short name, such as "navigation"."""
    up_axis: ClassVar[UpAxis]
    """The axis of the world frame that points up."""
    image_key: ClassVar[str]
    """The observation key of the image that a policy looks at by default."""
    action_names: ClassVar[tuple[str, ...]]
    """Names of the components of the action vector."""
    former_action_names: ClassVar[tuple[str, ...]] = ()
    """Those of the vector that earlier datasets hold, where it was another; `from_vector` takes both."""

    @abstractmethod
    def action_space(self) -> spaces.Space[Any]:
        """The environment's action space."""

    @abstractmethod
    def to_vector(self, action: Any) -> NDArray[Any]:
        """An action as the vector that datasets store, (len(action_names),).

        Raises:
            InputError: it is no action of this embodiment.
        """

    @abstractmethod
    def from_vector(self, vector: NDArray[Any]) -> Any:
        """The action of a stored vector: the inverse of `to_vector`."""

    @abstractmethod
    def draw_action(self, rng: np.random.Generator) -> Any:
        """A random action, uniform over what makes sense for this body."""

    @abstractmethod
    def done_action(self) -> Any:
        """The action that says that nothing is left to do."""
