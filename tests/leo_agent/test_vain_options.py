"""On the command line, an option that could have no effect is one line and exit code 2."""

import gymnasium
import numpy as np
import pytest

from leo_agent import cli
from leo_agent.contract.errors import InputError
from leo_agent.rollout.environments import EnvConfig, make_environment
from leo_agent.train.recipes.flat import flat_recipe
from leo_agent.train.recipes.recipe import NEW_MODEL
from tests.envs.recorded import HOUSES

NAVIGATION = ("--env", "leo/ObjectNav-v0", "--dataset", str(HOUSES / "objectnav/val"))
BLIND = (*NAVIGATION, "--env-option", "render_observations=false")
TABLE = ("--env", "leo/PutBlocksInBowls-v0", "--width", "32", "--height", "24")
EXPERT = ("--policy", "expert", "--episodes", "1")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ("rollout", *BLIND, *EXPERT, "--env-option", "max_episode_steps=0"),
            "--env-option max_episode_steps: found 0, expected a whole number, at least 1",
        ),
        (
            ("rollout", *TABLE, *EXPERT, "--env-option", "max_episode_steps=-3"),
            "--env-option max_episode_steps: found -3, expected a whole number, at least 1",
        ),
        (("rollout", *NAVIGATION, *EXPERT, "--split", "train"), "no split 'train'"),
        (("rollout", *BLIND, *EXPERT, "--width", "64"), "--width: found 64, but nothing is drawn"),
        (
            ("rollout", *BLIND, *EXPERT, "--env-option", "camera_height_m=1.31"),
            "--env-option camera_height_m: found 1.31, but nothing is drawn with render_observations=False",
        ),
        (("rollout", *NAVIGATION, *EXPERT, "--scene", "house_0009"), "--scene: found 'house_0009'"),
        (
            ("rollout", *TABLE, *EXPERT, "--env-option", "goal_overlay=true"),
            "goal_overlay: found True, but no pictures",
        ),
        (("rollout", *TABLE, *EXPERT, "--assets", "/"), "--assets: found '/', but put-blocks-in-bowls needs no"),
        (
            ("rollout", *TABLE, *EXPERT, "--device", "cuda"),
            "--device: found 'cuda', but policy 'expert' has no device to choose; expected auto or cpu",
        ),
        (("collect", *TABLE, "--split", "unseen"), "--split: found 'unseen', but episodes of mode='train'"),
        (
            ("train", "--data", "x", "--init", "leo-nano", "--preset", "leo-opt-1.3b"),
            "--preset: found 'leo-opt-1.3b' with init='leo-nano', which is a model already",
        ),
    ],
)
def test_it_is_one_line(command, message, tmp_path, capsys):
    assert cli.main([*command, "--out", str(tmp_path / "out")]) == cli.EXIT_WRONG_INPUT
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "\n" not in told
    assert not (tmp_path / "out").exists(), "nothing is begun"


def test_a_model_begins_from_a_preset_or_from_a_policy():
    assert flat_recipe(data=("x",)).preset == NEW_MODEL
    assert flat_recipe(data=("x",), init="z").preset is None, "no preset is recorded that was not used"


class Plain(gymnasium.Env):
    """An environment whose id has a limit that Gymnasium's wrapper refuses."""

    observation_space = action_space = gymnasium.spaces.Discrete(2)


def test_what_gymnasium_refuses_around_an_environment_is_wrong_input():
    gymnasium.register("tests/Endless-v0", Plain, max_episode_steps=0)
    try:
        with pytest.raises(InputError, match=r"^env: tests/Endless-v0 cannot be made: Expect the `max_episode_steps`"):
            make_environment(EnvConfig("tests/Endless-v0"))
    finally:
        del gymnasium.registry["tests/Endless-v0"]


class Wrong(gymnasium.Env):
    """An environment whose author made a mistake that Gymnasium notices."""

    def __init__(self):
        self.observation_space = gymnasium.spaces.Box(np.zeros(2), np.ones(3))


def test_a_mistake_in_an_environment_keeps_its_traceback():
    gymnasium.register("tests/Wrong-v0", Wrong)
    try:
        with pytest.raises(ValueError, match="Box low") as caught:
            make_environment(EnvConfig("tests/Wrong-v0"))
    finally:
        del gymnasium.registry["tests/Wrong-v0"]
    assert not isinstance(caught.value, InputError)
    assert "self.observation_space" in str(caught.getrepr())
