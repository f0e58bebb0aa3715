"""The real habitat-sim and habitat-lab, where they are installed, against the embedded simulator and the recordings.

All 200 episodes: benchmarks/habitat_agreement.py.
"""

import gzip
import json
import math

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import ACTIONS
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.habitat_lab.env import HabitatLabObjectNavEnv
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from tests.envs.recorded import CONFIG, HOUSES, NAMES, recorded_episodes

pytest.importorskip("habitat_sim", reason="habitat-sim is not installed")
pytest.importorskip("habitat", reason="habitat-lab is not installed")

pytestmark = pytest.mark.slow

BLIND = {"dataset": HOUSES / "objectnav", "render_observations": False, "num_points": 8}
STOP, FORWARD, LEFT, LOOK_UP = 0, 1, 2, 4
FORWARD_NAME = ACTIONS[FORWARD]


@pytest.fixture(scope="module")
def records():
    """Six recorded episodes of two houses, two of each kind of walk."""
    return [
        one
        for house in (NAMES[0], NAMES[2])
        for kind in ("expert", "random", "expert_then_random")
        for one in [r for r in recorded_episodes() if r["kind"] == kind and house in r["scene_id"]][:1]
    ]


@pytest.fixture(scope="module")
def lab():
    environment = HabitatLabObjectNavEnv(**BLIND)
    yield environment
    environment.close()


def replay(environment, record):
    infos = [environment.reset(options={"scene": record["scene_id"], "episode_id": record["episode_id"]})]
    for action in record["actions"]:
        observation, _, _, _, info = environment.step(action)
        infos.append((observation, info))
    return infos


def worst_of(environment, records, measures):
    """Largest difference from the recorded values: positions in metres, then the measures."""
    worst = np.zeros(1 + len(measures))
    for record in records:
        for (observation, info), position, metrics in zip(
            replay(environment, record), record["position"], record["metrics"], strict=True
        ):
            apart = [np.abs(observation["agent_position"] - position).max()]
            apart += [abs(info["measures"][name] - metrics[name]) for name in measures]
            worst = np.maximum(worst, apart)
    return worst


def test_the_simulator_walks_as_recorded(records):
    environment = NavigationEnv("leo/ObjectNav-v0", simulator="habitat", **BLIND)
    worst = worst_of(environment, records, ("distance_to_goal", "success", "spl", "soft_spl"))
    environment.close()
    print("\nhabitat-sim: largest differences (position, distance, success, spl, soft spl):", worst)
    assert worst.max() < 1e-4


def test_habitat_lab_walks_and_measures_as_recorded(lab, records):
    worst = worst_of(lab, records, tuple(records[0]["metrics"][0]))
    print("\nhabitat-lab: largest differences from the recorded values:", worst)
    assert worst.max() < 1e-5


def test_the_expert_has_the_same_result_everywhere(lab, records):
    results = []
    for make in (
        lambda: NavigationEnv("leo/ObjectNav-v0", **BLIND),
        lambda: NavigationEnv("leo/ObjectNav-v0", simulator="habitat", **BLIND),
        lambda: lab,
    ):
        environment = make()
        ends = []
        for record in records:
            environment.reset(options={"scene": record["scene_id"], "episode_id": record["episode_id"]})
            done = False
            while not done:
                _, _, terminated, truncated, info = environment.step(environment.expert_action())
                done = terminated or truncated
            ends.append((info["measures"]["success"], info["measures"]["spl"]))
        results.append(ends)
    results = np.array(results)
    print("\nexpert, embedded / habitat / habitat-lab, mean success and spl:", results.mean(axis=1).round(4).tolist())
    assert np.ptp(results[..., 0], axis=0).max() == 0.0
    assert np.ptp(results[..., 1], axis=0).max() < 0.01


def test_pictures_agree_with_the_embedded_ones_and_the_recorded_ones():
    golden = np.load(HOUSES / f"{NAMES[1]}.golden.npz")
    config = SimulatorConfig(HOUSES, CONFIG, 256, 256, num_points=8)
    frames = {}
    for name in ("embedded", "habitat"):
        simulator = make_simulator(name, config)
        simulator.load_scene(f"scenes/{NAMES[1]}.scene_instance.json")
        frames[name] = []
        for x, y, z, yaw_deg in golden["view_pose"].astype(float):
            half = math.radians(yaw_deg) / 2.0
            simulator.set_agent_state((x, y, z), (0.0, math.sin(half), 0.0, math.cos(half)))
            frames[name].append(simulator.render())
        simulator.close()
    keys = ("depth", "image", "segmentation")
    pictures = {name: [np.array([frame[key] for frame in frames[name]]) for key in keys] for name in frames}
    pictures["recorded"] = [golden[f"view_{key}"] for key in ("depth", "rgb", "semantic")]
    for one, other in (("embedded", "habitat"), ("habitat", "recorded")):
        apart = [np.abs(left.astype(float) - right) for left, right in zip(pictures[one], pictures[other], strict=True)]
        shares = [(apart[0] <= 0.005).mean(), (apart[1].max(axis=-1) <= 2).mean(), (apart[2] == 0).mean()]
        print(f"\n{one} and {other}: depth, colour, ids agree on", [f"{share:.3%}" for share in shares])
        assert shares[0] >= 0.995
        assert shares[1] >= 0.99
        assert shares[2] >= 0.995


@pytest.mark.parametrize("allow_sliding", [False, True])
def test_a_walk_with_looks_is_the_same_bit_by_bit(allow_sliding):
    config = SimulatorConfig(HOUSES, CONFIG, 64, 48, allow_sliding=allow_sliding, num_points=8)
    pair = [make_simulator(name, config) for name in ("embedded", "habitat")]
    for simulator in pair:
        simulator.load_scene(f"scenes/{NAMES[1]}.scene_instance.json")
    rng = np.random.default_rng(0)
    start = pair[0].random_navigable_point(rng)
    for simulator in pair:
        simulator.set_agent_state(start, [0, 0, 0, 1])
    for action in rng.choice([*ACTIONS[1:], FORWARD_NAME, FORWARD_NAME], 200):
        one, other = [(simulator.step(action), simulator.agent_state, simulator.camera_pose()) for simulator in pair]
        assert one[0] is other[0]
        np.testing.assert_array_equal(one[1].position, other[1].position)
        np.testing.assert_array_equal(one[1].rotation, other[1].rotation)
        np.testing.assert_allclose(one[2], other[2], atol=1e-5)
    with pytest.raises(InputError, match="No Stage Attributes exists"):
        pair[1].load_scene("scenes/missing.scene_instance.json")
    pair[1].load_scene(f"scenes/{NAMES[0]}.scene_instance.json")  # a failure is no end
    for simulator in pair:
        simulator.close()


def test_gymnasium_checker_takes_habitat_lab():
    environment = HabitatLabObjectNavEnv(dataset=HOUSES / "objectnav", width=48, height=32, num_points=8)
    check_env(environment, skip_render_check=True)
    environment.close()


def test_habitat_labs_observations_are_the_embedded_ones():
    options = {"scene": NAMES[0], "episode_id": "3"}
    ours = NavigationEnv("leo/ObjectNav-v0", HOUSES / "objectnav", width=64, height=48, num_points=8)
    overrides = ["habitat.environment.max_episode_steps=4", "habitat.task.slack_reward=-0.5"]
    theirs = gymnasium.make(
        "leo/HabitatLabObjectNav-v0",
        dataset=HOUSES / "objectnav",
        overrides=overrides,
        width=64,
        height=48,
        num_points=8,
        render_mode="rgb_array",
    )
    seen = [(ours.reset(options=options)[0], theirs.reset(options=options)[0])]
    first = {name: np.copy(theirs.unwrapped.simulator.render()[name]) for name in ("image", "depth")}
    for number, action in enumerate((LEFT, FORWARD, LOOK_UP, FORWARD)):
        result, other = ours.step(action), theirs.step(action)
        assert other[3] is (number == 3)
        assert other[1] == pytest.approx(result[1] - 0.49, abs=1e-3)
        seen.append((result[0], other[0]))
    for name in first:  # the first frame was not drawn over
        np.testing.assert_array_equal(seen[0][1][name], first[name])
    for one, other in seen:
        assert set(one) == set(other)
        assert theirs.observation_space.contains(other)
        assert one["instruction"] == other["instruction"]
        for name in set(one) - {"instruction", "image", "depth", "segmentation"}:
            np.testing.assert_allclose(one[name], other[name], atol=1e-4)
        assert np.mean(np.abs(one["depth"] - other["depth"]) <= 0.005) > 0.98
        assert np.mean(one["segmentation"] == other["segmentation"]) > 0.98
    picture = theirs.render()
    assert picture.dtype == np.uint8
    theirs.close()
    theirs.reset(options=options)
    theirs.close()


def test_habitat_lab_starts_anywhere(lab):
    options = lab.random_episode_options(NAMES[1], np.random.default_rng(1))
    observation, info = lab.reset(options=options)
    np.testing.assert_allclose(observation["agent_position"], options["start_position"], atol=1e-6)
    assert info["episode_info"]["env"] == "leo/HabitatLabObjectNav-v0"
    assert "invalid" not in info
    assert lab.episode_options(2) == NavigationEnv("leo/ObjectNav-v0", **BLIND).episode_options(2)


def test_a_start_at_a_goal_is_scored(lab):
    ours = NavigationEnv("leo/ObjectNav-v0", **BLIND)
    goal = ours._dataset.in_scene(NAMES[0])[0]
    options = {
        "scene": NAMES[0],
        "category": goal.object_category,
        "start_position": goal.view_points[0],
        "start_rotation": [0.0, 0.0, 0.0, 1.0],
    }
    for action in (LEFT, STOP):  # habitat-lab's own SPL divides by zero at the reset, its soft SPL at every step
        for environment in (ours, lab):
            environment.reset(options=options)
        measures = [environment.step(action)[4]["measures"] for environment in (ours, lab)]
        assert measures[0] == {name: measures[1][name] for name in measures[0]}
        assert all(map(math.isfinite, measures[1].values()))
    assert measures[1]["success"] == measures[1]["spl"] == 1.0


def test_an_unreachable_goal_is_reported_and_scored(tmp_path):
    for name in ("objectnav/val/val.json.gz", f"objectnav/val/content/{NAMES[0]}.json.gz"):
        content = json.loads(gzip.decompress((HOUSES / name).read_bytes()))
        for goals in content.get("goals_by_category", {}).values():
            for view_point in [view_point for goal in goals for view_point in goal["view_points"]]:
                view_point["agent_state"]["position"] = [90.0, 0.1, 90.0]
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(gzip.compress(json.dumps(content).encode()))
    environment = HabitatLabObjectNavEnv(**{**BLIND, "dataset": tmp_path / "objectnav"}, scenes=HOUSES)
    _, info = environment.reset(seed=3)
    assert "can be reached" in info["invalid"]
    _, reward, terminated, _, info = environment.step(STOP)
    environment.close()
    assert terminated
    assert reward == pytest.approx(-0.01)
    measures = info["measures"]
    assert measures.pop("distance_to_goal") == math.inf
    assert all(map(math.isfinite, measures.values()))
    assert measures["success"] == measures["spl"] == measures["soft_spl"] == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"config": "nowhere.yaml"}, "config 'nowhere.yaml': habitat-lab cannot compose it: No file found"),
        ({"overrides": ["habitat.turn=3"]}, "cannot compose it: .*turn"),
        ({"overrides": ["habitat.dataset.type=PointNav-v1"]}, "TypeError: .*unexpected keyword argument"),
        (
            {"overrides": ["~habitat.task.actions.turn_left"]},
            "actions: found stop, move_forward, turn_right",
        ),
        ({"dataset": None, "overrides": ["habitat.dataset.data_path=/no/val.json.gz"]}, "/no/val.json.gz: habitat-lab"),
        ({"dataset": "/nowhere"}, "/nowhere: no such file or folder"),
        ({"num_objects": 0}, "num_objects: found 0"),
        ({"render_mode": "rgb_array"}, "render_observations=False"),
    ],
)
def test_wrong_arguments_of_habitat_lab_are_named(arguments, message):
    with pytest.raises(InputError, match=message) as caught:
        HabitatLabObjectNavEnv(**{**BLIND, **arguments})
    assert "\n" not in str(caught.value)
