"""Questions about ScanNet's scenes: ScanQA (Azuma et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError, shown
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, each_row, located, refuse, register_set


@register_set("scanqa")
class ScanQA(TextSet):
    """The test's answers are hidden: validation is both."""

    published: ClassVar[Mapping[str, int]] = {"train": 25_563, "val": 4_675}

    def files(self, split: str) -> tuple[str, ...]:
        return (f"scanqa/ScanQA_v1.0_{'train' if split == 'train' else 'val'}.json",)

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        for number, (where, row) in enumerate(each_row(located(root, *self.files(split)))):
            try:
                ids = fields.field(row, "object_ids", where)
                if not isinstance(ids, list):
                    raise InputError(f"{where}: object_ids: found {shown(ids)}, expected a list")
                yield TextItem(
                    id=str(row.get("question_id", number)),
                    task="question",
                    family="scannet",
                    scan=fields.text(row, "scene_id", where),
                    text=fields.text(row, "question", where),
                    answers=fields.texts(row, "answers", where),
                    relevant=tuple(fields.whole(each, f"{where}: object_ids") for each in ids),
                )
            except InputError as error:
                on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        rows = [
            {
                "scene_id": item.scan,
                "question_id": item.id,
                "question": item.text,
                "answers": list(item.answers),
                "object_ids": list(item.relevant),
            }
            for item in items
        ]
        return dict.fromkeys(self.files(split), rows)
