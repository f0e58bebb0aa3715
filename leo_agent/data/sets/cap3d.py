"""Captions of single objects: Cap3D's of Objaverse (Luo et al. 2023), a table without a header and a cloud each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file
from leo_agent.contract.json_file import read_json_object
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, locate, located, refuse, register_set

_FOLDER = "obj_caption"
TABLE, CLOUDS = f"{_FOLDER}/Cap3D_automated_Objaverse_no3Dword.csv", f"{_FOLDER}/Cap3D_pcs_pt"
# The last rows are for validation and test: so many, as published, unless a file beside the table says another number.
VALIDATION_ROWS, _SPLIT_FILE = 1000, f"{_FOLDER}/split.json"


@register_set("cap3d")
class Cap3D(TextSet):
    """Object captions."""

    published: ClassVar[Mapping[str, int]] = {"train": 660_000}

    def files(self, split: str) -> tuple[str, ...]:
        return (TABLE,)

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        path = located(root, TABLE)
        content = read_file(path, "a table of captions", 2**31)
        try:
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{path}: not a table of captions in UTF-8 ({error})") from None
        held_out = min(_validation_rows(root), len(rows))
        first = len(rows) - held_out
        chosen = range(first) if split == "train" else range(first, len(rows))
        for number in chosen:
            try:
                yield _item(rows[number], f"{path}: row {number + 1}")
            except InputError as error:
                on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        """Rows of one split; the maker joins both."""
        return {TABLE: [[item.scan, item.answers[0]] for item in items]}


def split_note(validation_rows: int) -> dict[str, Any]:
    """What the file beside the table says."""
    return {_SPLIT_FILE: {"validation_rows": validation_rows}}


def _validation_rows(root: Path) -> int:
    path = locate(root, _SPLIT_FILE)
    if path is None:
        return VALIDATION_ROWS
    return fields.whole(fields.field(read_json_object(path), "validation_rows", str(path)), str(path))


def _item(row: list[str], where: str) -> TextItem:
    if len(row) < 2:
        raise InputError(f"{where}: found {len(row)} columns, expected uid and caption")
    uid, caption = fields.said(row[0], f"{where}: uid"), fields.said(row[1], f"{where}: caption")
    if len(caption) > 2 and caption[0] == caption[-1] and caption[0] in "'\"":
        caption = caption[1:-1]
    return TextItem(id=uid, task="object-caption", family="objaverse", scan=uid, answers=(caption,), object_id=0)
