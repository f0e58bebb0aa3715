"""The optional simulator that drives habitat-sim 0.3.4 through the same protocol as the embedded one.

Written from habitat-sim's published interface and from notes on its behaviour. It has NOT been run against habitat-sim
in this version of the project: the tests only check its calls on a stand-in. habitat-sim is imported when the simulator
is made, not before.
"""

from __future__ import annotations

import importlib
import logging
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from envs.camera import pose_matrix
from envs.errors import InputError
from envs.objectnav.episodes import is_file, strip_scene_prefix
from envs.objectnav.scene.dataset import find_scene
from envs.objectnav.scene.loading import load_scene
from envs.objectnav.simulators.base import ACTIONS, AgentState, SimulatorConfig, register_simulator
from envs.objects import ObjectSet

HOW_TO_GET = (
    "it is not on PyPI; with conda: `conda install habitat-sim headless -c conda-forge -c aihabitat-nightly` "
    "(Python 3.10 or 3.11), or build tag v0.3.4 of github.com/facebookresearch/habitat-sim; "
    "the simulator 'embedded' needs nothing of it"
)
# The body of habitat-lab's ObjectNav benchmark: navmeshes made for it are used as they are, others are made anew.
_AGENT_HEIGHT_M, _AGENT_RADIUS_M, _MAX_CLIMB_M, _MAX_SLOPE_DEG = 0.88, 0.18, 0.2, 45.0
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")

_log = logging.getLogger(__name__)


@register_simulator("habitat")
class HabitatSimulator:
    """See `Simulator` for the members. One instance a process: each spends seconds on its GL context.

    `objects` come from the scene's files, read as by the embedded simulator; scenes that it cannot read (textured ones)
    have none, and a warning says so.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        self._habitat_sim = _import_habitat_sim()
        self._simulator: Any = None
        self._scene_id: str | None = None
        self._objects = ObjectSet.empty(config.num_points)

    @property
    def agent_state(self) -> AgentState:
        state = self._agent.get_state()
        rotation = [state.rotation.x, state.rotation.y, state.rotation.z, state.rotation.w]
        return AgentState(np.array(state.position, np.float32), np.array(rotation, np.float32))

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
            self._simulator = self._scene_id = None
            raise InputError(f"scene {scene_id!r}: habitat-sim says {' '.join(str(error).split())}") from error
        # habitat-sim crashes on any question to a navmesh that is not there.
        if not self._simulator.pathfinder.is_loaded:
            self._scene_id = None
            raise InputError(f"scene {scene_id!r}: habitat-sim found and could make no navmesh, expected one")
        self._scene_id = scene_id
        self._objects = self._read_objects(scene_id, categories)

    def close(self) -> None:
        if self._simulator is not None:
            self._simulator.close()
        self._simulator = self._scene_id = None
        self._objects = ObjectSet.empty(self._config.num_points)

    def set_agent_state(self, position: ArrayLike, rotation: ArrayLike) -> None:
        place, quaternion = np.array(position, np.float32), np.array(rotation, np.float64)
        norm = float(np.linalg.norm(quaternion))
        if place.shape != (3,) or quaternion.shape != (4,) or not (np.isfinite(place).all() and 0.0 < norm < math.inf):
            found = f"position {place.tolist()!r} and rotation {quaternion.tolist()!r}"
            raise InputError(f"agent state: found {found}, expected finite numbers x, y, z and x, y, z, w")
        # habitat-sim refuses lengths off by more than 1e-4; rounded rotations of files must pass unchanged.
        if abs(norm - 1.0) > 5e-5:
            quaternion /= norm
        state = self._habitat_sim.AgentState(position=place, rotation=quaternion.tolist())
        self._agent.set_state(state, reset_sensors=True)

    def step(self, action: str) -> bool:
        if action not in ACTIONS:
            raise InputError(f"action: found {action!r}, expected one of {', '.join(ACTIONS)}")
        # The agent alone: Simulator.step would also draw all sensors.
        return action != "stop" and bool(self._agent.act(action))

    def render(self) -> dict[str, NDArray]:
        frames = self._loaded.get_sensor_observations()
        return {
            "image": np.array(frames["image"][..., :3], np.uint8),
            "depth": np.array(frames["depth"], np.float32),
            "segmentation": np.array(frames["segmentation"]).astype(np.int32),
        }

    def camera_pose(self) -> NDArray[np.float64]:
        sensor = self._agent.get_state().sensor_states["depth"]
        rotation = sensor.rotation
        return pose_matrix(sensor.position, (rotation.x, rotation.y, rotation.z, rotation.w))

    def try_step(self, start: ArrayLike, end: ArrayLike) -> NDArray[np.float32]:
        pathfinder = self._pathfinder
        move = pathfinder.try_step if self._config.allow_sliding else pathfinder.try_step_no_sliding
        return np.array(move(_point(start), _point(end)), np.float32)

    def geodesic_distance(self, start: ArrayLike, ends: ArrayLike) -> float:
        return self.goal_tracker(ends)(start)

    def goal_tracker(self, ends: ArrayLike) -> Callable[[ArrayLike], float]:
        path = self._paths_to(ends)

        def distance(start: ArrayLike) -> float:
            return math.inf if path is None else float(self._found(path, start).geodesic_distance)

        return distance

    def shortest_path(self, start: ArrayLike, ends: ArrayLike) -> NDArray[np.float32]:
        path = self._paths_to(ends)
        corners = [] if path is None else self._found(path, start).points
        return np.array(corners, np.float32).reshape(-1, 3)

    def snap_point(self, point: ArrayLike) -> NDArray[np.float32]:
        return np.array(self._pathfinder.snap_point(_point(point)), np.float32)

    def is_navigable(self, point: ArrayLike) -> bool:
        return bool(self._pathfinder.is_navigable(_point(point)))

    def obstacle_distance(self, point: ArrayLike, limit: float = 2.0) -> float:
        return float(self._pathfinder.distance_to_closest_obstacle(_point(point), limit))

    def random_navigable_point(self, rng: np.random.Generator) -> NDArray[np.float32]:
        # habitat-sim draws from the process-wide C generator: seeded each time, the point depends on `rng` alone.
        self._pathfinder.seed(int(rng.integers(2**31)))
        return np.array(self._pathfinder.get_random_navigable_point(), np.float32)

    def island(self, point: ArrayLike) -> int:
        return int(self._pathfinder.get_island(_point(point)))

    def _paths_to(self, ends: ArrayLike) -> Any:
        """A path object that remembers its ends; None without ends."""
        points = np.asarray(ends, np.float32).reshape(-1, 3)
        if not len(points):
            return None
        path = self._habitat_sim.MultiGoalShortestPath()
        path.requested_ends = points
        return path

    def _found(self, path: Any, start: ArrayLike) -> Any:
        path.requested_start = _point(start)
        self._pathfinder.find_path(path)
        return path

    @property
    def _loaded(self) -> Any:
        if self._simulator is None or self._scene_id is None:
            raise InputError("simulator: no scene is loaded, expected load_scene first")
        return self._simulator

    @property
    def _agent(self) -> Any:
        return self._loaded.get_agent(0)

    @property
    def _pathfinder(self) -> Any:
        return self._loaded.pathfinder

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
        # Device 0 without a CUDA driver would end the process, with no Python exception.
        backend.gpu_device_id = 0 if _NVIDIA_DRIVER.exists() else -1
        backend.allow_sliding = config.allow_sliding
        backend.enable_physics = False
        settings = habitat_sim.NavMeshSettings()
        settings.set_defaults()
        settings.agent_height, settings.agent_radius = _AGENT_HEIGHT_M, _AGENT_RADIUS_M
        settings.agent_max_climb, settings.agent_max_slope = _MAX_CLIMB_M, _MAX_SLOPE_DEG
        backend.navmesh_settings = settings
        body = habitat_sim.agent.AgentConfiguration()
        body.height, body.radius = _AGENT_HEIGHT_M, _AGENT_RADIUS_M
        types = habitat_sim.SensorType
        body.sensor_specifications = [
            self._sensor(uuid, kind)
            for uuid, kind in (("image", types.COLOR), ("depth", types.DEPTH), ("segmentation", types.SEMANTIC))
        ]
        body.action_space = self._actions()
        return habitat_sim.Configuration(backend, [body])

    def _sensor(self, uuid: str, kind: Any) -> Any:
        config = self._config
        sensor = self._habitat_sim.CameraSensorSpec()
        sensor.uuid = uuid
        sensor.sensor_type = kind
        sensor.sensor_subtype = self._habitat_sim.SensorSubType.PINHOLE
        sensor.resolution = [config.height, config.width]
        sensor.position = [0.0, float(config.camera_height_m), 0.0]
        sensor.orientation = [0.0, 0.0, 0.0]
        sensor.hfov = float(config.hfov_deg)
        return sensor

    def _actions(self) -> dict[str, Any]:
        agent, config = self._habitat_sim.agent, self._config
        amounts = (config.forward_step_m, *(config.turn_angle_deg,) * 2, *(config.tilt_angle_deg,) * 2)
        return {
            name: agent.ActionSpec(name, agent.ActuationSpec(amount=amount))
            for name, amount in zip(ACTIONS[1:], amounts, strict=True)
        }

    def _read_objects(self, scene_id: str, categories: Mapping[int, str] | None) -> ObjectSet:
        config = self._config
        try:
            files = find_scene(config.scenes, scene_id, config.scene_dataset_config)
            return load_scene(files, config.num_points, categories).objects
        except InputError as error:
            _log.warning("no object point clouds in scene %s: %s", scene_id, error)
            return ObjectSet.empty(config.num_points)


def _import_habitat_sim() -> Any:
    try:
        return importlib.import_module("habitat_sim")
    except ImportError as error:
        reason = " ".join(str(error).split())
        message = f"simulator 'habitat' needs habitat-sim, which cannot be imported ({reason}): {HOW_TO_GET}"
        raise InputError(message) from error


def _point(point: ArrayLike) -> NDArray[np.float32]:
    """(3,) float32: habitat-sim takes arrays of floats, but no list that holds an integer."""
    return np.asarray(point, np.float32).reshape(3)
