"""A running habitat-lab `Env` behind the `Simulator` protocol: its actions are those of the task."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.object_episodes import ObjectEpisode
from leo_agent.envs.navigation.habitat_lab.config import SENSORS, WANTED_BY
from leo_agent.envs.navigation.habitat_lab.episodes import LabEpisodes
from leo_agent.envs.navigation.habitat_lab.measures import guard
from leo_agent.envs.navigation.simulators import Frames, SimulatorConfig
from leo_agent.envs.navigation.simulators.habitat import read_objects
from leo_agent.envs.navigation.simulators.habitat_install import import_habitat
from leo_agent.envs.navigation.simulators.habitat_queries import HabitatQueries
from leo_agent.envs.objects import ObjectSet


class LabSimulator(HabitatQueries):
    """See `Simulator` for the members; habitat-lab's `Env` is made with the first scene, since that takes seconds.

    `render` gives what habitat-lab's sensors saw after the last reset or step. `step` is a step of the task: it moves
    its measures on, and after the end of an episode `enter` has to come first.
    """

    def __init__(self, composed: Any, episodes: LabEpisodes, config: SimulatorConfig) -> None:
        super().__init__(import_habitat("habitat_sim", WANTED_BY), config.allow_sliding)
        self._composed, self._episodes, self._config = composed, episodes, config
        self._env: Any = None
        self._scene_id: str | None = None
        self._frames: Frames = {}
        self._objects = ObjectSet.empty(config.num_points)

    @property
    def env(self) -> Any:
        """The `habitat.Env`.

        Raises:
            InputError: it is asked for before the first scene or after `close`.
        """
        if self._env is None:
            raise InputError("simulator: no scene is loaded, expected load_scene first")
        return self._env

    @property
    def objects(self) -> ObjectSet:
        return self._objects

    def enter(self, episode: ObjectEpisode) -> None:
        """Begins an episode of the dataset: habitat-lab's `reset`."""
        original = self._episodes.original(episode)
        if self._env is not None and not self._has_images and episode.scene_id != self._scene_id:
            # Without sensors habitat-sim 0.3.4 has no renderer, and crashes where habitat-lab changes the scene.
            self.close()
        try:
            if self._env is None:
                self._env = self._make_env(original)
            # What is assigned here is what the next reset begins.
            self._env.current_episode = original
            observations = self._env.reset()
        except AssertionError as error:  # habitat-sim's answer to a scene that it does not find
            self.close()
            reason = " ".join(str(error).split())
            raise InputError(f"scene {episode.scene_id!r}: habitat-lab says {reason}") from error
        if not self._env.sim.pathfinder.is_loaded:  # habitat-sim crashes on any question to it then
            self.close()
            raise InputError(
                f"scene {episode.scene_id!r}: habitat-sim neither found nor could bake a navmesh, expected one"
            )
        self._frames = self._convert(observations)
        if episode.scene_id != self._scene_id:
            self._scene_id = episode.scene_id
            categories = self._episodes.instance_categories(episode.scene_id)
            self._objects = read_objects(self._config, episode.scene_id, categories)

    def load_scene(self, scene_id: str, categories: Mapping[int, str] | None = None) -> None:
        if scene_id != self._scene_id:
            self.enter(self._episodes.in_scene(scene_id)[0])

    def close(self) -> None:
        if self._env is not None:
            self._env.close()
        self._env = self._scene_id = None
        self._frames = {}
        self._objects = ObjectSet.empty(self._config.num_points)

    def step(self, action: str) -> bool:
        self._frames = self._convert(self.env.step(action))
        return action != "stop" and bool(self.env.sim.previous_step_collided)

    def render(self) -> Frames:
        return dict(self._frames)

    @property
    def _has_images(self) -> bool:
        return bool(self.env.sim.sensor_suite.sensors)

    @property
    def _loaded(self) -> Any:
        return self.env.sim

    def _make_env(self, first: Any) -> Any:
        """An `Env` whose first scene is that of the episode `first`."""
        dataset = copy.copy(self._episodes.lab_dataset)
        others = [episode for episode in dataset.episodes if episode is not first]
        dataset.episodes = [first, *others]
        env = import_habitat("habitat", WANTED_BY).Env(config=self._composed.copy(), dataset=dataset)
        guard(env.task.measurements)
        return env

    def _convert(self, observations: Mapping[str, Any]) -> Frames:
        """The images of the contract as own arrays: habitat-sim draws the next frame into the same memory."""
        sensors = self.env.sim.sensor_suite.sensors
        uuids = {sensor.config.type: uuid for uuid, sensor in reversed(sensors.items())}
        frames: Frames = {}
        for name, dtype in (("image", np.uint8), ("depth", np.float32), ("segmentation", np.int32)):
            kind, _ = SENSORS[name]
            if kind in uuids:
                picture = np.array(observations[uuids[kind]], dtype)
                frames[name] = picture if name == "image" else picture[..., 0]
        return frames
