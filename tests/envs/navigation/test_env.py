"""The ObjectNav environment: Gymnasium's rules, the order of episodes, what it tells, and wrong input."""

import gzip
import itertools
import json
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env

from leo_agent import envs
from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.sensors import compass, gps

HOUSES = Path(__file__).parents[2] / "data/habitat_houses"
DATASET = HOUSES / "objectnav"
BLIND = {"render_observations": False, "num_points": 8}
STOP, FORWARD, LEFT, LOOK_UP = 0, 1, 2, 4


@pytest.fixture(scope="module")
def environment():
    return NavigationEnv("leo/ObjectNav-v0", DATASET, share_arrays=True, **BLIND)


def small_dataset(folder: Path, **changes: object) -> Path:
    """A dataset of the first episode of house_0001 with some of its fields changed."""
    content = json.loads(gzip.decompress((DATASET / "val/content/house_0001.json.gz").read_bytes()))
    episode = {**content["episodes"][0], **changes}
    if changes.get("object_category") == "unreachable":
        far = {"agent_state": {"position": [90.0, 0.1, 90.0], "rotation": [0, 0, 0, 1]}, "iou": 0.5}
        goal = {"position": [90.0, 0.5, 90.0], "object_id": "99", "view_points": [far]}
        content["goals_by_category"]["house_0001.scene_instance.json_unreachable"] = [goal]
        content["goals_by_category"]["house_0001.scene_instance.json_unseen"] = [{**goal, "view_points": []}]
    content["goals_by_category"]["house_0001.scene_instance.json_unseen"] = []
    top = {"category_to_task_category_id": {"bed": 1, "unreachable": 2, "unseen": 3}, "episodes": []}
    for name, value in (("val.json.gz", top), ("content/house_0001.json.gz", {**content, "episodes": [episode]})):
        path = folder / "val" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps(value).encode()))
    return folder


@pytest.mark.parametrize("options", [{"width": 32, "height": 24}, BLIND], ids=["images", "blind"])
def test_gymnasium_checker(options):
    check_env(NavigationEnv("leo/ObjectNav-v0", DATASET, **options), skip_render_check=True)


def test_registered_environment_renders_a_picture():
    made = gymnasium.make(envs.env_ids()[0], dataset=DATASET, width=64, height=48, render_mode="rgb_array")
    made.reset(seed=0)
    first = made.render()
    made.step(FORWARD)
    second = made.render()
    assert first.dtype == np.uint8
    assert first.flags.writeable
    assert first.shape == second.shape
    assert all(side % 2 == 0 for side in first.shape[:2])
    assert not np.array_equal(first, second)
    made.close()


def test_observation_keys_shapes_and_values():
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, width=64, height=48)
    observation, info = environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    spaces = environment.observation_space.spaces
    assert set(observation) == set(spaces)
    assert {key: value.dtype for key, value in observation.items() if key != "instruction"} == {
        key: space.dtype for key, space in spaces.items() if key != "instruction"
    }
    assert environment.observation_space.contains(observation)
    assert observation["image"].shape == (48, 64, 3)
    assert observation["depth"].dtype == np.float32
    assert observation["object_points"].shape == (60, 1024, 6)
    assert observation["instruction"] == "find a bed"
    assert observation["objectgoal"].tolist() == [1]
    np.testing.assert_allclose(observation["gps"], 0, atol=1e-6)
    np.testing.assert_allclose(observation["agent_position"], [4.39478, 0.1, 5.72716], atol=1e-5)
    assert info["episode_info"]["object_category"] == "bed"
    assert info["episode_info"]["start_distance"] == pytest.approx(1.5008, abs=1e-3)
    json.dumps(info["episode_info"], allow_nan=False)
    assert info["invalid"] == ""


def test_objects_are_handed_over_as_the_same_arrays_on_request_and_as_copies_without(environment):
    keys = ("object_points", "object_boxes", "object_mask", "object_ids")
    options = {"scene": "house_0001", "episode_id": "0"}
    first, _ = environment.reset(options=options)
    later = environment.step(FORWARD)[0]
    again, _ = environment.reset(options={"scene": "house_0001", "episode_id": "1"})
    assert all(first[key] is later[key] is again[key] for key in keys)
    copying = NavigationEnv("leo/ObjectNav-v0", DATASET, **BLIND)
    one, _ = copying.reset(options=options)
    two = copying.step(FORWARD)[0]
    assert not any(np.shares_memory(one[key], two[key]) for key in keys)
    assert all(np.array_equal(one[key], first[key]) for key in keys)


def test_every_episode_comes_once_a_pass_scene_after_scene(environment):
    def order(seed: int, count: int) -> list[tuple[str, str]]:
        infos = [environment.reset(seed=seed)[1]] + [environment.reset()[1] for _ in range(count - 1)]
        return [(info["episode_info"]["scene"], info["episode_info"]["episode_id"]) for info in infos]

    both = order(7, 400)
    assert len(set(both[:200])) == len(set(both[200:])) == 200
    scenes = [scene for scene, _ in both[:200]]
    assert sum(left != right for left, right in itertools.pairwise(scenes)) == 3
    assert both[:200] != both[200:]
    assert order(7, 5) == both[:5]
    assert order(8, 5) != both[:5]


def test_episode_options_in_file_order(environment):
    options = environment.episode_options(None)
    assert len(options) == 200
    assert options[:2] == [{"scene": "house_0001", "episode_id": "0"}, {"scene": "house_0001", "episode_id": "1"}]
    assert environment.episode_options(3) == options[:3]
    assert environment.episode_options(1000) == options
    assert environment.reset(options=options[-1])[1]["episode_info"]["scene"] == "house_0004"


def test_stop_terminates_and_the_limit_truncates():
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, max_episode_steps=3, **BLIND)
    options = environment.episode_options(1)[0]
    environment.reset(options=options)
    assert [environment.step(LEFT)[2:4] for _ in range(3)] == [(False, False), (False, False), (False, True)]
    with pytest.raises(ResetNeeded):
        environment.step(LEFT)
    environment.reset(options=options)
    environment.step(LEFT)
    environment.step(LEFT)
    # A stop in the last step is a stop.
    assert environment.step(STOP)[2:4] == (True, False)


def test_reward_and_success(environment):
    environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    _, reward, _, _, info = environment.step(LEFT)
    assert reward == pytest.approx(-0.01)
    assert info["collided"] is False
    before = info["measures"]["distance_to_goal"]
    while (action := environment.expert_action()) != STOP:
        _, reward, _, _, info = environment.step(action)
        after = info["measures"]["distance_to_goal"]
        assert reward == pytest.approx(before - after - 0.01)
        before = after
    _, reward, terminated, _, info = environment.step(STOP)
    assert reward == pytest.approx(2.49)
    assert terminated
    assert info["measures"]["success"] == 1.0


def test_collisions_are_reported_and_counted(environment):
    environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    infos = [environment.step(np.array(FORWARD))[4] for _ in range(60)]
    collisions = np.array([info["measures"]["collisions"] for info in infos])
    assert collisions[-1] > 0
    np.testing.assert_array_equal(np.diff(collisions, prepend=0), [info["collided"] for info in infos])


def test_look_moves_the_picture_alone():
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, width=64, height=48, num_points=8)
    first, _ = environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    second = environment.step(LOOK_UP)[0]
    assert not np.array_equal(first["depth"], second["depth"])
    for key in ("agent_position", "agent_rotation", "gps", "compass"):
        np.testing.assert_array_equal(first[key], second[key])
    np.testing.assert_array_equal(environment.step(5)[0]["depth"], first["depth"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start_position": [90.0, 0.1, 90.0]}, "off the navmesh"),
        ({"object_category": "unreachable"}, "can be reached"),
        ({"object_category": "unseen"}, "no view points"),
    ],
)
def test_episodes_that_cannot_be_scored_say_why(tmp_path, changes, reason):
    environment = NavigationEnv("leo/ObjectNav-v0", small_dataset(tmp_path, **changes), scenes=HOUSES, **BLIND)
    observation, info = environment.reset()
    assert reason in info["invalid"]
    assert "\n" not in info["invalid"]
    assert environment.observation_space.contains(observation)
    assert environment.expert_action() == STOP
    json.dumps(info["episode_info"], allow_nan=False)
    measures = environment.step(STOP)[4]["measures"]
    assert measures["success"] == measures["spl"] == measures["soft_spl"] == 0.0


def test_custom_episode(environment):
    options = {
        "scene": "house_0002",
        "category": "chair",
        "start_position": np.array(environment.reset(options={"scene": "house_0002", "episode_id": "0"})[0]["gps"]),
        "start_rotation": (0.0, 0.0, 0.0, 1.0),
    }
    with pytest.raises(InputError, match="'start_position' must be 3 numbers"):
        environment.reset(options=options)
    options["start_position"] = environment.simulator.random_navigable_point(np.random.default_rng(0))
    observation, info = environment.reset(options={**options, "episode_id": "r17"})
    assert info["episode_info"]["episode_id"] == "r17"
    assert observation["instruction"] == "find a chair"
    np.testing.assert_array_equal(observation["agent_position"], options["start_position"])
    options["start_position"] = list(options["start_position"])  # numpy's numbers
    again, _ = environment.reset(options=options)
    np.testing.assert_array_equal(again["agent_position"], observation["agent_position"])
    for wrong in ("piano", ["piano"]):
        with pytest.raises(InputError, match=r"found category .*piano"):
            environment.reset(options={**options, "category": wrong})
    with pytest.raises(InputError, match="'start_position' must be a list"):
        environment.reset(options={**options, "start_position": np.float32(1)})
    with pytest.raises(InputError, match="expected category, scene, start_position, start_rotation"):
        environment.reset(options={"category": "chair"})


def test_random_episodes_can_be_done_and_depend_on_the_generator_alone(environment):
    drawn = [environment.random_episode_options("house_0003", np.random.default_rng(seed)) for seed in (1, 2, 1)]
    assert drawn[0] == drawn[2] != drawn[1]
    json.dumps(drawn)
    for options in drawn[:2]:
        _, info = environment.reset(options=options)
        assert info["invalid"] == ""
        assert 1.0 <= info["measures"]["distance_to_goal"] <= 30.0
        while (action := environment.expert_action()) != STOP:
            environment.step(action)
        assert environment.step(STOP)[4]["measures"]["success"] == 1.0


def test_closing_frees_the_scenes_and_reset_loads_them_again():
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, **BLIND)
    options = environment.episode_options(1)[0]
    first, _ = environment.reset(options=options)
    environment.close()
    with pytest.raises(InputError, match="no scene is loaded"):
        _ = environment.simulator.objects
    with pytest.raises(ResetNeeded):
        environment.step(STOP)
    again, _ = environment.reset(options=options)
    np.testing.assert_array_equal(first["object_points"], again["object_points"])
    environment.close()
    environment.close()


def test_gps_and_compass_by_hand():
    half = np.pi / 4
    left = [0, np.sin(half), 0, np.cos(half)]  # a quarter turn to the left: looks along -X
    straight = [0, 0, 0, 1]
    np.testing.assert_allclose(gps([1, 0, 1], straight, [3, 5, -2]), [3, 2], atol=1e-6)
    np.testing.assert_allclose(gps([0, 0, 0], left, [-2, 0, 1]), [2, -1], atol=1e-6)
    np.testing.assert_allclose(compass(straight, left), [np.pi / 2], atol=1e-6)
    np.testing.assert_allclose(compass(left, straight), [-np.pi / 2], atol=1e-6)
