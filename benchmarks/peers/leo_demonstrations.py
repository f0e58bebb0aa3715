"""Ours beside `cliport_demonstrations.py`: the expert's demonstrations of a tabletop task, all views at 640x480."""

from __future__ import annotations

import time
from itertools import islice

from serving import serve

from leo_agent.envs.tabletop.env import TabletopEnv


class Demonstrations:
    """One task's demonstrations."""

    def __init__(self) -> None:
        self._environment: TabletopEnv | None = None

    def prepare(self, task: str) -> str:
        """Choose a task; says what runs."""
        if self._environment is not None:
            self._environment.close()
        self._environment = TabletopEnv(task, "seen")
        return f"leo_agent, {task}, seen"

    def work(self, first: int, count: int) -> dict[str, float]:
        """Seconds of resets, steps and expert, and steps, of the episodes from `first`."""
        environment = self._environment
        assert environment is not None
        spent = {"reset": 0.0, "step": 0.0, "expert": 0.0, "steps": 0, "reward": 0.0}
        for options in islice(environment.episode_options(first + count), first, None):
            start = time.perf_counter()
            environment.reset(options=options)
            spent["reset"] += time.perf_counter() - start
            ended = False
            while not ended:
                start = time.perf_counter()
                action = environment.expert_action()
                middle = time.perf_counter()
                _, reward, terminated, truncated, _ = environment.step(action)
                spent["expert"] += middle - start
                spent["step"] += time.perf_counter() - middle
                spent["steps"] += 1
                spent["reward"] += float(reward)
                ended = terminated or truncated
        return spent


if __name__ == "__main__":
    demonstrations = Demonstrations()
    serve({"prepare": demonstrations.prepare, "work": demonstrations.work})
