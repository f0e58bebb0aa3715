"""Takes typed fields out of the JSON of a dataset, with one-line errors that name file and field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError

_JSON_NAMES: dict[type, str] = {str: "a string", int: "an integer", list: "a list", dict: "an object"}


def take(record: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    """`record[key]`, of the JSON type `kind` (str, int, list or dict).

    Raises:
        InputError: the key is missing or its value of another type.
    """
    if key not in record:
        raise InputError(f"{where}: missing key {key!r}")
    value = record[key]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(f"{where}: {key!r} must be {_JSON_NAMES[kind]}, found {describe(value)}")
    return value


def take_vector(record: Mapping[str, Any], key: str, length: int, where: str) -> np.ndarray:
    """`record[key]` as (length,) float64.

    Raises:
        InputError: it is not that many finite numbers.
    """
    values = take(record, key, list, where)
    # Exact type: bool is an int in Python, but not a number in JSON.
    if len(values) != length or any(type(value) not in (int, float) for value in values):
        raise InputError(f"{where}: {key!r} must be {length} numbers, found {describe(values)}")
    try:
        vector = np.array([float(value) for value in values])
    except OverflowError as error:
        raise InputError(f"{where}: {key!r} holds a number out of range") from error
    # Beyond this a float32 coordinate overflows; no house is that large either.
    if not np.all(np.abs(vector) < 1e9):
        raise InputError(f"{where}: {key!r} must be finite, found {describe(values)}")
    return vector


def take_rotation(record: Mapping[str, Any], key: str, where: str) -> np.ndarray:
    """`record[key]` as a quaternion (4,) float64 in the order x, y, z, w, of length 1 up to the file's rounding.

    Raises:
        InputError: it is no unit quaternion.
    """
    quaternion = take_vector(record, key, 4, where)
    norm = float(np.linalg.norm(quaternion))
    if not 0.5 < norm < 2.0:
        raise InputError(f"{where}: {key!r} must be a unit quaternion x, y, z, w, found {describe(record[key])}")
    # A rounded quaternion is kept as written, since Habitat computes with it like that.
    return quaternion if abs(norm - 1.0) < 1e-3 else quaternion / norm


def describe(value: object) -> str:
    """A short text of a value for an error message, as JSON where it can be."""
    try:
        text = one_line(json.dumps(value))
    except TypeError:  # no JSON value: from a caller, not from a file
        text = one_line(repr(value))
    except (ValueError, RecursionError):  # an integer beyond Python's digit limit, or very deep nesting
        text = type(value).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."


def one_line(value: object) -> str:
    """A text without line breaks, for an error message."""
    return " ".join(str(value).split())
