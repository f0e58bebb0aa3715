"""Flat actions, tokenised instructions, and both worlds as learners take them."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from leo_agent.contract.errors import InputError
from leo_agent.contract.tabletop import BOUNDS_M, TabletopEmbodiment
from leo_agent.wrappers import FlatAction, TokenizedInstruction, for_learning
from tests.leo_agent.every_env import FEW, IDS, make

BOWLS, NAVIGATION = "leo/PutBlocksInBowls-v0", "leo/ObjectNav-v0"


class Words(gymnasium.Env):
    """Says one thing."""

    action_space = spaces.Discrete(2)

    def __init__(self, text="find a café", charset="find a café"):
        self.observation_space = spaces.Dict({"instruction": spaces.Text(12, charset=charset)})
        self._text = text

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return {"instruction": self._text}, {}


class Hands(gymnasium.Env):
    """Has the tabletop's actions."""

    action_space = TabletopEmbodiment().action_space()
    observation_space = spaces.Dict()


def test_the_ends_of_the_box_are_the_bounds_and_half_a_turn():
    flat = FlatAction(Hands())
    low, high = np.array(BOUNDS_M).T
    for sign, position in ((-1.0, low), (1.0, high), (0.0, (low + high) / 2)):
        pose = flat.action(np.full(8, sign))["place"]
        assert pose[:3] == pytest.approx(position)
        yaw_rad = sign * np.pi
        assert pose[3:] == pytest.approx([0, 0, np.sin(yaw_rad / 2), np.cos(yaw_rad / 2)], abs=1e-6)
    assert flat.action(np.array([1, 0, 0, 0, 0, 0, 0, 0.5]))["pick"][0] == pytest.approx(high[0])


def test_flat_is_the_inverse():
    flat, rng = FlatAction(Hands()), np.random.default_rng(0)
    for _ in range(20):
        numbers = rng.uniform(-1, 1, 8).astype(np.float32)
        action = flat.action(numbers)
        assert action in Hands.action_space
        assert flat.flat(action) == pytest.approx(numbers, abs=1e-5)


def test_the_experts_action_does_the_same_when_flat(sets):
    env = FlatAction(make(BOWLS, sets))
    env.reset(seed=1)
    reward = env.step(env.flat(env.unwrapped.expert_action()))[1]
    assert reward > 0
    env.close()


@pytest.mark.parametrize("action", [np.zeros(7), np.full(8, np.nan), "left", None], ids=str)
def test_wrong_numbers_are_refused(action):
    with pytest.raises(InputError, match=r"action: "):
        FlatAction(Hands()).action(action)


def test_actions_that_are_numbers_already_are_refused():
    with pytest.raises(InputError, match="expected the tabletop's pick and place"):
        FlatAction(Words())


def test_tokens_are_bytes_and_come_back_as_text():
    env = TokenizedInstruction(Words())
    tokens = env.reset()[0]["instruction"]
    assert tokens in env.observation_space["instruction"]
    assert (tokens.shape, tokens.dtype) == ((24,), np.uint8)  # 12 characters of at most two bytes
    assert TokenizedInstruction.text(tokens) == "find a café"
    assert not tokens.flags.writeable


def test_a_length_that_is_too_short_is_no_silent_cut():
    assert TokenizedInstruction(Words(), length=12).reset()[0]["instruction"].shape == (12,)
    with pytest.raises(InputError, match="length: found 8, expected 12 for 'find a café'"):
        TokenizedInstruction(Words(), length=8).reset()
    with pytest.raises(InputError, match="length: found 0"):
        TokenizedInstruction(Words(), length=0)


@pytest.mark.parametrize("space", [spaces.Dict({"image": spaces.Box(0, 1)}), spaces.Discrete(2)], ids=str)
def test_no_text_nothing_to_tokenise(space):
    env = Words()
    env.observation_space = space
    with pytest.raises(InputError, match="expected one to be tokenised"):
        TokenizedInstruction(env)


@pytest.mark.parametrize("env_id", IDS)
def test_learners_get_boxes(env_id, sets):
    env = for_learning(make(env_id, sets))
    assert all(isinstance(space, spaces.Box) for space in env.observation_space.spaces.values())
    assert isinstance(env.action_space, (spaces.Box, spaces.Discrete))
    seen, info = env.reset(seed=1)
    assert TokenizedInstruction.text(seen["instruction"]) == info["episode_info"]["instruction"]
    env.action_space.seed(1)
    assert env.step(env.action_space.sample())[0] in env.observation_space
    env.close()


@pytest.mark.parametrize("env_id", FEW)
def test_flat_observations_are_one_vector(env_id, sets):
    env = for_learning(make(env_id, sets), keys=["object_boxes", "object_mask", "instruction"], flat=True)
    seen, _ = env.reset(seed=1)
    assert isinstance(env.observation_space, spaces.Box)
    assert seen.shape == env.observation_space.shape
    assert seen.shape[0] > 12 * 7
    check_env(env, skip_render_check=True)
    env.close()


@pytest.mark.parametrize("keys", [["clouds"], []], ids=str)
def test_unknown_keys_are_told(keys, sets):
    env = make(NAVIGATION, sets)
    with pytest.raises(InputError, match=r"keys: found .*, expected some of .*object_points"):
        for_learning(env, keys=keys)
    env.close()


@pytest.mark.parametrize("env_id", FEW)
def test_a_wrapped_environment_is_rebuilt_from_its_spec(env_id, sets):
    env = for_learning(make(env_id, sets), keys=["object_boxes", "instruction"], flat=True)
    text = env.spec.to_json() if env_id == BOWLS else None  # the dataset is a path, which JSON has not
    again = gymnasium.make(env.spec if text is None else EnvSpec.from_json(text))
    assert again.observation_space == env.observation_space
    assert again.action_space == env.action_space
    assert np.array_equal(again.reset(seed=4)[0], env.reset(seed=4)[0])
    env.close()
    again.close()
