"""What is known of the measures in results: as the environment described them, or as they have always been shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.measures import SUCCESS, Measure

# Columns that tables begin with, in this order; runs of before descriptions were recorded have these measures, too.
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
    """Descriptions by name, as config.json holds them."""
    return {measure.name: measure.to_json() for measure in measures}


def measures_of_config(config: Mapping[str, Any], told: str) -> tuple[Measure, ...]:
    """The descriptions in what config.json holds; none of a run from before they were recorded.

    Args:
        config: what the file holds.
        told: how a complaint calls it.

    Raises:
        InputError: they are none.
    """
    described = config.get("measures", {})
    if not isinstance(described, dict):
        raise InputError(f"{told}: measures: found {type(described).__name__}, expected an object")
    try:
        return tuple(Measure.from_json(name, values) for name, values in described.items())
    except InputError as problem:
        raise InputError(f"{told}: {problem}") from None


def heading(measure: Measure) -> str:
    """Of a column: the label and what its numbers are in."""
    unit = measure.unit if measure.kind == "quantity" else "%"
    return f"{measure.label} {unit}".rstrip()


def in_column_order(measures: Iterable[Measure]) -> list[Measure]:
    """The leading ones first, then the others as they come; of one name the first."""
    by_name: dict[str, Measure] = {}
    for measure in measures:
        by_name.setdefault(measure.name, measure)
    leading = [by_name.pop(name) for name in _LEADING_BY_NAME if name in by_name]
    return [*leading, *by_name.values()]
