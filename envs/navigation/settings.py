"""The settings of navigation that evaluations publish: camera, body, rules, choice of episodes.

None is the task's own value: that of the benchmark which the task stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from leo_agent.contract.checks import check_choice, check_number, check_whole
from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.flat_options import check_known, take_group
from leo_agent.envs.navigation.depth import DepthSensor
from leo_agent.envs.navigation.episodes.selection import EpisodeSelection, Names
from leo_agent.envs.navigation.simulators import SimulatorConfig
from leo_agent.envs.navigation.tasks import NavigationTask

Task = type[NavigationTask[Any]]
# Lower ends keep planning finite: an expert looks at every heading and at every step that there can be.
_RANGES = {
    "camera_height_m": (0.0, 100.0),
    "camera_pitch_deg": (-90.0, 90.0),
    "agent_height_m": (0.01, 100.0),
    "agent_radius_m": (0.0, 10.0),
    "max_climb_m": (0.0, 10.0),
    "navmesh_cell_height_m": (0.01, 1.0),
    "forward_step_m": (0.01, 10.0),
    "turn_angle_deg": (1.0, 180.0),
    "tilt_angle_deg": (0.1, 90.0),
    "success_distance_m": (0.001, 1000.0),
}


def _check_ranges(settings: Any) -> None:
    for name, (low, high) in _RANGES.items():
        value = getattr(settings, name, None)
        if value is not None:
            check_number(name, value, low, high)


@dataclass(frozen=True, kw_only=True)
class CameraSettings:
    """The camera of all images."""

    width: int | None = None
    height: int | None = None
    hfov_deg: float | None = None
    camera_height_m: float | None = None
    camera_pitch_deg: float | None = None
    min_depth_m: float | None = None
    max_depth_m: float | None = None
    normalize_depth: bool | None = None

    def __post_init__(self) -> None:
        _check_ranges(self)

    def depth_sensor(self, task: Task, observed: bool) -> DepthSensor:
        """The depth camera; a normalised one has the task's range unless another is given.

        Args:
            task: whose camera it is.
            observed: whether observations hold images.

        Raises:
            InputError: the range is none, or nobody would see it.
        """
        for name in ("min_depth_m", "max_depth_m", "normalize_depth"):
            value = getattr(self, name)
            if value is not None and not observed:
                raise InputError(
                    f"{name}: found {value!r} with render_observations=False, expected it with images in observations"
                )
        least_m, most_m = self.min_depth_m, self.max_depth_m
        if self.normalize_depth:
            least_m = task.depth_range_m[0] if least_m is None else least_m
            most_m = task.depth_range_m[1] if most_m is None else most_m
        return DepthSensor(least_m, most_m, False if self.normalize_depth is None else self.normalize_depth)


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """The body and its moves; the navmesh is that of the body."""

    agent_height_m: float | None = None
    agent_radius_m: float | None = None
    max_climb_m: float | None = None
    navmesh_cell_height_m: float | None = None
    forward_step_m: float | None = None
    turn_angle_deg: float | None = None
    tilt_angle_deg: float | None = None
    allow_sliding: bool = False

    def __post_init__(self) -> None:
        _check_ranges(self)
        check_choice("allow_sliding", self.allow_sliding, (False, True))

    def body(self, task: Task, camera: CameraSettings) -> NavigationEmbodiment:
        """The task's body with these settings and that camera.

        Raises:
            InputError: the task has no action that a setting is about.
        """
        if self.tilt_angle_deg is not None and "look_up" not in task.body.actions:
            raise InputError(
                f"tilt_angle_deg: found {self.tilt_angle_deg:g}, but {task.env_id} has no actions that tilt the camera"
            )
        names = (
            "agent_height_m",
            "agent_radius_m",
            "max_climb_m",
            "forward_step_m",
            "turn_angle_deg",
            "tilt_angle_deg",
        )
        given = {name: getattr(self, name) for name in names}
        given |= {name: getattr(camera, name) for name in ("hfov_deg", "camera_height_m", "camera_pitch_deg")}
        body: dict[str, Any] = {name: float(value) for name, value in given.items() if value is not None}
        return replace(task.body, **body)


@dataclass(frozen=True, kw_only=True)
class RuleSettings:
    """When an episode ends, and when it is a success."""

    max_episode_steps: int | None = None
    success_distance_m: float | None = None
    distance_to: str | None = None

    def __post_init__(self) -> None:
        _check_ranges(self)
        if self.max_episode_steps is not None:
            check_whole("max_episode_steps", self.max_episode_steps, low=1)


@dataclass(frozen=True, kw_only=True)
class SelectionSettings:
    """Which episodes of the split are played."""

    content_scenes: Names | None = None
    episode_ids: Names | None = None
    categories: Names | None = None

    def selection(self, task: Task, distance_to: str | None) -> EpisodeSelection:
        """The choice, and where those episodes may end.

        Raises:
            InputError: a value is of another type, or asks a task about objects whose goals are none.
        """
        if not task.goals_are_objects:
            for name, value in (("categories", self.categories), ("distance_to", distance_to)):
                if value is not None and value != task.distance_to:
                    raise InputError(f"{name}: found {value!r}, but the goals of {task.env_id} are points, not objects")
        goal_end = task.distance_to if distance_to is None else distance_to
        return EpisodeSelection.of(self.content_scenes, self.episode_ids, self.categories, goal_end)


GROUPS: tuple[type[Any], ...] = (CameraSettings, AgentSettings, RuleSettings, SelectionSettings)
"""Whose fields are the options."""


@dataclass(frozen=True)
class NavigationSettings:
    """All of them, for one task."""

    task: Task  # whose values stand where nothing is given
    camera: CameraSettings
    agent: AgentSettings
    rules: RuleSettings
    selection: SelectionSettings

    @classmethod
    def of(cls, task: Task, options: Mapping[str, Any]) -> NavigationSettings:
        """The settings of options given one by one.

        Raises:
            InputError: one is unknown or out of range.
        """
        check_known(task.env_id, options, GROUPS)
        camera, agent = take_group(CameraSettings, options), take_group(AgentSettings, options)
        return cls(task, camera, agent, take_group(RuleSettings, options), take_group(SelectionSettings, options))

    @property
    def success_distance_m(self) -> float:
        """How near a stop has to be."""
        given = self.rules.success_distance_m
        return self.task.success_distance_m if given is None else float(given)

    @property
    def max_episode_steps(self) -> int:
        """The limit of an episode."""
        given = self.rules.max_episode_steps
        return self.task.max_episode_steps if given is None else given

    def chosen_episodes(self) -> EpisodeSelection:
        """Which episodes are played, and where they may end.

        Raises:
            InputError: a choice that this task cannot make.
        """
        return self.selection.selection(self.task, self.rules.distance_to)

    def simulator_config(self, scenes: Path, scene_dataset_config: str, num_points: int) -> SimulatorConfig:
        """Camera, body and moves of the simulator.

        Args:
            scenes: as of SimulatorConfig, like the rest.
            scene_dataset_config: of the scenes.
            num_points: of each object's cloud.

        Raises:
            InputError: a setting about what the task's body does not have.
        """
        camera, agent = self.camera, self.agent
        width, height = self.task.image_size
        cell_height_m = agent.navmesh_cell_height_m
        return SimulatorConfig(
            scenes=scenes,
            scene_dataset_config=scene_dataset_config,
            width=width if camera.width is None else camera.width,
            height=height if camera.height is None else camera.height,
            body=agent.body(self.task, camera),
            allow_sliding=agent.allow_sliding,
            num_points=num_points,
            navmesh_cell_height_m=self.task.navmesh_cell_height_m if cell_height_m is None else cell_height_m,
        )

    def resolved(self, config: SimulatorConfig, depth: DepthSensor) -> dict[str, Any]:
        """The value of every option, values of JSON: what a run has to record so that it can be compared."""
        body = asdict(config.body)
        effective = {
            **{field.name: body[field.name] for group in GROUPS for field in fields(group) if field.name in body},
            "width": config.width,
            "height": config.height,
            "navmesh_cell_height_m": config.navmesh_cell_height_m,
            "allow_sliding": config.allow_sliding,
            "min_depth_m": depth.min_m,
            "max_depth_m": depth.max_m,
            "normalize_depth": depth.normalize,
            "max_episode_steps": self.max_episode_steps,
            "success_distance_m": self.success_distance_m,
        }
        selection = {name: value and list(value) for name, value in asdict(self.chosen_episodes()).items()}
        return {**effective, **selection, "distance_to": self.chosen_episodes().distance_to}
