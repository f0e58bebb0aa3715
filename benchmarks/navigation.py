"""Speed of the embedded navigation simulator in house_0001, beside habitat-sim's on the same scene.

Run: python benchmarks/navigation.py [--seconds S] [--houses DIR]. One process, one core.
"""

import argparse
import math
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from envs.objectnav.simulators import SimulatorConfig, make_simulator

HOUSES = Path(__file__).parents[1] / "tests" / "data" / "habitat_houses"
SCENE = "scenes/house_0001.scene_instance.json"
# habitat-sim 0.3.4, step() with RGB, depth and ids read back; software OpenGL (llvmpipe) on 2 cores, frames/s.
HABITAT_SIM = {(128, 128): 576, (256, 256): 399, (640, 480): 145}
SIZES = [(128, 128), (224, 224), (256, 256), (640, 480)]
WALK = ("move_forward", "move_forward", "turn_left", "move_forward", "turn_right", "turn_right", "move_forward")


def hardware() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else f"{platform.machine()}, {platform.processor()}"


def per_second(action: Callable[[int], object], seconds: float) -> float:
    """How often an action is done a second in the best of five windows; the first, compiling, time is not counted."""
    action(0)
    best = 0.0
    for _ in range(5):
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds / 5.0:
            count += 1
            action(count)
        best = max(best, count / (time.perf_counter() - start))
    return best


def measure(houses: Path, width: int, height: int, seconds: float) -> tuple[float, float]:
    """Frames/s of `render` over recorded poses, and steps/s of `step` followed by `render` on a walk."""
    config = SimulatorConfig(houses, "golden.scene_dataset_config.json", width, height)
    simulator = make_simulator("embedded", config)
    simulator.load_scene(SCENE)
    poses = np.load(houses / "house_0001.golden.npz")["view_pose"].astype(float)

    def view(i: int) -> None:
        x, y, z, yaw_deg = poses[i % len(poses)]
        half = math.radians(yaw_deg) / 2.0
        simulator.set_agent_state((x, y, z), (0.0, math.sin(half), 0.0, math.cos(half)))
        simulator.render()

    def walk(i: int) -> None:
        simulator.step(WALK[i % len(WALK)])
        simulator.render()

    return per_second(view, seconds), per_second(walk, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="time of each measurement in seconds (default 2)")
    parser.add_argument("--houses", type=Path, default=HOUSES, help="folder of the houses (default: the tests' own)")
    options = parser.parse_args()
    print(f"hardware: {hardware()}; this process uses one core")
    print("limit: habitat-sim 0.3.4 on the same scene and sensors, software OpenGL on 2 cores")
    print(f"{'size':>9} {'render/s':>9} {'step+render/s':>14} {'habitat-sim/s':>14} {'ratio':>6}")
    for width, height in SIZES:
        render, step = measure(options.houses, width, height, options.seconds)
        limit = HABITAT_SIM.get((width, height))
        beside = f"{limit:14d} {step / limit:6.1f}" if limit else f"{'-':>14} {'-':>6}"
        print(f"{f'{width}x{height}':>9} {render:9.0f} {step:14.0f} {beside}")


if __name__ == "__main__":
    main()
