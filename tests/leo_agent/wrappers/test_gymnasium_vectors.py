"""Vector environments of Gymnasium: every way to run them gives the same observations, words and infos."""

import itertools

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from gymnasium.vector.utils import batch_space, iterate

from tests.leo_agent.every_env import FEW, IDS, make, options_of

ASYNC = [
    {"shared_memory": True, "context": "fork"},
    {"shared_memory": False, "context": "fork"},
    {"shared_memory": True, "context": "spawn"},
    {"shared_memory": True, "context": "forkserver"},
]


def actions_of(env_id, count):
    """Actions that end no episode of navigation, and nearly miss on the table."""
    embodiment_space = gymnasium.spaces.Discrete(2, start=2) if "Nav" in env_id or "OVON" in env_id else None
    if embodiment_space is not None:
        return np.full(count, 2)
    pose = np.tile(np.array([0.3, 0.0, 0.1, 0, 0, 0, 1], np.float32), (count, 1))
    return {"pick": pose, "place": pose}


def in_batch(envs, seen):
    """Each environment's observation, out of the batch."""
    return list(iterate(envs.observation_space, seen))


def equal(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray) and one.dtype == object:
        return len(one) == len(other) and all(equal(a, b) for a, b in zip(one, other, strict=True))
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else one == other


def history(envs, env_id, steps):
    """All that some steps give, and the words of each."""
    result = [envs.reset(seed=[3, 8])]
    for _ in range(steps):
        result.append(envs.step(actions_of(env_id, 2)))
    envs.close()
    return result


@pytest.mark.parametrize("env_id", IDS)
def test_infos_of_any_two_episodes_stack(env_id, sets):
    """One environment touched an object, the other did not: values keep one type."""
    envs = SyncVectorEnv([lambda: make(env_id, sets)] * 2)
    envs.reset(seed=[3, 8])
    expert, other = envs.envs[0].unwrapped.expert_action(), actions_of(env_id, 1)
    if isinstance(expert, dict):
        batch = {key: np.stack([value, other[key][0]]) for key, value in expert.items()}
    else:
        batch = np.array([expert, other[0]])
    for _ in range(3):
        seen, _, _, _, info = envs.step(batch)
        assert seen["instruction"] == tuple(one["instruction"] for one in in_batch(envs, seen))
    assert set(info["measures"]) >= {"success", "_success"}
    envs.close()


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=str)
@pytest.mark.parametrize("env_id", FEW)
def test_sync_and_async_agree_in_every_mode(env_id, mode, sets):
    makers = [lambda: make(env_id, sets, max_episode_steps=2)] * 2
    steps = 2 if mode is AutoresetMode.DISABLED else 5
    expected = history(SyncVectorEnv(makers, autoreset_mode=mode), env_id, steps)
    got = history(AsyncVectorEnv(makers, autoreset_mode=mode, context="fork"), env_id, steps)
    assert any(done.any() for _, _, _, done, _ in expected[1:])
    for one, other in zip(expected, got, strict=True):
        assert all(one[0]["instruction"])
        assert all(equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("env_id", "options"), itertools.product(FEW, ASYNC), ids=str)
def test_instructions_are_right_in_every_kind_of_process(env_id, options, sets):
    common = {"num_envs": 2, **options_of(env_id, sets)}
    sync = gymnasium.make_vec(env_id, vectorization_mode="sync", **common)
    other = gymnasium.make_vec(env_id, vectorization_mode="async", vector_kwargs=options, **common)
    expected, got = history(sync, env_id, 1), history(other, env_id, 1)
    for one, two in zip(expected, got, strict=True):
        assert all(len(text) > 5 and set(text) != {"a"} for text in two[0]["instruction"])
        assert equal(one[0], two[0])


@pytest.mark.parametrize("env_id", IDS)
def test_instructions_survive_shared_memory(env_id, sets):
    envs = AsyncVectorEnv([lambda: make(env_id, sets)], context="fork")
    seen, info = envs.reset(seed=1)
    envs.close()
    assert seen["instruction"] == tuple(info["episode_info"]["instruction"])
    assert seen in batch_space(envs.single_observation_space, 1)


def test_a_stored_scene_and_a_drawn_one_stack(sets):
    envs = SyncVectorEnv([lambda: make("leo/PutBlocksInBowls-v0", sets)] * 2)
    envs.reset(seed=[1, 2])
    scene = envs.envs[0].unwrapped.scene()
    envs.envs[0].reset(options={"scene": scene})
    *_, info = envs.step(actions_of("leo/PutBlocksInBowls-v0", 2))
    assert [type(value) for value in info["episode_info"]["scene"]] == [str, type(None)]
    envs.close()
