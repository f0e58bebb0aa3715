"""Plans for goals in 3RScan's scenes, made by a language model from scene graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, each_scan, located, refuse, register_set
from leo_agent.data.sets.rscan_qa import responses


@register_set("rscan_plan")
class RScanPlan(TextSet):
    """Task planning."""

    published: ClassVar[Mapping[str, int]] = {"train": 14_000}

    def files(self, split: str) -> tuple[str, ...]:
        return (f"planning/3rscan_plan_{'train' if split == 'train' else 'val'}.json",)

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        for where, scan, value in each_scan(located(root, *self.files(split))):
            for number, row in enumerate(responses(value, where, on_broken)):
                place = f"{where}: plan {number}"
                try:
                    yield TextItem(
                        id=f"{scan}-{number}",
                        task="plan",
                        family="3rscan",
                        scan=scan,
                        text=fields.text(row, "instruction", place),
                        answers=(fields.text(row, "plan", place),),
                    )
                except InputError as error:
                    on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        scans: dict[str, dict[str, Any]] = {}
        for item in items:
            row = {"instruction": item.text, "plan": item.answers[0]}
            scans.setdefault(item.scan, {"response": []})["response"].append(row)
        return dict.fromkeys(self.files(split), scans)
