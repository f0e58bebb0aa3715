"""habitat-sim in `baking.py`: `python habitat_sim_bake.py FOLDER CONFIG SCENE OUT.navmesh` bakes once.

Run by an interpreter that has habitat_sim, and nothing of ours. It says how long it took, in JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("HABITAT_SIM_LOG", "quiet")
os.environ.setdefault("MAGNUM_LOG", "quiet")

import habitat_sim
from memory import peak_mb


def main() -> None:
    folder, config, scene, out = sys.argv[1:]
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # habitat-sim prints from C++
    backend = habitat_sim.SimulatorConfiguration()
    backend.scene_id = str(Path(folder) / scene)
    backend.scene_dataset_config_file = str(Path(folder) / config)
    backend.create_renderer = False
    backend.enable_physics = False
    simulator = habitat_sim.Simulator(habitat_sim.Configuration(backend, [habitat_sim.agent.AgentConfiguration()]))
    settings = habitat_sim.NavMeshSettings()
    settings.set_defaults()
    settings.agent_height, settings.agent_radius = 0.88, 0.18  # habitat-lab's ObjectNav
    pathfinder = habitat_sim.PathFinder()
    start = time.perf_counter()
    baked = simulator.recompute_navmesh(pathfinder, settings)
    seconds = time.perf_counter() - start
    if not baked or not pathfinder.save_nav_mesh(out):
        raise SystemExit(f"habitat-sim bakes no navmesh of {scene}")
    replies.write(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "version": habitat_sim.__version__}))
    replies.close()


if __name__ == "__main__":
    main()
