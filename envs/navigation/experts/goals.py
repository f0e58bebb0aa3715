"""Which of an episode's view points an expert walks to."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.simulators import Simulator
from leo_agent.envs.objects import ObjectSet


def expert_goals(episode: Episode, simulator: Simulator, stop_within_m: float) -> NDArray[np.float32]:
    """(V, 3) view points that are near the box of their goal, if a way leads to one of them; else all.

    Args:
        episode: its start is the simulator's agent state.
        simulator: in the episode's scene.
        stop_within_m: how near, on the ground plane; inf for all view points.
    """
    goals = _near_view_points(episode, simulator.objects, stop_within_m)
    if len(goals) == len(episode.view_points):
        return goals
    reachable = not math.isinf(simulator.geodesic_distance(simulator.agent_state.position, goals))
    return goals if reachable else episode.view_points.astype(np.float32)


def _near_view_points(episode: Episode, objects: ObjectSet, limit_m: float) -> NDArray[np.float32]:
    """(V, 3) of each goal those within the limit of its box; all where it has no box or none so near."""
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
