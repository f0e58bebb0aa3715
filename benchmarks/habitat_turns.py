"""habitat-sim beside ours: the same walks in the same files, turn by turn in one run."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from peers.turns import Comparison, Side, compare, program
from peers.walk import STEPS_A_POSE
from scan_files import write_scan
from scan_scene import ScanKind, scan_like

from leo_agent.envs.rendering import Mesh
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene

SCANS = {"scan-162k": ScanKind(0.283, 1024), "scan-1m": ScanKind(0.102, 2048)}
# How many times habitat-sim's rate is wanted.
WANTED = {
    "house": {(256, 256): 6, (640, 480): 6},
    "scan-162k": {(128, 128): 10, (256, 256): 10, (640, 480): 10},
    "scan-1m": {(128, 128): 10, (256, 256): 10, (640, 480): 10},
}
# For the record: habitat-sim's frames/s on one other machine. Ours on this one cannot be divided by them.
HISTORY_MACHINE = "habitat-sim 0.3.4, 2 cores of an AMD EPYC without a GPU, Mesa 22.3.6 llvmpipe, Python 3.11, 2026-11"
HISTORY = {
    "house": {(128, 128): 576, (256, 256): 399, (640, 480): 145},
    "scan-162k": {(128, 128): 162, (256, 256): 125, (640, 480): 47},
    "scan-1m": {(256, 256): 29},
}


def habitat_python(given: Path | None) -> Path | None:
    """An interpreter that can import habitat_sim: the one given, or this one; None if there is none."""
    if given is not None:
        found = shutil.which(str(given))
        if found is None:
            raise SystemExit(f"--habitat-python: {given} is no program")
        probe = subprocess.run([found, "-c", "import habitat_sim"], capture_output=True, text=True, check=False)
        if probe.returncode:
            reason = (probe.stderr.strip() or f"exit code {probe.returncode}").splitlines()[-1]
            raise SystemExit(f"--habitat-python: {given} cannot import habitat_sim: {reason}")
        return Path(found)
    return Path(sys.executable) if importlib.util.find_spec("habitat_sim") else None


def first_house(houses: Path) -> str:
    """The name of the first house with recorded poses."""
    return min(path.name for path in houses.glob("*.golden.npz")).removesuffix(".golden.npz")


def dataset_config(houses: Path) -> str:
    """The name of the houses' scene dataset configuration."""
    return next(houses.glob("*.scene_dataset_config.json")).name


def scene_mesh(houses: Path, scene: str) -> Mesh:
    """The first house, or the scan-like mesh that is made of it."""
    files = find_scene(houses, f"scenes/{first_house(houses)}.scene_instance.json", dataset_config(houses))
    mesh = load_scene(files, 1).mesh
    return scan_like(mesh, SCANS[scene]) if scene in SCANS else mesh


class HabitatTurns:
    """Two processes, ours and habitat-sim's, that are led through the same scenes.

    Args:
        python: an interpreter that has habitat_sim.
        houses: the folder of the houses.
    """

    def __init__(self, python: Path, houses: Path) -> None:
        self._houses = houses.resolve()
        self._folder = tempfile.TemporaryDirectory()
        self._ours = Side("leo_agent", [sys.executable, program("leo_walk.py")])
        self._theirs = Side("habitat-sim", [str(python), program("habitat_sim_walk.py")])
        poses = np.load(self._houses / f"{first_house(houses)}.golden.npz")["view_pose"]
        self._positions = [[float(value) for value in pose[:3]] for pose in poses]

    def compare(self, scene: str, size: tuple[int, int], seconds: float, turns: int) -> tuple[Comparison, str]:
        """What both do of the same steps, and what each draws with."""
        where = self._files(scene)
        asked = {**where, "size": size, "positions": self._positions, "ids": scene == "house"}
        drawn_by = [side.ask("prepare", **asked) for side in (self._ours, self._theirs)]
        return compare(self._ours, self._theirs, STEPS_A_POSE, seconds, turns), "; ".join(drawn_by)

    def close(self) -> None:
        """End both processes and delete the scans."""
        self._ours.close()
        self._theirs.close()
        self._folder.cleanup()

    def _files(self, scene: str) -> dict[str, str]:
        """The folder, dataset configuration and name of a scene, which is written if need be."""
        house = first_house(self._houses)
        if scene == "house":
            config = dataset_config(self._houses)
            return {"folder": str(self._houses), "config": config, "scene": f"scenes/{house}.scene_instance.json"}
        folder = Path(self._folder.name)
        if not (folder / f"{scene}.glb").exists():
            write_scan(scene_mesh(self._houses, scene), self._houses / f"{house}.navmesh", folder, scene)
        return {"folder": str(folder), "config": "default", "scene": f"{scene}.glb"}
