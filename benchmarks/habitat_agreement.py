"""How far the embedded simulator and the real habitat-sim agree: episodes, pictures and navmesh answers.

Run: python benchmarks/habitat_agreement.py [--houses DIR] [--episodes N] [--parts PART ...], where habitat-sim and
habitat-lab are installed (environment-habitat.yml). Each figure is printed beside the limit that it is held to.
"""

import argparse
import gzip
import importlib
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.habitat_lab.env import HabitatLabObjectNavEnv
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator

HOUSES = Path(__file__).parents[1] / "tests" / "data" / "habitat_houses"
PARTS = ("recorded", "expert", "images", "navmesh")
PAIR = ("embedded", "habitat")
STOP = 0


@dataclass(frozen=True)
class Run:
    """One episode as one environment ran it: the base positions (T, 3), and the measures at its end."""

    positions: NDArray[np.float32]
    collided: list[bool]
    actions: list[int]
    measures: dict[str, float]


def run_episode(env: Any, options: dict[str, str], actions: list[int] | None) -> Run:
    """The episode with these actions, or with the expert's."""
    observation, info = env.reset(options=options)
    positions, collided, taken, done = [observation["agent_position"]], [], [], False
    while not done and (actions is None or len(taken) < len(actions)):
        taken.append(env.expert_action() if actions is None else actions[len(taken)])
        observation, _, terminated, truncated, info = env.step(taken[-1])
        positions.append(observation["agent_position"])
        collided.append(info["collided"])
        done = terminated or truncated
    return Run(np.array(positions), collided, taken, info["measures"])


def environments(houses: Path) -> dict[str, Callable[[], Any]]:
    """How to make each of the three, without images."""
    blind = {"dataset": houses / "objectnav", "render_observations": False, "num_points": 1, "share_arrays": True}
    config = "benchmark/nav/objectnav/objectnav_hm3d.yaml"
    return {
        "embedded": lambda: NavigationEnv("leo/ObjectNav-v0", simulator="embedded", **blind),
        "habitat": lambda: NavigationEnv("leo/ObjectNav-v0", simulator="habitat", **blind),
        "habitat-lab": lambda: HabitatLabObjectNavEnv(config, split="val", **blind),
    }


def compare_runs(name: str, ours: list[Run], theirs: list[Run]) -> None:
    """Prints how far two lists of runs of the same episodes agree."""
    pairs = list(zip(ours, theirs, strict=True))
    success = [(one.measures["success"], other.measures["success"]) for one, other in pairs]
    spl = np.array([(one.measures["spl"], other.measures["spl"]) for one, other in pairs])
    equal = np.mean([one == other for one, other in success])
    print(f"\n{name}: {len(pairs)} episodes")
    print(f"  success equal on {equal:8.2%}   (limit 100 %)   mean {np.mean(success, axis=0)}")
    print(f"  spl within 0.01 on {np.mean(np.abs(np.diff(spl)) <= 0.01):6.2%}   mean {spl.mean(axis=0).round(4)}")
    same = [(one, other) for one, other in pairs if one.actions == other.actions]
    print(f"  same actions on {len(same) / len(pairs):8.2%}")
    if same:
        apart = np.array([np.abs(one.positions - other.positions).max() for one, other in same])
        collisions = np.concatenate([np.equal(one.collided, other.collided) for one, other in same])
        print(f"  of those: positions within 1 cm on {np.mean(apart <= 0.01):.2%}, worst {apart.max():.2g} m")
        print(f"            collision flag equal on {collisions.mean():.3%} of {len(collisions)} steps")
        for measure in ("distance_to_goal", "spl", "soft_spl", "path_length"):
            apart = np.array([abs(one.measures[measure] - other.measures[measure]) for one, other in same])
            print(f"            {measure:16s} within 1e-3 on {np.mean(apart <= 1e-3):.2%}, worst {apart.max():.2g}")


def compare_episodes(houses: Path, count: int | None, recorded_actions: bool) -> None:
    """The same episodes through all three environments, with the recorded actions or with each one's expert."""
    with gzip.open(houses / "measures_val.json.gz", "rt") as file:
        records = json.load(file)[:count]
    runs: dict[str, list[Run]] = {}
    for name, make in environments(houses).items():
        env = make()
        runs[name] = [
            run_episode(
                env,
                {"scene": record["scene_id"], "episode_id": record["episode_id"]},
                record["actions"] if recorded_actions else None,
            )
            for record in records
        ]
        env.close()
    kind = "recorded actions" if recorded_actions else "expert"
    compare_runs(f"{kind}, embedded and habitat", runs["embedded"], runs["habitat"])
    compare_runs(f"{kind}, habitat and habitat-lab", runs["habitat"], runs["habitat-lab"])
    if recorded_actions:
        past = [Run(np.array(one["position"], np.float32), [], one["actions"], one["metrics"][-1]) for one in records]
        print("\nrecorded values of habitat-lab 0.3.4, and those of now")
        for name, now in runs.items():
            apart = [np.abs(one.positions - other.positions).max() for one, other in zip(past, now, strict=True)]
            spl = [abs(one.measures["spl"] - other.measures["spl"]) for one, other in zip(past, now, strict=True)]
            print(f"  {name:12s} positions: worst {max(apart):.2g} m   spl: worst {max(spl):.2g}")


def dataset_config(houses: Path) -> str:
    return next(houses.glob("*.scene_dataset_config.json")).name


def scene_names(houses: Path) -> list[str]:
    return sorted(path.name for path in (houses / "scenes").glob("*.scene_instance.json"))


def compare_images(houses: Path) -> None:
    """Depth, colour and instance ids at the recorded poses: both simulators, and what was recorded."""
    pictures: dict[str, list[dict[str, NDArray]]] = {name: [] for name in (*PAIR, "recorded")}
    config = SimulatorConfig(houses, dataset_config(houses), 256, 256)
    simulators = {name: make_simulator(name, config) for name in PAIR}
    for scene in scene_names(houses):
        golden = np.load(houses / f"{scene.partition('.')[0]}.golden.npz")
        parts = (golden["view_rgb"], golden["view_depth"], golden["view_semantic"])
        for rgb, depth, ids in zip(*parts, strict=True):
            pictures["recorded"].append({"image": rgb, "depth": depth, "segmentation": ids})
        for name, simulator in simulators.items():
            simulator.load_scene(f"scenes/{scene}")
            for x, y, z, yaw_deg in golden["view_pose"].astype(float):
                half = math.radians(yaw_deg) / 2.0
                simulator.set_agent_state((x, y, z), (0.0, math.sin(half), 0.0, math.cos(half)))
                pictures[name].append(simulator.render())
    for simulator in simulators.values():
        simulator.close()
    print(f"\npictures: {len(pictures['habitat'])} of 256 x 256")
    for one, other in (("embedded", "habitat"), ("habitat", "recorded")):
        pairs = list(zip(pictures[one], pictures[other], strict=True))

        def share(key: str, limit: float, pairs: Iterable[tuple[dict, dict]] = pairs) -> float:
            return float(np.mean([_near(left[key], right[key], limit) for left, right in pairs]))

        print(f"  {one} and {other}:")
        print(f"    depth within 5 mm on   {share('depth', 0.005):.3%} of pixels   (limit 99.5 %)")
        print(f"    colour within 2/255 on {share('image', 2):.3%} of pixels   (limit 99 %)")
        print(f"    instance id equal on   {share('segmentation', 0):.3%} of pixels   (limit 99.5 %)")


def _near(left: NDArray, right: NDArray, limit: float) -> float:
    apart = np.abs(left.astype(np.float64) - right.astype(np.float64))
    return float(np.mean((apart if apart.ndim == 2 else apart.max(axis=2)) <= limit))


def compare_navmesh(houses: Path) -> None:
    """The recorded questions to the navmesh, asked of both simulators."""
    config = SimulatorConfig(houses, dataset_config(houses), 64, 64, num_points=1)
    simulators = {name: make_simulator(name, config) for name in PAIR}
    answers: dict[str, dict[str, list[float]]] = {name: {} for name in PAIR}
    for scene in scene_names(houses):
        golden = np.load(houses / f"{scene.partition('.')[0]}.golden.npz")
        for name, simulator in simulators.items():
            simulator.load_scene(f"scenes/{scene}")
            for question, values in _ask(simulator, golden).items():
                answers[name].setdefault(question, []).extend(values)
    for simulator in simulators.values():
        simulator.close()
    print("\nnavmesh: embedded and habitat")
    for question in answers["habitat"]:
        ours, theirs = (np.nan_to_num(answers[name][question], nan=-1.0, posinf=-2.0) for name in PAIR)
        print(f"  {question:18s} within 1 mm on {np.mean(np.abs(ours - theirs) <= 1e-3):.3%} of {len(ours)}")


def _ask(simulator: Any, golden: Any) -> dict[str, list[float]]:
    probes = golden["probe_points"]
    return {
        "is_navigable": [float(simulator.is_navigable(point)) for point in probes],
        "snap_point": [float(value) for point in probes for value in simulator.snap_point(point)],
        "obstacle_distance": [simulator.obstacle_distance(point) for point in probes],
        "geodesic_distance": [
            simulator.geodesic_distance(start, end[None])
            for start, end in zip(golden["pair_start"], golden["pair_end"], strict=True)
        ],
        "nearest of eight": [
            simulator.geodesic_distance(start, ends)
            for start, ends in zip(golden["multi_start"], golden["multi_ends"], strict=True)
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--houses", type=Path, default=HOUSES, help="folder of the houses (default: the tests' own)")
    parser.add_argument("--episodes", type=int, help="only the first so many episodes (default: all 200)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to compare (default: all)")
    options = parser.parse_args()
    versions = {name: importlib.import_module(name).__version__ for name in ("habitat_sim", "habitat", "numpy")}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    if "images" in options.parts:
        compare_images(options.houses)
    if "navmesh" in options.parts:
        compare_navmesh(options.houses)
    for part in ("recorded", "expert"):
        if part in options.parts:
            compare_episodes(options.houses, options.episodes, part == "recorded")


if __name__ == "__main__":
    main()
