"""What a chat is about: a scene from a file or an environment, where the agent is in it and what it sees."""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.results.score import align
from leo_agent.rollout.environments import World
from leo_agent.rollout.plan import WORLD_OPTIONS, add_world_arguments, choose_episodes, plan_jobs, world_from_arguments
from leo_agent.rollout.run import embodiment_of
from leo_agent.rollout.seeding import check_seed
from leo_agent.rollout.stage import Stage

if TYPE_CHECKING:  # torch and transformers, which a table of objects does not need
    from leo_agent.policies.leo.acting.view import AgentPose

FILE_OPTIONS = ("masks", "labels", "up_axis")
MOST_EPISODES = 100_000  # a table has as many as are asked for
_DAMAGED_IMAGE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True, eq=False)
class View:
    """A scene as the agent finds it: position (3,) and rotation (4,), a quaternion x, y, z, w, world frame; image
    (H, W, 3) uint8 RGB of its view, or None."""

    scene: ObjectScene
    position: np.ndarray
    rotation: np.ndarray
    image: np.ndarray | None = None


def add_subject_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that choose the scene, the agent's place in it and its view."""
    group = parser.add_argument_group("scene")
    group.add_argument(
        "--scene",
        metavar="PATH",
        help="points with instance ids: ScanNet's .pth, a 3RScan folder, a .ply; with --env the name of one of its "
        "scenes (default: none, with --env that of its first episode)",
    )
    group.add_argument(
        "--masks", type=Path, metavar="FILE", help="instance proposals over it, .mask.npz (default: none)"
    )
    group.add_argument(
        "--labels", type=Path, metavar="FILE", help="names of its objects, .json or .pth of id: label (default: none)"
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
    add_world_arguments(group)


def view_from_arguments(args: argparse.Namespace) -> View:
    """The scene of the command line, with what the environment tells of the agent."""
    if args.env is None:
        return _view_of_file(args)
    _refuse(args, FILE_OPTIONS, "belongs to a --scene that is a file; found --env")
    scenes = None if args.scene is None else [args.scene]
    world = world_from_arguments(args)
    return first_view(world, scenes, args.episode, args.env_seed)


def _view_of_file(args: argparse.Namespace) -> View:
    from leo_agent.policies.leo.scenes.scene_files import read_scene  # reads .pth through torch

    _refuse(args, (*WORLD_OPTIONS, "env_option", "episode", "env_seed"), "belongs to --env; found none")
    if args.scene is None:
        raise InputError("--scene or --env: found neither, expected a file or an environment to ask about")
    scene = read_scene(args.scene, args.masks, args.labels, args.up_axis or "z")
    return View(scene, np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


def _refuse(args: argparse.Namespace, names: Sequence[str], why: str) -> None:
    for name in names:
        if getattr(args, name):
            raise InputError(f"--{name.replace('_', '-')}: {why}")


def first_view(world: World, scenes: Sequence[str] | None = None, number: int = 0, seed: int = 0) -> View:
    """What the agent knows at the beginning of an episode: that of `rollout` with the same seed.

    scenes: only episodes of these. number: of the episode among them. Raises InputError for what does not exist.
    """
    from leo_agent.policies.leo.acting.view import AgentPose, view_of  # torch and transformers are needed only here

    check_seed(seed)
    if not 0 <= number < MOST_EPISODES:
        raise InputError(f"--episode {number}: expected 0 to {MOST_EPISODES - 1}")
    stage = Stage(world)
    try:
        outline = stage.outline(number + 1)
        episodes = choose_episodes(outline.options, scenes, None)
        if not 0 <= number < len(episodes):
            raise InputError(f"--episode {number}: expected 0 to {len(episodes) - 1}")
        job = plan_jobs(world.env_id, [episodes[number]], seed, needs_expert=False)[0]
        observation = stage.reset(job).observation
    finally:
        stage.close()
    name = " ".join(str(part) for part in (world.env_id, job.options.get("scene"), job.options["episode_id"]) if part)
    seen = view_of(observation, embodiment_of(outline.action_space), name)
    pose = seen.pose or AgentPose()
    return View(seen.scene, pose.position, pose.rotation, seen.image)


def pose_from_arguments(args: argparse.Namespace, view: View) -> "AgentPose":
    """Where the agent is: as told; else, upright, at the object that is asked about; else where the view is from."""
    from leo_agent.policies.leo.acting.view import AgentPose

    position, rotation = view.position, view.rotation
    if args.object is not None:
        position, rotation = view.scene.boxes()[view.scene.row(args.object), :3], np.array([0.0, 0.0, 0.0, 1.0])
    if args.position is not None:
        position = np.array(args.position)
    if args.yaw_deg is not None:
        rotation = turned(args.yaw_deg, view.scene.up_axis)
    return AgentPose(position, rotation)


def turned(yaw_deg: float, up_axis: str) -> np.ndarray:
    """Quaternion (4,), x, y, z, w, of a turn about the axis that points up, counter-clockwise seen from above."""
    if not math.isfinite(yaw_deg):
        raise InputError(f"--yaw-deg {yaw_deg}: a finite number expected")
    half = math.radians(yaw_deg) / 2
    axis = np.array([0.0, 0.0, 1.0] if up_axis == "z" else [0.0, 1.0, 0.0])
    return np.array([*(axis * math.sin(half)), math.cos(half)])


def read_image(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a picture file, upright as its camera noted; InputError if it cannot be read."""
    try:
        with Image.open(path) as file:
            return np.asarray(ImageOps.exif_transpose(file).convert("RGB"))
    except _DAMAGED_IMAGE as error:
        told = getattr(error, "strerror", None) or str(error)[:200]
        raise InputError(f"--image {path}: not a picture that can be read ({told})") from error


def objects_table(scene: ObjectScene) -> str:
    """Ids, labels, centres and extents of the objects, a line each."""
    rows = [["id", "label", "centre x, y, z, metres", "extents x, y, z, metres"]]
    for number, label, box in zip(scene.ids, scene.labels, scene.boxes(), strict=True):
        center, extents = (" ".join(f"{value:7.2f}" for value in part) for part in (box[:3], box[3:]))
        rows.append([str(number), label, center, extents])
    return f"{align(rows)}\n{len(scene)} objects in {scene.name}, {scene.up_axis} points up"
