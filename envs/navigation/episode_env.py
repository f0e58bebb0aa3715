"""The engine of all navigation environments: episodes one after another, observations, pictures, and the expert."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from leo_agent.contract.checks import check_choice, check_number, check_whole
from leo_agent.contract.errors import InputError
from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.measures import Measure
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.observation import (
    NUM_OBJECTS,
    agent_spaces,
    camera_spaces,
    instruction_space,
    object_spaces,
)
from leo_agent.contract.read_only import freeze
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.navigation.content import content_hashes
from leo_agent.envs.navigation.depth import DepthSensor
from leo_agent.envs.navigation.episodes.choice import EpisodeChooser
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.experts.registry import Expert, ExpertRequest, check_expert, make_expert
from leo_agent.envs.navigation.measures import navigation_measures
from leo_agent.envs.navigation.measures.tracker import MeasureTracker
from leo_agent.envs.navigation.objects.episode_objects import EpisodeObjects, ObjectOptions
from leo_agent.envs.navigation.pictures.picture import EpisodePainter
from leo_agent.envs.navigation.pictures.top_down_map import top_down_map
from leo_agent.envs.navigation.running import RunningEpisode
from leo_agent.envs.navigation.sensors import compass, gps, pose_spaces
from leo_agent.envs.navigation.simulators import Simulator, SimulatorConfig
from leo_agent.envs.navigation.tasks.base import NavigationTask
from leo_agent.envs.navigation.tasks.custom import custom_episode, draw_episode_options, is_custom
from leo_agent.envs.objects import ObjectPacker


@dataclass(frozen=True)
class ExpertOptions:
    """Who answers `expert_action()`, and how it walks."""

    name: str = "search"  # a registered expert
    clearance_m: float = 0.0  # from walls that it keeps where it can
    stop_within_m: float | None = None  # of the goal object's box, not at the rim of where a stop counts

    def __post_init__(self) -> None:
        check_number("expert_clearance_m", self.clearance_m, low=0.0)
        check_expert(self.name, self.clearance_m)
        if self.stop_within_m is not None:
            check_number("expert_stop_within_m", self.stop_within_m, low=0.0)


@dataclass(frozen=True)
class EpisodeSettings:
    """What depends neither on the task nor on the simulator; see NavigationEnv for what each of them does."""

    success_distance_m: float
    max_episode_steps: int = 500
    num_objects: int = NUM_OBJECTS
    render_mode: str | None = None
    render_observations: bool = True
    share_arrays: bool = False
    depth: DepthSensor = field(default_factory=DepthSensor)
    expert: ExpertOptions = field(default_factory=ExpertOptions)
    objects: ObjectOptions = field(default_factory=ObjectOptions)

    def __post_init__(self) -> None:
        check_whole("max_episode_steps", self.max_episode_steps, low=1)
        check_whole("num_objects", self.num_objects, low=1)
        check_choice("render_mode", self.render_mode, (None, "rgb_array"))
        if self.objects.objects == "seen" and not self.render_observations:
            raise InputError("objects: found 'seen' with render_observations=False, expected 'scene' without images")


class EpisodeEnv(NotCopyable, gymnasium.Env[dict[str, Any], np.int64]):
    """Episodes of a task in a simulator: `reset`, `step`, `render` and the expert, the same for all tasks.

    Attributes:
        simulator: what the agent walks in.
        task: what is asked for, sensed, measured and rewarded.
        renderer: what draws the images, as it is recorded with a run.
        embodiment: the body that acts.

    Raises:
        InputError: settings are out of range.
    """

    instead = (
        "an episode runs in it; make another by its spec, reset it to the same scene and episode_id, and take the same "
        "actions"
    )

    metadata = {"render_modes": ["rgb_array"], "render_fps": 8}  # noqa: RUF012 - Gymnasium's own convention
    env_id = ""
    renderer = ""

    def __init__(
        self,
        task: NavigationTask[Any],
        simulator: Simulator,
        config: SimulatorConfig,
        settings: EpisodeSettings,
    ) -> None:
        check_whole("num_points", config.num_points, low=1)
        self.render_mode = settings.render_mode
        self.simulator = simulator
        self.task = task
        self.embodiment: NavigationEmbodiment = config.body
        self.action_space = config.body.action_space()
        self.observation_space = _observation_space(task, config, settings)
        self._settings, self._simulator_config = settings, config
        self._measures = navigation_measures(task.measures)
        self._chooser = EpisodeChooser(task.episodes, config.scene_dataset_config)
        self._intrinsics = Intrinsics.from_hfov(config.width, config.height, config.body.hfov_deg)
        self._packer = ObjectPacker(settings.num_objects)
        self._running: RunningEpisode | None = None

    @property
    def measures(self) -> Sequence[Measure]:
        """What `info["measures"]` holds, in the order of their columns."""
        return [one.measure for one in self._measures]

    def content_hashes(self, scenes: Sequence[str]) -> dict[str, str]:
        """Hashes of the files that decide about episodes in these scenes: `episodes`, and `scene NAME` of each."""
        return content_hashes(self.task.episodes, self._simulator_config, scenes)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None:
            self._chooser.start_over()
        episode = self._choose(options)
        self._enter(episode)
        key = f"{episode.scene_name} {episode.episode_id}"
        objects = EpisodeObjects(self.simulator.objects, self._settings.objects, self._intrinsics, key)
        expert = self._make_expert(episode)
        start_navigable = self.simulator.is_navigable(self.simulator.agent_state.position)
        self._running = RunningEpisode(episode, expert, objects, self._begin_measures(episode), start_navigable)
        return self._observation(), self._info()

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        running = self._current()
        if running.terminated or running.truncated:
            raise ResetNeeded("the episode is over: call reset before the next step")
        number = self.embodiment.action_id(action)
        name = self.embodiment.actions[number]
        running.collided = self.simulator.step(name)
        running.measures.update(self.simulator.agent_state.position, number, running.collided)
        running.terminated = running.measures.state.stop_called
        running.truncated = not running.terminated and self._is_out_of_time(running)
        return self._observation(), self._reward(running), running.terminated, running.truncated, self._info()

    def render(self) -> NDArray[np.uint8] | None:
        """The agent's view beside a map of where it walked, with the instruction and the measures below."""
        if self.render_mode is None:
            return None
        running = self._current()
        if running.painter is None:
            running.painter = EpisodePainter(self.simulator, running.episode)
        view = self.simulator.render()["image"] if running.view is None else running.view
        state = running.measures.state
        caption = self.task.caption(running.episode, state, running.truncated)
        return running.painter.paint(view, self.simulator.agent_state, state.path, caption)

    def top_down_map(self, size_px: int = 480) -> NDArray[np.uint8]:
        """A map (size_px, size_px, 3) uint8 of the episode so far, of the agent's floor (see top_down_map.py)."""
        running = self._current()
        path = running.measures.state.path
        return top_down_map(self.simulator, running.episode, path, self.simulator.agent_state, size_px)

    def limit_steps(self, limit: int) -> None:
        """Makes that the limit of all episodes (see `leo_agent.envs.step_limit`)."""
        self._settings = replace(self._settings, max_episode_steps=limit)

    def close(self) -> None:
        """Frees the scenes; `reset` loads them again."""
        self._running = None
        self.simulator.close()

    def episode_options(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The `reset` options of the split's first `limit` episodes (all without a limit), in file order."""
        return self._chooser.options(limit)

    def random_episode_options(self, scene: str, rng: np.random.Generator) -> dict[str, Any]:
        """The `reset` options of a new episode in a scene: a random start, and a goal that it can reach in 1 to 30 m.

        Ends the running episode, since the scene is made current.
        """
        self._running = None
        first = self.task.episodes.in_scene(scene)[0]
        self._chooser.check_scene_dataset(first)
        self.simulator.load_scene(first.scene_id, self.task.episodes.instance_categories(first.scene_id))
        return draw_episode_options(self.task, self.simulator, scene, rng)

    def expert_action(self) -> int:
        """The expert's action id at the current pose; stop where no goal can be reached."""
        state = self.simulator.agent_state
        return self._current().expert.action(state.position, state.rotation)

    def _choose(self, options: dict[str, Any] | None) -> Episode:
        """The episode of `reset` options; without any the next one."""
        if not options:
            episode = self._chooser.next(self.np_random)
        elif is_custom(self.task, options):
            episode = custom_episode(self.task, options)
        else:
            episode = self._chooser.named(options)
        self._chooser.check_scene_dataset(episode)
        return episode

    def _enter(self, episode: Episode) -> None:
        """Makes the episode's scene current, with the agent at its start."""
        self.simulator.load_scene(episode.scene_id, self.task.episodes.instance_categories(episode.scene_id))
        self.simulator.set_agent_state(episode.start_position, episode.start_rotation)

    def _make_expert(self, episode: Episode) -> Expert:
        """The expert of an episode whose start is the agent's state."""
        options = self._settings.expert
        stop_within_m = math.inf if options.stop_within_m is None else options.stop_within_m
        request = ExpertRequest(
            self.simulator,
            self.embodiment,
            goals=self.task.expert_goals(episode, self.simulator, stop_within_m),
            success_distance_m=self._settings.success_distance_m,
            clearance_m=options.clearance_m,
        )
        return make_expert(options.name, request)

    def _begin_measures(self, episode: Episode) -> MeasureTracker:
        """The measures of an episode whose start is the agent's state."""
        distance = self.simulator.goal_tracker(episode.view_points.astype(np.float32))
        position = self.simulator.agent_state.position
        return MeasureTracker(distance, position, self._measures, self._settings.success_distance_m)

    def _is_out_of_time(self, running: RunningEpisode) -> bool:
        return len(running.measures.state.actions) >= self._settings.max_episode_steps

    def _reward(self, running: RunningEpisode) -> float:
        return self.task.reward(running.measures.state)

    def _current(self) -> RunningEpisode:
        if self._running is None:
            raise ResetNeeded("no episode is running: call reset first")
        return self._running

    def _observation(self) -> dict[str, Any]:
        running = self._current()
        episode, state = running.episode, self.simulator.agent_state
        observation: dict[str, Any] = self.simulator.render() if self._settings.render_observations else {}
        running.view = observation.get("image")
        if running.objects.need_frames:
            running.objects.see(observation, self.simulator.camera_pose())
        if "depth" in observation:
            observation["depth"] = self._settings.depth.sense(observation["depth"])
        packed = self._packer.pack(running.objects.current, near=state.position)
        if not self._settings.share_arrays:
            packed = {name: array.copy() for name, array in packed.items()}
        own = {
            **observation,
            **packed,
            "agent_position": state.position,
            "agent_rotation": state.rotation,
            "instruction": episode.instruction,
            "gps": gps(episode.start_position, episode.start_rotation, state.position),
            "compass": compass(episode.start_rotation, state.rotation),
        }
        return freeze({**own, **self.task.sense(episode, state)})

    def _info(self) -> dict[str, Any]:
        running = self._current()
        return {
            "episode_info": running.description(self.env_id, self.task.episodes.split),
            "measures": running.measures.values(),
            "collided": running.collided,
            "invalid": running.invalid,
        }


def _observation_space(task: NavigationTask[Any], config: SimulatorConfig, settings: EpisodeSettings) -> spaces.Dict:
    parts: dict[str, spaces.Space[Any]] = {}
    if settings.render_observations:
        parts |= camera_spaces(config.width, config.height)
        parts["depth"] = settings.depth.space(config.width, config.height)
    parts |= object_spaces(settings.num_objects, config.num_points)
    parts |= agent_spaces()
    parts["instruction"] = instruction_space(task.example_instructions())
    parts |= pose_spaces()
    return spaces.Dict(parts | task.sensor_spaces())
