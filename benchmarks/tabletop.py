"""How fast the tabletop world is: resets, steps and demonstrations, and where the time goes.

    python benchmarks/tabletop.py [--episodes 50] [--split seen] [--object-points surface]

The limits beside the figures are those of the original CLIPort environment, measured on 2 shared cores of an AMD EPYC
with one process and no GPU (bowls task): 0.23 resets/s, 0.83 environment steps/s, 7.9 s for a demonstration.
"""

from __future__ import annotations

import argparse
import time

from hardware import hardware

from envs.tabletop.env import TabletopEnv

CLIPORT_RESETS_PER_S = 0.23
CLIPORT_STEPS_PER_S = 0.83
CLIPORT_DEMONSTRATIONS_PER_H = 3600 / 7.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=50, help="expert episodes to run (default 50)")
    parser.add_argument("--split", default="seen", help="seen or unseen colours (default seen)")
    parser.add_argument("--object-points", default="surface", help="surface or cameras (default surface)")
    arguments = parser.parse_args()

    env = TabletopEnv(split=arguments.split, object_points=arguments.object_points)
    start = time.perf_counter()
    env.reset(options={"episode_id": 0})
    env.step(env.expert_action())
    warm_up_s = time.perf_counter() - start
    env.stopwatch.seconds.clear()

    reset_s = step_s = expert_s = 0.0
    steps = 0
    scores = []
    for options in env.episode_options(arguments.episodes):
        start = time.perf_counter()
        env.reset(options=options)
        reset_s += time.perf_counter() - start
        ended = False
        while not ended:
            start = time.perf_counter()
            action = env.expert_action()
            middle = time.perf_counter()
            _, _, terminated, truncated, info = env.step(action)
            expert_s += middle - start
            step_s += time.perf_counter() - middle
            steps += 1
            ended = terminated or truncated
        scores.append(info["measures"]["score"])
    env.close()

    total_s = reset_s + step_s + expert_s
    rates = {
        "resets/s": (len(scores) / reset_s, CLIPORT_RESETS_PER_S),
        "env steps/s": (steps / step_s, CLIPORT_STEPS_PER_S),
        "demonstrations/h": (3600 * len(scores) / total_s, CLIPORT_DEMONSTRATIONS_PER_H),
    }
    print(f"put-blocks-in-bowls, {arguments.split}: {len(scores)} expert episodes, {steps} steps, 640x480 views")
    print(f"on {hardware()}, one process; first episode with compilation or its cache: {warm_up_s:.2f} s")
    print(f"mean score of the expert: {sum(scores) / len(scores):.3f}")
    for name, (rate, limit) in rates.items():
        print(f"{name:18s} {rate:10.1f}   original {limit:8.2f}   {rate / limit:6.0f} times")
    parts = {**env.stopwatch.seconds, "rest": total_s - sum(env.stopwatch.seconds.values())}
    for name, seconds in sorted(parts.items(), key=lambda item: -item[1]):
        share, each_ms = 100 * seconds / total_s, 1000 * seconds / (steps + len(scores))
        print(f"{name:18s} {share:9.1f} %   {each_ms:6.2f} ms an observation")


if __name__ == "__main__":
    main()
