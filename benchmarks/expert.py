"""How good and how fast the navigation experts are: success, SPL, and processor time an action.

    python benchmarks/expert.py [--dataset DIR] [--split val] [--episodes N] [--expert search]

Runs every episode of the dataset (by default the 200 recorded ones) with the expert. The limits beside the figures are
those of the project; Habitat's own follower ("greedy") has success 0.87 and SPL 0.83 in habitat-lab on every third of
those episodes. Times are processor time of `expert_action` alone; the first action of an episode holds the planning.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from hardware import hardware

from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.experts.registry import expert_names

DATASET = Path(__file__).parents[1] / "tests" / "data" / "habitat_houses" / "objectnav"
MIN_SUCCESS, MIN_SPL, MAX_MEAN_MS = 0.99, 0.95, 5.0


def run(environment: NavigationEnv, options: dict[str, str]) -> tuple[dict[str, float], list[float]]:
    """Measures at the end of an episode, and the processor time in ms of each of the expert's actions."""
    environment.reset(options=options)
    times_ms: list[float] = []
    ended = False
    while not ended:
        start = time.process_time()
        action = environment.expert_action()
        times_ms.append(1e3 * (time.process_time() - start))
        _, _, terminated, truncated, info = environment.step(action)
        ended = terminated or truncated
    return info["measures"], times_ms


def report(name: str, dataset: Path, split: str, limit: int | None) -> None:
    """Runs the first `limit` episodes with one expert, and prints what it reached and how long it took."""
    environment = NavigationEnv(
        "leo/ObjectNav-v0", dataset, split, render_observations=False, num_points=1, share_arrays=True, expert=name
    )
    episodes = environment.episode_options(limit)
    run(environment, episodes[0])  # compiles
    results = [run(environment, options) for options in episodes]
    success, spl = (np.mean([measures[key] for measures, _ in results]) for key in ("success", "spl"))
    actions = np.concatenate([times_ms for _, times_ms in results])
    first = np.array([times_ms[0] for _, times_ms in results])
    print(f"{name}, {len(episodes)} episodes, {len(actions) / len(episodes):.1f} actions an episode")
    print(f"  success {success:.3f} (limit {MIN_SUCCESS})   SPL {spl:.3f} (limit {MIN_SPL})")
    print(
        f"  an action {actions.mean():.2f} ms on average (limit {MAX_MEAN_MS}), median {np.median(actions):.2f}, "
        f"99 % {np.quantile(actions, 0.99):.1f}"
    )
    most = f"99 % {np.quantile(first, 0.99):.0f}, most {first.max():.0f}"
    print(f"  the first action {first.mean():.1f} ms on average, {most}")


def main() -> None:
    """Runs the benchmark that the options ask for, and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, default=DATASET, help="ObjectNav-v1 episodes (default: the recorded)")
    parser.add_argument("--split", default="val", help="split of the episodes (default val)")
    parser.add_argument("--episodes", type=int, default=None, help="only the first so many (default: all)")
    parser.add_argument("--expert", choices=expert_names(), action="append", help="may be repeated (default: all)")
    arguments = parser.parse_args()
    print(f"hardware: {hardware()}, one process")
    for name in arguments.expert or expert_names():
        report(name, arguments.dataset, arguments.split, arguments.episodes)


if __name__ == "__main__":
    main()
