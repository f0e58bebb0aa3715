"""PointNav: go to a point given by distance and direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from leo_agent.contract.checks import check_array
from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.observation import unbounded
from leo_agent.envs.navigation.episodes.collection import EpisodeCollection
from leo_agent.envs.navigation.episodes.records import (
    Episode,
    Goal,
    check_record,
    common_fields,
    stored_episode_id,
)
from leo_agent.envs.navigation.episodes.selection import DistanceTo
from leo_agent.envs.navigation.episodes.split_files import Dataset, find_split
from leo_agent.envs.navigation.sensors import gps, pointgoal
from leo_agent.envs.navigation.simulators import AgentState, Simulator
from leo_agent.envs.navigation.tasks.base import NavigationTask
from leo_agent.envs.navigation.tasks.registry import register_task
from leo_agent.envs.scenes.json_fields import take, take_vector

SENSOR = "pointgoal_with_gps_compass"
_FARTHEST_M = 1e9  # of a coordinate in a file


@dataclass(frozen=True, eq=False, kw_only=True)
class PointNavEpisode(Episode):
    """An episode that asks for a point: its one goal."""

    @property
    def goal_position(self) -> NDArray[np.float64]:
        """(3,) metres, world frame."""
        return self.goals[0].position

    @property
    def instruction(self) -> str:
        """Where the point is from the start: "go to the point 3.2 m ahead and 0.5 m to the left"."""
        ahead_m, right_m = gps(self.start_position, self.start_rotation, self.goal_position).tolist()
        return instruction_for(ahead_m, right_m)

    @property
    def goal_name(self) -> str:
        return "goal point"

    def description(self) -> dict[str, Any]:
        return {"goal_position": self.goal_position.tolist()}


class PointNavEpisodes(EpisodeCollection[PointNavEpisode]):
    """The episodes of a split as PointNav-v1 files hold them (habitat-lab 0.3.4); each keeps its own id.

    Of an episode's goals the first counts, as for habitat-lab's sensor; its `radius` and the `shortest_paths` are not
    used there, and not here.
    """

    def _read(self, path: Path) -> tuple[PointNavEpisode, ...]:
        where = str(path)
        records = take(read_json_object(path), "episodes", list, where)
        return tuple(_read_episode(record, index, where) for index, record in enumerate(records))


@register_task("leo/PointNav-v0")
class PointNav(NavigationTask[PointNavEpisode]):
    """Go to a point and stop near it (habitat-lab 0.3.4's PointNav-v1; step limit 500).

    Adds Habitat's `pointgoal_with_gps_compass`, (2,) float32: metres to the point on the agent's ground plane, and
    radians to the left of where it looks. The instruction says where the point is from the start, and stays the same.
    A stop nearer than 0.2 m on foot to the point is a success. The body is that of habitat-lab's PointNav: four
    actions, turns of 10 degrees, a camera of 256 × 256 pixels 1.25 m high and 90 degrees wide; where a scene's navmesh
    is for another agent, one is baked. Sliding along walls is off, unless `allow_sliding` says otherwise. Episodes in
    no file have a `goal_position`.
    """

    body: ClassVar[NavigationEmbodiment] = NavigationEmbodiment(
        num_actions=4,
        turn_angle_deg=10.0,
        camera_height_m=1.25,
        hfov_deg=90.0,
        agent_height_m=1.5,
        agent_radius_m=0.1,
    )
    image_size: ClassVar[tuple[int, int]] = (256, 256)
    # habitat-lab 0.3.4's HabitatSimDepthSensorConfig, which its PointNav leaves as it is.
    depth_range_m: ClassVar[tuple[float, float]] = (0.0, 10.0)
    success_distance_m: ClassVar[float] = 0.2
    distance_to: ClassVar[DistanceTo] = "POINT"
    goals_are_objects: ClassVar[bool] = False
    built_in_episodes: ClassVar[str] = "pointnav"
    goal_option: ClassVar[str] = "goal_position"

    @classmethod
    def read_episodes(cls, dataset: Dataset, split: str = "val") -> PointNavEpisodes:
        return PointNavEpisodes(find_split(dataset, split))

    def example_instructions(self) -> Sequence[str]:
        far_m, digits_m = 4 * _FARTHEST_M, (123456.7, 890.0)
        return [instruction_for(sign * far_m, sign * far_m) for sign in (1, -1)] + [instruction_for(*digits_m)]

    def sensor_spaces(self) -> dict[str, spaces.Space[Any]]:
        return {SENSOR: unbounded(2)}

    def sense(self, episode: PointNavEpisode, agent: AgentState) -> dict[str, Any]:
        return {SENSOR: pointgoal(agent.position, agent.rotation, episode.goal_position)}

    def with_goal(self, scene: str, goal: Any) -> PointNavEpisode:
        position = check_array("reset options: goal_position", goal, (3,), limit=_FARTHEST_M)
        first = self.episodes.in_scene(scene)[0]
        return PointNavEpisode(
            episode_id=first.episode_id,
            scene_id=first.scene_id,
            scene_dataset_config=first.scene_dataset_config,
            start_position=first.start_position,
            start_rotation=first.start_rotation,
            goals=(_goal_at(position),),
        )

    def draw_goal(self, scene: str, simulator: Simulator, rng: np.random.Generator) -> list[float] | None:
        """A point, uniform over the navmesh."""
        point = simulator.random_navigable_point(rng)
        return [float(value) for value in point] if np.isfinite(point).all() else None


def instruction_for(ahead_m: float, right_m: float) -> str:
    """The instruction for a point so far ahead and to the right of the start pose; negative: behind, to the left."""
    along = f"{abs(ahead_m):.1f} m {'ahead' if ahead_m >= 0 else 'behind'}"
    return f"go to the point {along} and {abs(right_m):.1f} m to the {'right' if right_m >= 0 else 'left'}"


def _read_episode(record: Any, index: int, file: str) -> PointNavEpisode:
    where = f"{file}: episode {index}"
    fields = common_fields(check_record(record, where), where)
    goals = take(record, "goals", list, where)
    if not goals:
        raise InputError(f"{where}: 'goals' is empty, expected a goal with a position")
    goal = check_record(goals[0], f"{where}: goal 0")
    return PointNavEpisode(
        **fields,
        episode_id=stored_episode_id(record, index, where),
        goals=(_goal_at(take_vector(goal, "position", 3, f"{where}: goal 0")),),
    )


def _goal_at(position: NDArray[np.float64]) -> Goal:
    return Goal(position, view_points=position[None])
