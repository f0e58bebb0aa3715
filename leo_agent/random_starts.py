"""Navigation episodes beyond the dataset's own: its goals, from anywhere in the house."""

from typing import Any

import gymnasium
import numpy as np

from episodes.errors import InputError

_NEAREST_START_M = 1.0  # geodesic; nearer starts teach little
_ATTEMPTS = 50


def reset_at_random(env: gymnasium.Env, scene: str, episode_id: str, seed: int) -> tuple[Any, dict[str, Any]]:
    """Resets to the goal of an episode with a random navigable start that is at least a metre from it.

    Args:
        env: an ObjectNav environment whose reset takes `category`, `start_position` (3,) metres and `start_rotation`
            (4,) quaternion x, y, z, w.
        scene: where the episode is.
        episode_id: whose goal category is taken.
        seed: of the start and of the environment.

    Raises:
        InputError: the environment has no navigable points, or none of the drawn ones leads to the goal.
    """
    plain: Any = env.unwrapped
    if not hasattr(plain, "simulator"):
        raise InputError("--random-starts: this environment has no simulator with navigable points; navigation has")
    _, info = env.reset(seed=seed, options={"scene": scene, "episode_id": episode_id})
    category = info["episode"]["object_category"]
    rng = np.random.default_rng(seed)
    for _ in range(_ATTEMPTS):
        yaw_rad = rng.uniform(-np.pi, np.pi)
        start = {
            "start_position": np.asarray(plain.simulator.random_navigable_point(rng)).tolist(),
            "start_rotation": [0.0, float(np.sin(yaw_rad / 2)), 0.0, float(np.cos(yaw_rad / 2))],
        }
        observation, info = env.reset(seed=seed, options={"scene": scene, "category": category, **start})
        if not info.get("invalid") and info["measures"]["distance_to_goal"] >= _NEAREST_START_M:
            return observation, info
    raise InputError(f"--random-starts: no start in {scene} reaches a {category} from {_NEAREST_START_M:g} m or more")
