"""The settings of published evaluations do what they say, in a room whose distances are known."""

import json
import math

import gymnasium
import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.rollout import rollout
from tests.envs.navigation.hand_made import GAP_M, WALL_Z, room
from tests.envs.navigation.test_habitat import stand_in  # noqa: F401 - a fixture

STOP, FORWARD, LEFT, LOOK_UP, LOOK_DOWN = 0, 1, 2, 4, 5
SIZE = {"width": 65, "height": 49}  # the pixel in the middle looks straight ahead
BLIND = {"render_observations": False, "num_points": 1}
CHAIR, BED = {"scene": "room", "episode_id": "0"}, {"scene": "room", "episode_id": "1"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return room(tmp_path_factory.mktemp("room"))


@pytest.fixture(scope="module")
def make(dataset):
    return lambda **options: NavigationEnv("leo/ObjectNav-v0", dataset, num_points=1, **options)


def depth_of(environment: NavigationEnv) -> np.ndarray:
    return environment.reset(options=CHAIR)[0]["depth"]


@pytest.mark.parametrize("height_m", [0.88, 1.31])
def test_the_floor_is_as_far_below_as_the_camera_is_high(make, height_m):
    environment = make(**SIZE, camera_height_m=height_m)
    depth = depth_of(environment)
    focal_px = 65 / (2 * math.tan(math.radians(79) / 2))
    below_px = np.arange(49) + 0.5 - 24.5
    floor_m = height_m * focal_px / below_px[25:]
    rows = floor_m < -WALL_Z
    assert rows.sum() > 5
    np.testing.assert_allclose(depth[25:, 32][rows], floor_m[rows], rtol=1e-3)
    assert environment.simulator.camera_pose()[1, 3] == pytest.approx(height_m)


def test_a_pitched_camera_begins_and_stays_so(make):
    environment = make(**SIZE, camera_pitch_deg=-30)
    assert depth_of(environment)[24, 32] == pytest.approx(0.88 / math.sin(math.radians(30)), rel=1e-3)
    level = environment.step(LOOK_UP)[0]["depth"]
    assert level[24, 32] == pytest.approx(-WALL_Z, rel=1e-3)
    assert depth_of(environment)[24, 32] == pytest.approx(1.76, rel=1e-3), "a reset puts it back"


def test_the_field_of_view_is_as_wide_as_it_is_said(make):
    environment = make(width=65, height=65, hfov_deg=90)
    # At 90 degrees the lowest row of a square picture looks almost as far down as ahead.
    assert depth_of(environment)[64, 32] == pytest.approx(0.88 * 32.5 / 32.0, rel=1e-3)


@pytest.mark.parametrize("turn_deg", [15, 30, 10.0])
def test_turns_close_the_circle(make, turn_deg):
    environment = make(render_observations=False, turn_angle_deg=turn_deg)
    environment.reset(options=CHAIR)
    headings = [environment.step(LEFT)[0]["compass"][0] for _ in range(round(360 / turn_deg))]
    assert headings[0] == pytest.approx(math.radians(turn_deg), abs=1e-5)
    assert headings[-1] == pytest.approx(0.0, abs=1e-5)
    assert len({round(math.degrees(heading) % 360) for heading in headings}) == len(headings)


def test_steps_and_tilts_are_as_long_as_they_are_said(make):
    environment = make(render_observations=False, forward_step_m=0.4, tilt_angle_deg=15)
    environment.reset(options=CHAIR)
    assert environment.step(FORWARD)[4]["measures"]["path_length"] == pytest.approx(0.4, abs=0.21)  # and up to the mesh
    at = environment.simulator.agent_state.position.copy()
    environment.step(FORWARD)
    assert np.linalg.norm(environment.simulator.agent_state.position - at) == pytest.approx(0.4, abs=1e-5)
    environment.step(LOOK_DOWN)
    assert environment.simulator.camera_pose()[1, 2] == pytest.approx(math.sin(math.radians(15)))


@pytest.mark.parametrize(("success_distance_m", "success"), [(0.4, 0.0), (0.6, 1.0)])
def test_a_stop_half_a_metre_away(make, success_distance_m, success):
    environment = make(render_observations=False, success_distance_m=success_distance_m)
    _, info = environment.reset(options=CHAIR)
    assert info["measures"]["distance_to_goal"] == pytest.approx(0.5, abs=0.05)
    assert environment.step(STOP)[4]["measures"]["success"] == success


def test_the_distance_is_that_to_view_points_or_to_the_object(make):
    near = make(render_observations=False).reset(options=CHAIR)[1]["measures"]["distance_to_goal"]
    environment = make(render_observations=False, distance_to="POINT", success_distance_m=1.0)
    middle = environment.reset(options=CHAIR)[1]["measures"]["distance_to_goal"]
    assert (near, middle) == (pytest.approx(0.5, abs=0.05), pytest.approx(2.0, abs=0.05))
    measures = walk(environment)
    assert measures["success"] == 1.0
    assert measures["distance_to_goal"] < 1.0


# The greedy follower gets stuck at corners, as Habitat's does: it has a free way.
@pytest.mark.parametrize(("expert", "episode"), [("search", BED), ("greedy", CHAIR)], ids=["search", "greedy"])
@pytest.mark.parametrize(
    "settings",
    [
        {"turn_angle_deg": 15},
        {"turn_angle_deg": 25},
        {"forward_step_m": 0.1, "success_distance_m": 0.05},
        {"success_distance_m": 1.0},
        {"agent_radius_m": 0.3},
        {"allow_sliding": True},
    ],
    ids=str,
)
def test_the_experts_go_by_the_settings(make, expert, episode, settings):
    environment = make(render_observations=False, expert=expert, **settings)
    environment.reset(options=episode)
    measures = walk(environment)
    assert measures["success"] == 1.0
    assert measures["distance_to_goal"] < settings.get("success_distance_m", 0.1)
    assert measures["spl"] > 0.8


def walk(environment: NavigationEnv) -> dict[str, float]:
    done = False
    while not done:
        _, _, terminated, truncated, info = environment.step(environment.expert_action())
        done = terminated or truncated
    return info["measures"]


def test_the_navmesh_is_that_of_the_body(make):
    areas = {}
    for name, settings in {
        "usual": {},
        "wide": {"agent_radius_m": 0.3},
        "tall": {"agent_height_m": 1.41, "agent_radius_m": 0.17},
        "wider than the gap": {"agent_radius_m": 0.5},
    }.items():
        environment = make(render_observations=False, **settings)
        _, info = environment.reset(options=BED)
        simulator, rng = environment.simulator, np.random.default_rng(0)
        points = np.array([simulator.random_navigable_point(rng) for _ in range(300)])
        radius_m = settings.get("agent_radius_m", 0.18)
        inside = np.abs(points[:, [0, 2]]).max()
        assert inside <= 5.0 - radius_m
        beside_gap = (points[:, 0] < 2.0) | (points[:, 0] > 2.0 + GAP_M)
        to_wall_m = np.maximum(points[:, 2] - WALL_Z, WALL_Z - 0.1 - points[:, 2])[beside_gap]
        assert to_wall_m.min() >= radius_m
        areas[name] = environment.simulator._scene.navmesh.navigable_area()
        assert bool(info["invalid"]) == (name == "wider than the gap"), info["invalid"]
        under = simulator.is_navigable((-3.0, 0.2, 2.0))
        assert under == (name != "tall"), "the board is 1.2 m high"
    assert areas["usual"] > areas["wide"] > areas["wider than the gap"]
    assert areas["usual"] > areas["tall"]


def test_normalised_depth_is_habitats(make):
    metric = depth_of(make(**SIZE))
    environment = make(**SIZE, normalize_depth=True, min_depth_m=0.5, max_depth_m=2.5)
    found = depth_of(environment)
    np.testing.assert_allclose(found, (np.clip(metric, 0.5, 2.5) - 0.5) / 2.0, atol=1e-6)
    assert found[24, 32] == 1.0, "the wall is farther than the range"
    assert (metric[0] == 0.0).any()
    assert (found[metric == 0.0] == 0.0).all(), "no hit is as near as can be, as in habitat-lab"
    space = environment.observation_space["depth"]
    assert (space.low.min(), space.high.max()) == (0.0, 1.0)
    assert space.contains(found)
    assert found.dtype == np.float32


def test_depth_in_metres_keeps_to_its_range_and_no_hit_stays_0(make):
    metric = depth_of(make(**SIZE))
    environment = make(**SIZE, min_depth_m=1.5, max_depth_m=2.5)
    found = depth_of(environment)
    np.testing.assert_allclose(found[metric > 0], np.clip(metric, 1.5, 2.5)[metric > 0])
    assert (found[metric == 0] == 0).all()
    assert environment.observation_space["depth"].high.max() == 2.5
    assert environment.observation_space["depth"].contains(found)


def test_a_normalised_range_is_the_tasks_unless_it_is_given(make):
    metric = depth_of(make(**SIZE))
    found = depth_of(make(**SIZE, normalize_depth=True))
    np.testing.assert_allclose(found, (np.clip(metric, 0.5, 5.0) - 0.5) / 4.5, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"episode_ids": [1, "2"]}, ["1", "2"]),
        ({"episode_ids": "room/0"}, ["0"]),
        ({"categories": "chair"}, ["0", "2"]),
        ({"categories": ["chair"], "episode_ids": [2]}, ["2"]),
        ({"content_scenes": "room"}, ["0", "1", "2"]),
    ],
)
def test_episodes_are_chosen(make, options, expected):
    environment = make(render_observations=False, **options)
    assert [one["episode_id"] for one in environment.episode_options()] == expected
    environment.reset(seed=0)
    assert {environment.reset()[1]["episode_info"]["episode_id"] for _ in range(2 * len(expected))} == set(expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"episode_ids": [0, 7]}, "episode_ids: found '7', expected some of .*: 0, 1, 2"),
        ({"episode_ids": ["hall/0"]}, "episode_ids: found 'hall/0'"),
        ({"episode_ids": []}, r"episode_ids: found \[\]"),
        ({"categories": "sofa"}, "categories: found 'sofa', expected some of .*: bed, chair"),
        ({"categories": "bed", "episode_ids": [0]}, "episode_ids: found '0', expected some of .*: 1"),
        ({"content_scenes": ["room", "hall"]}, "content_scenes: found 'hall', expected some of .*: room"),
        ({"distance_to": "OBJECT"}, "distance_to: found 'OBJECT', expected one of VIEW_POINTS, POINT"),
        ({"distance_to": ""}, "distance_to: found '', expected one of VIEW_POINTS, POINT"),
        ({"distance_to": "POINT", "expert_stop_within_m": 0.5}, "expert_stop_within_m: found 0.5"),
        ({"max_depth_m": 3.0}, "max_depth_m: found 3.0 with render_observations=False"),
        ({"normalize_depth": True}, "normalize_depth: found True with render_observations=False"),
        ({"normalize_depth": False}, "normalize_depth: found False with render_observations=False"),
        ({"min_depth_m": 0.0}, "min_depth_m: found 0.0 with render_observations=False"),
        ({"allow_sliding": "no"}, "allow_sliding: found 'no', expected one of False, True"),
        ({"allow_sliding": 1}, "allow_sliding: found 1, expected one of False, True"),
        ({"expert": "greedy", "expert_clearance_m": 0.3}, "expert_clearance_m: found 0.3 with expert='greedy'"),
        ({"success_distance_m": 0}, "success_distance_m: found 0"),
        ({"turn_angle_deg": 0}, "turn_angle_deg: found 0"),
        ({"turn_angle_deg": math.nan}, "turn_angle_deg: found nan"),
        ({"forward_step_m": -1}, "forward_step_m: found -1"),
        ({"agent_radius_m": "wide"}, "agent_radius_m: found 'wide'"),
        ({"agent_radius": 0.2}, "agent_radius: leo/ObjectNav-v0 has no such option"),
    ],
)
def test_what_can_have_no_effect_is_refused(make, options, message):
    with pytest.raises(InputError, match=message) as caught:
        make(render_observations=False, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_depth_m": 2.0, "max_depth_m": 1.0}, "max_depth_m: found 1 with min_depth_m=2"),
        ({"normalize_depth": "yes"}, "normalize_depth: found 'yes'"),
        ({"camera_height_m": math.inf}, "camera_height_m: found inf"),
        ({"camera_pitch_deg": 100}, "camera_pitch_deg: found 100"),
    ],
)
def test_a_camera_that_cannot_be_is_refused(make, options, message):
    with pytest.raises(InputError, match=message):
        make(**SIZE, **options)


def test_proposals_of_a_scene_without_instances_are_refused(make):
    with pytest.raises(InputError, match="proposals: found 'noisy', but the scene of room 0 has no instances"):
        make(render_observations=False, proposals="noisy").reset(options=CHAIR)


def test_gymnasium_make_takes_them_one_by_one(dataset):
    env = gymnasium.make("leo/ObjectNav-v0", dataset=dataset, camera_height_m=1.31, categories=["bed"], **BLIND)
    assert env.unwrapped.embodiment.camera_height_m == 1.31
    assert len(env.unwrapped.episode_options()) == 1


def test_they_stand_in_config_json(dataset, tmp_path):
    options = {"dataset": str(dataset), **BLIND, "turn_angle_deg": 15, "episode_ids": [0], "distance_to": "POINT"}
    rollout("leo/ObjectNav-v0", "expert", out=tmp_path / "run", env_options=options, progress=False)
    config = json.loads((tmp_path / "run/config.json").read_text())
    environment = config["environment"]
    assert {name: environment[name] for name in ("turn_angle_deg", "episode_ids", "distance_to")} == {
        "turn_angle_deg": 15.0,
        "episode_ids": ["0"],
        "distance_to": "POINT",
    }
    assert (environment["camera_height_m"], environment["success_distance_m"]) == (0.88, 0.1), "as are the task's own"
    assert (environment["max_episode_steps"], environment["split"]) == (500, "val")


def test_they_reach_habitat_sim(dataset, stand_in):  # noqa: F811
    environment = NavigationEnv(
        "leo/ObjectNav-v0",
        dataset,
        simulator="habitat",
        num_points=1,
        **SIZE,
        hfov_deg=42,
        camera_height_m=1.31,
        camera_pitch_deg=-30,
        forward_step_m=0.5,
        turn_angle_deg=15,
        tilt_angle_deg=10,
        agent_height_m=1.41,
        agent_radius_m=0.17,
        max_climb_m=0.1,
        navmesh_cell_height_m=0.05,
        allow_sliding=True,
        normalize_depth=True,
        distance_to="POINT",
        success_distance_m=1.0,
    )
    observation, info = environment.reset(options=CHAIR)
    configuration = environment.simulator._simulator.configuration
    backend, (body,) = configuration.sim_cfg, configuration.agents
    assert backend.allow_sliding is True
    navmesh = backend.navmesh_settings
    assert (navmesh.agent_height, navmesh.agent_radius) == (body.height, body.radius) == (1.41, 0.17)
    assert (navmesh.agent_max_climb, navmesh.cell_height) == (0.1, 0.05)
    amounts = {name: spec.actuation.amount for name, spec in body.action_space.items()}
    assert amounts == {"move_forward": 0.5, "turn_left": 15, "turn_right": 15, "look_up": 10, "look_down": 10}
    for sensor in body.sensor_specifications:
        assert (sensor.resolution, sensor.hfov, sensor.position) == ([49, 65], 42.0, [0.0, 1.31, 0.0])
        assert sensor.orientation == pytest.approx([math.radians(-30), 0, 0])
    assert observation["depth"][0, 0] == pytest.approx((1.0 - 0.5) / 4.5)
    assert info["measures"]["distance_to_goal"] == pytest.approx(math.hypot(2.0, 0.4))
