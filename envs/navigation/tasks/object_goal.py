"""What the tasks that ask for an object share: goals are categories, which a scene's episodes name."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.object_episodes import ObjectEpisode
from leo_agent.envs.navigation.simulators import Simulator
from leo_agent.envs.navigation.tasks.base import NavigationTask


class ObjectGoalTask(NavigationTask[ObjectEpisode]):
    """Find an instance of a category and stop near it."""

    goal_option: ClassVar[str] = "category"

    def with_goal(self, scene: str, goal: Any) -> ObjectEpisode:
        categories, category = self._by_category(scene), str(goal)
        if category not in categories:
            expected = ", ".join(sorted(categories))
            raise InputError(f"reset options: found category {category!r}, expected one of {scene}: {expected}")
        return categories[category]

    def draw_goal(self, scene: str, simulator: Simulator, rng: np.random.Generator) -> str:
        """A category, uniform over those that the scene's episodes ask for."""
        categories = sorted(self._by_category(scene))
        return categories[rng.integers(len(categories))]

    def _by_category(self, scene: str) -> dict[str, ObjectEpisode]:
        return {episode.object_category: episode for episode in self.episodes.in_scene(scene)}
