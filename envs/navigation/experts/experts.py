"""The experts that an environment can be asked for, made for one episode: which goals they walk to, and how."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.experts.greedy import NEAR_WALL_M, FollowerConfig, GreedyFollower
from leo_agent.envs.navigation.experts.search import ExpertConfig, NavigationExpert
from leo_agent.envs.navigation.simulators import Simulator
from leo_agent.envs.objects import ObjectSet
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError

EXPERTS = ("search", "greedy")


class Expert(Protocol):
    """Answers at any pose of one episode."""

    def action(self, position: ArrayLike, rotation: ArrayLike) -> int:
        """The action id at a base position (3,) and rotation x, y, z, w."""


def check_expert(name: str) -> str:
    """The name; raises `InputError` if there is no such expert."""
    if name not in EXPERTS:
        raise InputError(f"expert: found {name!r}, expected one of {', '.join(EXPERTS)}")
    return name


def make_expert(name: str, episode: Episode, simulator: Simulator, config: ExpertConfig) -> Expert:
    """The expert of an episode whose start is the simulator's agent state.

    "search" plans over poses to the nearest view point (expert.py). "greedy" is Habitat's own follower towards the view
    point that is nearest at the start, as it was used for results in Habitat (greedy_follower.py).
    """
    start = simulator.agent_state.position
    goals = _near_view_points(episode, simulator.objects, config.stop_within_m)
    if len(goals) < len(episode.view_points) and math.isinf(simulator.geodesic_distance(start, goals)):
        goals = episode.view_points.astype(np.float32)  # the near ones may lie where no way leads
    if check_expert(name) == "greedy":
        corners = simulator.shortest_path(start, goals)
        if len(corners):
            goals = goals[[np.argmin(np.linalg.norm(goals - corners[-1], axis=1))]]
        return GreedyFollower(
            simulator.try_step,
            simulator.goal_tracker(goals),
            lambda position: simulator.obstacle_distance(position, 1.1 * NEAR_WALL_M),
            FollowerConfig(forward_m=config.forward_m, turn_deg=config.turn_deg),
        )
    return NavigationExpert(
        simulator.try_step,
        simulator.goal_tracker(goals),  # its memory spares most of the paths to goals that are not the nearest
        config,
        clearance=lambda position: simulator.obstacle_distance(position, config.clearance_m),
    )


def _near_view_points(episode: Episode, objects: ObjectSet, limit_m: float) -> NDArray[np.float32]:
    """(V, 3) view points at most that far, on the ground plane, from the box of their goal; all if it has none."""
    boxes = {str(number): box for number, box in zip(objects.ids, objects.boxes, strict=True)}
    kept = [np.empty((0, 3))]
    for goal in episode.goals:
        points, box = goal.view_points, boxes.get(goal.object_id)
        if box is not None and math.isfinite(limit_m):
            outside_m = np.maximum(np.abs(points - box[:3]) - box[3:] / 2.0, 0.0)
            near = np.hypot(outside_m[:, 0], outside_m[:, 2]) <= limit_m
            points = points[near] if near.any() else points
        kept.append(points)
    return np.concatenate(kept).astype(np.float32)
