"""Gymnasium's own wrappers and checkers around every environment, and those of them that make no sense here."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces, wrappers
from gymnasium.utils.env_checker import check_env

from leo_agent.contract.errors import InputError
from leo_agent.envs import env_ids
from leo_agent.envs.navigation.ids import task_ids_in_files
from leo_agent.envs.navigation.tasks import navigation_task
from leo_agent.envs.tabletop.ids import own_tasks, tabletop_id
from leo_agent.envs.tabletop.tasks import registered_tasks
from leo_agent.wrappers import FlatAction
from tests.leo_agent.every_env import FEW, IDS, make

KEPT = ("object_boxes", "object_mask", "agent_position", "instruction")


def with_half_depth(env):
    space = spaces.Dict({**env.observation_space.spaces, "depth": spaces.Box(0, np.inf, (36, 40), np.float16)})
    return wrappers.TransformObservation(env, lambda seen: {**seen, "depth": seen["depth"].astype(np.float16)}, space)


# In the order of a stack as people build it; each is also tried alone.
WRAPPERS = {
    "PassiveEnvChecker": wrappers.PassiveEnvChecker,
    "OrderEnforcing": wrappers.OrderEnforcing,
    "TimeLimit": lambda env: wrappers.TimeLimit(env, 2),
    "Autoreset": wrappers.Autoreset,
    "RecordEpisodeStatistics": wrappers.RecordEpisodeStatistics,
    "TransformAction": lambda env: wrappers.TransformAction(env, lambda action: action, env.action_space),
    "StickyAction": lambda env: wrappers.StickyAction(env, 0.5),
    "TransformReward": lambda env: wrappers.TransformReward(env, lambda reward: 2 * reward),
    "ClipReward": lambda env: wrappers.ClipReward(env, -1.0, 1.0),
    "NormalizeReward": wrappers.NormalizeReward,
    "TransformObservation": with_half_depth,
    "FilterObservation": lambda env: wrappers.FilterObservation(env, KEPT),
    "TimeAwareObservation": wrappers.TimeAwareObservation,
    "DelayObservation": lambda env: wrappers.DelayObservation(env, 1),
    "FrameStackObservation": lambda env: wrappers.FrameStackObservation(env, 2),
    "FlattenObservation": wrappers.FlattenObservation,
}
STACK = ("OrderEnforcing", "RecordEpisodeStatistics", "ClipReward", "FilterObservation", "FrameStackObservation")
# For one Box, not for a dictionary: they say so when they are made. FilterObservation and a Box go before them.
FOR_ONE_BOX = {
    "DtypeObservation": lambda env: wrappers.DtypeObservation(env, np.float32),
    "NormalizeObservation": wrappers.NormalizeObservation,
    "RescaleObservation": lambda env: wrappers.RescaleObservation(env, np.float32(0), np.float32(1)),
    "ReshapeObservation": lambda env: wrappers.ReshapeObservation(env, (4,)),
    "GrayscaleObservation": wrappers.GrayscaleObservation,
    "ResizeObservation": lambda env: wrappers.ResizeObservation(env, (8, 8)),
    "MaxAndSkipObservation": wrappers.MaxAndSkipObservation,
}


def play(env):
    """A short episode: reset, two steps, reset; every observation lies in its space."""
    seen, _ = env.reset(seed=1)
    assert seen in env.observation_space
    expert = env.unwrapped.expert_action
    for _ in range(2):
        seen, _, terminated, truncated, info = env.step(expert())
        assert seen in env.observation_space
        if terminated or truncated:
            break
    env.reset()
    return info


@pytest.mark.parametrize("env_id", IDS)
def test_the_standard_wrappers_work_around_each_other(env_id, sets):
    env = make(env_id, sets)
    for name in STACK:
        env = WRAPPERS[name](env)
    play(env)
    env = WRAPPERS["FlattenObservation"](env)
    play(env)
    env.close()


@pytest.mark.parametrize("name", WRAPPERS)
@pytest.mark.parametrize("env_id", FEW)
def test_each_works_alone(env_id, name, sets):
    env = WRAPPERS[name](make(env_id, sets))
    play(env)
    env.close()


@pytest.mark.parametrize("name", FOR_ONE_BOX)
def test_those_for_one_box_refuse_a_dictionary(name, sets):
    env = make("leo/PutBlocksInBowls-v0", sets)
    env.reset(seed=1)
    with pytest.raises((AssertionError, TypeError, ValueError)):  # releases differ in which
        FOR_ONE_BOX[name](env)
    env.close()


@pytest.mark.parametrize("name", ["ClipAction", "RescaleAction"])
def test_those_for_a_box_of_actions_take_flat_ones(name, sets):
    plain = make("leo/PutBlocksInBowls-v0", sets)
    ways = {"ClipAction": wrappers.ClipAction, "RescaleAction": lambda env: wrappers.RescaleAction(env, -2.0, 2.0)}
    with pytest.raises((AssertionError, TypeError)):
        ways[name](plain)
    env = ways[name](FlatAction(plain))
    env.reset(seed=1)
    env.step(np.zeros(8, np.float32))
    env.close()


@pytest.mark.parametrize("env_id", FEW)
def test_an_observation_of_one_box_can_be_normalised(env_id, sets):
    env = wrappers.FlattenObservation(wrappers.FilterObservation(make(env_id, sets), ("object_boxes",)))
    play(wrappers.NormalizeObservation(wrappers.DtypeObservation(env, np.float64)))
    env.close()


@pytest.mark.parametrize("env_id", IDS)
def test_the_statistics_of_an_episode_have_their_place(env_id, sets):
    env = wrappers.RecordEpisodeStatistics(wrappers.TimeLimit(make(env_id, sets), 1))
    env.reset(seed=1)
    *_, info = env.step(env.unwrapped.expert_action())
    assert info["episode"]["l"] == 1
    assert info["episode_info"]["instruction"]
    # What SB3's Monitor, its vector environments, CleanRL and Gymnasium's vectors put there.
    env.reset()
    _, again = env.reset()
    reserved = {"episode", "terminal_observation", "TimeLimit.truncated", "final_info", "final_obs", "is_success"}
    assert not reserved & again.keys()
    assert not any(key.startswith("_") for key in again)
    env.close()


@pytest.mark.parametrize("env_id", FEW)
def test_videos_are_recorded(env_id, sets, tmp_path):
    pytest.importorskip("moviepy")
    env = wrappers.RecordVideo(make(env_id, sets, render_mode="rgb_array"), str(tmp_path), disable_logger=True)
    play(env)
    env.close()
    sizes = [file.stat().st_size for file in tmp_path.glob("*.mp4")]
    assert sizes
    assert all(sizes)


@pytest.mark.parametrize("env_id", FEW)
def test_rendered_frames_are_collected(env_id, sets):
    env = wrappers.RenderCollection(make(env_id, sets, render_mode="rgb_array"))
    play(env)
    assert all(frame.dtype == np.uint8 for frame in env.render())
    env.close()


@pytest.mark.parametrize("env_id", [env_id for env_id in IDS if "Nav" in env_id or "OVON" in env_id])
def test_the_checker_accepts_navigation(env_id, sets):
    """Those of the tabletop: tests/envs/tabletop/test_env.py."""
    env = make(env_id, sets)
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


def test_every_id_tells_how_long_an_episode_may_be():
    lab = "leo/HabitatLabObjectNav-v0"  # its configuration says, which nobody has read yet
    limits = {env_id: gymnasium.spec(env_id).max_episode_steps for env_id in env_ids() if env_id != lab}
    assert all(isinstance(limit, int) and limit > 0 for limit in limits.values())
    for env_id in task_ids_in_files():
        assert limits[env_id] == navigation_task(env_id).max_episode_steps == 500
    tasks = registered_tasks()
    for task, limit in own_tasks().items():
        assert limits[tabletop_id(task)] == limit == tasks[task].max_episode_steps < 100, task


@pytest.mark.parametrize("env_id", [env_id for env_id in IDS if "Nav" not in env_id and "OVON" not in env_id])
def test_a_limit_above_the_task_s_own_is_refused(env_id, sets):
    longest = gymnasium.spec(env_id).max_episode_steps
    with pytest.raises(InputError, match=f"max_episode_steps: found {longest + 1}, expected at most {longest}"):
        make(env_id, sets, max_episode_steps=longest + 1)


def test_a_smaller_limit_takes_effect(sets):
    env = make("leo/PutBlocksInBowls-v0", sets, max_episode_steps=1)
    env.reset(seed=1)
    assert env.step(env.unwrapped.embodiment.done_action())[3]
    again = gymnasium.make(env.spec)
    assert again.spec.max_episode_steps == 1
    env.close()
    again.close()
