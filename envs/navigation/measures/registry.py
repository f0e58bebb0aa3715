"""The registry of measures: a registered function each, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leo_agent.contract.checks import check_choice
from leo_agent.contract.measures import Kind, Measure
from leo_agent.envs.navigation.measures.state import EpisodeState
from leo_agent.envs.package_scan import check_free, import_modules

Function = Callable[[EpisodeState], float]


@dataclass(frozen=True)
class NavigationMeasure:
    """A measure and how it is computed."""

    measure: Measure
    function: Function


PACKAGE = __name__.rpartition(".")[0]
_measures: dict[str, NavigationMeasure] = {}


def register_measure(
    name: str, *, label: str, kind: Kind = "quantity", unit: str = "", headline: bool = True
) -> Callable[[Function], Function]:
    """Decorator: the function becomes the measure `name`, which a task lists among its `measures`.

    It gets the state of the running episode after every reset and step, and gives a finite number or inf.

    Args:
        name: its key in `info["measures"]`.
        label: heading of its column.
        kind: "rate" (0 or 1), "fraction" (in [0, 1]) or "quantity".
        unit: of a quantity, such as "m".
        headline: whether it is a column of tables.

    Raises:
        InputError: the name is taken by another one.
    """

    def register(function: Function) -> Function:
        check_free(f"measure {name}", function, lambda: _functions().get(name), PACKAGE)
        _measures[name] = NavigationMeasure(Measure(name, label, kind, unit, headline), function)
        return function

    return register


def _functions() -> dict[str, Function]:
    return {name: measure.function for name, measure in _measures.items()}


def navigation_measures(names: Sequence[str]) -> tuple[NavigationMeasure, ...]:
    """The registered measures of these names.

    Raises:
        InputError: there is none of a name; those that exist are listed.
    """
    import_modules(PACKAGE)
    known = sorted(_measures)
    return tuple(_measures[check_choice("measure", name, known)] for name in names)
