"""The published prompt strings of LEO and how a task's prompt is put together from text and action ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from leo_agent.policies.leo.text.action_tokens import DONE_ACTION

ROLE_PROMPT = (
    "You are an AI visual assistant situated in a 3D scene. You can perceive (1) an ego-view image (accessible when "
    "necessary) and (2) the objects (including yourself) in the scene (always accessible). You should properly respond "
    "to the USER's instruction according to the given visual information. "
)
DEFAULT_SITUATION = "You are at a selected location in the 3D scene."
IMAGE_PROMPT = "Ego-view image:"
OBJECTS_PROMPT = "Objects (including you) in the scene:"

NAVIGATION_TASK = (
    "USER: The task is navigation. Your goal is to {instruction} by moving around in the scene. Past actions: "
)
MANIPULATION_TASK = "USER: The task is manipulation. Your goal is to {instruction}. Past actions: "
AFTER_ACTIONS = ". ASSISTANT:"

STOP_INDEX = 0


@dataclass(frozen=True)
class ActionPrompt:
    """Text, then action indices spliced in as ids, then text that continues without a space."""

    before: str
    history: tuple[int, ...]
    after: str = AFTER_ACTIONS

    @property
    def text(self) -> str:
        """The prompt without its history."""
        return self.before + self.after


def pre_text(situation: str = DEFAULT_SITUATION) -> str:
    """The text before everything else; an empty situation is allowed."""
    return ROLE_PROMPT + situation


def navigation_prompt(instruction: str, past: Sequence[int], steps: int = 4) -> ActionPrompt:
    """Prompt with the action indices of the last `steps` actions, oldest first, left-padded with stop."""
    history = ((STOP_INDEX,) * steps + tuple(past))[-steps:]
    return ActionPrompt(NAVIGATION_TASK.format(instruction=instruction), history)


def manipulation_prompt(instruction: str, past: Sequence[Sequence[int]], steps: int = 4) -> ActionPrompt:
    """Prompt with the six action indices of each of the last `steps` actions, left-padded with the done action."""
    padded = [DONE_ACTION] * steps + [tuple(action) for action in past]
    history = tuple(index for action in padded[-steps:] for index in action)
    return ActionPrompt(MANIPULATION_TASK.format(instruction=instruction), history)
