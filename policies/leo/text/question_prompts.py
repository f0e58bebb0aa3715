"""The published prompts of LEO's text tasks: captions, questions, situated questions, plans and dialogues.

Of the pools of paraphrases that LEO was trained on the first entry is used; any wording of the kind works.
"""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.text.prompts import DEFAULT_SITUATION
from leo_agent.policies.leo.text.tokenizer import END_OF_TURN

TextTask = Literal["question", "situated-question", "object-caption", "scene-caption", "plan"]
TEXT_TASKS: tuple[TextTask, ...] = get_args(TextTask)

INSTRUCTION = "USER: {} ASSISTANT:"
OBJECT_CAPTION = "Produce a description for the object at the chosen spot in the 3D scene."
SCENE_CAPTION = "Describe this scene."
PLAN = "Plan for the task: {}"

_SECOND_PERSON = {"i": "you", "me": "you", "my": "your", "mine": "yours", "am": "are"}
_WORDS = re.compile(r"\w+|[^\w\s]+")

Turn = tuple[str, str]  # what the user said, what the agent answered


@dataclass(frozen=True)
class TextPrompt:
    """What stands around the scene."""

    situation: str  # before it
    turns: tuple[str, ...]  # after it, with an EOS between them
    goal: str = ""  # what the last turn asks for; a caption's instruction says nothing of the kind

    @property
    def text(self) -> str:
        """The turns as the published code writes them."""
        return END_OF_TURN.join(self.turns)

    def without_oldest(self) -> "TextPrompt":
        """The same without what was said first and answered."""
        return dataclasses.replace(self, turns=self.turns[1:])


def text_prompt(task: TextTask, text: str, situation: str = "", history: Sequence[Turn] = ()) -> TextPrompt:
    """The prompt of a task.

    Args:
        task: one of TEXT_TASKS.
        text: the question; the goal of a plan; for captions another instruction than the published one, or "".
        situation: for a situated question, what the agent does and sees there, in the first or second person.
        history: earlier turns, oldest first; only questions have one, and become a dialogue.

    Raises:
        InputError: the task is unknown, or the text, situation or history is missing or has no place.
    """
    check_choice("task", task, TEXT_TASKS)
    _check_texts(task, text, situation, history)
    if task == "situated-question":
        beginning = f"{DEFAULT_SITUATION} {second_person(situation)}"
        asked = second_person(text)
        return TextPrompt(beginning, (INSTRUCTION.format(asked),), asked)
    if task == "object-caption":
        return TextPrompt(DEFAULT_SITUATION, (INSTRUCTION.format(text or OBJECT_CAPTION),))
    if task == "scene-caption":
        return TextPrompt("", (INSTRUCTION.format(text or SCENE_CAPTION),))
    if task == "plan":
        return TextPrompt("", (INSTRUCTION.format(PLAN.format(text.lower())),), text.lower())
    return dialogue(history, text)


def _check_texts(task: TextTask, text: str, situation: str, history: Sequence[Turn]) -> None:
    check_text("text", text)
    check_text("situation", situation)
    for turn in history:
        if not isinstance(turn, tuple | list) or len(turn) != 2:
            raise InputError(f"history: found {turn!r}, expected pairs of what the user said and the agent answered")
        for said in turn:
            check_text("history", said)
    if history and task != "question":
        raise InputError(f"history: a {task} has none; expected the task 'question', which then is a dialogue")
    if not text.strip() and task in ("question", "situated-question", "plan"):
        raise InputError(f"text: empty, expected {'the goal' if task == 'plan' else 'a question'}")
    if bool(situation.strip()) != (task == "situated-question"):
        expected = "where the agent is" if task == "situated-question" else "none; it belongs to a situated question"
        raise InputError(f"situation: found {situation!r}, expected {expected}")


def check_text(what: str, text: object) -> None:
    """Checks that it is text.

    Raises:
        InputError: it is something else, or holds halves of characters, which no tokenizer takes.
    """
    if not isinstance(text, str):
        raise InputError(f"{what}: found {text!r}, expected text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{what}: holds bytes that are not UTF-8 (at character {error.start})") from error


def dialogue(history: Sequence[Turn], question: str) -> TextPrompt:
    """The question after what was said before; without history a question alone."""
    said = [user for user, _ in history] + [question]
    turns = [INSTRUCTION.format(each) for each in said]
    answered = [f"{turn} {answer}" for turn, (_, answer) in zip(turns, history, strict=False)]
    return TextPrompt("", (*answered, turns[-1]), question)


def second_person(text: str) -> str:
    """A sentence of the first person in the second, as LEO was trained on SQA3D.

    Words and punctuation stand apart, only the first letter is upper case ("I am at the desk." -> "You are at the
    desk .").
    """
    words = (_SECOND_PERSON.get(word.lower(), word) for word in _WORDS.findall(text))
    return " ".join(words).capitalize()
