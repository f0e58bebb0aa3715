"""Rows of results: the means of a policy's episodes in one environment and split."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from leo_agent.contract.measures import Measure
from leo_agent.episodes.run_folder import to_json
from leo_agent.results.measures import default_measure, measures_to_json
from leo_agent.results.statistics import Estimate, estimate

SCORED = ("success", "failure")  # invalid and error are counted, not averaged
_Key = tuple[str, str | None, str]  # environment, split, policy


@dataclass(frozen=True)
class Row:
    """Episodes of one policy in one environment and split."""

    policy: str
    env: str
    split: str | None  # None where no episode began
    episodes: int  # that are scored
    invalid: int  # episodes that could not be scored
    errors: int  # episodes that failed with an exception
    measures: dict[str, Estimate] = field(default_factory=dict)
    described: tuple[Measure, ...] = ()  # a description of each of the measures
    run: str = ""  # name of the run folder

    def to_json(self) -> dict[str, Any]:
        """Values of JSON; the descriptions are left to the one who holds them for all rows."""
        return {key: to_json(value) for key, value in asdict(self).items() if key != "described"}


def rows_of_results(results: Iterable[Mapping[str, Any]], measures: Iterable[Measure] = ()) -> list[Row]:
    """One row for each environment, split and policy, in the order in which they first appear.

    Means are over the episodes that ended in success or failure and whose measure is a finite number.

    Args:
        results: lines of episodes.jsonl.
        measures: descriptions of their measures; one that is not described is a quantity of its name.
    """
    described = {measure.name: measure for measure in measures}
    groups: dict[_Key, list[Mapping[str, Any]]] = {}
    for result in results:
        groups.setdefault((result["env"], result["split"], result["policy"]), []).append(result)
    return [_row(key, group, described) for key, group in _without_unknown_split(groups).items()]


def _without_unknown_split(groups: dict[_Key, list[Mapping[str, Any]]]) -> dict[_Key, list[Mapping[str, Any]]]:
    """An episode that failed before its reset ended knows no split: it counts where its siblings are."""
    merged = {key: list(group) for key, group in groups.items() if key[1] is not None}
    for key, group in groups.items():
        if key[1] is None:
            sibling = next((other for other in merged if (other[0], other[2]) == (key[0], key[2])), key)
            merged.setdefault(sibling, []).extend(group)
    return merged


def _row(key: _Key, group: Sequence[Mapping[str, Any]], described: Mapping[str, Measure]) -> Row:
    scored = [result["measures"] for result in group if result["outcome"] in SCORED]
    names = dict.fromkeys(name for measures in scored for name in measures)
    measures = tuple(described.get(name) or default_measure(name) for name in names)
    estimates = {}
    for measure in measures:
        values = [values[measure.name] for values in scored if values.get(measure.name) is not None]
        estimates[measure.name] = estimate(values, measure.kind)
    count = [result["outcome"] for result in group].count
    env, split, policy = key
    return Row(policy, env, split, len(scored), count("invalid"), count("error"), estimates, measures)


def summarize(results: Sequence[Mapping[str, Any]], measures: Sequence[Measure] = ()) -> dict[str, Any]:
    """What summary.json holds: the rows, what their measures are, and where the time went.

    Returns:
        `groups`: a row each, measures as {count, mean, low, high}; `measures`: descriptions by name; `timing`: seconds
        by part and steps per second of a worker's time, over all episodes.
    """
    seconds: dict[str, float] = {}
    for result in results:
        for part, value in result["seconds"].items():
            seconds[part] = seconds.get(part, 0.0) + value
    steps = sum(result["steps"] for result in results)
    total = seconds.get("total", 0.0)
    timing = {
        "episodes": len(results),
        "steps": steps,
        "seconds": seconds,
        "steps_per_worker_second": steps / total if total else None,
    }
    groups = [row.to_json() for row in rows_of_results(results, measures)]
    return {"groups": groups, "measures": measures_to_json(measures), "timing": to_json(timing)}
