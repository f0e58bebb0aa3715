"""PPO of stable-baselines3 learns in both worlds (extra `rl`)."""

import warnings

import pytest

from leo_agent.wrappers import for_learning
from tests.leo_agent.every_env import FEW, make

sb3 = pytest.importorskip("stable_baselines3")

KEYS = ["image", "object_boxes", "object_mask", "agent_position", "instruction"]


@pytest.mark.slow
@pytest.mark.parametrize("env_id", FEW)
def test_ppo_learns_200_steps(env_id, sets, tmp_path):
    from stable_baselines3.common.monitor import Monitor

    env = Monitor(for_learning(make(env_id, sets, max_episode_steps=5), keys=KEYS))
    model = sb3.PPO("MultiInputPolicy", env, n_steps=50, batch_size=25, n_epochs=1, seed=0, device="cpu")
    before = [parameter.clone() for parameter in model.policy.parameters()]
    model.learn(200)
    assert model.num_timesteps == 200
    assert len(env.get_episode_rewards()) >= 200 // 5
    assert any((old != new).any() for old, new in zip(before, model.policy.parameters(), strict=True))
    model.save(tmp_path / "model")
    action, _ = sb3.PPO.load(tmp_path / "model").predict(env.reset(seed=0)[0])
    assert action in env.action_space
    env.close()


@pytest.mark.parametrize("env_id", FEW)
def test_its_checker_accepts_them(env_id, sets):
    from stable_baselines3.common.env_checker import check_env

    # It advises against arrays of two dimensions that are no images, such as boxes; they work, as above.
    env = for_learning(make(env_id, sets), keys=[key for key in KEYS if key != "object_boxes"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env, skip_render_check=True)
    env.close()
