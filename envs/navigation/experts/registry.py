"""The registry of experts: who answers `expert_action()`, made anew for each episode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_choice
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.navigation.simulators import Simulator
from leo_agent.envs.package_scan import check_free, import_modules


class Expert(Protocol):
    """Answers at any pose of one episode."""

    def action(self, position: ArrayLike, rotation: ArrayLike) -> int:
        """The action id at a base position (3,) and rotation x, y, z, w."""


@dataclass(frozen=True, eq=False)
class ExpertRequest:
    """What an expert is made for: one episode, whose start is the simulator's agent state."""

    simulator: Simulator
    body: NavigationEmbodiment
    goals: NDArray[np.float32]  # (V, 3), metres: it may walk to any of them
    success_distance_m: float  # a stop strictly nearer than that to a goal is a success
    clearance_m: float = 0.0  # from walls that it keeps where it can


Factory = Callable[[ExpertRequest], Expert]
PACKAGE = __name__.rpartition(".")[0]
_factories: dict[str, Factory] = {}


def register_expert(name: str) -> Callable[[Factory], Factory]:
    """Decorator: the function makes the expert of that name.

    Raises:
        InputError: the name is taken by another one.
    """

    def register(factory: Factory) -> Factory:
        check_free(f"expert {name}", factory, lambda: _factories.get(name), PACKAGE)
        _factories[name] = factory
        return factory

    return register


def expert_names() -> list[str]:
    """The registered experts."""
    import_modules(PACKAGE)
    return sorted(_factories)


def check_expert(name: str) -> str:
    """The name of a registered expert.

    Raises:
        InputError: there is none of that name; those that exist are listed.
    """
    return check_choice("expert", name, expert_names())


def make_expert(name: str, request: ExpertRequest) -> Expert:
    """The expert of that name for an episode.

    Raises:
        InputError: there is none of that name.
    """
    return _factories[check_expert(name)](request)
