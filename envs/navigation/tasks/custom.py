"""Episodes that are in no file: a start and a goal of one's own, or random ones."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.collection import EpisodeT
from leo_agent.envs.navigation.simulators import Simulator
from leo_agent.envs.navigation.tasks.base import NavigationTask
from leo_agent.envs.scenes.json_fields import take_rotation, take_vector

MIN_DISTANCE_M, MAX_DISTANCE_M = 1.0, 30.0
_HEADINGS = 12
_MAX_DRAWS = 1000
_START_OPTIONS = {"start_position", "start_rotation"}


def is_custom(task: NavigationTask[Any], options: Mapping[str, Any]) -> bool:
    """Whether `reset` options are about an episode that is in no file."""
    return bool(set(options) & {task.goal_option, *_START_OPTIONS})


def custom_episode(task: NavigationTask[EpisodeT], options: Mapping[str, Any]) -> EpisodeT:
    """The episode that `reset` options describe.

    Args:
        task: says which option names the goal.
        options: `scene`, the goal, `start_position` (x, y, z in metres), `start_rotation` (x, y, z, w), and perhaps an
            `episode_id` of one's own ("custom" without one).

    Raises:
        InputError: some are missing, unknown or wrong.
    """
    required = {"scene", task.goal_option, *_START_OPTIONS}
    if set(options) - {"episode_id"} != required:
        found, expected = ", ".join(sorted(map(str, options))), ", ".join(sorted(required))
        raise InputError(f"reset options: found {found}, expected {expected} and perhaps episode_id")
    lists = {key: _plain(options[key]) for key in _START_OPTIONS}
    return dataclasses.replace(
        task.with_goal(str(options["scene"]), options[task.goal_option]),
        episode_id=str(options.get("episode_id") or "custom"),
        start_position=take_vector(lists, "start_position", 3, "reset options"),
        start_rotation=take_rotation(lists, "start_rotation", "reset options"),
        info={},
    )


def draw_episode_options(
    task: NavigationTask[Any], simulator: Simulator, scene: str, rng: np.random.Generator
) -> dict[str, Any]:
    """The options of a random episode in `scene`, which must be the simulator's.

    The start is uniform over the part of the navmesh where the scene's episodes begin, its yaw a multiple of 30
    degrees; the goal is drawn by the task, among those 1 to 30 m of walking away.

    Raises:
        InputError: no such start is found.
    """
    island = simulator.island(task.episodes.in_scene(scene)[0].start_position)
    for _ in range(_MAX_DRAWS):
        start = simulator.random_navigable_point(rng)
        if not np.isfinite(start).all() or simulator.island(start) != island:
            continue
        goal = task.draw_goal(scene, simulator, rng)
        view_points = np.empty((0, 3)) if goal is None else task.with_goal(scene, goal).view_points
        if not len(view_points):
            continue
        if MIN_DISTANCE_M <= simulator.geodesic_distance(start, view_points) <= MAX_DISTANCE_M:
            half_yaw_rad = math.pi * int(rng.integers(_HEADINGS)) / _HEADINGS
            return {
                "scene": scene,
                task.goal_option: goal,
                "start_position": start.tolist(),
                "start_rotation": [0.0, math.sin(half_yaw_rad), 0.0, math.cos(half_yaw_rad)],
                "episode_id": f"r{rng.integers(2**53)}",
            }
    raise InputError(f"{scene}: no start was found 1 to 30 m from a goal, expected one in {_MAX_DRAWS} draws")


def _plain(value: Any) -> Any:
    """An array, or a sequence of numpy's numbers, as a list of Python's; anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [item.item() if isinstance(item, np.generic) else item for item in value]
    return value
