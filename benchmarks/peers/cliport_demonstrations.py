"""The original CLIPort's environment and oracle in `tabletop.py`; run with the folder of its checkout as argument.

The interpreter needs gym, pybullet, OpenCV, imageio, transforms3d, six, SciPy and matplotlib, and nothing of ours. Its
package imports agents and models at once; what those need (PyTorch, kornia, meshcat) is not needed here.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from serving import serve

# Imported by its modules, called by none of what runs here.
UNUSED = ("torch", "kornia", "meshcat", "meshcat.geometry", "meshcat.transformations", "omegaconf")


def import_environment(checkout: Path) -> tuple[Any, Any]:
    """Its class `Environment` and its tasks by name."""
    package = ModuleType("cliport")
    package.__path__ = [str(checkout / "cliport")]  # without running __init__, which imports agents and models
    sys.modules["cliport"] = package
    for name in UNUSED:
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = ModuleType(name)
    if not hasattr(sys.modules["omegaconf"], "OmegaConf"):
        sys.modules["omegaconf"].OmegaConf = None  # type: ignore[attr-defined]
    environment = importlib.import_module("cliport.environments.environment").Environment
    return environment, importlib.import_module("cliport.tasks").names


class Demonstrations:
    """One task's demonstrations, as the original's `demos.py` collects them."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self._make, self._tasks = import_environment(checkout)
        self._environment: Any = None
        self._task: Any = None

    def prepare(self, task: str) -> str:
        """Choose a task by its original name; says what runs."""
        if self._environment is None:
            assets = self._checkout / "cliport" / "environments" / "assets"
            self._environment = self._make(str(assets), disp=False, hz=480)
        self._task = self._tasks[task]()
        self._task.mode = "train"
        import pybullet

        return f"the original CLIPort, PyBullet API {pybullet.getAPIVersion()}"

    def work(self, first: int, count: int) -> dict[str, float]:
        """Seconds of resets, steps and oracle, and steps, of the episodes from `first`."""
        spent = {"reset": 0.0, "step": 0.0, "expert": 0.0, "steps": 0, "reward": 0.0}
        oracle = self._task.oracle(self._environment)
        for episode in range(first, first + count):
            np.random.seed(2 * episode)  # noqa: NPY002 - where the original draws its scenes from
            random.seed(2 * episode)
            start = time.perf_counter()
            self._environment.set_task(self._task)
            observation = self._environment.reset()
            spent["reset"] += time.perf_counter() - start
            self._episode(oracle, observation, spent)
        return spent

    def _episode(self, oracle: Any, observation: Any, spent: dict[str, float]) -> None:
        info = self._environment.info
        for _ in range(self._task.max_steps):
            start = time.perf_counter()
            action = oracle.act(observation, info)
            middle = time.perf_counter()
            observation, reward, done, info = self._environment.step(action)
            spent["expert"] += middle - start
            spent["step"] += time.perf_counter() - middle
            spent["steps"] += 1
            spent["reward"] += float(reward)
            if done:
                break


if __name__ == "__main__":
    demonstrations = Demonstrations(Path(sys.argv[1]))
    serve({"prepare": demonstrations.prepare, "work": demonstrations.work})
