"""Captions of scenes of 3RScan, written by a language model from scene graphs; each names the objects it is about."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError, shown
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, each_scan, located, refuse, register_set

_LONGEST_QUERY = 10**6


@register_set("scene_cap")
class SceneCaptions(TextSet):
    """`query` is the text of a dictionary of objects, which is parsed and never evaluated."""

    published: ClassVar[Mapping[str, int]] = {"train": 20_000}

    def files(self, split: str) -> tuple[str, ...]:
        return (f"scene_caption/3rscan_scenecap_{'train' if split == 'train' else 'val'}.json",)

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        for where, scan, captions in each_scan(located(root, *self.files(split))):
            for number, row in enumerate(captions if isinstance(captions, list) else [captions]):
                try:
                    place = f"{where}: caption {number}"
                    yield TextItem(
                        id=f"{scan}-{number}",
                        task="scene-caption",
                        family="3rscan",
                        scan=scan,
                        answers=(fields.text(row, "response", place),),
                        relevant=_objects(fields.field(row, "query", place), place),
                    )
                except InputError as error:
                    on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        """As published; labels are left out of the query, ids count."""
        scans: dict[str, list[dict[str, str]]] = {}
        for item in items:
            query = repr({f"object-{number}": [] for number in item.relevant})
            scans.setdefault(item.scan, []).append({"query": query, "response": item.answers[0]})
        return dict.fromkeys(self.files(split), scans)


def _objects(query: Any, where: str) -> tuple[int, ...]:
    if not isinstance(query, str) or len(query) > _LONGEST_QUERY:
        raise InputError(f"{where}: query: found {shown(query)}, expected the text of a dictionary")
    try:
        graph = ast.literal_eval(query.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        raise InputError(f"{where}: query: found {shown(query)}, expected the text of a dictionary") from None
    if not isinstance(graph, dict):
        raise InputError(f"{where}: query: found {shown(query)}, expected the text of a dictionary")
    return tuple(fields.label_id(name, f"{where}: query")[1] for name in graph)
