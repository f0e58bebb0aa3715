"""Tables as text: cells below a header, columns of equal width."""

import math
from collections.abc import Sequence

from leo_agent.contract.measures import Measure
from leo_agent.results.measures import default_measure, heading, in_column_order
from leo_agent.results.published import Published
from leo_agent.results.rows import Row
from leo_agent.results.statistics import Estimate

_LONGEST_RULE = 40  # characters under a heading


def align(table: Sequence[Sequence[str]]) -> str:
    """Columns of equal width, the first row underlined."""
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([lines[0], "  ".join("-" * min(width, _LONGEST_RULE) for width in widths), *lines[1:]])


def format_rows(rows: Sequence[Row]) -> str:
    """`tabulate_rows` as an aligned text table."""
    return align(tabulate_rows(rows))


def tabulate_rows(rows: Sequence[Row]) -> list[list[str]]:
    """Our rows as cells below a header, headline measures with their 95 % intervals."""
    described = in_column_order(measure for row in rows for measure in row.described)
    columns = [measure for measure in described if measure.headline]
    named = any(row.run for row in rows)
    header = ["policy", "env", "split", "episodes", "invalid", "errors", *map(heading, columns)]
    header += ["run"] if named else []
    body = [
        [row.policy, row.env, row.split or "-", str(row.episodes), str(row.invalid), str(row.errors)]
        + [format_estimate(row.measures.get(measure.name), measure) for measure in columns]
        + ([row.run] if named else [])
        for row in rows
    ]
    return [header, *body]


def format_estimate(value: Estimate | None, measure: Measure) -> str:
    """Such as `80.0 [49.0, 94.3]`, in percent unless it is a quantity; a dash where there is no value."""
    if value is None or math.isnan(value.mean):
        return "-"
    factor, digits = (1, 2) if measure.kind == "quantity" else (100, 1)
    mean, low, high = (f"{factor * number:.{digits}f}" for number in (value.mean, value.low, value.high))
    return f"{mean} [{low}, {high}]"


def tabulate_published(entries: Sequence[Published]) -> list[list[str]]:
    """The published rows as cells below a header, in percent."""
    header = ["method", "benchmark", "published %", "read in"]
    body = []
    for entry in entries:
        values = ", ".join(f"{default_measure(name).label} {value:.1f}" for name, value in entry.values.items())
        source = f"{entry.source}, second-hand" if entry.second_hand else entry.source
        body.append([entry.method, entry.benchmark, values, source])
    return [header, *body]
