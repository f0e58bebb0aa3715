"""How fast the tabletop world is: resets, steps and demonstrations of its experts, and where the time goes.

    python benchmarks/tabletop.py [--task separating-piles ...] [--episodes 50] [--split seen] [--object-points surface]
                                  [--cliport DIR [--cliport-python PATH] [--turns 5]]

Without `--task` it runs the three task families of LEO. With `--cliport`, a checkout of the original, the original's
environment and oracle demonstrate the same tasks beside ours, turn by turn in processes of their own, and the ratio is
of that run. Without it, what the original did on another machine is printed for the record, and no ratio.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from cliport_turns import TASKS, CliportTurns
from hardware import hardware
from peers.turns import PeerError

from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.tasks import registered_tasks

# For the record: the original's resets/s, steps/s and seconds a demonstration on one other machine.
HISTORY_MACHINE = "2 shared cores of an AMD EPYC without a GPU, one process, 2026-11"
HISTORY = {
    "put-blocks-in-bowls": (0.23, 0.83, 7.9),
    "packing-objects-seq": (0.28, 0.81, 9.1),
    "separating-piles": (0.72, 0.55, 25.0),
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
    parser.add_argument("--episodes", type=int, default=50, help="expert episodes of each task (default 50; 0: none)")
    parser.add_argument("--split", default="seen", help="seen or unseen (default seen)")
    parser.add_argument("--object-points", default="surface", help="surface or cameras (default surface)")
    parser.add_argument("--cliport", type=Path, metavar="DIR", help="a checkout of the original, to run beside ours")
    parser.add_argument("--cliport-python", default=sys.executable, metavar="PATH", help="interpreter of the original")
    parser.add_argument("--turns", type=int, default=5, help="turns beside the original (default 5)")
    arguments = parser.parse_args()
    print(f"on {hardware()}")
    chosen = arguments.task or [task for task in TASKS if task in tasks]
    if arguments.cliport is not None:
        compare(CliportTurns(arguments.cliport_python, arguments.cliport), chosen, arguments.turns)
    for task in chosen if arguments.episodes else []:
        run = measured(TabletopEnv(task, arguments.split, object_points=arguments.object_points), arguments.episodes)
        print(f"\n{task}, {arguments.split}: {len(run.scores)} expert episodes, {run.steps} steps, 640x480 views")
        report(run)
        if task in HISTORY:
            resets_per_s, steps_per_s, demonstration_s = HISTORY[task]
            figures = f"{resets_per_s} resets/s, {steps_per_s} steps/s, {3600 / demonstration_s:.0f} demonstrations/h"
            print(f"for the record, no divisor: the original {figures} ({HISTORY_MACHINE})")


def compare(turns: CliportTurns, chosen: list[str], count: int) -> None:
    """Prints what both did of each task that the original has."""
    try:
        for task in [task for task in chosen if task in TASKS]:
            lack = turns.lacks(task)
            if lack is not None:
                print(f"\n{task}: no ratio, {lack}")
                continue
            done = turns.compare(task, count)
            print(f"\n{task} in turns with the original's {TASKS[task][0]}, seen colours")
            for name, (own, other) in done.rates().items():
                print(f"{name:18s} {own:10.1f}   original {other:8.2f}   {own / other:6.1f} times")
            print("{:18s} {:10.2f}   original {:8.2f}".format("reward an episode", *done.mean_rewards))
            around = f"{min(done.ratios):.1f} to {max(done.ratios):.1f} in {len(done.ratios)} turns"
            print(f"demonstrations/h: {done.ratio:.1f} times ({around}), asked for {TASKS[task][1]}")
    except PeerError as error:
        raise SystemExit(str(error)) from error
    finally:
        turns.close()


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


def report(run: Run) -> None:
    """Prints the figures of a task."""
    episodes, total_s = len(run.scores), run.total_s
    print(f"first episode with compilation or its cache: {run.warm_up_s:.2f} s")
    print(f"mean score of the expert: {sum(run.scores) / episodes:.3f}")
    rates = {
        "resets/s": episodes / run.reset_s,
        "env steps/s": run.steps / run.step_s,
        "demonstrations/h": 3600 * episodes / total_s,
    }
    for name, rate in rates.items():
        print(f"{name:18s} {rate:10.1f}")
    print(f"a demonstration: {total_s / episodes:.2f} s, of the processor {run.processor_s / episodes:.2f} s")
    parts = {**run.parts, "rest": total_s - sum(run.parts.values())}
    for name, seconds in sorted(parts.items(), key=lambda item: -item[1]):
        share, each_ms = 100 * seconds / total_s, 1000 * seconds / (run.steps + episodes)
        print(f"{name:18s} {share:9.1f} %   {each_ms:6.2f} ms an observation")


if __name__ == "__main__":
    main()
