"""`leo-agent chat`: asks a LEO model about a scene, one question or a conversation."""

import argparse
import contextlib
import importlib
import json
import logging
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from leo_agent.chat.subject import (
    add_subject_arguments,
    objects_table,
    pose_from_arguments,
    read_image,
    view_from_arguments,
)
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.legacy import REPETITION_PENALTY, Legacy
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.text.text_prompts import TEXT_TASKS, Turn, check_text, text_prompt
from leo_agent.policies.leo_weights import PRETRAINED
from leo_agent.policies.registry import policy_names
from leo_agent.waiting import waiting

if TYPE_CHECKING:  # torch and transformers take seconds: they wait until what they are for is there
    from leo_agent.policies.leo.acting.agent import LeoAgent
    from leo_agent.policies.leo.acting.text_decoding import TextDecoding
    from leo_agent.policies.leo.acting.view import AgentPose

log = logging.getLogger(__name__)
UNTRAINED = "leo-nano"
TALKING = "a folder or hub id of LEO's weights, or leo-nano"
CAPTIONS = ("object-caption", "scene-caption")  # the tasks that have an instruction of their own
RESET = "/reset"

_DESCRIPTION = """\
Asks a LEO model about a scene of segmented objects, in words.

With a TEXT, or for a caption, one answer is printed. Without a TEXT this is a conversation: each line of the input is
answered; what was said before is part of the next question (of the task question; other tasks have no history);
/reset forgets it; an empty line, the end of the input or Ctrl-C ends it."""
_EPILOG = """\
tasks (--task):
  question            a question about the scene, or the next one of a dialogue
  situated-question   a question from a place in the scene that --situation tells in words
  object-caption      describes the object --object ID, or what is at --position; TEXT is another instruction
  scene-caption       describes the scene; TEXT is another instruction
  plan                the steps towards the goal that TEXT tells

files (--scene):
  FILE.pth            ScanNet as LEO's data have it: a tuple of xyz, rgb from 0 to 255, ..., instance ids
  FOLDER              3RScan: pcd-align.pth (xyz, rgb, instance ids) and inst_to_label.pth
  FILE.ply            x, y, z, red, green, blue, and of the vertices or faces one of instance_id, instanceId,
                      instance, instance_label, object_id, objectId, label
Of more objects than the model has slots (60 as published) it reads those whose centres are nearest to the agent.

for example:
  leo-agent chat --scene scene0000_00.pth --list-objects
  leo-agent chat --policy weights/leo-vicuna-7b --scene scene0000_00.pth "What is beside the bed?"
  leo-agent chat --policy weights/leo-vicuna-7b --scene room.ply --task object-caption --object 7
  leo-agent chat --policy weights/leo-vicuna-7b --env leo/ObjectNav-v0 --dataset houses/objectnav/val"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `leo-agent chat`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("text", nargs="?", metavar="TEXT", help="question, goal or instruction")
    parser.add_argument(
        "--policy",
        metavar="NAME_OR_PATH",
        help="folder or hub id of LEO's weights, or leo-nano, which was not trained on text "
        "(required, but for --list-objects; default: none)",
    )
    parser.add_argument("--task", choices=TEXT_TASKS, default="question", help="what is asked for, see below")
    parser.add_argument("--situation", default="", metavar="TEXT", help="where the agent is, in words (default: none)")
    parser.add_argument("--object", type=int, metavar="ID", help="the object that is asked about (default: none)")
    parser.add_argument("--json", action="store_true", help="print answers as lines of JSON (default: off)")
    parser.add_argument(
        "--device", default="auto", metavar="D", help="device of the model: auto, cpu, cuda, cuda:1 (default: auto)"
    )
    parser.add_argument(
        "--legacy",
        action="append",
        metavar="NAME",
        help="a published behaviour to reproduce, for weights that were trained with it: bos, distance_scale, "
        "first_objects, repetition_penalty, all or none (positions is one of training alone); may be repeated "
        "(default: those that the weights' config.json names)",
    )
    add_subject_arguments(parser)
    _add_decoding_arguments(parser)


def _add_decoding_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how the answer is chosen")
    group.add_argument("--beams", type=int, metavar="N", help="of the beam search (default: 5, as published)")
    group.add_argument("--sample", action="store_true", help="draw words at random instead (default: off)")
    group.add_argument("--temperature", type=float, metavar="T", help="of --sample (default: 1.0, with --sample)")
    group.add_argument(
        "--top-p", type=float, metavar="P", help="--sample among this much probability (default: 0.9, with --sample)"
    )
    group.add_argument("--seed", type=int, default=0, metavar="K", help="of what --sample draws (default: 0)")
    group.add_argument("--max-tokens", type=int, metavar="N", help="longest answer (default: 255, as published)")
    group.add_argument(
        "--repetition-penalty",
        type=float,
        metavar="X",
        help=f"above 1 against repeated words (default: 1, with that legacy {REPETITION_PENALTY:g})",
    )


def run(args: argparse.Namespace) -> str | None:
    """Runs the command; gives one answer, or the table of objects, to print; a conversation prints by itself."""
    if args.list_objects:
        return objects_table(view_from_arguments(args).scene)
    _check_wording(args)
    _check_policy(args.policy)
    Legacy.named(args.legacy or ())
    decoding = decoding_from_arguments(args)
    image = None if args.image is None else read_image(args.image)
    view = view_from_arguments(args)
    chat = Chat(args, view.scene, pose_from_arguments(args, view), view.image if image is None else image, decoding)
    if args.text is not None or args.task in CAPTIONS:
        return chat.answer(args.text or "")
    chat.converse()
    return None


def _check_wording(args: argparse.Namespace) -> None:
    """Complains, before anything is loaded, about what the task lacks or has no place for."""
    check_text("--situation", args.situation)
    check_text("TEXT", args.text or "")
    awaited = args.text is None and args.task not in CAPTIONS
    text_prompt(args.task, "?" if awaited else args.text or "", args.situation)
    if args.task == "object-caption" and args.object is None and args.position is None:
        raise InputError("--task object-caption: needs --object ID or --position X Y Z, found neither")


def _check_policy(policy: str | None) -> None:
    if policy is None:
        raise InputError(f"--policy: found none, expected {TALKING}")
    if policy != UNTRAINED and policy in policy_names():
        raise InputError(f"--policy {policy}: acts, but does not talk; only LEO does: expected {TALKING}")


def decoding_from_arguments(args: argparse.Namespace) -> "TextDecoding":
    """How text is chosen; InputError for what only the other way of choosing has."""
    from leo_agent.policies.leo.acting.text_decoding import TextDecoding

    names = ("beams", "temperature", "top_p", "max_tokens", "repetition_penalty")
    given: dict[str, Any] = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    for name in ("beams",) if args.sample else ("temperature", "top_p"):
        if name in given:
            raise InputError(f"--{name.replace('_', '-')}: {'not with' if args.sample else 'only with'} --sample")
    return TextDecoding(sample=args.sample, seed=args.seed, **given)


def load(policy: str, device: str, legacy: Iterable[str] | None) -> "LeoAgent":
    """The agent of a folder, of a hub id, or leo-nano; what takes long shows on stderr."""
    from leo_agent.policies.leo.acting.agent import LeoAgent
    from leo_agent.policies.leo.weights.checkpoint import CONFIG_FILE, resolve

    folder = PRETRAINED / policy if policy == UNTRAINED else resolve(policy)
    if not (folder / CONFIG_FILE).is_file():
        raise InputError(f"--policy {policy}: {folder / CONFIG_FILE} is missing; expected {TALKING}")
    if policy == UNTRAINED:
        log.warning("%s was trained to act and never on text: its answers are noise", policy)
    with waiting(f"loading {policy}"):
        return LeoAgent.from_pretrained(folder, device, legacy)


class Chat:
    """One scene and the model that is asked about it, as the command line has them."""

    def __init__(
        self,
        args: argparse.Namespace,
        scene: ObjectScene,
        pose: "AgentPose",
        image: np.ndarray | None,
        decoding: "TextDecoding",
    ) -> None:
        from leo_agent.policies.leo.acting.view import AgentView

        self._args, self._view, self._decoding = args, AgentView(scene, pose, image), decoding
        self._agent = load(args.policy, args.device, args.legacy)
        self._history: list[Turn] = []

    def answer(self, text: str) -> str:
        """The answer to a text as it is printed. A question and its answer become part of the next one."""
        task = self._args.task
        with waiting("answering"):
            answer = self._agent.chat(
                self._view,
                text,
                self._history,
                task=task,
                situation=self._args.situation,
                object_id=self._args.object,
                decoding=self._decoding,
            )
        if task == "question":
            self._history.append((text, answer))
        if not self._args.json:
            return answer
        return json.dumps({"scene": self._view.scene.name, "task": task, "text": text, "answer": answer})

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
