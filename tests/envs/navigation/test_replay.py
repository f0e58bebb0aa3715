"""The recorded habitat-lab episodes, replayed action by action: the same positions, sensors and measures must come."""

import numpy as np
import pytest

from leo_agent.envs.navigation.env import NavigationEnv
from tests.envs.recorded import HOUSES, NAMES, recorded_episodes


@pytest.fixture(scope="module")
def environment() -> NavigationEnv:
    return NavigationEnv(
        "leo/ObjectNav-v0", HOUSES / "objectnav", render_observations=False, num_points=1, share_arrays=True
    )


def replay(environment: NavigationEnv, record: dict) -> dict[str, float]:
    """Largest difference from a recorded episode, over all its steps, by quantity."""
    options = {"scene": record["scene_id"], "episode_id": record["episode_id"]}
    results = [(*environment.reset(options=options), 0.0)]
    for action in record["actions"]:
        observation, reward, _, _, info = environment.step(action)
        results.append((observation, info, reward))
    expected = record["metrics"]
    worst = {
        "position": max(
            np.abs(observation["agent_position"] - position).max()
            for (observation, _, _), position in zip(results, record["position"], strict=True)
        ),
        "gps": max(
            np.abs(observation["gps"] - gps).max()
            for (observation, _, _), gps in zip(results, record["gps"], strict=True)
        ),
        # Angles: -pi and pi are one heading.
        "compass": max(
            np.abs(np.exp(1j * observation["compass"][0]) - np.exp(1j * angle))
            for (observation, _, _), angle in zip(results, record["compass"], strict=True)
        ),
        "objectgoal": max(
            abs(int(observation["objectgoal"][0]) - record["objectgoal"]) for observation, _, _ in results
        ),
    }
    for name in ("distance_to_goal", "success", "spl", "soft_spl"):
        worst[name] = max(
            abs(info["measures"][name] - metrics[name]) for (_, info, _), metrics in zip(results, expected, strict=True)
        )
    worst["reward"] = max(
        abs(reward - (metrics["distance_to_goal_reward"] - 0.01 + 2.5 * metrics["success"]))
        for (_, _, reward), metrics in zip(results[1:], expected[1:], strict=True)
    )
    return worst


@pytest.mark.parametrize("name", NAMES)
def test_recorded_episodes_come_out_the_same(environment: NavigationEnv, name: str) -> None:
    worst = [replay(environment, record) for record in recorded_episodes() if record["scene_id"].startswith(name)]
    assert worst
    print(f"\n{name}, {len(worst)} recorded episodes, largest difference over all steps:")
    for quantity in worst[0]:
        values = np.array([episode[quantity] for episode in worst])
        within = np.mean(values <= 1e-3)
        print(f"  {quantity:17s} within 1e-3 on {within:7.2%} of episodes, worst {values.max():.2g}")
        assert within >= (1.0 if quantity in ("success", "objectgoal") else 0.99)
        assert quantity not in ("success", "objectgoal") or values.max() == 0.0
