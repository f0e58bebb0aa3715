"""Names of a scan's objects, and which vertices are theirs, in the files that datasets of scans come with.

Formats: ScanNet v2's `*.aggregation.json` (groups of segments) with `*.segs.json` (the segment of each vertex),
3RScan's `semseg.v2.json` (groups), Replica's `info_semantic.json` (objects with a class).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.json_file import read_json_object


def named_objects(document: dict[Any, Any], where: str) -> dict[int, str] | None:
    """Label by id, in the order of the file; None if it is of none of these formats.

    Raises:
        InputError: an entry lacks its id or its label.
    """
    if isinstance(document.get("segGroups"), list):
        groups = _records(document["segGroups"], f"{where}: segGroups")
        return {_id(group, "objectId", place): _text(group, "label", place) for group, place in groups}
    if not isinstance(document.get("objects"), list):
        return None
    listed = document.get("classes", [])
    classes = _records(listed if isinstance(listed, list) else [], f"{where}: classes")
    names = {_id(each, "id", place): _text(each, "name", place) for each, place in classes}
    labels = {}
    for record, place in _records(document["objects"], f"{where}: objects"):
        if "class_name" in record or "class_id" not in record:
            labels[_id(record, "id", place)] = _text(record, "class_name", place)
        else:
            labels[_id(record, "id", place)] = names.get(_id(record, "class_id", place), "")
    return labels


def segmented_vertices(
    aggregation: Path, segments: Path, num_vertices: int
) -> tuple[NDArray[np.int64], dict[int, str]]:
    """The object (V,) of each vertex, -1 = none, and the label of each object.

    Raises:
        InputError: a file is missing or wrong, or the segments are those of another mesh.
    """
    indices = _integers(read_json_object(segments, "ScanNet's segments"), "segIndices", str(segments))
    if len(indices) != num_vertices:
        raise InputError(f"{segments}: found segments of {len(indices)} vertices, expected {num_vertices}, its mesh's")
    document = read_json_object(aggregation, "ScanNet's groups of segments")
    labels = named_objects({"segGroups": document.get("segGroups")}, str(aggregation))
    if labels is None:
        raise InputError(f"{aggregation}: found no list 'segGroups', expected ScanNet's groups of segments")
    present, where_present = np.unique(indices, return_inverse=True)
    owners = np.full(len(present), -1, np.int64)
    for group, place in _records(document["segGroups"], f"{aggregation}: segGroups"):
        # A segment of two groups is the later one's, as in ScanNet's own reader.
        owners[np.isin(present, _integers(group, "segments", place))] = group["objectId"]
    return owners[where_present], labels


def _records(values: list[Any], where: str) -> list[tuple[dict[str, Any], str]]:
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            raise InputError(f"{where}[{number}]: found {shown(value)}, expected an object")
    return [(value, f"{where}[{number}]") for number, value in enumerate(values)]


def _id(record: dict[str, Any], key: str, where: str) -> int:
    value = record.get(key)
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise InputError(f"{where}: found {shown(value)} as {key!r}, expected a whole number")
    return value


def _text(record: dict[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise InputError(f"{where}: found {shown(value)} as {key!r}, expected text")
    return value


def _integers(record: dict[str, Any], key: str, where: str) -> NDArray[np.int64]:
    values = record.get(key)
    if not isinstance(values, list) or any(type(value) is not int or not 0 <= value < 2**62 for value in values):
        raise InputError(f"{where}: found {shown(values)} as {key!r}, expected a list of whole numbers from 0 on")
    return np.array(values, np.int64)
