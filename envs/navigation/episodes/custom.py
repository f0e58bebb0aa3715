"""Episodes that are in no file: a start of one's own, or a random one, towards the goals of a scene."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from leo_agent.envs.navigation.episodes.dataset import EpisodeCollection
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.simulators import Simulator
from leo_agent.envs.scenes.json_fields import take_rotation, take_vector

from leo_agent.contract.errors import InputError

MIN_DISTANCE_M, MAX_DISTANCE_M = 1.0, 30.0
_HEADINGS = 12
_MAX_DRAWS = 1000
_REQUIRED = {"scene", "category", "start_position", "start_rotation"}


def custom_episode(dataset: EpisodeCollection, options: Mapping[str, Any]) -> Episode:
    """The episode that `reset` options describe: `scene`, `category`, `start_position` (x, y, z in metres),
    `start_rotation` (x, y, z, w), and an `episode_id` of one's own ("custom" without one). Raises `InputError`.
    """
    if set(options) - {"episode_id"} != _REQUIRED:
        found, expected = ", ".join(sorted(map(str, options))), ", ".join(sorted(_REQUIRED))
        raise InputError(f"reset options: found {found}, expected {expected} and perhaps episode_id")
    scene, category = str(options["scene"]), str(options["category"])
    episodes = {episode.object_category: episode for episode in dataset.in_scene(scene)}
    if category not in episodes:
        expected = ", ".join(sorted(episodes))
        raise InputError(f"reset options: found category {category!r}, expected one of {scene}: {expected}")
    lists = {key: _plain(options[key]) for key in ("start_position", "start_rotation")}
    return dataclasses.replace(
        episodes[category],
        episode_id=str(options.get("episode_id") or "custom"),
        start_position=take_vector(lists, "start_position", 3, "reset options"),
        start_rotation=take_rotation(lists, "start_rotation", "reset options"),
        info={},
    )


def draw_episode_options(
    dataset: EpisodeCollection, simulator: Simulator, scene: str, rng: np.random.Generator
) -> dict[str, Any]:
    """The options of a random episode in `scene`, which must be the simulator's.

    The start is uniform over the part of the navmesh where the scene's episodes begin, its yaw a multiple of 30
    degrees; the category is uniform among those with a goal 1 to 30 m of walking away. Raises `InputError` where no
    such start is found.
    """
    episodes = {episode.object_category: episode for episode in dataset.in_scene(scene)}
    island = simulator.island(dataset.in_scene(scene)[0].start_position)
    for _ in range(_MAX_DRAWS):
        start = simulator.random_navigable_point(rng)
        if not np.isfinite(start).all() or simulator.island(start) != island:
            continue
        category = sorted(episodes)[rng.integers(len(episodes))]
        view_points = episodes[category].view_points
        if not len(view_points):
            continue
        if MIN_DISTANCE_M <= simulator.geodesic_distance(start, view_points) <= MAX_DISTANCE_M:
            half_yaw = math.pi * int(rng.integers(_HEADINGS)) / _HEADINGS
            return {
                "scene": scene,
                "category": category,
                "start_position": start.tolist(),
                "start_rotation": [0.0, math.sin(half_yaw), 0.0, math.cos(half_yaw)],
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
