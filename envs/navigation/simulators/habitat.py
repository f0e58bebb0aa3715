"""The optional simulator that drives habitat-sim (0.3.3 or newer) through the same protocol as the embedded one.

habitat-sim is imported when the simulator is made, not before.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import ACTIONS
from leo_agent.envs.navigation.simulators.base import Frames, SimulatorConfig, register_simulator
from leo_agent.envs.navigation.simulators.habitat_install import gpu_device_id, import_habitat
from leo_agent.envs.navigation.simulators.habitat_queries import HabitatQueries
from leo_agent.envs.navmesh import OBJECTNAV_SETTINGS, read_navmesh
from leo_agent.envs.objects import ObjectSet
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.floor import wanted_settings
from leo_agent.envs.scenes.loading import load_scene
from leo_agent.envs.scenes.paths import is_file, strip_scene_prefix

_log = logging.getLogger(__name__)


@register_simulator("habitat")
class HabitatSimulator(HabitatQueries):
    """See `Simulator` for the members. One instance a process: each spends seconds on its GL context.

    `objects` come from the scene's files, read as by the embedded simulator; scenes that it cannot read have none, and
    a warning says so.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        super().__init__(import_habitat("habitat_sim", "simulator 'habitat'"), config.allow_sliding)
        self._config = config
        self._simulator: Any = None
        self._scene_id: str | None = None
        self._objects = ObjectSet.empty(config.num_points)

    @property
    def objects(self) -> ObjectSet:
        return self._objects

    def load_scene(self, scene_id: str, categories: Mapping[int, str] | None = None) -> None:
        if scene_id == self._scene_id:
            return
        configuration = self._configuration(scene_id)
        try:
            # Reconfiguring keeps the GL context, which takes seconds to make.
            if self._simulator is None:
                self._simulator = self._habitat_sim.Simulator(configuration)
            else:
                self._simulator.reconfigure(configuration)
        except AssertionError as error:  # habitat-sim's answer to a scene that it does not find
            # Now: left to the garbage collector, what is half made ends the process where no GL context is current.
            self.close()
            raise InputError(f"scene {scene_id!r}: habitat-sim says {' '.join(str(error).split())}") from error
        # habitat-sim crashes on any question to a navmesh that is not there.
        if not self._simulator.pathfinder.is_loaded:
            self.close()
            raise InputError(f"scene {scene_id!r}: habitat-sim neither found nor could bake a navmesh, expected one")
        self._scene_id = scene_id
        self._objects = read_objects(self._config, scene_id, categories)

    def close(self) -> None:
        if self._simulator is not None:
            self._simulator.close()
        self._simulator = self._scene_id = None
        self._objects = ObjectSet.empty(self._config.num_points)

    def step(self, action: str) -> bool:
        if action not in ACTIONS:
            raise InputError(f"action: found {action!r}, expected one of {', '.join(ACTIONS)}")
        # The agent alone: Simulator.step would also draw all sensors.
        return action != "stop" and bool(self._agent.act(action))

    def render(self) -> Frames:
        frames = self._loaded.get_sensor_observations()
        return {
            "image": np.array(frames["image"][..., :3], np.uint8),
            "depth": np.array(frames["depth"], np.float32),
            "segmentation": np.array(frames["segmentation"]).astype(np.int32),
        }

    @property
    def _loaded(self) -> Any:
        if self._simulator is None or self._scene_id is None:
            raise InputError("simulator: no scene is loaded, expected load_scene first")
        return self._simulator

    def _configuration(self, scene_id: str) -> Any:
        config, habitat_sim = self._config, self._habitat_sim
        backend = habitat_sim.SimulatorConfiguration()
        path = config.scenes / strip_scene_prefix(scene_id)
        # The full file name: habitat-sim takes the first scene whose name contains the one asked for.
        backend.scene_id = str(path) if is_file(path) else scene_id
        if config.scene_dataset_config != "default":
            dataset = config.scenes / strip_scene_prefix(config.scene_dataset_config)
            if not is_file(dataset):
                raise InputError(f"{dataset}: no such file, expected the scene dataset configuration")
            backend.scene_dataset_config_file = str(dataset)
        backend.gpu_device_id = gpu_device_id()
        backend.allow_sliding = config.allow_sliding
        backend.enable_physics = False
        backend.navmesh_settings = self._navmesh_settings(scene_id)
        return habitat_sim.Configuration(backend, [self._agent_configuration()])

    def _navmesh_settings(self, scene_id: str) -> Any:
        """Navmeshes made with these are used as they are, others are made anew."""
        wanted = self._config.navmesh_settings(OBJECTNAV_SETTINGS)
        settings = self._habitat_sim.NavMeshSettings()
        settings.set_defaults()
        settings.cell_height = wanted.cell_height
        settings.agent_height, settings.agent_radius = wanted.agent_height, wanted.agent_radius
        settings.agent_max_climb, settings.agent_max_slope = wanted.agent_max_climb, wanted.agent_max_slope_deg
        settings.include_static_objects = includes_static_objects(self._config, scene_id)
        return settings

    def _agent_configuration(self) -> Any:
        agent = self._habitat_sim.agent.AgentConfiguration()
        agent.height, agent.radius = self._config.body.agent_height_m, self._config.body.agent_radius_m
        types = self._habitat_sim.SensorType
        agent.sensor_specifications = [
            self._sensor(uuid, kind)
            for uuid, kind in (("image", types.COLOR), ("depth", types.DEPTH), ("segmentation", types.SEMANTIC))
        ]
        agent.action_space = self._actions()
        return agent

    def _sensor(self, uuid: str, kind: Any) -> Any:
        config = self._config
        sensor = self._habitat_sim.CameraSensorSpec()
        sensor.uuid = uuid
        sensor.sensor_type = kind
        sensor.sensor_subtype = self._habitat_sim.SensorSubType.PINHOLE
        sensor.resolution = [config.height, config.width]
        sensor.position = [0.0, float(config.body.camera_height_m), 0.0]
        sensor.orientation = [math.radians(config.body.camera_pitch_deg), 0.0, 0.0]
        sensor.hfov = float(config.body.hfov_deg)
        return sensor

    def _actions(self) -> dict[str, Any]:
        agent, body = self._habitat_sim.agent, self._config.body
        amounts = (body.forward_step_m, *(body.turn_angle_deg,) * 2, *(body.tilt_angle_deg,) * 2)
        return {
            name: agent.ActionSpec(name, agent.ActuationSpec(amount=amount))
            for name, amount in zip(ACTIONS[1:], amounts, strict=True)
        }


def includes_static_objects(config: SimulatorConfig, scene_id: str) -> bool:
    """Whether the scene's navmesh goes around its static objects, as the embedded simulator decides it."""
    try:
        files = find_scene(config.scenes, scene_id, config.scene_dataset_config)
        own = None if files.navmesh is None else read_navmesh(files.navmesh).settings
    except InputError:  # habitat-sim will say what it is, and may be able to read the scene
        return False
    return wanted_settings(files, own).include_static_objects


def read_objects(config: SimulatorConfig, scene_id: str, categories: Mapping[int, str] | None) -> ObjectSet:
    """The instances of a scene as the embedded simulator reads them; none, with a warning, where it cannot."""
    try:
        files = find_scene(config.scenes, scene_id, config.scene_dataset_config)
        return load_scene(files, config.num_points, categories).objects
    except InputError as error:
        _log.warning("no object point clouds in scene %s: %s", scene_id, error)
        return ObjectSet.empty(config.num_points)
