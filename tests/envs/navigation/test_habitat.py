"""The habitat simulator's calls on a stand-in; habitat-sim itself is run in test_habitat_agreement.py."""

import importlib.util
import logging
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator

HOUSES = Path(__file__).parents[2] / "data/habitat_houses"
SCENE = "scenes/house_0001.scene_instance.json"


@pytest.mark.skipif(importlib.util.find_spec("habitat_sim") is not None, reason="habitat-sim is installed")
def test_without_habitat_sim_three_lines_say_how_to_get_it():
    with pytest.raises(InputError, match=r"simulator 'habitat' needs habitat_sim") as caught:
        NavigationEnv("leo/ObjectNav-v0", HOUSES / "objectnav", simulator="habitat")
    complaint, *way = str(caught.value).splitlines()
    assert "No module named" in complaint
    assert [line.split()[0] for line in way] == ["conda", "conda", "pip"]
    assert (Path(__file__).parents[3] / way[0].split()[-1]).is_file()


class Record(SimpleNamespace):
    """An object of habitat-sim that only keeps what is assigned to it."""

    def set_defaults(self) -> None:
        self.cell_size = 0.05


class Pathfinder:
    """Open floor everywhere; straight lines are shortest."""

    is_loaded = True

    def find_path(self, path: Record) -> bool:
        end = min(path.requested_ends, key=lambda end: float(np.linalg.norm(end - path.requested_start)))
        path.geodesic_distance = float(np.linalg.norm(end - path.requested_start))
        path.points = [path.requested_start.tolist(), end.tolist()]
        return True

    def try_step_no_sliding(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        return end

    def is_navigable(self, point: np.ndarray) -> bool:
        return True

    def get_island(self, point: np.ndarray) -> int:
        return 0

    def seed(self, seed: int) -> None:
        self.draw = seed

    def get_random_navigable_point(self) -> list[float]:
        return [float(self.draw), 0.0, 0.0]


class Agent:
    def __init__(self, actions: dict[str, Record]) -> None:
        self.actions = actions
        self.done: list[str] = []

    def act(self, name: str) -> bool:
        assert name in self.actions
        self.done.append(name)
        return name == "move_forward"

    def set_state(self, state: Record, reset_sensors: bool) -> None:
        assert reset_sensors
        x, y, z, w = state.rotation
        rotation = Record(x=x, y=y, z=z, w=w)
        eye = Record(position=np.asarray(state.position) + np.float32([0.0, 0.88, 0.0]), rotation=rotation)
        self.state = Record(position=state.position, rotation=rotation, sensor_states={"depth": eye})

    def get_state(self) -> Record:
        return self.state


class Simulator:
    made = 0

    def __init__(self, configuration: Record) -> None:
        type(self).made += 1
        self.reconfigure(configuration)

    def reconfigure(self, configuration: Record) -> None:
        assert "missing" not in configuration.sim_cfg.scene_id, "ESP_CHECK failed:\nNo Stage Attributes exists"
        self.configuration = configuration
        self.pathfinder = Pathfinder()
        self.agent = Agent(configuration.agents[0].action_space)

    def close(self) -> None:
        self.closed = True

    def get_agent(self, number: int) -> Agent:
        return self.agent

    def get_sensor_observations(self) -> dict[str, np.ndarray]:
        sensor = self.configuration.agents[0].sensor_specifications[0]
        height, width = sensor.resolution
        return {
            "image": np.full((height, width, 4), 7, np.uint8),
            "depth": np.ones((height, width), np.float32),
            "segmentation": np.full((height, width), 5, np.uint32),
        }


@pytest.fixture
def stand_in(monkeypatch):
    module = ModuleType("habitat_sim")
    for name in (
        "SimulatorConfiguration",
        "CameraSensorSpec",
        "NavMeshSettings",
        "MultiGoalShortestPath",
        "AgentState",
    ):
        setattr(module, name, type(name, (Record,), {}))
    module.Simulator = Simulator
    module.SensorType = SimpleNamespace(COLOR="color", DEPTH="depth", SEMANTIC="semantic")
    module.SensorSubType = SimpleNamespace(PINHOLE="pinhole")
    module.Configuration = lambda sim_cfg, agents: Record(sim_cfg=sim_cfg, agents=agents)
    module.agent = SimpleNamespace(
        AgentConfiguration=Record,
        ActionSpec=lambda name, actuation: Record(name=name, actuation=actuation),
        ActuationSpec=lambda amount: Record(amount=amount),
    )
    monkeypatch.setitem(sys.modules, "habitat_sim", module)
    return module


@pytest.fixture
def simulator(stand_in):
    config = SimulatorConfig(HOUSES, "golden.scene_dataset_config.json", width=64, height=48, num_points=16)
    made = make_simulator("habitat", config)
    made.load_scene(SCENE)
    return made


def test_configuration_is_that_of_the_objectnav_benchmark(simulator):
    configuration = simulator._simulator.configuration
    backend, (body,) = configuration.sim_cfg, configuration.agents
    assert backend.scene_id == str(HOUSES / SCENE)
    assert backend.scene_dataset_config_file == str(HOUSES / "golden.scene_dataset_config.json")
    assert backend.allow_sliding is False
    assert (backend.navmesh_settings.agent_height, backend.navmesh_settings.agent_radius) == (0.88, 0.18)
    assert {name: spec.actuation.amount for name, spec in body.action_space.items()} == {
        "move_forward": 0.25,
        "turn_left": 30.0,
        "turn_right": 30.0,
        "look_up": 30.0,
        "look_down": 30.0,
    }
    for sensor in body.sensor_specifications:
        assert (sensor.resolution, sensor.position, sensor.hfov) == ([48, 64], [0.0, 0.88, 0.0], 79.0)


def test_answers_have_the_protocol_s_types(simulator):
    simulator.set_agent_state([1, 2, 3], [0, 0.96593, 0, -0.25882])
    state = simulator.agent_state
    np.testing.assert_allclose(state.position, [1, 2, 3])
    np.testing.assert_allclose(state.rotation, [0, 0.96593, 0, -0.25882])
    assert state.position.dtype == state.rotation.dtype == np.float32
    assert [simulator.step(name) for name in ("stop", "move_forward", "look_up")] == [False, True, False]
    assert simulator._simulator.agent.done == ["move_forward", "look_up"]
    frame = simulator.render()
    assert frame["image"].shape == (48, 64, 3)
    assert frame["segmentation"].dtype == np.int32
    assert simulator.geodesic_distance([0, 0, 0], [[3, 0, 4], [1, 0, 0]]) == 1.0
    assert simulator.geodesic_distance([0, 0, 0], np.empty((0, 3))) == math.inf
    assert simulator.goal_tracker([[3, 0, 4]])([0, 0, 0]) == 5.0
    assert simulator.shortest_path([0, 0, 0], [[3, 0, 4], [1, 0, 0]]).tolist() == [[0, 0, 0], [1, 0, 0]]
    assert simulator.shortest_path([0, 0, 0], np.empty((0, 3))).shape == (0, 3)
    np.testing.assert_allclose(simulator.camera_pose()[:3, 3], [1.0, 2.88, 3.0])
    assert simulator.try_step([0, 0, 0], [1, 0, 0]).dtype == np.float32
    one, same = (simulator.random_navigable_point(np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    assert len(simulator.objects) > 0
    assert "chair" in simulator.objects.categories


def test_one_simulator_serves_all_scenes(simulator):
    made = Simulator.made
    simulator.load_scene("scenes/house_0002.scene_instance.json")
    simulator.load_scene("scenes/house_0002.scene_instance.json")
    assert Simulator.made == made


def test_closing_frees_the_context_and_a_scene_starts_a_new_one(simulator):
    first, made = simulator._simulator, Simulator.made
    simulator.close()
    simulator.close()
    assert first.closed
    with pytest.raises(InputError, match="no scene is loaded"):
        simulator.render()
    simulator.load_scene(SCENE)
    assert Simulator.made == made + 1


def test_a_scene_that_habitat_sim_does_not_find(simulator):
    with pytest.raises(InputError, match="No Stage Attributes exists") as caught:
        simulator.load_scene("scenes/missing.scene_instance.json")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="no scene is loaded"):
        simulator.render()


def test_scenes_that_only_habitat_sim_can_read_have_no_objects(stand_in, tmp_path, caplog):
    (tmp_path / "scan.glb").write_bytes(b"textured")
    simulator = make_simulator("habitat", SimulatorConfig(tmp_path))
    with caplog.at_level(logging.WARNING):
        simulator.load_scene("scan.glb")
    assert len(simulator.objects) == 0
    assert "no object point clouds" in caplog.text
