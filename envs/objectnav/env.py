"""Habitat's ObjectNav task as a Gymnasium environment: episodes, stop, limits and measures above any simulator."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from envs.camera import Intrinsics
from envs.errors import InputError
from envs.objectnav.custom_episodes import draw_episode_options
from envs.objectnav.episode_choice import EpisodeChooser
from envs.objectnav.episode_expert import check_expert, make_expert
from envs.objectnav.episode_objects import EpisodeObjects, ObjectOptions
from envs.objectnav.episode_records import instruction_for
from envs.objectnav.episodes import ObjectNavDataset, find_scenes_folder, is_folder
from envs.objectnav.expert import ExpertConfig
from envs.objectnav.picture import EpisodePainter
from envs.objectnav.proposals import ProposalNoise
from envs.objectnav.running import RunningEpisode
from envs.objectnav.sensors import compass, gps, observation_space
from envs.objectnav.simulators import ACTIONS, Simulator, SimulatorConfig, make_simulator
from envs.objectnav.top_down_map import top_down_map
from envs.objects import ObjectPacker

SUCCESS_REWARD = 2.5
SLACK_REWARD = -0.01


class ObjectNavEnv(gymnasium.Env[dict[str, Any], np.int64]):
    """Find an instance of a category and stop near it (habitat-lab 0.3.4's ObjectNav-v1; step limit 500).

    `dataset` is a `{split}.json.gz` or the folder above it; `scenes` the folder that holds the scene dataset, by
    default the nearest one above the dataset that does. Actions are Habitat's ids, `simulators.ACTIONS`.

    Observations: `image`, `depth`, `segmentation` (left out with `render_observations=False`, which makes a step free
    of rendering), `object_points`, `object_boxes`, `object_mask`, `object_ids`, `agent_position`, `agent_rotation`,
    `instruction`, and Habitat's `gps` (metres forward and right of the start pose), `compass` (radians left of the
    start heading) and `objectgoal` (task category id).

    `share_arrays=True` hands over the very same object arrays while nothing changed, so that a step costs no copy of
    the scene; Gymnasium's checker wants new ones at every step.

    Objects: `objects="scene"` gives the clouds of the whole scene from the start, "seen" those fused from the depth
    images so far (seen_objects.py). `proposals="noisy"` gives what a detector would instead of the true instances, with
    the rates, shift and seed of the `proposal_` options (see ProposalNoise); the episode and that seed decide, not the
    seed of `reset`.

    Experts: "search" (expert.py), or "greedy", Habitat's own (greedy_follower.py). `expert_clearance_m` and
    `expert_stop_within_m` make the first keep away from walls and go on towards the object: for demonstrations, since
    to imitate the shortest path is to bump into corners.

    Reward, as habitat-lab's: metres gained towards the nearest goal view point, minus 0.01, plus 2.5 on success.
    Stop terminates, `max_episode_steps` truncates (`gymnasium.make` keeps an argument of that name to itself and wraps
    its own limit around this one). `reset` takes the options `episode_id` and `scene`; without them the
    episodes come in an order that the seed gives, each once before any comes again, scene after scene. With the options
    `category`, `start_position` and `start_rotation` an episode that is not in the file begins in that scene.

    `info`: `episode` (description), `measures` (see measures.py), `collided` (of the last action), and `invalid` (why
    the episode cannot be scored) where that is so. Raises `InputError` for wrong arguments and files.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 8}  # noqa: RUF012 - Gymnasium's own convention

    def __init__(
        self,
        dataset: str | Path | None = None,
        split: str = "val",
        scenes: str | Path | None = None,
        simulator: str = "embedded",
        width: int = 640,
        height: int = 480,
        hfov_deg: float = 79.0,
        max_episode_steps: int = 500,
        num_objects: int = 60,
        num_points: int = 1024,
        render_mode: str | None = None,
        allow_sliding: bool = False,
        render_observations: bool = True,
        share_arrays: bool = False,
        expert: str = "search",
        expert_clearance_m: float = 0.0,
        expert_stop_within_m: float | None = None,
        objects: str = "scene",
        proposals: str = "ground-truth",
        proposal_drop_rate: float = 0.2,
        proposal_merge_rate: float = 0.1,
        proposal_split_rate: float = 0.1,
        proposal_jitter_m: float = 0.03,
        proposal_seed: int = 0,
    ) -> None:
        if dataset is None:
            raise InputError("dataset: not given, expected an ObjectNav-v1 {split}.json.gz or the folder above it")
        _check_at_least(1, max_episode_steps=max_episode_steps, num_objects=num_objects, num_points=num_points)
        _check_at_least(0, expert_clearance_m=expert_clearance_m, expert_stop_within_m=expert_stop_within_m or 0.0)
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise InputError(f"render_mode: found {render_mode!r}, expected 'rgb_array' or None")
        if objects == "seen" and not render_observations:
            raise InputError("objects: found 'seen' with render_observations=False, expected 'scene' without images")
        self._objects = ObjectOptions(
            objects,
            proposals,
            ProposalNoise(
                proposal_drop_rate, proposal_merge_rate, proposal_split_rate, proposal_jitter_m, proposal_seed
            ),
        )
        self.render_mode = render_mode
        self._dataset = ObjectNavDataset(dataset, split)
        self._max_episode_steps = max_episode_steps
        self._render_observations = render_observations
        first = next(iter(self._dataset), None)
        if first is None:
            raise InputError(f"{self._dataset.path}: no episodes in the split")
        if scenes is not None and not is_folder(Path(scenes)):
            raise InputError(f"scenes: found {str(scenes)!r}, expected the folder that holds the scenes")
        self._config = SimulatorConfig(
            scenes=find_scenes_folder(self._dataset.path, first) if scenes is None else Path(scenes),
            scene_dataset_config=first.scene_dataset_config,
            width=width,
            height=height,
            hfov_deg=hfov_deg,
            allow_sliding=allow_sliding,
            num_points=num_points,
        )
        self._expert_name = check_expert(expert)
        self._expert = ExpertConfig(
            forward_m=self._config.forward_step_m,
            turn_deg=self._config.turn_angle_deg,
            clearance_m=expert_clearance_m,
            stop_within_m=math.inf if expert_stop_within_m is None else expert_stop_within_m,
        )
        self._intrinsics = Intrinsics.from_hfov(width, height, hfov_deg)
        self._chooser = EpisodeChooser(self._dataset, first.scene_dataset_config)
        self.simulator: Simulator = make_simulator(simulator, self._config)
        self._packer = ObjectPacker(num_objects)
        self._share_arrays = share_arrays
        self.action_space = spaces.Discrete(len(ACTIONS))
        categories = self._dataset.category_ids
        self.observation_space = observation_space(
            self._config,
            num_objects,
            list(categories.values()),
            [*map(instruction_for, categories)],
            render_observations,
        )
        self._running: RunningEpisode | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None:
            self._chooser.start_over()
        episode = self._chooser.choose(options, self.np_random)
        self.simulator.load_scene(episode.scene_id, self._dataset.instance_categories(episode.scene_id))
        self.simulator.set_agent_state(episode.start_position, episode.start_rotation)
        key = f"{episode.scene_name} {episode.episode_id}"
        objects = EpisodeObjects(self.simulator.objects, self._objects, self._intrinsics, key)
        expert = make_expert(self._expert_name, episode, self.simulator, self._expert)
        self._running = RunningEpisode(episode, self.simulator, expert, objects)
        return self._observation(), self._info()

    def step(
        self, action: int | np.integer | NDArray[np.integer]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        running = self._current()
        if running.terminated or running.truncated:
            raise ResetNeeded("the episode is over: call reset before the next step")
        number = _action_number(action)
        running.collided = self.simulator.step(ACTIONS[number])
        running.steps += 1
        running.terminated = ACTIONS[number] == "stop"
        running.truncated = running.steps >= self._max_episode_steps and not running.terminated
        position = self.simulator.agent_state.position
        running.path.append(position)
        measures = running.measures
        measures.update(position, running.collided, running.terminated)
        reward = measures.distance_to_goal_reward + SLACK_REWARD + SUCCESS_REWARD * measures.success
        return self._observation(), reward, running.terminated, running.truncated, self._info()

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

    def expert_action(self) -> int:
        """The expert's action id at the current pose (see expert.py); stop where no goal can be reached."""
        state = self.simulator.agent_state
        return self._current().expert.action(state.position, state.rotation)

    def _current(self) -> RunningEpisode:
        if self._running is None:
            raise ResetNeeded("no episode is running: call reset first")
        return self._running

    def _observation(self) -> dict[str, Any]:
        running = self._current()
        episode, state = running.episode, self.simulator.agent_state
        observation: dict[str, Any] = self.simulator.render() if self._render_observations else {}
        running.view = observation.get("image")
        if running.objects.need_frames:
            running.objects.see(observation, self.simulator.camera_pose())
        packed = self._packer.pack(running.objects.current, near=state.position)
        if not self._share_arrays:
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
            "episode": running.description(self._dataset.split),
            "measures": running.measures.values(),
            "collided": running.collided,
        }
        if running.invalid is not None:
            info["invalid"] = running.invalid
        return info


def _check_at_least(least: int, **values: float) -> None:
    for name, value in values.items():
        if not least <= value < math.inf:
            raise InputError(f"{name}: found {value}, expected at least {least}")


def _action_number(action: Any) -> int:
    """An action id from an int or an array holding one."""
    value = np.asarray(action)
    if value.size != 1 or value.dtype.kind not in "iu" or not 0 <= value.item() < len(ACTIONS):
        raise InputError(f"action: found {action!r}, expected an integer from 0 to {len(ACTIONS) - 1}")
    return int(value.item())
