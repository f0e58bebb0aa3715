"""How fast the tabletop world is: resets, steps and demonstrations of its experts, and where the time goes.

    python benchmarks/tabletop.py [--task separating-piles ...] [--episodes 50] [--split seen] [--object-points surface]

Without `--task` it runs the three task families of LEO. The figures beside ours are those of the original CLIPort
environment, measured on 2 shared cores of an AMD EPYC with one process and no GPU.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

from hardware import hardware

from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.tasks import registered_tasks


@dataclass(frozen=True)
class Original:
    """What the original does with a task."""

    resets_per_s: float
    steps_per_s: float
    demonstration_s: float
    limit: float  # how many times its demonstrations per hour are asked of ours


ORIGINALS = {
    "put-blocks-in-bowls": Original(0.23, 0.83, 7.9, limit=15),
    "packing-objects-seq": Original(0.28, 0.81, 9.1, limit=15),
    "separating-piles": Original(0.72, 0.55, 25.0, limit=6),
}


@dataclass
class Run:
    """What the expert's episodes took; wall-clock seconds, but for the processor's."""

    warm_up_s: float = 0.0  # the first episode, which is not in the others
    reset_s: float = 0.0
    step_s: float = 0.0
    expert_s: float = 0.0
    processor_s: float = 0.0  # of resets, steps and expert
    steps: int = 0
    scores: list[float] = field(default_factory=list)  # of each episode
    parts: dict[str, float] = field(default_factory=dict)  # seconds by what they were spent on

    @property
    def total_s(self) -> float:
        """Resets, steps and the expert together."""
        return self.reset_s + self.step_s + self.expert_s


def main() -> None:
    """Runs the benchmark that the options ask for, and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = registered_tasks()
    parser.add_argument("--task", nargs="+", choices=tasks, metavar="TASK", help=f"of {', '.join(tasks)}")
    parser.add_argument("--episodes", type=int, default=50, help="expert episodes of each task (default 50)")
    parser.add_argument("--split", default="seen", help="seen or unseen (default seen)")
    parser.add_argument("--object-points", default="surface", help="surface or cameras (default surface)")
    arguments = parser.parse_args()
    print(f"on {hardware()}")
    for task in arguments.task or [task for task in ORIGINALS if task in tasks]:
        run = measured(TabletopEnv(task, arguments.split, object_points=arguments.object_points), arguments.episodes)
        print(f"\n{task}, {arguments.split}: {len(run.scores)} expert episodes, {run.steps} steps, 640x480 views")
        report(run, ORIGINALS.get(task))


def measured(env: TabletopEnv, episodes: int) -> Run:
    """Run the expert through the first episodes, after one step to warm up, and close the environment."""
    run = Run()
    start = time.perf_counter()
    env.reset(options={"episode_id": 0})
    env.step(env.expert_action())
    run.warm_up_s = time.perf_counter() - start
    env.stopwatch.seconds.clear()
    processor_start = time.process_time()
    for options in env.episode_options(episodes):
        start = time.perf_counter()
        env.reset(options=options)
        run.reset_s += time.perf_counter() - start
        ended = False
        while not ended:
            start = time.perf_counter()
            action = env.expert_action()
            middle = time.perf_counter()
            _, _, terminated, truncated, info = env.step(action)
            run.expert_s += middle - start
            run.step_s += time.perf_counter() - middle
            run.steps += 1
            ended = terminated or truncated
        run.scores.append(info["measures"]["score"])
    run.processor_s = time.process_time() - processor_start
    run.parts = {**env.stopwatch.seconds, "expert": run.expert_s}
    env.close()
    return run


def report(run: Run, original: Original | None) -> None:
    """Prints the figures of a task, beside the original's where it has the task."""
    episodes, total_s = len(run.scores), run.total_s
    print(f"first episode with compilation or its cache: {run.warm_up_s:.2f} s")
    print(f"mean score of the expert: {sum(run.scores) / episodes:.3f}")
    rates = {
        "resets/s": (episodes / run.reset_s, original and original.resets_per_s),
        "env steps/s": (run.steps / run.step_s, original and original.steps_per_s),
        "demonstrations/h": (3600 * episodes / total_s, original and 3600 / original.demonstration_s),
    }
    for name, (rate, reference) in rates.items():
        beside = f"   original {reference:8.2f}   {rate / reference:6.1f} times" if reference else ""
        print(f"{name:18s} {rate:10.1f}{beside}")
    if original is not None:
        print(f"asked for: {original.limit:g} times the original's demonstrations/h")
    print(f"a demonstration: {total_s / episodes:.2f} s, of the processor {run.processor_s / episodes:.2f} s")
    parts = {**run.parts, "rest": total_s - sum(run.parts.values())}
    for name, seconds in sorted(parts.items(), key=lambda item: -item[1]):
        share, each_ms = 100 * seconds / total_s, 1000 * seconds / (run.steps + episodes)
        print(f"{name:18s} {share:9.1f} %   {each_ms:6.2f} ms an observation")


if __name__ == "__main__":
    main()
