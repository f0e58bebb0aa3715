"""What is known of the measures in results: as the environment described them, or as they have always been shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.measures import SUCCESS, Measure

# The columns that tables begin with, in this order. Older runs, which recorded no descriptions, have these measures.
LEADING = (
    SUCCESS,
    Measure("spl", "SPL", "fraction"),
    Measure("soft_spl", "Soft-SPL", "fraction"),
    Measure("score", "Score", "fraction"),
)
_LEADING_BY_NAME = {measure.name: measure for measure in LEADING}


def default_measure(name: str) -> Measure:
    """How a measure is shown that nobody described: under its name, as a quantity."""
    return _LEADING_BY_NAME.get(name) or Measure(name, name)


def measures_to_json(measures: Iterable[Measure]) -> dict[str, Any]:
    """Descriptions by name, as config.json and summary.json hold them."""
    return {measure.name: measure.to_json() for measure in measures}


def measures_of_config(config: Mapping[str, Any], where: str) -> tuple[Measure, ...]:
    """The descriptions that a config.json holds; none where an older run recorded none.

    Args:
        config: what the file holds.
        where: what error messages call it.

    Raises:
        InputError: they are damaged.
    """
    described = config.get("measures", {})
    if not isinstance(described, dict):
        raise InputError(f"{where}: measures: found {type(described).__name__}, expected an object")
    try:
        return tuple(Measure.from_json(name, values) for name, values in described.items())
    except InputError as problem:
        raise InputError(f"{where}: {problem}") from None


def heading(measure: Measure) -> str:
    """The heading of a column: the label and the unit of its numbers."""
    unit = measure.unit if measure.kind == "quantity" else "%"
    return f"{measure.label} {unit}".rstrip()


def in_column_order(measures: Iterable[Measure]) -> list[Measure]:
    """Each name once, the leading ones first; what an environment described goes before a default."""
    by_name: dict[str, Measure] = {}
    for measure in measures:
        if by_name.get(measure.name) in (None, default_measure(measure.name)):
            by_name[measure.name] = measure
    leading = [by_name.pop(name) for name in _LEADING_BY_NAME if name in by_name]
    return [*leading, *by_name.values()]
