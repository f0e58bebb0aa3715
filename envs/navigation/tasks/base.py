"""What a navigation task says; whatever else happens in an episode is the same for all (see `EpisodeEnv`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.navigation.episodes.collection import EpisodeCollection, EpisodeT
from leo_agent.envs.navigation.episodes.selection import DistanceTo
from leo_agent.envs.navigation.episodes.split_files import Dataset
from leo_agent.envs.navigation.experts.goals import expert_goals
from leo_agent.envs.navigation.ids import MAX_EPISODE_STEPS
from leo_agent.envs.navigation.measures.distance_to_goal import distance_gained_m
from leo_agent.envs.navigation.measures.spl import spl
from leo_agent.envs.navigation.measures.state import EpisodeState
from leo_agent.envs.navigation.pictures.picture import Caption
from leo_agent.envs.navigation.simulators import AgentState, Simulator
from leo_agent.envs.navmesh import OBJECTNAV_SETTINGS


class NavigationTask(ABC, Generic[EpisodeT]):
    """One kind of navigation episode, over the episodes of one split; its docstring is its documentation.

    A subclass reads episodes and says what they ask for. The class variables stand for habitat-lab's ObjectNav; a task
    that differs says so.
    """

    env_id: ClassVar[str]  # given by `register_task`
    body: ClassVar[NavigationEmbodiment] = NavigationEmbodiment()
    image_size: ClassVar[tuple[int, int]] = (640, 480)  # width and height in pixels, unless the user asks for others
    depth_range_m: ClassVar[tuple[float, float]] = (0.5, 5.0)  # of depth that is normalised
    navmesh_cell_height_m: ClassVar[float] = OBJECTNAV_SETTINGS.cell_height
    max_episode_steps: ClassVar[int] = MAX_EPISODE_STEPS
    success_distance_m: ClassVar[float] = 0.1  # a stop strictly nearer than that to a view point is a success
    distance_to: ClassVar[DistanceTo] = "VIEW_POINTS"
    goals_are_objects: ClassVar[bool] = True  # with a category and a box each
    success_reward: ClassVar[float] = 2.5
    slack_reward: ClassVar[float] = -0.01
    # Names of registered measures, in the order of their columns.
    measures: ClassVar[tuple[str, ...]] = (
        "success",
        "spl",
        "soft_spl",
        "distance_to_goal",
        "collisions",
        "path_length",
    )
    built_in_episodes: ClassVar[str] = "objectnav"  # those of the built-in houses that the task reads
    goal_option: ClassVar[str]  # the `reset` option that names the goal of an episode that is in no file

    def __init__(self, episodes: EpisodeCollection[EpisodeT]) -> None:
        self.episodes = episodes

    @classmethod
    @abstractmethod
    def read_episodes(cls, dataset: Dataset, split: str = "val") -> EpisodeCollection[EpisodeT]:
        """The episodes of a split (see `find_split` for what `dataset` may be).

        Raises:
            InputError: anything is missing or malformed.
        """

    @abstractmethod
    def example_instructions(self) -> Sequence[str]:
        """Texts that between them have every character that an instruction may have, and its greatest length."""

    @abstractmethod
    def with_goal(self, scene: str, goal: Any) -> EpisodeT:
        """An episode of a scene with the goal that a user gave as the option `goal_option`; its start is any.

        Raises:
            InputError: there is no such scene or goal.
        """

    @abstractmethod
    def draw_goal(self, scene: str, simulator: Simulator, rng: np.random.Generator) -> Any:
        """A random goal in a scene, which is the simulator's, for the option `goal_option`.

        Returns:
            A value of JSON; None where none was found.
        """

    def sensor_spaces(self) -> dict[str, spaces.Space[Any]]:
        """Spaces of the observation keys that this task adds."""
        return {}

    def sense(self, episode: EpisodeT, agent: AgentState) -> dict[str, Any]:
        """The observation keys that this task adds, for an agent at that pose; their arrays are made read-only."""
        return {}

    def expert_goals(self, episode: EpisodeT, simulator: Simulator, stop_within_m: float) -> NDArray[np.float32]:
        """(V, 3) what the expert may walk to; see `experts.goals`."""
        return expert_goals(episode, simulator, stop_within_m)

    def reward(self, state: EpisodeState) -> float:
        """The reward of the last action: metres gained towards the goal, slack, and more for a success."""
        return distance_gained_m(state) + self.slack_reward + self.success_reward * state.success

    def caption(self, episode: EpisodeT, state: EpisodeState, truncated: bool) -> Caption:
        """What is written below the picture of an episode."""
        away = f"{state.distance_m:.2f} m to the nearest goal"
        outcome = f"step {len(state.actions)}   {away}   walked {state.path_length_m:.1f} m"
        if state.stop_called:
            verdict = "stopped at a goal" if state.success else "stopped too far away"
            outcome = f"{verdict}   {outcome}   SPL {spl(state):.2f}"
        elif truncated:
            outcome = f"out of steps   {outcome}"
        decided = state.stop_called or truncated
        title = f"{episode.instruction}   ({episode.scene_name}, episode {episode.episode_id})"
        return Caption(title, outcome, bool(state.success) if decided else None)
