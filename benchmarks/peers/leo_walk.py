"""Ours in the walk of `navigation.py`: the embedded simulator, with colour, depth and ids in every picture."""

from __future__ import annotations

from pathlib import Path

from serving import serve
from walk import walk_seconds

from leo_agent.envs.navigation.simulators import SimulatorConfig
from leo_agent.envs.navigation.simulators.embedded import EmbeddedSimulator
from leo_agent.envs.rendering.threads import default_threads


class Walk:
    """The scene that is walked through."""

    def __init__(self) -> None:
        self._simulator: EmbeddedSimulator | None = None
        self._positions: list[list[float]] = []

    def prepare(
        self, folder: str, config: str, scene: str, size: list[int], positions: list[list[float]], ids: bool
    ) -> str:
        """Load a scene; says what draws. Ids are drawn in any case."""
        self._simulator = EmbeddedSimulator(SimulatorConfig(Path(folder), config, *size, num_points=1))
        self._simulator.load_scene(scene)
        self._positions = positions
        return f"embedded, {default_threads()} threads"

    def work(self, first: int, count: int) -> float:
        """Seconds of the steps from `first`."""
        simulator = self._simulator
        assert simulator is not None

        def step(action: str) -> None:
            simulator.step(action)
            simulator.render()

        def place(position: object) -> None:
            simulator.set_agent_state(position, (0.0, 0.0, 0.0, 1.0))

        return walk_seconds(place, step, self._positions, first, count)


if __name__ == "__main__":
    walk = Walk()
    serve({"prepare": walk.prepare, "work": walk.work})
