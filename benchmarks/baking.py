"""Seconds and memory that baking a navmesh takes: flat squares, houses, a scan-like scene; beside habitat-sim's own.

    python benchmarks/baking.py [--habitat-python PYTHON] [--sides 10 20 40 60 80 100 200] [--turns 3]

Every bake is a process of its own, on one core; ours has its kernels compiled before the time counts. Where an
interpreter with habitat_sim is named, it bakes the same triangles in turns with ours, the ratio is the median of the
pairs, and the files are compared byte by byte.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from hardware import hardware

from leo_agent.envs.scenes.meshes.glb import read_glb

HOUSES = Path(__file__).parents[1] / "tests" / "data" / "habitat_houses"
PEERS = Path(__file__).parent / "peers"
SIDES_M = (10, 20, 40, 60, 80, 100, 200)
CONFIG = "bare.scene_dataset_config.json"
# Stored as it stands: what habitat-sim turns has rounding in it.
STAGES = {"stages": {"paths": {".glb": ["*.glb"]}, "default_attributes": {"up": [0, 1, 0], "front": [0, 0, -1]}}}


@dataclass(frozen=True)
class Scene:
    """Triangles to bake."""

    name: str
    vertices: np.ndarray  # (V, 3) float32 metres
    faces: np.ndarray  # (F, 3) int32

    @property
    def plan_m2(self) -> float:
        width, _, depth = np.ptp(self.vertices, axis=0)
        return float(width * depth)


def flat_square(side_m: float) -> Scene:
    """Two triangles."""
    vertices = np.array([[0, 0, 0], [0, 0, side_m], [side_m, 0, side_m], [side_m, 0, 0]], np.float32)
    return Scene(f"flat {side_m:g} m", vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def split_faces(scene: Scene, count: int) -> Scene:
    """The same surface in at least `count` triangles: those with the longest sides are cut in four, again and again."""
    corners = scene.vertices[scene.faces]
    while len(corners) < count:
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        chosen = longest >= np.median(longest)
        a, b, c = np.moveaxis(corners[chosen], 1, 0)
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        quarters = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        corners = np.concatenate([corners[~chosen], *(np.stack(quarter, axis=1) for quarter in quarters)])
    rows = np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3)
    return Scene(f"{scene.name} split", corners.reshape(-1, 3), rows)


def bake(command: Sequence[str | Path]) -> dict[str, Any]:
    """What one of the programs in `peers` says.

    Raises:
        SystemExit: it failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{command[0]} {Path(command[1]).name}: ended with code {done.returncode}: {done.stderr[-400:]}"
        )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(scene: Scene, folder: Path, habitat_python: str | None, turns: int) -> None:
    """Bake in turns, and print a line."""
    np.savez(folder / "scene.npz", vertices=scene.vertices, faces=scene.faces)
    mesh = trimesh.Trimesh(scene.vertices, scene.faces, process=False)
    (folder / "scene.glb").write_bytes(mesh.export(file_type="glb", include_normals=False))
    ours, theirs = [], []
    for _ in range(turns):
        ours.append(bake([sys.executable, PEERS / "leo_bake.py", folder / "scene.npz", folder / "ours.navmesh"]))
        if habitat_python:
            program, out = PEERS / "habitat_sim_bake.py", folder / "theirs.navmesh"
            theirs.append(bake([habitat_python, program, folder, CONFIG, "scene.glb", out]))
    seconds = statistics.median(run["seconds"] for run in ours)
    line = f"{scene.name:>18} {len(scene.faces):10,} {scene.plan_m2:8.0f} {seconds:9.4f} "
    line += f"{1e6 * seconds / scene.plan_m2:8.0f} {max(run['peak_mb'] for run in ours):7.0f}"
    if theirs:
        ratios = [other["seconds"] / own["seconds"] for own, other in zip(ours, theirs, strict=True)]
        same = (folder / "ours.navmesh").read_bytes() == (folder / "theirs.navmesh").read_bytes()
        line += f" {statistics.median(run['seconds'] for run in theirs):9.4f}"
        line += f" {max(run['peak_mb'] for run in theirs):7.0f} {statistics.median(ratios):6.1f}"
        line += f" {min(ratios):5.1f}-{max(ratios):<5.1f} {'same' if same else 'DIFFER':>6}"
    print(line, flush=True)


def scenes(options: argparse.Namespace) -> list[Scene]:
    """All that is baked."""
    paths = [path for path in sorted(options.houses.glob("*.glb")) if not path.stem.endswith(".semantic")]
    meshes = [(path.stem, read_glb(path)) for path in paths]
    houses = [Scene(name, mesh.vertices.astype(np.float32), mesh.faces) for name, mesh in meshes]
    return [*map(flat_square, options.sides), *houses, *(split_faces(house, options.triangles) for house in houses[:1])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--habitat-python", help="an interpreter that has habitat_sim (default: ours alone)")
    parser.add_argument("--sides", type=float, nargs="*", default=SIDES_M, help="of the flat squares, metres")
    parser.add_argument("--turns", type=int, default=3, help="bakes of each scene (default 3)")
    parser.add_argument("--houses", type=Path, default=HOUSES, help="folder of the houses (default: the tests' own)")
    parser.add_argument("--triangles", type=int, default=1_000_000, help="of the scan-like scene (default 1,000,000)")
    options = parser.parse_args()
    print(f"hardware: {hardware()}; every bake is a process of its own, on one core")
    print(f"{'scene':>18} {'triangles':>10} {'plan m²':>8} {'seconds':>9} {'µs/m²':>8} {'MB':>7}", end="")
    print(f" {'habitat-s':>9} {'MB':>7} {'ratio':>6} {'of pairs':>11} {'bytes':>6}" if options.habitat_python else "")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / CONFIG).write_text(json.dumps(STAGES))
        for scene in scenes(options):
            measure(scene, Path(folder), options.habitat_python, options.turns)


if __name__ == "__main__":
    main()
