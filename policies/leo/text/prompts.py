"""The published prompt strings of LEO, and how a task's prompt is put together from text and past actions."""

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class ActionPrompt:
    """Text, then past actions as ids, then text that continues without a space."""

    before: str
    history: tuple[int, ...] = ()  # action indices, oldest first
    after: str = AFTER_ACTIONS

    @property
    def text(self) -> str:
        """The prompt without its history."""
        return self.before + self.after


def pre_text(situation: str = DEFAULT_SITUATION) -> str:
    """The text before everything else; an empty situation is allowed."""
    return ROLE_PROMPT + situation


def action_prompt(
    task: str, instruction: str, past: Sequence[Sequence[int]], padding: Sequence[int], steps: int = 4
) -> ActionPrompt:
    """The prompt of a decision.

    Args:
        task: one of the tasks above, with a place for the instruction.
        instruction: what is asked for.
        past: action indices of each action so far, oldest first.
        padding: action indices of the action that stands in the place of those that are not there yet.
        steps: how many actions are shown, the last ones; may be none.
    """
    padded = [padding] * steps + list(past)
    history = tuple(int(index) for action in padded[len(past) :] for index in action)
    return ActionPrompt(task.format(instruction=instruction), history)
