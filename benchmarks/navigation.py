"""Speed of the navigation world: simulator and renderer beside habitat-sim's, and where an environment's time goes.

    python benchmarks/navigation.py [--habitat-python PATH] [--seconds 2] [--turns 5] [--scenes house ...]

Where habitat-sim is installed (here, or for the interpreter of --habitat-python) it does the same steps beside ours in
the same files, turn by turn in processes of their own, and the ratio is of that run: `step()` and reading back RGB,
depth and ids in the tests' house_0001; RGB and depth in textured scans of as many triangles. Ours draws all three
always. Both use all cores. Without it, the habitat-sim of another machine is printed for the record, and no ratio.
The house is the first of DIR.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import gymnasium
import numpy as np
from habitat_turns import (
    HISTORY,
    HISTORY_MACHINE,
    WANTED,
    HabitatTurns,
    dataset_config,
    first_house,
    habitat_python,
    scene_mesh,
)
from hardware import hardware
from peers.turns import PeerError
from peers.walk import STEPS_A_POSE, WALK

from leo_agent.contract.navigation import ACTIONS
from leo_agent.envs.navigation.measures.tracker import MeasureTracker
from leo_agent.envs.navigation.simulators import SimulatorConfig
from leo_agent.envs.navigation.simulators.embedded import EmbeddedSimulator
from leo_agent.envs.objects import ObjectPacker
from leo_agent.envs.rendering import RenderScene
from leo_agent.envs.rendering.threads import default_threads

HOUSES = Path(__file__).parents[1] / "tests" / "data" / "habitat_houses"
PARTS = ("turns", "ours", "environment")
SIZES = [(128, 128), (224, 224), (256, 256), (640, 480)]
WALK_IDS = [ACTIONS.index(action) for action in WALK]
STEPS_AN_EPISODE = 100


@dataclass(frozen=True)
class Speed:
    """Frames/s of drawing at recorded poses, and of steps of a walk with a frame each."""

    triangles: int
    drawn: float
    walked: float


@dataclass(frozen=True)
class StepTimes:
    """Steps/s of the environment, and seconds by part."""

    steps_per_s: float
    parts: dict[str, float]


def per_second(action: Callable[[int], object], seconds: float) -> float:
    """How often an action is done a second in the best of five windows; the first, compiling, time is not counted."""
    action(0)
    best, count = 0.0, 0
    for _ in range(5):
        first, start = count, time.perf_counter()
        while time.perf_counter() - start < seconds / 5.0:
            count += 1
            action(count)
        best = max(best, (count - first) / (time.perf_counter() - start))
    return best


def measure_drawing(houses: Path, scene: str, seconds: float) -> list[Speed]:
    """Walk through the first house with its own or a scan-like mesh drawn, in all sizes of picture."""
    mesh = scene_mesh(houses, scene)
    drawing = RenderScene()
    drawing.add(mesh)
    return [measure_size(houses, drawing, len(mesh.faces), size, seconds) for size in SIZES]


def measure_size(houses: Path, drawing: RenderScene, triangles: int, size: tuple[int, int], seconds: float) -> Speed:
    """Look from the recorded poses, and walk on from them."""
    house = first_house(houses)
    simulator = EmbeddedSimulator(SimulatorConfig(houses, dataset_config(houses), *size))
    simulator.load_scene(f"scenes/{house}.scene_instance.json")
    poses = np.load(houses / f"{house}.golden.npz")["view_pose"].astype(float)

    def view(i: int) -> None:
        x, y, z, yaw_deg = poses[i % len(poses)]
        half = math.radians(yaw_deg) / 2.0
        simulator.set_agent_state((x, y, z), (0.0, math.sin(half), 0.0, math.cos(half)))
        drawing.render(simulator.intrinsics, simulator.camera_pose())

    def walk(i: int) -> None:
        if i % STEPS_A_POSE == 0:
            simulator.set_agent_state(poses[i // STEPS_A_POSE % len(poses)][:3], (0.0, 0.0, 0.0, 1.0))
        simulator.step(WALK[i % len(WALK)])
        drawing.render(simulator.intrinsics, simulator.camera_pose())

    return Speed(triangles, per_second(view, seconds), per_second(walk, seconds))


def measure_environment(houses: Path, size: tuple[int, int], seconds: float) -> StepTimes:
    """Step `leo/ObjectNav-v0` as a rollout does (object arrays shared), and time its parts."""
    spent: defaultdict[str, float] = defaultdict(float)

    def timed(part: str, function: Callable) -> Callable:
        def call(*arguments: object, **options: object) -> object:
            start = time.perf_counter()
            result = function(*arguments, **options)
            spent[part] += time.perf_counter() - start
            return result

        return call

    dataset, house = houses / "objectnav" / "val", first_house(houses)
    width, height = size
    env = gymnasium.make(
        "leo/ObjectNav-v0", disable_env_checker=True, dataset=dataset, width=width, height=height, share_arrays=True
    )
    simulator = env.unwrapped.simulator
    simulator.render = timed("rendering", simulator.render)
    simulator.step = timed("physics of motion", simulator.step)
    MeasureTracker.update = timed("measures", MeasureTracker.update)
    ObjectPacker.pack = timed("object clouds", ObjectPacker.pack)
    env.reset(options={"scene": house, "episode_id": "0"})
    env.step(WALK_IDS[0])
    episodes, total = 0, 0.0
    parts: dict[str, float] = defaultdict(float)
    while total < seconds:
        env.reset(options={"scene": house, "episode_id": str(episodes % 50)})
        spent.clear()
        start = time.perf_counter()
        for i in range(STEPS_AN_EPISODE):
            env.step(WALK_IDS[i % len(WALK_IDS)])
        total += time.perf_counter() - start
        for part, value in spent.items():
            parts[part] += value
        episodes += 1
    env.close()
    parts["rest"] = total - sum(parts.values())
    return StepTimes(episodes * STEPS_AN_EPISODE / total, dict(parts))


def in_processes(count: int, measure: Callable, *arguments: object) -> list:
    """What `count` processes that run at once measure; one may use all cores, several one thread each."""
    before = os.environ.get("NUMBA_NUM_THREADS")
    if count > 1:
        os.environ["NUMBA_NUM_THREADS"] = "1"
    try:
        with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
            return [future.result() for future in [pool.submit(measure, *arguments) for _ in range(count)]]
    finally:
        if count > 1:
            del os.environ["NUMBA_NUM_THREADS"]
            os.environ.update({} if before is None else {"NUMBA_NUM_THREADS": before})


def print_drawing(houses: Path, scene: str, seconds: float) -> None:
    """A line for each size of picture, of ours alone."""
    (alone,) = in_processes(1, measure_drawing, houses, scene, seconds)
    together = zip(*in_processes(2, measure_drawing, houses, scene, seconds), strict=True)
    name = first_house(houses) if scene == "house" else scene
    for size, one, two in zip(SIZES, alone, together, strict=True):
        walked = f"{one.walked:9.0f} {sum(speed.walked for speed in two):9.0f}"
        history = HISTORY[scene].get(size, "-")
        label = f"{name} ({one.triangles:,})"
        print(f"{label:24} {size[0]:4d}x{size[1]:<4d} {one.drawn:9.0f} {walked} {history:>9}", flush=True)


def print_turns(turns: HabitatTurns, scenes: list[str], seconds: float, count: int) -> None:
    """A line for each scene and size of picture, of both in turns."""
    print(f"\n{'scene':12} {'size':>8} {'ours':>8} {'habitat-sim':>12} {'ratio':>17} {'wanted':>7}")
    drawn_by: set[str] = set()
    for scene in scenes:
        for size in SIZES:
            done, by = turns.compare(scene, size, seconds, count)
            drawn_by.add(by)
            wanted = WANTED[scene].get(size, "-")
            rates = f"{done.ours_per_s:8.0f} {done.theirs_per_s:12.0f}"
            print(f"{scene:12} {size[0]:4d}x{size[1]:<4d} {rates} {done.text:>17} {wanted:>7}", flush=True)
    print("drawn by: " + " | ".join(sorted(drawn_by)))


def print_environment(houses: Path, seconds: float) -> None:
    """A line for each size of picture: steps/s, and the share of each part in one process."""
    for size in SIZES:
        (one,) = in_processes(1, measure_environment, houses, size, seconds)
        two = in_processes(2, measure_environment, houses, size, seconds)
        total = sum(one.parts.values())
        shares = ", ".join(f"{part} {value / total:.0%}" for part, value in sorted(one.parts.items(), key=_largest))
        rates = f"{one.steps_per_s:9.0f} {sum(times.steps_per_s for times in two):9.0f}"
        print(f"{size[0]:4d}x{size[1]:<4d} {rates}  {1e3 / one.steps_per_s:6.3f} ms a step: {shares}", flush=True)


def _largest(item: tuple[str, float]) -> float:
    return -item[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="time of each measurement in seconds (default 2)")
    parser.add_argument("--turns", type=int, default=5, help="turns of each simulator at each size (default 5)")
    parser.add_argument("--habitat-python", type=Path, metavar="PATH", help="an interpreter that has habitat_sim")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS], help="what to measure (default: all)")
    parser.add_argument("--houses", type=Path, default=HOUSES, help="folder of the houses (default: the tests' own)")
    parser.add_argument("--scenes", nargs="*", choices=[*HISTORY], default=[*HISTORY], help="what to draw")
    options = parser.parse_args()
    python = habitat_python(options.habitat_python)
    print(f"hardware: {hardware()}; one process draws with {default_threads()} threads, each of two with one")
    if "turns" in options.parts and python is not None:
        print("steps/s with a frame each, both simulators in turns: medians, and the ratio of each pair of turns")
        turns = HabitatTurns(python, options.houses)
        try:
            print_turns(turns, options.scenes, options.seconds, options.turns)
        except PeerError as error:
            raise SystemExit(str(error)) from error
        finally:
            turns.close()
    elif "turns" in options.parts:
        print("habitat-sim is not installed here (--habitat-python PATH names an interpreter that has it): no ratios")
    if "ours" in options.parts:
        print("frames/s of drawing recorded views, and of a step with a frame, each the best of five windows of time;")
        print(f"for the record, no divisor: {HISTORY_MACHINE}")
        heads = ("views", 10), ("steps", 9), ("two proc.", 9), ("record", 9)
        print(f"{'scene (triangles)':24} {'size':>8} " + " ".join(f"{name:>{width}}" for name, width in heads))
        for scene in options.scenes:
            print_drawing(options.houses, scene, options.seconds)
    if "environment" in options.parts:
        house = first_house(options.houses)
        print(f"steps/s of leo/ObjectNav-v0 in {house}, in one process and in two, and where the time of one goes")
        print_environment(options.houses, options.seconds)


if __name__ == "__main__":
    main()
