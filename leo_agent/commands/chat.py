"""Ask a LEO model about a scene, one question or a conversation."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leo_agent.chat.chat import CAPTIONS, Chat, ChatOptions, check_policy, check_wording, load
from leo_agent.chat.subject import View, first_view, objects_table, pose_in, read_image, view_of_file
from leo_agent.commands._options import ENV_OPTIONS, add_env_options, env_config
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.legacy import REPETITION_PENALTY, Legacy
from leo_agent.policies.leo.text.question_prompts import TEXT_TASKS

if TYPE_CHECKING:  # torch and transformers take seconds: they wait until what they are for is there
    from leo_agent.policies.leo.answering.text_decoding import TextDecoding

DEFAULT_PORT = 8765
_FILE_OPTIONS = ("masks", "labels", "up_axis")
_DESCRIPTION = """\
Asks a LEO model about a scene of segmented objects, in words.

With a TEXT, or for a caption, one answer is printed. Without a TEXT this is a conversation: each line of the input is
answered; what was said before is part of the next question (of the task question; other tasks have no history);
/reset forgets it; an empty line, the end of the input or Ctrl-C ends it."""
_EPILOG = """\
tasks (--task):
  question            a question about the scene, or the next one of a dialogue
  situated-question   a question from a place in the scene that --situation describes
  object-caption      describes the object --object ID, or what is at --position; TEXT is another instruction
  scene-caption       describes the scene; TEXT is another instruction
  plan                the steps towards the goal that TEXT names

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
    _add_subject_options(parser)
    _add_decoding_options(parser)
    _add_page_options(parser)


def _add_decoding_options(parser: argparse.ArgumentParser) -> None:
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


def _add_page_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("on a page, in place of the terminal")
    group.add_argument("--web", action="store_true", help="serve a page to this machine alone (default: off)")
    group.add_argument(
        "--port", type=int, metavar="N", help="of --web; 0: any that is free (default: 8765, with --web)"
    )


def _add_subject_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("scene")
    group.add_argument(
        "--scene",
        metavar="PATH",
        help="points with instance ids: ScanNet's .pth, a folder of ScanNet, 3RScan or Replica, a .ply; with --env the "
        "name of one of its scenes (default: none, with --env that of its first episode)",
    )
    group.add_argument(
        "--masks", type=Path, metavar="FILE", help="instance proposals over it, .mask.npz (default: none)"
    )
    group.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="names of its objects, .json or .pth of id: label (default: those of the scan's own files)",
    )
    group.add_argument(
        "--up-axis", choices=("z", "y"), help="which of its axes points up (default: z; with --env its own)"
    )
    group.add_argument("--list-objects", action="store_true", help="print its objects and end (default: off)")
    group = parser.add_argument_group("where the agent is")
    group.add_argument(
        "--position",
        type=float,
        nargs=3,
        metavar=("X", "Y", "Z"),
        help="in metres, the scene's frame (default: the centre of --object, else the environment's, else 0 0 0)",
    )
    group.add_argument(
        "--yaw-deg",
        type=float,
        metavar="DEGREES",
        help="where it looks, counter-clockwise from above: 0 is along y, or along -z where y points up "
        "(default: the environment's, else 0)",
    )
    group.add_argument(
        "--image", type=Path, metavar="FILE", help="what it sees (default: the environment's, else none)"
    )
    group = parser.add_argument_group("environment, in place of a file: an episode's first observation")
    group.add_argument("--env", metavar="ID", help="Gymnasium id, such as leo/ObjectNav-v0 (default: none)")
    group.add_argument(
        "--episode", type=int, default=0, metavar="N", help="the N-th of the split or scene, from 0 (default: 0)"
    )
    group.add_argument(
        "--env-seed", type=int, default=0, metavar="K", help="seed of a rollout with that episode (default: 0)"
    )
    add_env_options(group)


def run(args: argparse.Namespace) -> str | None:
    """Runs the command; returns one answer, or the table of objects, to print; a conversation prints by itself."""
    if args.list_objects:
        return objects_table(_view(args).scene)
    if args.web:
        _serve(args)
        return None
    if args.port is not None:
        raise InputError("port: only with --web")
    options = ChatOptions(
        policy=check_policy(args.policy),
        task=args.task,
        situation=args.situation,
        object_id=args.object,
        device=args.device,
        legacy=None if args.legacy is None else tuple(args.legacy),
        as_json=args.json,
    )
    answers_one = args.text is not None or args.task in CAPTIONS
    check_wording(options, args.text if answers_one else None)
    if args.task == "object-caption" and args.object is None and args.position is None:
        raise InputError("--task object-caption: needs --object ID or --position X Y Z, found neither")
    Legacy.named(args.legacy or ())
    decoding = _decoding(args)
    image = None if args.image is None else read_image(args.image)
    view = _view(args)
    pose = pose_in(view, args.object, args.position, args.yaw_deg)
    chat = Chat(options, view.scene, pose, view.image if image is None else image, decoding)
    if answers_one:
        return chat.answer(args.text or "")
    chat.converse()
    return None


def _serve(args: argparse.Namespace) -> None:
    """Serves the page until Ctrl-C."""
    from leo_agent.chat.web.serving import serve

    if args.text is not None or args.json:
        raise InputError(f"{'text' if args.text is not None else 'json'}: not with --web, whose page asks")
    view = _view(args)
    image = None if args.image is None else read_image(args.image)
    pose = pose_in(view, args.object, args.position, args.yaw_deg)
    seen = View(view.scene, pose.position, pose.rotation, view.image if image is None else image)
    legacy = None if args.legacy is None else tuple(args.legacy)
    Legacy.named(legacy or ())
    serve(
        load(check_policy(args.policy), args.device, legacy),
        seen,
        _decoding(args),
        DEFAULT_PORT if args.port is None else args.port,
    )


def _view(args: argparse.Namespace) -> View:
    """The scene of the command line, with what an environment says of the agent."""
    if args.env is not None:
        _refuse(args, _FILE_OPTIONS, "belongs to a --scene that is a file; found --env")
        scenes = None if args.scene is None else [args.scene]
        return first_view(env_config(args), scenes, args.episode, args.env_seed)
    _refuse(args, (*ENV_OPTIONS, "env_option", "episode", "env_seed"), "belongs to --env; found none")
    if args.scene is None:
        raise InputError("--scene or --env: found neither, expected a file or an environment to ask about")
    return view_of_file(args.scene, args.masks, args.labels, args.up_axis or "z")


def _refuse(args: argparse.Namespace, names: Sequence[str], why: str) -> None:
    for name in names:
        if getattr(args, name):
            raise InputError(f"{name}: {why}")


def _decoding(args: argparse.Namespace) -> "TextDecoding":
    """How text is chosen; refuses what only the other way of choosing has."""
    from leo_agent.policies.leo.answering.text_decoding import TextDecoding

    names = ("beams", "temperature", "top_p", "max_tokens", "repetition_penalty")
    given: dict[str, Any] = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    for name in ("beams",) if args.sample else ("temperature", "top_p"):
        if name in given:
            raise InputError(f"{name}: {'not with' if args.sample else 'only with'} --sample")
    return TextDecoding(sample=args.sample, seed=args.seed, **given)
