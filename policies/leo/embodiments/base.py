"""LEO's side of an embodiment: from what is known at a step to a sample, and from an answer's tokens to an action.

Training and acting both go through here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.observation import Observation
from leo_agent.policies.leo.batches.action_mask import ActionMask
from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.text.prompts import action_prompt
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

ORIGIN = np.zeros(3, dtype=np.float32)
UNTURNED = np.array([0.0, 0.0, 0.0, 1.0], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Percept:
    """What is perceived at a step."""

    object_rows: NDArray[np.int64]  # (n,) into a cloud table, -1 = empty slot
    object_locations: NDArray[np.float32]  # (n, 6) centre (`SpatialConfig.object_center`), extents, metres, world frame
    image: NDArray[np.uint8] | None  # (H, W, 3) RGB
    agent_position: NDArray[np.floating]  # (3,) metres, world frame
    agent_rotation: NDArray[np.floating]  # (4,) quaternion x, y, z, w, world frame


class ActionGuard:
    """Says which actions are worth offering at the present step of one episode; this one offers all."""

    def __init__(self, mask: ActionMask) -> None:
        self._mask = mask

    def mask(self, observation: Observation) -> ActionMask:
        """What may be answered to the observation."""
        return self._mask

    def acted(self, observation: Observation, action: Any) -> None:
        """Takes note of what was done on it."""


class LeoEmbodiment(ABC):
    """What LEO has to know of an embodiment. Actions are action indices here, see `text.action_tokens`.

    Attributes:
        embodiment: the one of the environment or dataset.
    """

    task: ClassVar[str]
    """The task's text, one of `text.prompts`."""
    padding: ClassVar[tuple[int, ...]]
    """Action indices of the action that fills a prompt's history up."""
    pose_keys: ClassVar[tuple[str, ...]] = ("agent_position", "agent_rotation")
    """Observation keys of the pose that LEO is given; none where it is always the origin of the world."""
    mirror_swaps: ClassVar[Mapping[int, int] | None] = None
    """Action indices that a mirror image swaps; None where actions are in the world's frame, so that a mirrored or
    turned world asks for others."""

    def __init__(self, embodiment: Embodiment) -> None:
        self.embodiment = embodiment

    @property
    @abstractmethod
    def mask(self) -> ActionMask:
        """Every answer that is an action."""

    @abstractmethod
    def encode(self, action: Any) -> tuple[int, ...]:
        """Action indices of an action, as many as `mask` has positions.

        Raises:
            InputError: it is no action of the embodiment.
        """

    @abstractmethod
    def decode(self, indices: Sequence[int], observation: Observation) -> Any:
        """The action that an answer to an observation means: the inverse of `encode`, up to its precision.

        Raises:
            InputError: the indices are not of the form that `mask` allows.
        """

    @abstractmethod
    def objects_meant(
        self, boxes: NDArray[np.float32], ids: NDArray[np.int64], action: Any, goal_ids: Sequence[int]
    ) -> NDArray[np.bool_]:
        """(n,) which of the objects with these boxes (n, 6) and ids (n,) a demonstrated action is about.

        Args:
            boxes: centre and extents, metres, world frame.
            ids: those of the episode.
            action: the expert's.
            goal_ids: ids of the objects that are the episode's goal, where it has such.
        """

    def new_guard(self, config: LeoConfig) -> ActionGuard:
        """The guard of one episode."""
        return ActionGuard(self.mask)

    def agent_pose(self, observation: Observation) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Position (3,) and rotation (4,), x, y, z, w, world frame, that LEO is given."""
        if not self.pose_keys:
            return ORIGIN, UNTURNED
        position, rotation = (observation[key] for key in self.pose_keys)
        return position, rotation

    def sample(
        self,
        tokenizer: LeoTokenizer,
        percept: Percept,
        instruction: str,
        past: Sequence[Sequence[int]],
        *,
        answer: Sequence[int] = (),
        mask: ActionMask | None = None,
        history_steps: int = 4,
    ) -> LeoSample:
        """The sample of a decision.

        Args:
            tokenizer: of the model.
            percept: what is perceived.
            instruction: what is asked for, in words.
            past: action indices of each action so far, oldest first.
            answer: those of the right answer, for training.
            mask: what may be answered; by default all that is an action.
            history_steps: how many past actions the prompt shows.
        """
        prompt = action_prompt(self.task, instruction, past, self.padding, history_steps)
        return LeoSample(
            up_axis=self.embodiment.up_axis,
            object_rows=percept.object_rows,
            object_locations=percept.object_locations,
            agent_position=percept.agent_position,
            agent_rotation=percept.agent_rotation,
            image=percept.image,
            prompt_ids=tokenizer.encode_prompt(prompt),
            goal_ids=tokenizer.encode(instruction),
            action_mask=self.mask if mask is None else mask,
            answer_ids=tuple(tokenizer.action_id(index) for index in answer),
            instruction=prompt.text,
        )


Kind = TypeVar("Kind", bound=type[LeoEmbodiment])
REGISTERED: dict[str, type[LeoEmbodiment]] = {}


def register_embodiment(name: str) -> Callable[[Kind], Kind]:
    """Decorator: makes a class LEO's side of the embodiment of this name."""

    def register(kind: Kind) -> Kind:
        if REGISTERED.get(name, kind) is not kind:
            raise ValueError(f"LEO's side of the embodiment {name!r} is registered twice")
        REGISTERED[name] = kind
        return kind

    return register
