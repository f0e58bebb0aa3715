"""Dense captions: ScanRefer's descriptions of ScanNet's objects (Chen et al. 2020), and the corpus of references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, each_row, locate, located, refuse, register_set
from leo_agent.data.sets.obj_scene_cap import referring_row
from leo_agent.metrics.scan2cap import scored_caption

CORPUS = "scan2cap/scanrefer_corpus.json"


@register_set("scan2cap")
class Scan2Cap(TextSet):
    """In training a text is one description; in validation one object, whose references are the corpus's."""

    published: ClassVar[Mapping[str, int]] = {"train": 37_000, "val": 2_068}

    def files(self, split: str) -> tuple[str, ...]:
        return (f"scan2cap/scanrefer_{'train' if split == 'train' else 'val'}.json",)

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        corpus = _corpus(root) if split != "train" else {}
        seen = set()
        for number, (where, row) in enumerate(each_row(located(root, *self.files(split)))):
            try:
                item = _item(row, where, number)
                if split != "train":
                    key = caption_key(item)
                    if key in seen:
                        continue
                    seen.add(key)
                    item = _with_references(item, key, corpus, where)
                yield item
            except InputError as error:
                on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        rows = [referring_row(item) for item in items]
        corpus: dict[str, list[str]] = {}
        for item in items:
            corpus.setdefault(caption_key(item), []).extend(scored_caption(answer) for answer in item.answers)
        return {self.files(split)[0]: rows, CORPUS: corpus}


def caption_key(item: TextItem) -> str:
    """What the corpus calls an object."""
    return f"{item.scan}|{item.object_id}|{item.object_name}"


def _corpus(root: Path) -> dict[str, Any]:
    path = locate(root, CORPUS)
    return {} if path is None else read_json_object(path, "references of captions")


def _with_references(item: TextItem, key: str, corpus: dict[str, Any], where: str) -> TextItem:
    """Without a corpus a description's own words are the reference."""
    if not corpus:
        return item
    references = fields.texts(corpus, key, f"{where}: {CORPUS}")
    return TextItem(**{**vars(item), "answers": references})


def _item(row: Any, where: str, number: int) -> TextItem:
    return TextItem(
        id=f"scanrefer-{number}",
        task="object-caption",
        family="scannet",
        scan=fields.text(row, "scan_id", where),
        answers=(fields.text(row, "utterance", where),),
        object_id=fields.whole(fields.field(row, "target_id", where), f"{where}: target_id"),
        object_name=str(row.get("instance_type", "")),
    )
