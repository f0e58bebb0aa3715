"""PointNav: its files, its sensor by hand, its measures, and episodes in no file."""

import math

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import FORWARD, LEFT, STOP
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.sensors import pointgoal
from leo_agent.envs.navigation.tasks.pointnav import SENSOR, PointNav, instruction_for
from tests.envs.navigation.small_sets import BLIND, pointnav, write, write_split

STRAIGHT = (0.0, 0.0, 0.0, 1.0)
QUARTER_LEFT = (0.0, math.sin(math.pi / 4), 0.0, math.cos(math.pi / 4))
EPISODE = {
    "episode_id": "12",
    "scene_id": "gibson/Cantwell.glb",
    "start_position": [1, 0.1, 2],
    "start_rotation": [0, 0, 0, 1],
    "info": {"geodesic_distance": 5.2},
    "goals": [{"position": [-2, 0.1, -2], "radius": 0.2}, {"position": [9, 9, 9]}],
    "shortest_paths": [[{"action": 1, "position": [1, 0.1, 2], "rotation": [0, 0, 0, 1]}]],
    "start_room": None,
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return NavigationEnv("leo/PointNav-v0", pointnav(tmp_path_factory.mktemp("set")), **BLIND)


@pytest.mark.parametrize(
    ("rotation", "goal", "expected"),
    [
        (STRAIGHT, (0.0, 0.0, -2.0), (2.0, 0.0)),
        (STRAIGHT, (-3.0, 7.0, -4.0), (5.0, math.atan2(3, 4))),  # ahead to the left; height does not count
        (STRAIGHT, (3.0, 0.0, 4.0), (5.0, -math.atan2(3, -4))),  # behind to the right
        (QUARTER_LEFT, (-3.0, 0.0, -4.0), (5.0, -math.atan2(4, 3))),  # it looks along -X: ahead to the right
    ],
)
def test_the_sensor_by_hand(rotation, goal, expected):
    polar = pointgoal((1.0, 0.5, 1.0), rotation, np.add(goal, (1.0, 0.5, 1.0)))
    assert polar.dtype == np.float32
    np.testing.assert_allclose(polar, expected, atol=1e-6)


def test_the_sensor_follows_gps_and_compass(environment):
    first, _ = environment.reset(options={"scene": "house_0001", "episode_id": "p0"})
    start_m, start_rad = first[SENSOR]
    goal = start_m * np.array([math.cos(start_rad), -math.sin(start_rad)])  # ahead and right of the start pose
    for action in (LEFT, LEFT, FORWARD, FORWARD, LEFT, FORWARD):
        observation = environment.step(action)[0]
        ahead, right = goal - observation["gps"]
        expected = -math.atan2(right, ahead) - float(observation["compass"][0])
        distance_m, angle_rad = observation[SENSOR]
        assert distance_m == pytest.approx(math.hypot(ahead, right), abs=1e-4)
        assert math.cos(angle_rad - expected) == pytest.approx(1.0, abs=1e-6)


def test_reads_fields_and_keeps_the_ids(tmp_path):
    episodes = PointNav.read_episodes(
        write(tmp_path / "val.json.gz", {"episodes": [EPISODE, {**EPISODE, "episode_id": 3}]})
    )
    one, other = episodes
    assert (one.episode_id, other.episode_id) == ("12", "3")
    assert one.scene_name == "Cantwell"
    assert one.scene_dataset_config == "default"
    assert one.instruction == "go to the point 4.0 m ahead and 3.0 m to the left"
    np.testing.assert_array_equal(one.view_points, [[-2, 0.1, -2]])
    assert one.description() == {"goal_position": [-2.0, 0.1, -2.0]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"goals": []}, r"episode 0: 'goals' is empty, expected a goal with a position"),
        ({"goals": None}, r"'goals' must be a list"),
        ({"goals": [{"radius": 0.2}]}, r"episode 0: goal 0: missing key 'position'"),
        ({"goals": [[1, 2, 3]]}, r"goal 0: must be an object"),
        ({"goals": [{"position": [0, float("nan"), 1]}]}, r"'position' must be finite"),
        ({"start_rotation": [0, 0, 0, 0]}, "unit quaternion"),
        ({"episode_id": [1]}, "'episode_id' must be a string or an integer"),
        ({"scene_id": ""}, "'scene_id' names no scene"),
    ],
)
def test_wrong_fields_are_named(tmp_path, changes, message):
    dataset = write_split(tmp_path, {"episodes": [{**EPISODE, **changes}]})
    with pytest.raises(InputError, match=message) as caught:
        list(PointNav.read_episodes(dataset))
    assert "house_0001.json.gz" in str(caught.value)


def test_measures_by_hand(environment):
    """A stop 0.15 m from the point is a success here, though it would be none in ObjectNav."""
    point = np.array(
        environment.reset(options={"scene": "house_0001", "episode_id": "p0"})[1]["episode_info"]["goal_position"]
    )
    steps = [np.array([0.15, 0.0, 0.0]), np.array([0.25, 0.0, 0.0])]
    for away, success in zip(steps, (1.0, 0.0), strict=True):
        start = environment.simulator.snap_point(point + away)
        distance = environment.simulator.geodesic_distance(start, point[None].astype(np.float32))
        options = {"scene": "house_0001", "goal_position": point, "start_position": start, "start_rotation": STRAIGHT}
        _, info = environment.reset(options=options)
        assert info["measures"]["distance_to_goal"] == pytest.approx(distance, abs=1e-5)
        assert (distance < 0.2) == bool(success)
        measures = environment.step(STOP)[4]["measures"]
        assert (measures["success"], measures["spl"], measures["path_length"]) == (success, success, 0.0)


def test_the_body_is_that_of_habitats_pointnav(environment):
    body = environment.embodiment
    assert body.actions == ("stop", "move_forward", "turn_left", "turn_right")
    assert (body.turn_angle_deg, body.camera_height_m, body.hfov_deg) == (10.0, 1.25, 90.0)
    observation, _ = environment.reset(seed=0)
    assert environment.step(LEFT)[0]["compass"][0] == pytest.approx(math.radians(10.0), abs=1e-6)
    assert "objectgoal" not in observation
    with pytest.raises(InputError, match="expected an integer from 0 to 3"):
        environment.step(4)


def test_options_of_an_episode_in_no_file_are_checked(environment):
    options = {"scene": "house_0001", "start_position": [1, 0, 1], "start_rotation": STRAIGHT}
    with pytest.raises(InputError, match="expected goal_position, scene, start_position, start_rotation"):
        environment.reset(options=options)
    with pytest.raises(InputError, match=r"reset options: goal_position: found shape \(2,\)"):
        environment.reset(options={**options, "goal_position": [1, 2]})


def test_a_point_that_cannot_be_reached_makes_the_episode_invalid(environment):
    start = environment.reset(options={"scene": "house_0001", "episode_id": "p0"})[0]["agent_position"]
    options = {"scene": "house_0001", "start_position": start, "start_rotation": STRAIGHT}
    _, info = environment.reset(options={**options, "goal_position": [90.0, 0.1, 90.0]})
    assert info["invalid"] == "no 'goal point' can be reached from the start"
    assert environment.expert_action() == STOP


def test_instructions_say_on_which_side():
    assert instruction_for(-1.24, -0.5) == "go to the point 1.2 m behind and 0.5 m to the left"
    assert instruction_for(10.0, 0.0) == "go to the point 10.0 m ahead and 0.0 m to the right"
