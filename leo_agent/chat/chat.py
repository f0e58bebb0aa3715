"""A conversation with a LEO model about one scene."""

import contextlib
import importlib
import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.waiting import waiting
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.text.question_prompts import TextTask, Turn, check_text, text_prompt
from leo_agent.policies.leo_family import PRETRAINED
from leo_agent.policies.registry import policy_names

if TYPE_CHECKING:  # torch and transformers take seconds: they wait until what they are for is there
    from leo_agent.policies.leo.answering.agent import LeoAgent
    from leo_agent.policies.leo.answering.text_decoding import TextDecoding
    from leo_agent.policies.leo.answering.view import AgentPose

log = logging.getLogger(__name__)
UNTRAINED = "leo-nano"
TALKING = "a folder or hub id of LEO's weights, or leo-nano"
CAPTIONS = ("object-caption", "scene-caption")  # the tasks that have an instruction of their own
RESET = "/reset"


@dataclass(frozen=True, kw_only=True)
class ChatOptions:
    """Which model is asked, and for what."""

    policy: str  # folder or hub id of LEO's weights, or leo-nano
    task: TextTask = "question"
    situation: str = ""  # where the agent is, in words
    object_id: int | None = None  # what is asked about
    device: str = "auto"
    legacy: tuple[str, ...] | None = None  # published behaviours; None for those that the weights name
    as_json: bool = False  # whether answers are lines of JSON


def check_wording(options: ChatOptions, text: str | None) -> None:
    """Checks, before anything is loaded, for words that the task lacks or has no place for.

    Args:
        options: with the task and the situation.
        text: what is asked; None where it is still to come.

    Raises:
        InputError: something is missing, or has no place.
    """
    check_text("situation", options.situation)
    check_text("text", text or "")
    text_prompt(options.task, "?" if text is None else text, options.situation)


def check_policy(policy: str | None) -> str:
    """The name of something that may talk.

    Raises:
        InputError: it cannot, or there is no name.
    """
    if policy is None:
        raise InputError(f"policy: found none, expected {TALKING}")
    if policy != UNTRAINED and policy in policy_names():
        raise InputError(f"policy: found {policy!r}, which acts but cannot answer questions; expected {TALKING}")
    return policy


def load(policy: str, device: str, legacy: Iterable[str] | None) -> "LeoAgent":
    """The agent of a folder, of a hub id, or leo-nano; what takes long shows on stderr.

    Raises:
        InputError: there are no weights of LEO.
    """
    from leo_agent.policies.leo.answering.agent import LeoAgent
    from leo_agent.policies.leo.weights.checkpoint import CONFIG_FILE, resolve

    folder = PRETRAINED / policy if policy == UNTRAINED else resolve(policy)
    if not (folder / CONFIG_FILE).is_file():
        raise InputError(f"policy: found {policy!r}, where {folder / CONFIG_FILE} is missing; expected {TALKING}")
    if policy == UNTRAINED:
        log.warning("%s was trained to act and never on text: its answers are noise", policy)
    with waiting(f"loading {policy}"):
        return LeoAgent.from_pretrained(folder, device, legacy)


class Chat:
    """One scene and the model that is asked about it.

    Args:
        options: which model is asked, and for what.
        scene: its objects.
        pose: where the agent is in it.
        image: what the agent sees, (H, W, 3) uint8 RGB, or None.
        decoding: how words are chosen.
    """

    def __init__(
        self,
        options: ChatOptions,
        scene: ObjectScene,
        pose: "AgentPose",
        image: NDArray[Any] | None,
        decoding: "TextDecoding",
    ) -> None:
        from leo_agent.policies.leo.answering.view import AgentView

        self._options, self._view, self._decoding = options, AgentView(scene, pose, image), decoding
        self._agent = load(options.policy, options.device, options.legacy)
        self._history: list[Turn] = []

    def answer(self, text: str) -> str:
        """The answer to a text as it is printed. A question and its answer become part of the next one."""
        options = self._options
        with waiting("answering"):
            answer = self._agent.chat(
                self._view,
                text,
                self._history,
                task=options.task,
                situation=options.situation,
                object_id=options.object_id,
                decoding=self._decoding,
            )
        if options.task == "question":
            self._history.append((text, answer))
        if not options.as_json:
            return answer
        return json.dumps({"scene": self._view.scene.name, "task": options.task, "text": text, "answer": answer})

    def converse(self) -> None:
        """Answers the lines of the input, up to an empty one, its end or Ctrl-C."""
        on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        if on_terminal:
            log.info("%s forgets what was said; an empty line ends", RESET)
            with contextlib.suppress(ImportError):
                importlib.import_module("readline")  # what edits a line on a terminal
        try:
            while text := _line("> " if on_terminal else "").strip():
                if text == RESET:
                    self._history.clear()
                else:
                    sys.stdout.write(self.answer(text) + "\n")
                    sys.stdout.flush()
        except (EOFError, KeyboardInterrupt):
            if on_terminal:
                sys.stdout.write("\n")


def _line(sign: str) -> str:
    """The next line of the input; EOFError at its end."""
    try:
        return input(sign)
    except UnicodeDecodeError as error:
        raise InputError(f"the input: not text ({error})") from error
