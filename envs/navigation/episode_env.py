"""What the ObjectNav environments share: episodes one after another, observations, pictures, and the expert."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.navigation.episodes.choice import EpisodeChooser
from leo_agent.envs.navigation.episodes.custom import draw_episode_options
from leo_agent.envs.navigation.episodes.dataset import EpisodeCollection
from leo_agent.envs.navigation.episodes.records import Episode, instruction_for
from leo_agent.envs.navigation.experts.experts import check_expert, make_expert
from leo_agent.envs.navigation.experts.search import ExpertConfig
from leo_agent.envs.navigation.measures.measures import MeasureTracker
from leo_agent.envs.navigation.objects.episode_objects import EpisodeObjects, ObjectOptions
from leo_agent.envs.navigation.pictures.picture import EpisodePainter
from leo_agent.envs.navigation.pictures.top_down_map import top_down_map
from leo_agent.envs.navigation.running import RunningEpisode
from leo_agent.envs.navigation.sensors import compass, gps, observation_space
from leo_agent.envs.navigation.simulators import ACTIONS, Simulator, SimulatorConfig
from leo_agent.envs.objects import ObjectPacker
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.measures import SUCCESS, Measure
from leo_agent.contract.navigation import NavigationEmbodiment

MEASURES = (
    SUCCESS,
    Measure("spl", "SPL", "fraction"),
    Measure("soft_spl", "Soft-SPL", "fraction"),
    Measure("distance_to_goal", "Distance to goal", "quantity", "m"),
    Measure("collisions", "Collisions", headline=False),
    Measure("path_length", "Path length", "quantity", "m", headline=False),
)
SUCCESS_REWARD = 2.5
SLACK_REWARD = -0.01


@dataclass(frozen=True)
class EpisodeSettings:
    """What does not depend on the simulator; see ObjectNavEnv for what each of them does."""

    max_episode_steps: int = 500
    num_objects: int = 60
    render_mode: str | None = None
    render_observations: bool = True
    share_arrays: bool = False
    expert: str = "search"
    expert_config: ExpertConfig = field(default_factory=ExpertConfig)
    objects: ObjectOptions = field(default_factory=ObjectOptions)


class EpisodeEnv(gymnasium.Env[dict[str, Any], np.int64]):
    """Episodes of a dataset in a simulator: `reset`, `step`, `render` and the expert of the ObjectNav environments.

    The first `num_actions` of `simulators.ACTIONS` are offered. Raises `InputError` for settings out of range.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 8}  # noqa: RUF012 - Gymnasium's own convention
    env_id = ""

    def __init__(
        self,
        dataset: EpisodeCollection,
        simulator: Simulator,
        config: SimulatorConfig,
        settings: EpisodeSettings,
        num_actions: int = len(ACTIONS),
    ) -> None:
        check_at_least(1, max_episode_steps=settings.max_episode_steps, num_objects=settings.num_objects)
        check_at_least(1, num_points=config.num_points)
        if settings.render_mode is not None and settings.render_mode not in self.metadata["render_modes"]:
            raise InputError(f"render_mode: found {settings.render_mode!r}, expected 'rgb_array' or None")
        if settings.objects.objects == "seen" and not settings.render_observations:
            raise InputError("objects: found 'seen' with render_observations=False, expected 'scene' without images")
        check_expert(settings.expert)
        self.render_mode = settings.render_mode
        self.simulator: Simulator = simulator
        self._dataset, self._settings = dataset, settings
        self._chooser = EpisodeChooser(dataset, config.scene_dataset_config)
        self._intrinsics = Intrinsics.from_hfov(config.width, config.height, config.hfov_deg)
        self._packer = ObjectPacker(settings.num_objects)
        self._num_actions = num_actions
        self.action_space = spaces.Discrete(num_actions)
        categories = dataset.category_ids
        self.observation_space = observation_space(
            config,
            settings.num_objects,
            list(categories.values()),
            [*map(instruction_for, categories)],
            settings.render_observations,
        )
        self._running: RunningEpisode | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None:
            self._chooser.start_over()
        episode = self._chooser.choose(options, self.np_random)
        self._enter(episode)
        key = f"{episode.scene_name} {episode.episode_id}"
        objects = EpisodeObjects(self.simulator.objects, self._settings.objects, self._intrinsics, key)
        expert = make_expert(self._settings.expert, episode, self.simulator, self._settings.expert_config)
        self._running = RunningEpisode(episode, self.simulator, expert, objects, self._begin_measures(episode))
        return self._observation(), self._info()

    def step(
        self, action: int | np.integer | NDArray[np.integer]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        running = self._current()
        if running.terminated or running.truncated:
            raise ResetNeeded("the episode is over: call reset before the next step")
        number = _action_number(action, self._num_actions)
        running.collided = self.simulator.step(ACTIONS[number])
        running.steps += 1
        running.terminated = ACTIONS[number] == "stop"
        running.truncated = not running.terminated and self._is_out_of_time(running)
        position = self.simulator.agent_state.position
        running.path.append(position)
        measures = running.measures
        measures.update(position, running.collided, running.terminated)
        return self._observation(), self._reward(measures), running.terminated, running.truncated, self._info()

    def render(self) -> NDArray[np.uint8] | None:
        """The agent's view beside a map of where it walked, with the instruction and the measures below."""
        if self.render_mode is None:
            return None
        running = self._current()
        if running.painter is None:
            running.painter = EpisodePainter(self.simulator, running.episode)
        view = self.simulator.render()["image"] if running.view is None else running.view
        return running.painter.paint(view, self.simulator.agent_state, running.path, running.caption())

    def top_down_map(self, size_px: int = 480) -> NDArray[np.uint8]:
        """A map (size_px, size_px, 3) uint8 of the episode so far, of the agent's floor (see top_down_map.py)."""
        running = self._current()
        return top_down_map(self.simulator, running.episode, running.path, self.simulator.agent_state, size_px)

    def close(self) -> None:
        """Frees the scenes; `reset` loads them again."""
        self._running = None
        self.simulator.close()

    def episode_options(self, limit: int | None = None) -> list[dict[str, str]]:
        """The `reset` options of the split's first `limit` episodes (all without a limit), in file order."""
        return self._chooser.options(limit)

    def random_episode_options(self, scene: str, rng: np.random.Generator) -> dict[str, Any]:
        """The `reset` options of a new episode in a scene: a random start, a category it can reach in 1 to 30 m.

        Ends the running episode, since the scene is made current.
        """
        self._running = None
        first = self._dataset.in_scene(scene)[0]
        self._chooser.check_scene_dataset(first)
        self.simulator.load_scene(first.scene_id, self._dataset.instance_categories(first.scene_id))
        return draw_episode_options(self._dataset, self.simulator, scene, rng)

    @property
    def embodiment(self) -> NavigationEmbodiment:
        """The body that acts."""
        return NavigationEmbodiment(num_actions=self._num_actions)

    @property
    def measures(self) -> Sequence[Measure]:
        """What `info["measures"]` holds."""
        return MEASURES

    @property
    def renderer(self) -> str:
        """What draws the images."""
        return str(self.spec.kwargs.get("simulator", "embedded")) if self.spec else "embedded"

    def expert_action(self) -> int:
        """The expert's action id at the current pose (see expert.py); stop where no goal can be reached."""
        state = self.simulator.agent_state
        return self._current().expert.action(state.position, state.rotation)

    def _enter(self, episode: Episode) -> None:
        """Makes the episode's scene current, with the agent at its start."""
        self.simulator.load_scene(episode.scene_id, self._dataset.instance_categories(episode.scene_id))
        self.simulator.set_agent_state(episode.start_position, episode.start_rotation)

    def _begin_measures(self, episode: Episode) -> MeasureTracker:
        """The measures of an episode whose start is the agent's state."""
        distance = self.simulator.goal_tracker(episode.view_points.astype(np.float32))
        return MeasureTracker(distance, self.simulator.agent_state.position)

    def _is_out_of_time(self, running: RunningEpisode) -> bool:
        return running.steps >= self._settings.max_episode_steps

    def _reward(self, measures: MeasureTracker) -> float:
        return measures.distance_to_goal_reward + SLACK_REWARD + SUCCESS_REWARD * measures.success

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
        packed = self._packer.pack(running.objects.current, near=state.position)
        if not self._settings.share_arrays:
            packed = {name: array.copy() for name, array in packed.items()}
        return {
            **observation,
            **packed,
            "agent_position": state.position,
            "agent_rotation": state.rotation,
            "instruction": episode.instruction,
            "gps": gps(episode.start_position, episode.start_rotation, state.position),
            "compass": compass(episode.start_rotation, state.rotation),
            "objectgoal": np.array([episode.task_category_id], np.int64),
        }

    def _info(self) -> dict[str, Any]:
        running = self._current()
        info: dict[str, Any] = {
            "episode_info": running.description(self.env_id, self._dataset.split),
            "measures": running.measures.values(),
            "collided": running.collided,
        }
        if running.invalid is not None:
            info["invalid"] = running.invalid
        return info


def check_at_least(least: int, **values: float) -> None:
    """Raises `InputError` naming the first of the values that is less, or not finite."""
    for name, value in values.items():
        if not least <= value < math.inf:
            raise InputError(f"{name}: found {value}, expected at least {least}")


def _action_number(action: Any, count: int) -> int:
    """An action id below `count` from an int or an array holding one."""
    value = np.asarray(action)
    if value.size != 1 or value.dtype.kind not in "iu" or not 0 <= value.item() < count:
        raise InputError(f"action: found {action!r}, expected an integer from 0 to {count - 1}")
    return int(value.item())
