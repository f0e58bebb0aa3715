"""Simulators of a navigating agent behind one protocol: one module each, found by a package scan."""

from leo_agent.envs.navigation.simulators.base import (
    AgentState,
    Frames,
    Simulator,
    SimulatorConfig,
    make_simulator,
    register_simulator,
    simulator_names,
)

__all__ = [
    "AgentState",
    "Frames",
    "Simulator",
    "SimulatorConfig",
    "make_simulator",
    "register_simulator",
    "simulator_names",
]
