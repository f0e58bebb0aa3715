"""The limit that `gymnasium.make` is given is the environment's own, above and below the task's."""

import gymnasium
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.rollout.environments import EnvConfig, make_environment
from tests.envs.navigation.small_sets import BLIND, objectnav

LEFT = 2
TABLE = {"width": 32, "height": 24, "num_points": 1}


@pytest.fixture(scope="module")
def navigation(tmp_path_factory):
    return {"dataset": objectnav(tmp_path_factory.mktemp("set")), **BLIND, "num_points": 1}


def steps_until_the_end(env, action) -> int:
    env.reset(seed=0)
    for step in range(1, 2000):
        _, _, terminated, truncated, _ = env.step(action)
        assert not terminated
        if truncated:
            return step
    raise AssertionError("no end")


@pytest.mark.parametrize("limit", [7, 700])
def test_of_navigation(navigation, limit):
    made = gymnasium.make("leo/ObjectNav-v0", max_episode_steps=limit, disable_env_checker=True, **navigation)
    assert steps_until_the_end(made, LEFT) == limit
    assert made.spec.max_episode_steps == limit
    assert made.unwrapped.resolved_options["max_episode_steps"] == limit
    option = make_environment(EnvConfig("leo/ObjectNav-v0", {**navigation, "max_episode_steps": limit}))
    assert steps_until_the_end(option, LEFT) == limit


def test_without_one_it_is_the_tasks(navigation):
    made = gymnasium.make("leo/ObjectNav-v0", disable_env_checker=True, **navigation)
    assert steps_until_the_end(made, LEFT) == 500


def test_an_environment_made_again_from_its_spec_has_the_same(navigation):
    made = gymnasium.make("leo/ObjectNav-v0", max_episode_steps=600, disable_env_checker=True, **navigation)
    again = gymnasium.make(made.spec, disable_env_checker=True)
    assert steps_until_the_end(again, LEFT) == 600


def table(way, **options):
    """The two ways of users to make an environment."""
    if way == "rollout":
        return make_environment(EnvConfig("leo/PutBlocksInBowls-v0", {**TABLE, **options}))
    return gymnasium.make("leo/PutBlocksInBowls-v0", disable_env_checker=True, **TABLE, **options)


@pytest.mark.parametrize("way", ["gymnasium", "rollout"])
def test_of_the_tabletop(way):
    made = table(way, max_episode_steps=1)
    assert steps_until_the_end(made, TabletopEmbodiment().done_action()) == 1
    assert made.reset(seed=0)[1]["episode_info"]["max_steps"] == 1
    again = gymnasium.make(made.spec, disable_env_checker=True)
    assert again.reset(seed=0)[1]["episode_info"]["max_steps"] == 1
    for each in (made, again):
        each.close()


@pytest.mark.parametrize("limit", [None, 5])
def test_on_the_table_an_episode_is_never_longer_than_its_own_rules_say(limit):
    """5 is the most of the task; the episode of seed 0 has fewer blocks."""
    made = table("gymnasium", **({} if limit is None else {"max_episode_steps": limit}))
    own = made.reset(seed=0)[1]["episode_info"]["max_steps"]
    assert 1 < own < 5
    assert steps_until_the_end(made, TabletopEmbodiment().done_action()) == own
    made.close()


@pytest.mark.parametrize("way", ["gymnasium", "rollout"])
def test_more_than_the_task_s_own_is_refused_and_physics_are_given_back(way, monkeypatch):
    closed = []
    monkeypatch.setattr(TabletopEnv, "close", lambda self: closed.append(self))
    with pytest.raises(InputError, match="max_episode_steps: found 3000, expected at most 5: the rules of leo/Put"):
        table(way, max_episode_steps=3000)
    assert len(closed) == (way == "gymnasium")  # else the constructor refuses it, before there are physics


@pytest.mark.parametrize("limit", [0, -1, 2.5, True])
def test_what_is_no_limit_is_refused(navigation, limit):
    with pytest.raises(InputError, match=r"^max_episode_steps: found"):
        NavigationEnv("leo/ObjectNav-v0", **navigation, max_episode_steps=limit)
    with pytest.raises(InputError, match=r"^max_episode_steps: found"):
        TabletopEnv(**TABLE, max_episode_steps=limit)
