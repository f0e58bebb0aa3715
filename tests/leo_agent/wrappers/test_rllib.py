"""PPO of RLlib takes both worlds, where ray is installed."""

import pytest

from leo_agent.wrappers import for_learning
from tests.leo_agent.every_env import FEW, make

pytest.importorskip("ray.rllib")

KEYS = ["object_boxes", "object_mask", "agent_position", "instruction"]


@pytest.mark.slow
@pytest.mark.parametrize("env_id", FEW)
def test_ppo_trains_one_iteration(env_id, sets):
    import ray
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.tune.registry import register_env

    register_env("leo", lambda _: for_learning(make(env_id, sets, max_episode_steps=5), keys=KEYS, flat=True))
    ray.init(num_cpus=1, include_dashboard=False)
    config = PPOConfig().environment("leo").env_runners(num_env_runners=0)
    algorithm = config.training(train_batch_size=40, minibatch_size=20, num_epochs=1).build_algo()
    try:
        result = algorithm.train()
        assert result["num_env_steps_sampled_lifetime"] >= 40
    finally:
        algorithm.stop()
        ray.shutdown()
