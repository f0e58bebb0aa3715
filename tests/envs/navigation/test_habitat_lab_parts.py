"""The parts of the habitat-lab environment that need no habitat-lab: measures made finite, episodes taken over."""

import importlib.util
import math
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from leo_agent import envs
from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import STOP
from leo_agent.envs.navigation.habitat_lab.env import HabitatLabObjectNavEnv
from leo_agent.envs.navigation.habitat_lab.episodes import LabEpisodes
from leo_agent.envs.navigation.habitat_lab.measures import LabMeasures, finite_metrics, guard
from leo_agent.envs.navigation.measures import navigation_measures
from leo_agent.envs.navigation.tasks.custom import custom_episode
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav

START, OURS = np.zeros(3, np.float32), navigation_measures(ObjectNav.measures)


def test_it_is_listed_and_asking_for_it_without_habitat_lab_tells_how_to_get_it():
    assert "leo/HabitatLabObjectNav-v0" in envs.env_ids()
    if importlib.util.find_spec("habitat") is not None:
        pytest.skip("habitat-lab is installed")
    with pytest.raises(InputError, match=r"HabitatLabObjectNav-v0 needs habitat, .*\n.*conda env create.*\n.*\n.*pip"):
        HabitatLabObjectNavEnv()


def test_metrics_that_are_no_finite_numbers_are_left_out():
    metrics = {
        "spl": math.nan,
        "distance_to_goal": math.inf,
        "success": np.float32(1.0),
        "num_steps": 7,
        "collisions": {"count": 3, "is_collision": True},
        "rotation": {"mean": 0.5, "list": [1, 2]},
        "top_down_map": {"map": np.zeros((2, 2))},
        "label": "chair",
    }
    assert finite_metrics(metrics) == {"success": 1.0, "num_steps": 7.0, "collisions": 3.0, "rotation.mean": 0.5}


class Quotient:
    """A measure like habitat-lab's SPL: one over the start distance that `reset_metric` gets."""

    uuid = "quotient"

    def reset_metric(self, start: float) -> None:
        self.start = start
        self.update_metric()

    def update_metric(self) -> None:
        self.metric = 1.0 / self.start

    def get_metric(self) -> float:
        return self.metric


def test_a_measure_that_divides_by_zero_is_nan_for_that_episode_alone():
    measurements = SimpleNamespace(measures={"quotient": Quotient()})
    guard(measurements)
    measure = measurements.measures["quotient"]
    found = []
    for start in (2.0, 0.0, 4.0):
        measure.reset_metric(start=start)
        measure.update_metric()
        found.append(measure.get_metric())
    assert (found[0], found[2]) == (0.5, 0.25)
    assert math.isnan(found[1])
    assert measure.uuid == "quotient"


def test_measures_are_habitat_labs_and_ours_where_it_has_none():
    metrics = {"distance_to_goal": 3.5, "success": 0.0, "spl": 0.0, "num_steps": 0}
    measures = LabMeasures(lambda: metrics, lambda position: 3.0, START, OURS, 0.1)
    assert measures.state.start_distance_m == 3.5
    metrics |= {"distance_to_goal": 2.5, "success": 1.0, "spl": math.nan, "num_steps": 1}
    measures.update(np.array([0.0, 0.0, -7.0], np.float32), STOP, collided=True)
    found = measures.values()
    assert (found["distance_to_goal"], found["success"], found["num_steps"]) == (2.5, 1.0, 1.0)
    assert found["spl"] == 3.5 / 7.0  # by our formula from habitat-lab's distance
    assert (found["collisions"], found["path_length"]) == (1.0, 7.0)


def test_an_unreachable_goal_is_scored_zero():
    metrics = {"distance_to_goal": math.inf, "success": 0.0, "spl": math.nan, "distance_to_goal_reward": math.nan}
    measures = LabMeasures(lambda: metrics, lambda position: math.inf, START, OURS, 0.1)
    measures.update(np.ones(3, np.float32), STOP)
    assert measures.values()["spl"] == measures.values()["soft_spl"] == measures.distance_gained_m == 0.0


def lab_episode(number: int, scene: str, category: str) -> SimpleNamespace:
    view_point = SimpleNamespace(agent_state=SimpleNamespace(position=[1.0, 0.1, float(number)]))
    goal = SimpleNamespace(object_id="12", object_category=category, position=[1, 0, 0], view_points=[view_point] * 2)
    return SimpleNamespace(
        episode_id=str(number),
        scene_id=f"/data/scenes/{scene}.glb",
        scene_dataset_config="default",
        object_category=category,
        start_position=[0.0, 0.1, 0.0],
        start_rotation=[0, 0, 0, 1],
        goals=[goal],
        info=None,
    )


@pytest.fixture
def configuration(monkeypatch):
    """A configuration for a stand-in of habitat-lab that has three episodes in two scenes."""
    episodes = [lab_episode(0, "a", "bed"), lab_episode(0, "b", "bed"), lab_episode(1, "a", "chair")]
    dataset = SimpleNamespace(episodes=episodes, category_to_task_category_id={"chair": 0, "bed": 1})
    habitat = ModuleType("habitat")
    habitat.make_dataset = lambda kind, config: dataset
    monkeypatch.setitem(sys.modules, "habitat", habitat)
    settings = SimpleNamespace(type="ObjectNav-v1", data_path="/data/{split}.json.gz", split="val", scenes_dir="/data")
    return SimpleNamespace(habitat=SimpleNamespace(dataset=settings)), dataset, habitat


def test_episodes_of_habitat_lab_are_taken_over(configuration):
    composed, dataset, _ = configuration
    episodes = LabEpisodes(composed)
    assert [(one.scene_id, one.episode_id) for one in episodes] == [
        ("scenes/a.glb", "0"),
        ("scenes/a.glb", "1"),
        ("scenes/b.glb", "0"),
    ]
    found = episodes.find("1", "a")
    assert (found.object_category, found.scene_name) == ("chair", "a")
    assert episodes.category_ids == {"chair": 0, "bed": 1}
    np.testing.assert_array_equal(found.view_points, [[1.0, 0.1, 1.0]] * 2)
    assert episodes.original(found) is dataset.episodes[2]
    assert episodes.instance_categories("scenes/b.glb") == {12: "bed"}


def test_a_custom_episode_becomes_one_of_habitat_labs(configuration):
    composed, dataset, _ = configuration
    episodes = LabEpisodes(composed)
    options = {"scene": "a", "category": "bed", "start_position": [2, 0, 1], "start_rotation": [0, 1, 0, 0]}
    made = episodes.original(custom_episode(ObjectNav(episodes), options))
    assert made.scene_id == dataset.episodes[0].scene_id
    assert made.goals is dataset.episodes[0].goals
    assert (made.start_position, made.start_rotation) == ([2.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0])
    assert dataset.episodes[0].start_position == [0.0, 0.1, 0.0]


def test_data_that_habitat_lab_refuses(configuration):
    composed, dataset, habitat = configuration
    dataset.episodes[1].scene_dataset_config = "missing.scene_dataset_config.json"
    with pytest.raises(InputError, match=r"/data/missing\.scene_dataset_config\.json: no such file"):
        LabEpisodes(composed)
    dataset.episodes.clear()
    with pytest.raises(InputError, match="no ObjectNav episodes"):
        LabEpisodes(composed)

    def fail(kind, config):
        raise TypeError("__init__() got an unexpected\nkeyword argument 'color'")

    habitat.make_dataset = fail
    with pytest.raises(InputError, match=r"/data/val\.json\.gz: .*split 'val' \(TypeError: .*unexpected keyword"):
        LabEpisodes(composed)
