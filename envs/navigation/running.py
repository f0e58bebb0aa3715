"""One running ObjectNav episode: its measures, its expert, what happened so far, and how that is told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.experts.experts import Expert
from leo_agent.envs.navigation.measures.measures import MeasureTracker
from leo_agent.envs.navigation.objects.episode_objects import EpisodeObjects
from leo_agent.envs.navigation.pictures.picture import Caption, EpisodePainter
from leo_agent.envs.navigation.simulators import Simulator
from numpy.typing import NDArray


class RunningEpisode:
    """What changes from step to step in one episode."""

    def __init__(
        self,
        episode: Episode,
        simulator: Simulator,
        expert: Expert,
        objects: EpisodeObjects,
        measures: MeasureTracker,
    ) -> None:
        start = simulator.agent_state.position
        self.episode = episode
        self.measures = measures
        self.expert = expert
        self.objects = objects
        self.invalid = self._why_invalid(simulator.is_navigable(start))
        self.path = [start]
        self.steps = 0
        self.collided = False
        self.terminated = False
        self.truncated = False
        self.view: NDArray[np.uint8] | None = None
        self.painter: EpisodePainter | None = None

    def _why_invalid(self, start_navigable: bool) -> str | None:
        if not len(self.episode.view_points):
            return f"no view points of any {self.episode.object_category!r}"
        if not start_navigable:
            return f"the start {self.episode.start_position.tolist()} is off the navmesh"
        if math.isinf(self.measures.start_distance_m):
            return f"no {self.episode.object_category!r} can be reached from the start"
        return None

    def description(self, env_id: str, split: str) -> dict[str, Any]:
        """The episode as JSON values; lengths in metres, rotation x, y, z, w; goal ids as in `object_ids`."""
        episode, distance_m = self.episode, self.measures.start_distance_m
        return {
            "env": env_id,
            "split": split,
            "scene": episode.scene_name,
            "episode_id": episode.episode_id,
            "instruction": episode.instruction,
            "scene_id": episode.scene_id,
            "object_category": episode.object_category,
            "goal_object_ids": [
                shown
                for goal in episode.goals
                if goal.object_id.isdecimal()
                for shown in self.objects.ids_of(int(goal.object_id))
            ],
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
