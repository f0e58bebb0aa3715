"""A small Gymnasium environment that follows the contract: walk along a line to a goal."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from leo_agent.contract.errors import InputError
from leo_agent.contract.measures import SUCCESS, Measure
from leo_agent.contract.navigation import NavigationEmbodiment

TOY_ID = "tests.leo_agent.toy:leo/Toy-v0"
FAULTY_ID = "tests.leo_agent.toy:leo/FaultyToy-v0"
NUM_OBJECTS, NUM_POINTS = 4, 8


class ToyEnv(gymnasium.Env):
    """Walk along a line to a goal."""

    embodiment = NavigationEmbodiment(num_actions=4)
    measures = (SUCCESS, Measure("spl", "SPL", "fraction"), Measure("distance", "Distance left", "quantity", "m"))
    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}  # noqa: RUF012 - Gymnasium's own declaration

    def __init__(
        self,
        split: str = "val",
        num_episodes: int = 6,
        width: int = 32,
        height: int = 24,
        trouble: str = "",
        render_mode: str | None = None,
    ):
        if split not in ("val", "test"):
            raise InputError(f"split {split!r}: expected val or test")
        self.split, self.num_episodes, self.trouble, self.render_mode = split, num_episodes, trouble, render_mode
        self.renderer = f"lines, {os.environ.get('NUMBA_NUM_THREADS', 'all')} threads"
        self._size = (height, width)
        self.action_space = self.embodiment.action_space()
        rng = np.random.default_rng(0)
        self._scenes = {
            name: rng.random((NUM_OBJECTS, NUM_POINTS, 6)).astype(np.float32) for name in ("house_a", "house_b")
        }
        self.observation_space = spaces.Dict({"image": spaces.Box(0, 255, (height, width, 3), np.uint8)})

    def episode_options(self, limit: int | None) -> list[dict[str, Any]]:
        numbers = range(self.num_episodes // 2)
        options = [{"scene": scene, "episode_id": str(number)} for scene in self._scenes for number in numbers]
        return options[:limit]

    def expert_action(self) -> int:
        if self._position == self._goal:
            return 0
        return 1 if self._position < self._goal else 2

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        options = options or self.episode_options(1)[0]
        self._options = options
        self._position, self._steps = 0, 0
        self._goal = int(self.np_random.integers(2, 6))
        self._noise = int(self.np_random.integers(0, 200))
        self._distance = self._goal
        if self.trouble == "reset" and options["episode_id"] == "1":
            raise RuntimeError("the scene fell over")
        return self._observation(), self._info()

    def step(self, action: Any) -> Any:
        self._steps += 1
        if self.trouble == "step" and self._options["episode_id"] == "1":
            raise RuntimeError("the floor gave way")
        if self.trouble == "die" and self._options["episode_id"] == "1":
            os._exit(7)
        self._position += {1: 1, 2: -1}.get(int(action), 0)
        done = int(action) == 0
        return self._observation(), 0.0, done, self._steps >= 12, self._info(done)

    def render(self) -> Any:
        return self._observation()["image"]

    def _observation(self) -> dict[str, Any]:
        image = np.full((*self._size, 3), self._noise, np.uint8)
        image[:, : 2 * max(self._position, 0)] = 255
        points = self._scenes[self._options["scene"]]
        return {
            "image": image,
            "object_points": points,
            "object_boxes": np.zeros((NUM_OBJECTS, 6), np.float32),
            "object_mask": np.array([True, True, True, False]),
            "object_ids": np.arange(1, NUM_OBJECTS + 1),
            "agent_position": np.array([self._position, 0, 0], np.float32),
            "agent_rotation": np.array([0, 0, 0, 1], np.float32),
            "instruction": "walk to the goal" if self._options["scene"] == "house_a" else "find the end",
            "gps": np.array([self._position, 0], np.float32),
            "compass": np.zeros(1, np.float32),
        }

    def _info(self, stopped: bool = False) -> dict[str, Any]:
        success = float(stopped and self._position == self._goal)
        info: dict[str, Any] = {
            "episode_info": {"split": self.split, "scene": self._options["scene"], "instruction": "walk to the goal"},
            "measures": {
                "success": success,
                "spl": success * 0.9,
                "distance": float(self._goal - self._position),
            },
            "invalid": "",
        }
        if self.trouble == "invalid" and self._options["episode_id"] == "1":
            info["invalid"] = "the goal is unreachable"
        if self.trouble == "info":
            del info["measures"]
        return info


if "leo/Toy-v0" not in gymnasium.registry:
    gymnasium.register("leo/Toy-v0", entry_point="tests.leo_agent.toy:ToyEnv")


class FaultyEnv(ToyEnv):
    """Checks its actions; cannot be closed, or hangs and hears no SIGTERM, where that is asked for."""

    def step(self, action: Any) -> Any:
        if self.trouble == "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            Path(os.environ["HANGS"]).touch()
            time.sleep(1000)
        return super().step(self.embodiment.action_id(action))

    def close(self) -> None:
        if self.trouble == "close":
            raise RuntimeError("the simulator is gone")


if "leo/FaultyToy-v0" not in gymnasium.registry:
    gymnasium.register("leo/FaultyToy-v0", entry_point="tests.leo_agent.toy:FaultyEnv")


class Walker:
    """Walks right a few steps that depend on the episode's seed and stops."""

    name = "walker"
    needs_expert = False

    def __init__(self, context: Any = None):
        self._steps: dict[int, int] = {}

    def reset(self, indices: Any) -> None:
        for index in indices:
            self._steps[index] = 0

    def act(self, observations: Any, instructions: Any) -> list[int]:
        actions = []
        for observation in observations:
            slot = observation["slot"]
            self._steps[slot] += 1
            actions.append(1 if self._steps[slot] <= 2 + observation["episode_seed"] % 4 else 0)
        return actions


class Slow(Walker):
    """Takes its time, so that it can be interrupted."""

    def act(self, observations: Any, instructions: Any) -> list[int]:
        time.sleep(0.1)
        return super().act(observations, instructions)


class AlwaysWrong(Walker):
    """Answers no action at all."""

    name = "AlwaysWrong"

    def act(self, observations: Any, instructions: Any) -> list[Any]:
        return [None for _ in observations]
