"""What holds for every navigation task, since it is in the registry; a new one needs a small dataset in small_sets."""

import json

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from leo_agent import envs
from leo_agent.contract.environment import DrawsStarts, Environment, check_environment
from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import STOP
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.experts.registry import register_expert
from leo_agent.envs.navigation.measures import register_measure
from leo_agent.envs.navigation.simulators.base import register_simulator
from leo_agent.envs.navigation.tasks import navigation_task, register_task, task_ids
from tests.envs.navigation.small_sets import BLIND, WRITERS

TASKS = [env_id for env_id in task_ids() if env_id.startswith("leo/")]


@pytest.fixture(scope="module", params=TASKS)
def environment(request, tmp_path_factory):
    dataset = WRITERS[request.param](tmp_path_factory.mktemp("set"))
    made = gymnasium.make(request.param, dataset=dataset, disable_env_checker=True, **BLIND)
    yield made.unwrapped
    made.close()


def walk(environment: NavigationEnv) -> dict[str, float]:
    """The measures of the running episode when the expert has stopped."""
    while True:
        _, _, terminated, truncated, info = environment.step(environment.expert_action())
        if terminated or truncated:
            return info["measures"]


def test_ids_are_found_by_looking_at_the_files_alone():
    assert {"leo/ObjectNav-v0", "leo/PointNav-v0", "leo/OVON-v0"} <= set(TASKS) <= set(envs.env_ids())
    for env_id in TASKS:
        assert gymnasium.spec(env_id).kwargs == {"task": env_id}
        assert navigation_task(env_id).__doc__


def test_gymnasium_checker(environment):
    check_env(environment, skip_render_check=True)


def test_it_keeps_the_contract(environment):
    assert check_environment(environment, environment.env_id) is environment
    assert isinstance(environment, Environment)
    assert isinstance(environment, DrawsStarts)
    assert environment.renderer == "embedded"
    assert environment.action_space == environment.embodiment.action_space()
    observation, info = environment.reset(seed=0)
    assert environment.observation_space.contains(observation)
    assert list(info["measures"]) == [measure.name for measure in environment.measures]
    assert {"split", "scene", "episode_id", "instruction"} <= info["episode_info"].keys()
    assert info["episode_info"]["env"] == environment.env_id
    assert (info["invalid"], info["collided"]) == ("", False)
    json.dumps(info, allow_nan=False)


def test_its_expert_succeeds(environment):
    efficiencies = []
    for options in environment.episode_options():
        environment.reset(options=options)
        measures = walk(environment)
        assert measures["success"] == 1.0, options
        assert measures["distance_to_goal"] < environment.task.success_distance_m
        efficiencies.append(measures["spl"])
    assert np.mean(efficiencies) >= 0.9


def test_the_greedy_expert_gets_near(environment):
    other = NavigationEnv(environment.env_id, environment.task.episodes.path, expert="greedy", **BLIND)
    other.reset(options=environment.episode_options(1)[0])
    assert walk(other)["soft_spl"] >= 0.8


def test_a_drawn_episode_can_be_done(environment):
    options = environment.random_episode_options("house_0001", np.random.default_rng(3))
    assert environment.task.goal_option in options
    json.dumps(options)
    observation, info = environment.reset(options=options)
    assert environment.observation_space.contains(observation)
    assert info["episode_info"]["episode_id"] == options["episode_id"]
    assert 1.0 <= info["measures"]["distance_to_goal"] <= 30.0
    assert walk(environment)["success"] == 1.0


def test_reward_is_distance_gained_slack_and_success(environment):
    _, info = environment.reset(options=environment.episode_options(1)[0])
    before, total, steps, done = info["measures"]["distance_to_goal"], 0.0, 0, False
    while not done:
        _, reward, done, _, info = environment.step(environment.expert_action())
        total, steps = total + reward, steps + 1
    task = environment.task
    gained = before - info["measures"]["distance_to_goal"]
    assert total == pytest.approx(gained + steps * task.slack_reward + task.success_reward)


def test_a_picture_of_it(environment, tmp_path):
    made = NavigationEnv(
        environment.env_id, environment.task.episodes.path, width=32, height=24, render_mode="rgb_array",
        **{**BLIND, "render_observations": True},
    )  # fmt: skip
    observation, _ = made.reset(options=environment.episode_options(1)[0])
    assert observation["image"].shape == (24, 32, 3)
    running = made.render()
    made.step(STOP)
    assert running.shape == made.render().shape
    assert not np.array_equal(running, made.render())


def test_unknown_tasks_are_named():
    with pytest.raises(InputError, match=r"task: found 'leo/FlyNav-v0', expected one of .*leo/ObjectNav-v0"):
        NavigationEnv("leo/FlyNav-v0", "nowhere")


@pytest.mark.parametrize(
    ("register", "kind", "name"),
    [
        (lambda name: register_measure(name, label="Mine"), "measure", "success"),
        (register_task, "task", "leo/PointNav-v0"),
        (register_expert, "expert", "search"),
        (register_simulator, "simulator", "embedded"),
    ],
)
def test_a_name_of_ours_cannot_be_taken(register, kind, name):
    """A user's "success" must not become the one of Habitat's tasks."""

    def mine(*_):
        return 1.0

    with pytest.raises(InputError, match=rf"^{kind} {name}: found .*mine, but it is leo_agent\.envs\.navigation\."):
        register(name)(mine)
