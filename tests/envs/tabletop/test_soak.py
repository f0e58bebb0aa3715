"""Many episodes of random actions in all tabletop tasks: nothing fails, no score leaves 0 to 1, no memory is lost."""

import gc

import numpy as np
import psutil
import pytest

from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.tasks import registered_tasks
from tests.envs.tabletop.scanned_set import write_set

EPISODES = 300
WARM_EPISODES = 50
SPLITS = ("seen", "unseen")
MAX_GROWTH = 0.05
MAX_STEPS = 8


def resident_mb():
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


def random_action(environment, observation, rng):
    """Anywhere in the workspace, or at an object, with any yaw."""
    action = environment.action_space.sample()
    boxes = observation["object_boxes"][observation["object_mask"]]
    for part in action.values():
        part[3:] = (0, 0, *rng.normal(size=2))
        if len(boxes) and rng.random() < 0.7:
            part[:2] = rng.choice(boxes)[:2] + rng.normal(0, 0.01, 2)
    return action


def play(environment, episode_id, rng):
    """One episode of random actions."""
    observation, info = environment.reset(options={"episode_id": episode_id})
    check(environment, observation, info)
    for _ in range(MAX_STEPS):
        observation, _, terminated, truncated, info = environment.step(random_action(environment, observation, rng))
        check(environment, observation, info)
        if terminated or truncated:
            break


def check(environment, observation, info):
    assert 0 <= info["measures"]["score"] <= 1
    assert environment.observation_space.contains(observation)


@pytest.mark.slow
def test_300_random_episodes_neither_fail_nor_leak(tmp_path):
    tasks, assets = list(registered_tasks()), str(write_set(tmp_path))
    rng = np.random.default_rng(0)
    environments = [
        TabletopEnv(task=task, split=split, width=160, height=120, assets=assets) for task in tasks for split in SPLITS
    ]
    memory = []
    for episode in range(EPISODES):
        environment = environments[episode % len(environments)]
        environment.action_space.seed(episode)
        play(environment, episode, rng)
        if (episode + 1) % WARM_EPISODES == 0:
            memory.append(resident_mb())
            print(f"after {episode + 1} episodes of {len(tasks)} tasks: {memory[-1]:.0f} MB")
    for environment in environments:
        environment.close()
    assert max(memory) <= (1 + MAX_GROWTH) * memory[0]
