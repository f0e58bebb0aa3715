"""The tabletop environment: Gymnasium's rules, the expert, determinism, observations and wrong input."""

import gc
import hashlib
import itertools
import re
import subprocess
import sys
import weakref

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from leo_agent.contract.errors import InputError
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.ids import own_task_names, tabletop_id
from leo_agent.envs.tabletop.physics.bullet import pybullet
from leo_agent.envs.tabletop.physics.physics import Physics

SMALL = {"width": 160, "height": 120}


def make(**options):
    return TabletopEnv(**{**SMALL, **options})


@pytest.fixture
def env():
    environment = make()
    yield environment
    environment.close()


def run_expert(environment, episode_id):
    environment.reset(options={"episode_id": episode_id})
    terminated = truncated = False
    rewards = []
    while not (terminated or truncated):
        _, reward, terminated, truncated, info = environment.step(environment.expert_action())
        rewards.append(reward)
    assert sum(rewards) == pytest.approx(info["measures"]["score"])
    return info["measures"]


@pytest.mark.parametrize("env_id", map(tabletop_id, own_task_names()))
def test_gymnasium_accepts_it(env_id, assets):
    environment = gymnasium.make(env_id, split="seen", render_mode="rgb_array", assets=assets, **SMALL)
    assert environment.reset()[1]["episode_info"]["env"] == environment.spec.id
    check_env(environment.unwrapped, skip_render_check=False)
    check_env(environment, skip_render_check=True)  # under Gymnasium's time limit
    environment.close()


def test_expert_has_a_harmless_answer_when_done(env):
    run_expert(env, 0)
    observation, reward, terminated, _, info = env.step(env.expert_action())
    assert (reward, terminated) == (0, True)
    assert not info["action"]["grasped"]
    assert observation["instruction"] == "done placing blocks in bowls."


def digest(environment, episode_id):
    """Hash of everything an episode of disturbed expert actions hands out."""
    rng = np.random.default_rng(3)
    result = hashlib.sha256()
    observation, info = environment.reset(seed=1, options={"episode_id": episode_id})
    outcome = (0.0, False, False)
    for _ in range(3):
        for key in sorted(observation):
            value = observation[key]
            result.update(value.encode() if isinstance(value, str) else np.ascontiguousarray(value).tobytes())
        result.update(repr((outcome, info)).encode())
        action = environment.expert_action()
        action["pick"][:2] += rng.normal(0, 0.01, 2).astype(np.float32)
        action["place"][:2] += rng.normal(0, 0.03, 2).astype(np.float32)
        observation, *outcome, info = environment.step(action)
    return result.hexdigest()


def test_an_episode_is_the_same_whatever_ran_before_and_beside_it(env):
    other = make()
    alone = digest(env, 3)
    for episode_id in (8, 4):
        digest(env, episode_id)
        run_expert(other, episode_id)
    assert digest(env, 3) == alone
    assert digest(other, 3) == alone
    other.close()


def test_filming_changes_nothing_and_shows_the_motion(env):
    filmed = make(render_mode="rgb_array_list")
    assert digest(filmed, 3) == digest(env, 3)
    frames = filmed.render()
    assert len(frames) > 20
    assert all(frame.shape == (120, 160, 3) for frame in frames)
    assert sum((first != second).any() for first, second in itertools.pairwise(frames)) > 20
    assert filmed.render() == []
    filmed.close()


def test_an_episode_is_the_same_in_another_process(env):
    program = f"from tests.envs.tabletop.test_env import digest, make; print(digest(make(**{SMALL}), 3))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert answer.stdout.split()[-1] == digest(env, 3)


def test_seeds_follow_the_numbering_of_the_original():
    for mode, seeds in {"train": [0, 2, 4], "val": [1, 3, 5], "test": [10001, 10003, 10005]}.items():
        environment = make(mode=mode)
        options = environment.episode_options(3)
        assert [environment.reset(options=each)[1]["episode_info"]["seed"] for each in options] == seeds
        environment.close()


def test_without_options_the_generator_draws_the_episode(env):
    first = env.reset(seed=7)[1]["episode_info"]
    second = env.reset()[1]["episode_info"]
    assert env.reset(seed=7)[1]["episode_info"] == first != second
    again = env.reset(options={"episode_id": first["episode_id"]})[1]["episode_info"]
    assert again == first


def test_step_limit_truncates(env):
    _, info = env.reset(options={"episode_id": 0})
    idle = {name: np.array([0.26, -0.49, 0, 0, 0, 0, 1], np.float32) for name in ("pick", "place")}
    ends = [env.step(idle)[2:4] for _ in range(info["episode_info"]["max_steps"])]
    assert ends == [(False, False)] * (len(ends) - 1) + [(False, True)]


def test_actions_outside_are_clipped_and_said_so(env):
    env.reset(options={"episode_id": 0})
    action = env.expert_action()
    action["place"][:3] = (2.0, 0.0, -0.5)
    action["pick"][3:] = (0.3, 0.0, 0.0, 0.95)
    *_, info = env.step(action)
    assert info["action"]["grasped"]
    assert info["action"]["notes"] == ["pick tilt ignored", "place clipped to the workspace"]


@pytest.mark.parametrize(
    "pick",
    [[0.5, 0, 0, 0, 0, 0, 0], [float("nan"), 0, 0, 0, 0, 0, 1], [0.5, 0, 0], np.zeros((9, 7)), [[1], [2, 3]], "up", {}],
    ids=["zero quaternion", "not a number", "shape", "batch", "ragged", "text", "mapping"],
)
def test_malformed_actions_are_refused(env, pick):
    env.reset(options={"episode_id": 0})
    with pytest.raises(InputError, match="action pick") as caught:
        env.step({"pick": pick, "place": np.array([0.5, 0, 0, 0, 0, 0, 1], np.float32)})
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="'place'"):
        env.step({"pick": np.array([0.5, 0, 0, 0, 0, 0, 1], np.float32)})


WRONG_OPTIONS = {
    "task": ["juggle", ["put-blocks-in-bowls"], 3, None],
    "split": ["mixed", ["seen"], None],
    "mode": ["dev", {"test": 1}],
    "rules": ["strict", ["cliport"], None],
    "object_points": ["lidar", ["surface"], 1],
    "render_mode": ["human", ["rgb_array"], 3],
    "width": [0, 64.5, "64", None, True, float("nan"), 10**9],
    "height": [-1, 48.0, [48], float("inf")],
    "num_objects": [0, 2.5, True, "60", None, 10**12],
    "num_points": [0, 16.0, [16], float("nan"), 10**12],
    "share_arrays": ["no", 1, None],
    "goal_overlay": ["no", [], None],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, bad in WRONG_OPTIONS.items() for value in bad])
def test_wrong_options_are_named(name, value):
    with pytest.raises(InputError, match=f"{name}: found {re.escape(repr(value))}, expected") as caught:
        make(**{name: value})
    assert "\n" not in str(caught.value)


def test_numbers_of_numpy_are_whole_numbers():
    environment = make(width=np.int64(64), height=np.int32(48), num_objects=np.uint8(3), num_points=np.int16(8))
    observation, _ = environment.reset(options={"episode_id": 0})
    assert observation["object_points"].shape == (3, 8, 6)
    assert environment.observation_space.contains(observation)
    environment.close()


@pytest.mark.parametrize(
    "options",
    [
        {"episode_id": "x"},
        {"episode_id": -1},
        {"episode_id": "9" * 5000},
        {"scene": "table"},
        {"episode": 3},
        {3: 4, "a": 5},
    ],
)
def test_wrong_reset_options_are_refused(env, options):
    with pytest.raises(InputError):
        env.reset(options=options)


def test_validation_has_no_episode_beyond_its_seeds():
    environment = make(mode="val")
    with pytest.raises(InputError, match="5000"):
        environment.reset(options={"episode_id": 5000})
    assert len(environment.episode_options(6000)) == 5000
    environment.close()


def test_what_needs_a_reset_is_refused_before_it_and_after_closing(env):
    calls = (env.expert_action, lambda: env.step(env.action_space.sample()))
    for call in calls:
        with pytest.raises(gymnasium.error.ResetNeeded):
            call()
    first, _ = env.reset(options={"episode_id": 1})
    env.close()
    env.close()
    for call in calls:
        with pytest.raises(gymnasium.error.ResetNeeded):
            call()
    again, _ = env.reset(options={"episode_id": 1})
    assert np.array_equal(first["color_map"], again["color_map"])


def test_observations_have_the_dtypes_of_their_spaces(env):
    observation, _ = env.reset(seed=0)
    spaces = env.observation_space.spaces
    assert set(observation) == set(spaces)
    assert {key: value.dtype for key, value in observation.items() if key != "instruction"} == {
        key: space.dtype for key, space in spaces.items() if key != "instruction"
    }


def test_a_world_that_nobody_holds_disconnects():
    physics = Physics()
    physics.reset(())
    client, forgotten = physics.client, weakref.ref(physics)
    assert pybullet.isConnected(client)
    del physics
    gc.collect()
    assert forgotten() is None
    assert not pybullet.isConnected(client)


def test_nothing_is_written_by_the_import():
    program = "import leo_agent.envs.tabletop.env, sys; print('out'); print('err', file=sys.stderr)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert (answer.stdout, answer.stderr) == ("out\n", "err\n")


def test_random_actions_keep_the_world_in_order(env):
    env.action_space.seed(0)
    rng = np.random.default_rng(0)
    for episode_id in range(6):
        observation, _ = env.reset(options={"episode_id": episode_id})
        for _ in range(4):
            action = env.action_space.sample()
            boxes = observation["object_boxes"][observation["object_mask"]]
            for part in action.values():
                part[3:] = (0, 0, *rng.normal(size=2))
                if rng.random() < 0.8:
                    part[:2] = rng.choice(boxes)[:2] + rng.normal(0, 0.01, 2)
            observation, _, _, _, info = env.step(action)
            assert env.observation_space.contains(observation)
            assert 0 <= info["measures"]["score"] <= 1
            assert info["action"]["physics_steps"] < 3000
            centres = observation["object_boxes"][observation["object_mask"], :3]
            assert (np.abs(centres - (0.5, 0, 0.1)) < (0.5, 0.75, 0.2)).all()
