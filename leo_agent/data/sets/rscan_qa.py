"""Questions about 3RScan's scenes, made by a language model from scene graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, each_scan, located, refuse, register_set


@register_set("rscan_qa")
class RScanQA(TextSet):
    """`T` names the objects that a question is about, as label-ID in a row; where it cannot be read there are none."""

    published: ClassVar[Mapping[str, int]] = {"train": 57_000}

    def files(self, split: str) -> tuple[str, ...]:
        return (f"3rscanqa/3rscan_qa_{'train' if split == 'train' else 'val'}.json",)

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        for where, scan, value in each_scan(located(root, *self.files(split))):
            for number, row in enumerate(responses(value, where, on_broken)):
                place = f"{where}: question {number}"
                try:
                    yield TextItem(
                        id=str(row.get("id", f"{scan}-{number}")) if isinstance(row, dict) else "",
                        task="question",
                        family="3rscan",
                        scan=scan,
                        text=fields.text(row, "Q", place),
                        answers=fields.texts(row, "A", place),
                        relevant=_relevant(row.get("T", "")),
                    )
                except InputError as error:
                    on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        scans: dict[str, dict[str, Any]] = {}
        for item in items:
            named = ", ".join(f"object-{number}" for number in item.relevant)
            row = {"id": item.id, "Q": item.text, "T": named, "A": list(item.answers)}
            scans.setdefault(item.scan, {"query": "", "response": []})["response"].append(row)
        return dict.fromkeys(self.files(split), scans)


def responses(value: Any, where: str, on_broken: OnBroken) -> list[Any]:
    """What a language model answered of a scan; nothing where that is broken."""
    try:
        found = fields.field(value, "response", where)
        if isinstance(found, list):
            return found
        raise InputError(f"{where}: response: found {type(found).__name__}, expected a list")
    except InputError as error:
        on_broken(error)
        return []


def _relevant(named: Any) -> tuple[int, ...]:
    found = []
    for each in named.split(",") if isinstance(named, str) else ():
        try:
            found.append(fields.label_id(each.strip(), "T")[1])
        except InputError:
            return ()  # as published: a list that cannot be read names nothing
    return tuple(found)
