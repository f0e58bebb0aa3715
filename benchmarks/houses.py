"""Seconds of one core that a procedural house takes, part by part, beside the limit of 12 s.

Run: python benchmarks/houses.py [--houses N] [--seed S]. One process. 100 houses on two cores may take 20 minutes: 24 s
of one core each; the limit here is half of that. It is CPU time, so that other work on the machine does not count.
"""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from hardware import hardware

from leo_agent.envs.house_sets.episodes import draw_episodes
from leo_agent.envs.house_sets.goals import find_goals, main_island
from leo_agent.envs.house_sets.house_maker import door_points
from leo_agent.envs.navmesh import NavMesh, compute_navmesh
from leo_agent.envs.procedural.houses.glb_writer import render_glb, semantic_glb
from leo_agent.envs.procedural.houses.house import build_mesh, draw_house

LIMIT_S = 12.0
EPISODES = 50
PARTS = ("layout and furniture", "mesh and light", "navmesh", "view points", "episodes", "files")
_Result = TypeVar("_Result")


def measure(seed: int, number: int) -> tuple[dict[str, float], str]:
    """CPU seconds by part, and a line about the house."""
    seconds: dict[str, float] = {}

    def timed(part: str, action: Callable[[], _Result]) -> _Result:
        start = time.process_time()
        result = action()
        seconds[part] = time.process_time() - start
        return result

    rng = np.random.default_rng([seed, number, 0])
    house = timed(PARTS[0], lambda: draw_house(rng))
    mesh = timed(PARTS[1], lambda: build_mesh(house))
    navmesh = NavMesh(timed(PARTS[2], lambda: compute_navmesh(mesh.vertices, mesh.faces)))
    island = main_island(navmesh, door_points(house))
    if island is None:
        return seconds, "not all rooms can be reached: drawn again"
    goals = timed(PARTS[3], lambda: find_goals(house, mesh, navmesh, island))
    drawn = timed(PARTS[4], lambda: draw_episodes(navmesh, island, goals, EPISODES, rng))
    size = sum(len(part) for part in timed(PARTS[5], lambda: (render_glb(mesh, seed), semantic_glb(mesh))))
    views = sum(len(goal.view_points) for goal in goals)
    shape = f"{house.plan.outline.area:4.0f} m², {len(mesh.faces)} triangles, {len(house.pieces)} objects"
    shape = f"{shape}, {len(goals)} goals"
    return seconds, f"{shape}, {views} view points, {len(drawn)} episodes, {size / 1e6:.1f} MB"


def main() -> None:
    """Runs the benchmark that the options ask for, and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--houses", type=int, default=8, help="how many houses (default 8)")
    parser.add_argument("--seed", type=int, default=0, help="their seed (default 0)")
    options = parser.parse_args()
    print(f"hardware: {hardware()}; this process uses one core")
    measure(options.seed + 1, 1)  # compiles, which is not counted
    totals: list[dict[str, float]] = []
    for number in range(1, options.houses + 1):
        seconds, summary = measure(options.seed, number)
        totals.append(seconds)
        print(f"house {number:3d}: {sum(seconds.values()):5.2f} s  {summary}")
    for part in PARTS:
        print(f"{part:>22}: {np.mean([seconds.get(part, 0.0) for seconds in totals]):5.2f} s")
    mean, most = (float(figure([sum(seconds.values()) for seconds in totals])) for figure in (np.mean, np.max))
    print(f"{'a house':>22}: {mean:5.2f} s (at most {most:.2f} s), limit {LIMIT_S:.0f} s: {mean / LIMIT_S:.0%} of it")


if __name__ == "__main__":
    main()
