"""Composes a habitat-lab configuration and fits it to the observation contract: paths, sensors, device, actions."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import ACTIONS, NavigationEmbodiment
from leo_agent.envs.navigation.episodes.split_files import find_scenes_folder
from leo_agent.envs.navigation.habitat_lab.instance_sensor import SENSOR_NAME, register_instance_sensor
from leo_agent.envs.navigation.simulators import SimulatorConfig
from leo_agent.envs.navigation.simulators.habitat_install import gpu_device_id, import_habitat
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav

WANTED_BY = "leo/HabitatLabObjectNav-v0"
# Sensor type and habitat-lab's configuration class of each image of an observation.
SENSORS = {
    "image": ("HabitatSimRGBSensor", "HabitatSimRGBSensorConfig"),
    "depth": ("HabitatSimDepthSensor", "HabitatSimDepthSensorConfig"),
    "segmentation": (SENSOR_NAME, "HabitatSimSemanticSensorConfig"),
}
_SHARED = ("width", "height", "hfov", "position", "orientation")
_FAR_M = 1000.0  # habitat-sim's far plane
_FEWEST_ACTIONS = 4


def compose_config(config: Any, overrides: Sequence[str]) -> Any:
    """The omegaconf `DictConfig` of a habitat-lab configuration file (name or path), or of a composed one as it is.

    Args:
        config: the file, or the composed configuration.
        overrides: Hydra's, such as "habitat.environment.max_episode_steps=100".

    Raises:
        InputError: habitat-lab cannot compose it, or it has no simulator.
    """
    habitat = import_habitat("habitat", WANTED_BY)
    omegaconf = importlib.import_module("omegaconf")
    if isinstance(config, omegaconf.DictConfig):
        if overrides:
            raise InputError("overrides: found some beside a composed config, expected them in what composed it")
        composed = config.copy()
    else:
        hydra_error = importlib.import_module("hydra.errors").HydraException
        yaml_error = importlib.import_module("yaml").YAMLError
        omega_error = omegaconf.errors.OmegaConfBaseException
        try:
            composed = habitat.get_config(str(config), overrides=[str(override) for override in overrides])
        # RuntimeError is habitat-lab's own answer to a file that is not there.
        except (RuntimeError, AssertionError, hydra_error, yaml_error, omega_error) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"config {str(config)!r}: habitat-lab cannot compose it: {reason}") from error
    if "habitat" not in composed or "simulator" not in composed.habitat:
        raise InputError(f"config: found the keys {', '.join(map(str, composed))}, expected 'habitat' with a simulator")
    return composed


def choose_dataset(composed: Any, dataset: str | Path | None, split: str | None, scenes: str | Path | None) -> None:
    """Points the configuration at other episodes; None leaves what it says.

    Args:
        composed: the configuration, which is changed.
        dataset: as of NavigationEnv.
        split: name of the split; with a `dataset` by default val.
        scenes: as of NavigationEnv.

    Raises:
        InputError: the episodes are not there.
    """
    settings = composed.habitat.dataset
    with _read_write(composed):
        if split is not None:
            settings.split = split
        if dataset is not None:
            episodes = ObjectNav.read_episodes(dataset, split or "val")
            settings.split = episodes.split
            settings.data_path = str(episodes.path).replace("{", "{{").replace("}", "}}")
            first = next(iter(episodes), None)
            if scenes is None and first is not None:
                scenes = find_scenes_folder(episodes.path, first)
        if scenes is not None:
            settings.scenes_dir = str(scenes)


def fit_to_contract(composed: Any, width: int | None, height: int | None, images: bool) -> None:
    """Gives the agent a colour, a depth and an instance sensor that see the same; without `images` none at all.

    A sensor that is missing is added with the pose and size of one that is there. Depth comes in metres, unclipped.
    The device is -1 where there is no NVIDIA driver. Episodes are not shuffled here: the environment chooses them.
    """
    configs = importlib.import_module("habitat.config.default_structured_configs")
    instance_sensor = register_instance_sensor()
    with _read_write(composed):
        settings = composed.habitat
        iterator = settings.environment.iterator_options
        iterator.shuffle, iterator.group_by_scene, iterator.num_episode_sample = False, False, -1
        if gpu_device_id() < 0:
            settings.simulator.habitat_sim_v0.gpu_device_id = gpu_device_id()
        agent = _agent(composed)
        if not images:
            agent.sim_sensors = {}
            return
        for sensor in agent.sim_sensors.values():
            if sensor.type == "HabitatSimSemanticSensor":
                sensor.type = instance_sensor
        present = {sensor.type: sensor for sensor in agent.sim_sensors.values()}
        model = next((present[kind] for kind, _ in SENSORS.values() if kind in present), None)
        shared = {} if model is None else {field: model[field] for field in _SHARED}
        for name, (kind, config_class) in SENSORS.items():
            if kind not in present:
                agent.sim_sensors[f"{name}_sensor"] = getattr(configs, config_class)(type=kind, **shared)
        for name, (kind, _) in SENSORS.items():
            sensor = agent.sim_sensors[_key_of(agent, kind)]
            sensor.width, sensor.height = width or sensor.width, height or sensor.height
            if name == "depth":
                sensor.normalize_depth, sensor.min_depth, sensor.max_depth = False, 0.0, _FAR_M
    _check_same_view(agent)


def simulator_config(composed: Any, scene_dataset_config: str, num_points: int) -> SimulatorConfig:
    """What the configuration says in this project's terms, with the camera of the colour sensor."""
    settings = composed.habitat
    agent = _agent(composed)
    camera = agent.sim_sensors[_key_of(agent, SENSORS["image"][0])] if agent.sim_sensors else None
    look_up, usual = settings.task.actions.get("look_up"), NavigationEmbodiment()
    body = NavigationEmbodiment(
        num_actions=_count_actions(composed),
        forward_step_m=float(settings.simulator.forward_step_size),
        turn_angle_deg=float(settings.simulator.turn_angle),
        tilt_angle_deg=usual.tilt_angle_deg if look_up is None else float(look_up.tilt_angle),
        camera_height_m=usual.camera_height_m if camera is None else float(camera.position[1]),
        camera_pitch_deg=usual.camera_pitch_deg if camera is None else math.degrees(camera.orientation[0]),
        hfov_deg=usual.hfov_deg if camera is None else float(camera.hfov),
        agent_height_m=float(agent.height),
        agent_radius_m=float(agent.radius),
        max_climb_m=float(agent.max_climb),
    )
    size = {} if camera is None else {"width": camera.width, "height": camera.height}
    return SimulatorConfig(
        scenes=Path(settings.dataset.scenes_dir),
        scene_dataset_config=scene_dataset_config,
        body=body,
        allow_sliding=bool(settings.simulator.habitat_sim_v0.allow_sliding),
        num_points=num_points,
        **size,
    )


def success_distance_m(composed: Any) -> float:
    """How near a stop has to be by the configuration; ObjectNav's own distance where it measures no success."""
    success = composed.habitat.task.measurements.get("success")
    return ObjectNav.success_distance_m if success is None else float(success.success_distance)


def _count_actions(composed: Any) -> int:
    """How many of `ACTIONS` the task has, from the first on.

    Raises:
        InputError: it has others, or in another order.
    """
    names = tuple(composed.habitat.task.actions)
    if len(names) < _FEWEST_ACTIONS or names != ACTIONS[: len(names)]:
        found, expected = ", ".join(names), f"the first {_FEWEST_ACTIONS} or more of {', '.join(ACTIONS)}"
        raise InputError(f"habitat.task.actions: found {found}, expected {expected}")
    return len(names)


def _agent(composed: Any) -> Any:
    """The configuration of the one agent."""
    agents = composed.habitat.simulator.agents
    if len(agents) != 1:
        raise InputError(f"habitat.simulator.agents: found {len(agents)}, expected one")
    return next(iter(agents.values()))


def _key_of(agent: Any, kind: str) -> str:
    return next(str(key) for key, sensor in agent.sim_sensors.items() if sensor.type == kind)


def _check_same_view(agent: Any) -> None:
    sensors = {name: agent.sim_sensors[_key_of(agent, kind)] for name, (kind, _) in SENSORS.items()}
    for field in _SHARED:
        values = {name: sensor[field] for name, sensor in sensors.items()}
        if any(value != values["image"] for value in values.values()):
            found = ", ".join(f"{name} {value}" for name, value in values.items())
            raise InputError(f"sim_sensors: found {field} of {found}, expected the same of all three")


def _read_write(composed: Any) -> Any:
    return importlib.import_module("habitat.config.read_write").read_write(composed)
