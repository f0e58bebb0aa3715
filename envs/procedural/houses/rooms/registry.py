"""Finds the rules that furnish a room of some function."""

from __future__ import annotations

from collections.abc import Callable

from leo_agent.envs.package_scan import import_modules
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.placement import RoomSpace
from leo_agent.envs.procedural.houses.rooms.fittings import fit_doors_and_windows, fit_lamp

Rules = Callable[[RoomSpace, Palette], None]

_rules: dict[str, Rules] = {}


def room(function: str) -> Callable[[Rules], Rules]:
    """Decorator: these rules furnish rooms of that function."""

    def register(rules: Rules) -> Rules:
        _rules[function] = rules
        return rules

    return register


def room_functions() -> list[str]:
    """All functions of rooms that can be furnished."""
    import_modules(__name__.rpartition(".")[0])
    return sorted(_rules)


def furnish(space: RoomSpace, palette: Palette) -> None:
    """Doors, windows and a lamp, and what the room's function asks for."""
    if space.room.function not in _rules:
        room_functions()
    fit_doors_and_windows(space, palette)
    fit_lamp(space, palette)
    _rules[space.room.function](space, palette)
