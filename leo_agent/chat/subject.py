"""What a chat is about: a scene from a file or an environment, where the agent is in it and what it sees."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from leo_agent.contract.checks import check_number, check_whole
from leo_agent.contract.embodiment import UpAxis
from leo_agent.contract.errors import InputError, reason
from leo_agent.contract.files import check_file
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.results.tables import align
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.plan import choose_episodes, plan_jobs
from leo_agent.rollout.runner import EpisodeRunner

if TYPE_CHECKING:  # torch and transformers, which a table of objects does not need
    from leo_agent.policies.leo.answering.view import AgentPose

UPRIGHT = np.array([0.0, 0.0, 0.0, 1.0])  # quaternion x, y, z, w
_MOST_EPISODES = 100_000  # a table has as many as are asked for
_DAMAGED_IMAGE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True, eq=False)
class View:
    """A scene as the agent finds it, in the scene's frame."""

    scene: ObjectScene
    position: NDArray[Any]  # (3,), metres
    rotation: NDArray[Any]  # (4,), quaternion x, y, z, w
    image: NDArray[Any] | None = None  # (H, W, 3) uint8 RGB, what it sees


def view_of_file(path: str, masks: Path | None = None, labels: Path | None = None, up_axis: UpAxis = "z") -> View:
    """The scene of a file, with the agent upright at its origin.

    Args:
        path: points with instance ids.
        masks: instance proposals over it.
        labels: names of its objects.
        up_axis: which of its axes points up.

    Raises:
        InputError: a file cannot be read.
    """
    from leo_agent.policies.leo.scenes.scene_files import read_scene  # reads .pth through torch

    return View(read_scene(path, masks, labels, up_axis), np.zeros(3), UPRIGHT.copy())


def first_view(config: EnvConfig, scenes: Sequence[str] | None = None, episode: int = 0, env_seed: int = 0) -> View:
    """What the agent knows at the beginning of an episode: that of a rollout with the same seed.

    Args:
        config: the environment.
        scenes: only episodes of these.
        episode: number of the episode among them.
        env_seed: the seed of the rollout.

    Raises:
        InputError: something of it does not exist.
    """
    from leo_agent.policies.leo.answering.view import AgentPose, view_of  # torch and transformers are needed only here

    check_whole("env_seed", env_seed)
    check_whole("episode", episode, 0, _MOST_EPISODES - 1)
    runner = EpisodeRunner(config)
    try:
        env_info = runner.describe(episode + 1)
        episodes = choose_episodes(env_info.episodes, scenes, None)
        check_whole("episode", episode, 0, len(episodes) - 1)
        job = plan_jobs(config.env_id, [episodes[episode]], env_seed, needs_expert=False)[0]
        observation = runner.reset(job).observation
    finally:
        runner.close()
    name = " ".join(str(part) for part in (config.env_id, *job.key) if part)
    seen = view_of(observation, env_info.embodiment, name)
    pose = seen.pose or AgentPose()
    return View(seen.scene, pose.position, pose.rotation, seen.image)


def pose_in(
    view: View,
    object_id: int | None = None,
    position: Sequence[float] | None = None,
    yaw_deg: float | None = None,
) -> "AgentPose":
    """Where the agent is: as asked for; else, upright, at the object that is asked about; else where the view is from.

    Args:
        view: the scene, and where it is seen from.
        object_id: the object that is asked about.
        position: (3,), metres.
        yaw_deg: where it looks, see `turned`.

    Raises:
        InputError: there is no such object, or a number is not finite.
    """
    from leo_agent.policies.leo.answering.view import AgentPose

    where, rotation = view.position, view.rotation
    if object_id is not None:
        where, rotation = view.scene.box_centers[view.scene.row(object_id)], UPRIGHT.copy()
    if position is not None:
        where = np.array(position)
    if yaw_deg is not None:
        rotation = turned(yaw_deg, view.scene.up_axis)
    return AgentPose(where, rotation)


def turned(yaw_deg: float, up_axis: str) -> NDArray[Any]:
    """Quaternion (4,), x, y, z, w, of a turn about the axis that points up, counter-clockwise seen from above.

    Raises:
        InputError: the angle is not finite.
    """
    half_rad = math.radians(check_number("yaw_deg", yaw_deg)) / 2
    axis = np.array([0.0, 0.0, 1.0] if up_axis == "z" else [0.0, 1.0, 0.0])
    return np.array([*(axis * math.sin(half_rad)), math.cos(half_rad)])


def read_image(path: Path) -> NDArray[Any]:
    """(H, W, 3) uint8 RGB of a picture file, upright as its camera noted.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with Image.open(check_file(path, "a picture")) as file:
            return np.asarray(ImageOps.exif_transpose(file).convert("RGB"))
    except InputError as error:
        raise InputError(f"image: {error}") from error
    except _DAMAGED_IMAGE as error:
        raise InputError(f"image: {path} cannot be read as a picture ({reason(error)})") from error


def objects_table(scene: ObjectScene) -> str:
    """Ids, labels, box centres and extents of the objects, a line each."""
    rows = [["id", "label", "centre x, y, z, metres", "extents x, y, z, metres"]]
    for number, label, box in zip(scene.ids, scene.labels, scene.locations("box_center"), strict=True):
        center, extents = (" ".join(f"{value:7.2f}" for value in part) for part in (box[:3], box[3:]))
        rows.append([str(number), label, center, extents])
    return f"{align(rows)}\n{len(scene)} objects in {scene.name}, {scene.up_axis} points up"
