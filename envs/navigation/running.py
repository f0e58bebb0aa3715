"""One running episode: its measures, its expert, what happened so far, and how that is described."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.experts.registry import Expert
from leo_agent.envs.navigation.measures.tracker import MeasureTracker
from leo_agent.envs.navigation.objects.episode_objects import EpisodeObjects
from leo_agent.envs.navigation.pictures.picture import EpisodePainter


class RunningEpisode:
    """What changes from step to step in one episode.

    Attributes:
        invalid: why it cannot be scored; "" where it can.
    """

    def __init__(
        self,
        episode: Episode,
        expert: Expert,
        objects: EpisodeObjects,
        measures: MeasureTracker,
        start_navigable: bool,
    ) -> None:
        self.episode = episode
        self.measures = measures
        self.expert = expert
        self.objects = objects
        self.invalid = self._why_invalid(start_navigable)
        self.collided = False  # in the last action
        self.terminated = False
        self.truncated = False
        self.view: NDArray[np.uint8] | None = None  # the image of the last observation
        self.painter: EpisodePainter | None = None

    def _why_invalid(self, start_navigable: bool) -> str:
        if not len(self.episode.view_points):
            return f"no view points of any {self.episode.goal_name!r}"
        if not start_navigable:
            return f"the start {self.episode.start_position.tolist()} is off the navmesh"
        if math.isinf(self.measures.state.start_distance_m):
            return f"no {self.episode.goal_name!r} can be reached from the start"
        return ""

    def description(self, env_id: str, split: str) -> dict[str, Any]:
        """The episode as JSON values; lengths in metres, rotation x, y, z, w; goal ids as in `object_ids`."""
        episode, distance_m = self.episode, self.measures.state.start_distance_m
        return {
            "env": env_id,
            "split": split,
            "scene": episode.scene_name,
            "episode_id": episode.episode_id,
            "instruction": episode.instruction,
            "scene_id": episode.scene_id,
            **episode.description(),
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
