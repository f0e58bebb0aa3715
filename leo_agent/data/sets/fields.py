"""Fields of entries that anybody may have written: checked one by one, errors name the entry and the field."""

from __future__ import annotations

import re
from typing import Any

from leo_agent.contract.errors import InputError, shown
from leo_agent.policies.leo.text.question_prompts import check_text

_LABEL_ID = re.compile(r"^(.*)-(\d+)$", re.DOTALL)


def field(row: Any, key: str, where: str) -> Any:
    """The value of a field."""
    if not isinstance(row, dict):
        raise InputError(f"{where}: found {shown(row)}, expected an object")
    if key not in row:
        raise InputError(f"{where}: {key} is missing, found {', '.join(map(shown, list(row)[:8])) or 'nothing'}")
    return row[key]


def text(row: Any, key: str, where: str) -> str:
    """A text that says something."""
    return said(field(row, key, where), f"{where}: {key}")


def said(value: Any, where: str) -> str:
    """A value that is a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: found {shown(value)}, expected text")
    check_text(where, value)
    return value


def texts(row: Any, key: str, where: str) -> tuple[str, ...]:
    """A list of at least one text."""
    value = field(row, key, where)
    if not isinstance(value, list) or not value:
        raise InputError(f"{where}: {key}: found {shown(value)}, expected a list of texts")
    return tuple(said(each, f"{where}: {key}") for each in value)


def whole(value: Any, where: str) -> int:
    """A number of an object: as a number, or written in figures."""
    if isinstance(value, str) and value.strip().isdecimal() and value.isascii():
        value = int(value) if len(value) < 10 else value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise InputError(f"{where}: found {shown(value)}, expected the number of an object")
    return value


def numbers(value: Any, count: int, where: str) -> tuple[float, ...]:
    """So many finite numbers."""
    if not isinstance(value, list) or len(value) != count:
        raise InputError(f"{where}: found {shown(value)}, expected {count} numbers")
    for each in value:
        if isinstance(each, bool) or not isinstance(each, int | float) or not abs(each) < 1e6:
            raise InputError(f"{where}: found {shown(each)}, expected a finite number")
    return tuple(float(each) for each in value)


def label_id(value: Any, where: str) -> tuple[str, int]:
    """Label and id of "label-ID"."""
    match = _LABEL_ID.match(value) if isinstance(value, str) else None
    if match is None or len(match[2]) > 9:
        raise InputError(f"{where}: found {shown(value)}, expected an object as label-ID")
    return match[1], int(match[2])
