"""habitat-sim in the walk of `navigation.py`; run by an interpreter that has habitat_sim, and nothing of ours.

Colour and depth are drawn, and ids where they are asked for.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

os.environ["HABITAT_SIM_LOG"] = "quiet"
os.environ["MAGNUM_LOG"] = "default"  # says once by what it draws

import habitat_sim
import numpy as np
from serving import serve
from walk import WALK, walk_seconds

CAMERA_HEIGHT_M, HFOV_DEG = 0.88, 79.0  # habitat-lab's ObjectNav
AMOUNTS = {"move_forward": 0.25, "turn_left": 30.0, "turn_right": 30.0}


def make_simulator(configuration: Any) -> tuple[Any, str]:
    """A simulator, and what Magnum, which writes from C++, says about its GL context: "Renderer: NAME by VENDOR"."""
    kept = os.dup(1)
    with tempfile.TemporaryFile("w+") as said:
        os.dup2(said.fileno(), 1)
        try:
            simulator = habitat_sim.Simulator(configuration)
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        said.seek(0)
        lines = [line for line in said.read().splitlines() if line.startswith("Renderer:")]
    return simulator, lines[0].partition(":")[2].strip() if lines else "unknown"


class Walk:
    """The scene that is walked through. One simulator for all: each spends seconds on its GL context."""

    def __init__(self) -> None:
        self._simulator: Any = None
        self._positions: list[list[float]] = []
        self._drawn_by = "unknown"

    def prepare(
        self, folder: str, config: str, scene: str, size: list[int], positions: list[list[float]], ids: bool
    ) -> str:
        """Load a scene; says what draws."""
        backend = habitat_sim.SimulatorConfiguration()
        path = Path(folder) / scene
        backend.scene_id = str(path) if path.is_file() else scene
        if config != "default":
            backend.scene_dataset_config_file = str(Path(folder) / config)
        backend.gpu_device_id = -1  # any EGL device: 0 ends the process where there is no CUDA device
        backend.allow_sliding = False
        backend.enable_physics = False
        settings = habitat_sim.NavMeshSettings()
        settings.set_defaults()
        settings.agent_height, settings.agent_radius = 0.88, 0.18  # as the navmeshes are: none is made anew
        backend.navmesh_settings = settings
        configuration = habitat_sim.Configuration(backend, [self._agent(size, ids)])
        if self._simulator is None:
            self._simulator, self._drawn_by = make_simulator(configuration)
        else:
            self._simulator.reconfigure(configuration)
        if not self._simulator.pathfinder.is_loaded:  # questions to it would end the process
            raise SystemExit(f"habitat-sim has no navmesh for {scene}")
        self._positions = positions
        return f"habitat-sim {habitat_sim.__version__}, {self._drawn_by}"

    def work(self, first: int, count: int) -> float:
        """Seconds of the steps from `first`."""
        return walk_seconds(self._place, self._simulator.step, self._positions, first, count)

    def _place(self, position: Any) -> None:
        state = habitat_sim.AgentState()
        state.position = np.array(position, np.float32)
        self._simulator.get_agent(0).set_state(state)

    def _agent(self, size: list[int], ids: bool) -> Any:
        types = habitat_sim.SensorType
        agent = habitat_sim.agent.AgentConfiguration()
        agent.height, agent.radius = 0.88, 0.18
        agent.sensor_specifications = [
            self._sensor(kind, size) for kind in (types.COLOR, types.DEPTH, *((types.SEMANTIC,) if ids else ()))
        ]
        agent.action_space = {
            name: habitat_sim.agent.ActionSpec(name, habitat_sim.agent.ActuationSpec(amount=AMOUNTS[name]))
            for name in sorted(set(WALK))
        }
        return agent

    def _sensor(self, kind: Any, size: list[int]) -> Any:
        sensor = habitat_sim.CameraSensorSpec()
        sensor.uuid = str(kind)
        sensor.sensor_type = kind
        sensor.sensor_subtype = habitat_sim.SensorSubType.PINHOLE
        width, height = size
        sensor.resolution = [height, width]
        sensor.position = [0.0, CAMERA_HEIGHT_M, 0.0]
        sensor.orientation = [0.0, 0.0, 0.0]
        sensor.hfov = HFOV_DEG
        return sensor


if __name__ == "__main__":
    walk = Walk()
    serve({"prepare": walk.prepare, "work": walk.work})
