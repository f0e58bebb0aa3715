"""Seconds that baking a scene's navmesh takes, house by house, and for a scan-like scene of many triangles.

Run: python benchmarks/baking.py [--houses DIR] [--triangles N]. One process, one core.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from hardware import hardware

from leo_agent.envs.navmesh import NavMesh, bake_navmesh
from leo_agent.envs.scenes.meshes.glb import read_glb

HOUSES = Path(__file__).parents[1] / "tests" / "data" / "habitat_houses"
LIMIT_S = 15.0  # for a house of 100 square metres on one core


def split_faces(vertices: np.ndarray, faces: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The same surface in at least `count` triangles: those with the longest sides are cut in four, again and again."""
    corners = vertices[faces]
    while len(corners) < count:
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        chosen = longest >= np.median(longest)
        a, b, c = np.moveaxis(corners[chosen], 1, 0)
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        quarters = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        corners = np.concatenate([corners[~chosen], *(np.stack(quarter, axis=1) for quarter in quarters)])
    return corners.reshape(-1, 3), np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3)


def measure(name: str, vertices: np.ndarray, faces: np.ndarray) -> None:
    """Bake three times and print a line; the processor's time, and the least, as other programs may run beside."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        navmesh = NavMesh(bake_navmesh(vertices, faces))
        seconds.append(time.process_time() - start)
    width, _, depth = vertices.max(axis=0) - vertices.min(axis=0)
    print(
        f"{name:>16} {len(faces):10,} {width * depth:9.0f} {navmesh.navigable_area():9.1f} {min(seconds):9.2f} "
        f"{LIMIT_S:7.0f} {LIMIT_S / min(seconds):6.0f} x"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--houses", type=Path, default=HOUSES, help="folder of the houses (default: the tests' own)")
    parser.add_argument("--triangles", type=int, default=1_000_000, help="of the scan-like scene (default 1,000,000)")
    options = parser.parse_args()
    print(f"hardware: {hardware()}; this process uses one core")
    scenes = {
        path.stem: read_glb(path)
        for path in sorted(options.houses.glob("*.glb"))
        if not path.stem.endswith(".semantic")
    }
    name, triangles = next(iter(scenes.items()))
    start = time.process_time()
    bake_navmesh(triangles.vertices, triangles.faces)
    print(f"first scene of the process: {time.process_time() - start:.1f} s (compiles, where numba's cache is empty)")
    print(f"{'scene':>16} {'triangles':>10} {'plan m²':>9} {'floor m²':>9} {'seconds':>9} {'limit':>7} {'margin':>8}")
    for house, of_house in scenes.items():
        measure(house, of_house.vertices, of_house.faces)
    measure(f"{name} split", *split_faces(triangles.vertices, triangles.faces, options.triangles))


if __name__ == "__main__":
    main()
