"""Reads what the ids of a scene stand for: Matterport3D's .house, HM3D's .semantic.txt, Replica's and Gibson's JSON.

Formats: Matterport3D data organization (house segmentations); HM3D-Semantics (lines id,RRGGBB,"category",region);
`info_semantic.json` of Replica; the semantic lexicons of ReplicaCAD and HSSD; `.scn` of Gibson; and lists of
{"id", "category"} as this project's houses have them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file
from leo_agent.contract.json_file import parse_json
from leo_agent.envs.scenes.json_fields import describe, take

_HM3D_HEADER, _HOUSE_HEADER = "HM3D Semantic Annotations", "ASCII 1.1"
_HM3D_LINE = re.compile(r'\s*(\d{1,9})\s*,\s*([0-9A-Fa-f]{6})\s*,\s*"(.*)"\s*,\s*-?\d+\s*')
_INTEGER = re.compile(r"-?\d{1,9}")


@dataclass(frozen=True)
class Labels:
    """What the ids of a scene stand for."""

    categories: dict[int, str] = field(default_factory=dict)  # name by instance id
    classes: dict[int, str] = field(default_factory=dict)  # name by class id; templates of objects refer to it
    color_ids: dict[int, int] = field(default_factory=dict)  # instance id by colour 0xRRGGBB (sRGB) of a painted mesh


def read_labels(path: Path) -> Labels:
    """The labels in a file of any of the formats above.

    Raises:
        InputError: the file is missing or of none of them.
    """
    return parse_labels(read_file(path, "the names of the scene's instances"), str(path))


def parse_labels(content: bytes, name: str) -> Labels:
    """As `read_labels`, from the bytes of a file; `name` stands in messages."""
    header, _, body = content.decode("utf-8", "replace").partition("\n")
    if _HM3D_HEADER in header:
        return _parse_hm3d(body, name)
    if _HOUSE_HEADER in header:
        return _parse_house(body, name)
    document = parse_json(content, name, "a list of instances in JSON, a .house or a .semantic.txt file")
    if isinstance(document, list):
        return Labels(categories=_named(document, "category", name))
    if not isinstance(document, dict):
        raise InputError(f"{name}: expected a list of instances, found {describe(document)}")
    return _parse_descriptor(document, name)


def _parse_hm3d(body: str, name: str) -> Labels:
    labels = Labels()
    for number, line in enumerate(body.splitlines(), start=2):
        if not line.strip():
            continue
        match = _HM3D_LINE.fullmatch(line)
        if match is None:
            raise InputError(f'{name}: line {number} is {describe(line)}, expected id,RRGGBB,"category",region')
        instance, color = int(match[1]), int(match[2], 16)
        labels.categories[instance] = match[3]
        labels.color_ids.setdefault(color, instance)
    return labels


def _parse_house(body: str, name: str) -> Labels:
    """Lines C: category index, mapping index and name, mpcat40 index and name; O: object index, region, category."""
    labels, names = Labels(), {}
    for number, line in enumerate(body.splitlines(), start=2):
        words = line.split()
        if words[:1] == ["C"]:
            names[_integer(words, 1, line, f"{name}: line {number}")] = words[5] if len(words) > 5 else ""
        elif words[:1] == ["O"]:
            where = f"{name}: line {number}"
            instance, category = _integer(words, 1, line, where), _integer(words, 3, line, where)
            if category >= 0 and category not in names:
                raise InputError(f"{where} is {describe(line)}, found no category {category} before it")
            if category >= 0 and names[category]:
                labels.categories[instance] = names[category]
    return labels


def _integer(words: list[str], position: int, line: str, where: str) -> int:
    if len(words) <= position or not _INTEGER.fullmatch(words[position]):
        raise InputError(f"{where} is {describe(line)}, expected an integer as word {position + 1}")
    return int(words[position])


def _parse_descriptor(document: dict[str, Any], name: str) -> Labels:
    """A JSON object with `classes` [{id, name}] (a lexicon), `objects` [{id, class_id}] (Replica) or [{id, class_}]."""
    classes = _named(take(document, "classes", list, name), "name", f"{name}: classes") if "classes" in document else {}
    objects = take(document, "objects", list, name) if "objects" in document else []
    if "classes" not in document:
        if "objects" not in document:
            raise InputError(f"{name}: expected a list of instances, or an object with 'classes' or 'objects'")
        return Labels(categories=_named(objects, "class_", f"{name}: objects"))
    categories = {}
    for number, record in enumerate(objects):
        where = f"{name}: objects[{number}]"
        if not isinstance(record, dict):
            raise InputError(f"{where} must be an object, found {describe(record)}")
        class_id = take(record, "class_id", int, where)
        if class_id in classes:
            categories[take(record, "id", int, where)] = classes[class_id]
    return Labels(categories=categories, classes=classes)


def _named(records: list[Any], key: str, where: str) -> dict[int, str]:
    """Names by id of a list of objects with an integer `id` and a text under `key`."""
    names = {}
    for number, record in enumerate(records):
        if not isinstance(record, dict) or type(record.get("id")) is not int or not isinstance(record.get(key), str):
            raise InputError(
                f"{where}: instance {number} needs an integer 'id' and a text {key!r}, found {describe(record)}"
            )
        names[record["id"]] = record[key]
    return names
