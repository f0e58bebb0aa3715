"""The registry of experts: who answers `expert_action()`, made anew for each episode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError
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
_careless: set[str] = set()  # those that do not look at `clearance_m`


def register_expert(name: str, *, keeps_clearance: bool = True) -> Callable[[Factory], Factory]:
    """Decorator: the function makes the expert of that name.

    Args:
        name: of the expert.
        keeps_clearance: whether it does what `clearance_m` asks for.

    Raises:
        InputError: the name is taken by another one.
    """

    def register(factory: Factory) -> Factory:
        check_free(f"expert {name}", factory, lambda: _factories.get(name), PACKAGE)
        _factories[name] = factory
        if not keeps_clearance:
            _careless.add(name)
        return factory

    return register


def expert_names() -> list[str]:
    """The registered experts."""
    import_modules(PACKAGE)
    return sorted(_factories)


def check_expert(name: str, clearance_m: float = 0.0) -> str:
    """The name of a registered expert that can keep so far away from walls.

    Raises:
        InputError: there is none of that name (those that exist are listed), or it does not look at walls.
    """
    known = expert_names()
    check_choice("expert", name, known)
    if clearance_m and name in _careless:
        able = ", ".join(sorted(set(known) - _careless))
        raise InputError(f"expert_clearance_m: found {clearance_m:g} with expert={name!r}, expected {able}")
    return name


def make_expert(name: str, request: ExpertRequest) -> Expert:
    """The expert of that name for an episode.

    Raises:
        InputError: there is none of that name.
    """
    return _factories[check_expert(name)](request)
