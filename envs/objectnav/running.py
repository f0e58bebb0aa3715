"""One running ObjectNav episode: its measures, its expert, what happened so far, and how that is told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from envs.objectnav.episode_records import Episode
from envs.objectnav.expert import ExpertConfig, NavigationExpert
from envs.objectnav.measures import MeasureTracker
from envs.objectnav.picture import Caption, EpisodePainter
from envs.objectnav.simulators import Simulator
from envs.objects import ObjectSet

ENV_ID = "leo/ObjectNav-v0"


class RunningEpisode:
    """What changes from step to step in one episode."""

    def __init__(self, episode: Episode, simulator: Simulator, expert: ExpertConfig) -> None:
        view_points = episode.view_points.astype(np.float32)
        wanted = _near_view_points(episode, simulator.objects, expert.stop_within_m)

        def distance(position: ArrayLike) -> float:
            return simulator.geodesic_distance(position, view_points) if len(view_points) else math.inf

        def expert_distance(position: ArrayLike) -> float:
            return simulator.geodesic_distance(position, wanted) if len(wanted) else math.inf

        start = simulator.agent_state.position
        self.episode = episode
        self.measures = MeasureTracker(distance, start)
        self.expert = NavigationExpert(
            simulator.try_step,
            expert_distance,
            expert,
            clearance=lambda position: simulator.obstacle_distance(position, expert.clearance_m),
        )
        self.invalid = self._why_invalid(simulator.is_navigable(start), len(view_points))
        self.path = [start]
        self.steps = 0
        self.collided = False
        self.terminated = False
        self.truncated = False
        self.view: NDArray[np.uint8] | None = None
        self.painter: EpisodePainter | None = None

    def _why_invalid(self, start_navigable: bool, view_point_count: int) -> str | None:
        if not view_point_count:
            return f"no view points of any {self.episode.object_category!r}"
        if not start_navigable:
            return f"the start {self.episode.start_position.tolist()} is off the navmesh"
        if math.isinf(self.measures.start_distance_m):
            return f"no {self.episode.object_category!r} can be reached from the start"
        return None

    def description(self, split: str) -> dict[str, Any]:
        """The episode as JSON values; lengths in metres, rotation x, y, z, w; goal ids as in `object_ids`."""
        episode, distance_m = self.episode, self.measures.start_distance_m
        return {
            "env": ENV_ID,
            "split": split,
            "scene": episode.scene_name,
            "episode_id": episode.episode_id,
            "instruction": episode.instruction,
            "scene_id": episode.scene_id,
            "object_category": episode.object_category,
            "goal_object_ids": [int(goal.object_id) for goal in episode.goals if goal.object_id.isdecimal()],
            "start_position": episode.start_position.tolist(),
            "start_rotation": episode.start_rotation.tolist(),
            "start_distance": distance_m if math.isfinite(distance_m) else None,
        }

    def caption(self) -> Caption:
        """What is written below the picture."""
        measures = self.measures
        away = f"{measures.distance_m:.2f} m to the nearest goal"
        state = f"step {self.steps}   {away}   walked {measures.path_length_m:.1f} m"
        if self.terminated:
            outcome = "stopped at a goal" if measures.success else "stopped too far away"
            state = f"{outcome}   {state}   SPL {measures.values()['spl']:.2f}"
        elif self.truncated:
            state = f"out of steps   {state}"
        decided = self.terminated or self.truncated
        title = f"{self.episode.instruction}   ({self.episode.scene_name}, episode {self.episode.episode_id})"
        return Caption(title, state, bool(measures.success) if decided else None)


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
