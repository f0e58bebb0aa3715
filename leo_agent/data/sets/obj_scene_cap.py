"""Captions of objects in scenes, for alignment: ScanScribe's and prompted ones of 3RScan, Nr3D and Sr3D+ of ScanNet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError, shown
from leo_agent.data.items import Family, TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, each_row, each_scan, locate, located, refuse, register_set

_FOLDER = "obj_scene_caption"
PROMPTED, SCRIBED = f"{_FOLDER}/3rscan_prompted.json", f"{_FOLDER}/3rscan_scanscribe.json"
NR3D, SR3D = f"{_FOLDER}/scannet_referit3d_nr3d_train.json", f"{_FOLDER}/scannet_referit3d_sr3d+_train.json"


@register_set("obj_scene_cap")
class ObjectSceneCaptions(TextSet):
    """There is nothing to validate with."""

    published: ClassVar[Mapping[str, int]] = {"train": 354_000}

    def files(self, split: str) -> tuple[str, ...]:
        return (PROMPTED, SCRIBED, NR3D, SR3D) if split == "train" else ()

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        there = [relative for relative in self.files(split) if locate(root, relative)]
        if not there:
            located(root, PROMPTED)
        for relative in there:
            path = located(root, relative)
            rows = _prompted(path, on_broken) if relative == PROMPTED else each_row(path)
            for number, (where, row) in enumerate(rows):
                try:
                    yield _item(row, where, relative, number)
                except InputError as error:
                    on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        """The kind of a text is the beginning of its id."""
        prompted: dict[str, dict[str, list[dict[str, str]]]] = {}
        scribed, referred = [], {NR3D: [], SR3D: []}  # type: ignore[var-annotated]
        for item in items:
            kind = item.id.split("-")[0]
            if kind == "prompted":
                key = f"{item.object_name}-{item.object_id}"
                prompted.setdefault(item.scan, {}).setdefault(key, []).append({"response": item.answers[0]})
            elif kind == "scanscribe":
                scribed.append({"scan_id": item.scan, "object_id": item.object_id, "sentence": item.answers[0]})
            else:
                referred[NR3D if kind == "nr3d" else SR3D].append(referring_row(item))
        return {PROMPTED: prompted, SCRIBED: scribed, **referred} if split == "train" else {}


def referring_row(item: TextItem) -> dict[str, Any]:
    """A row of ReferIt3D and ScanRefer as LEO's files have them."""
    return {
        "scan_id": item.scan,
        "target_id": item.object_id,
        "instance_type": item.object_name,
        "utterance": item.answers[0],
    }


def _prompted(path: Path, on_broken: OnBroken) -> Iterator[tuple[str, Any]]:
    """Each response as a row."""
    for where, scan, objects in each_scan(path):
        if not isinstance(objects, dict):
            on_broken(InputError(f"{where}: found {shown(objects)}, expected an object of label-ID"))
            continue
        for name, responses in objects.items():
            for response in responses if isinstance(responses, list) else [responses]:
                yield f"{where}: {name}", {"scan_id": scan, "label": name, "response": response}


def _item(row: Any, where: str, relative: str, number: int) -> TextItem:
    family: Family = "scannet"
    if relative == PROMPTED:
        family, kind = "3rscan", "prompted"
        label, object_id = fields.label_id(row["label"], where)
        caption = fields.text(row["response"], "response", where)
    elif relative == SCRIBED:
        family, kind, label = "3rscan", "scanscribe", ""
        object_id = fields.whole(fields.field(row, "object_id", where), f"{where}: object_id")
        caption = fields.text(row, "sentence", where)
    else:
        kind = "nr3d" if relative == NR3D else "sr3d"
        object_id = fields.whole(fields.field(row, "target_id", where), f"{where}: target_id")
        label, caption = str(row.get("instance_type", "")), fields.text(row, "utterance", where)
    return TextItem(
        id=f"{kind}-{number}",
        task="object-caption",
        family=family,
        scan=fields.text(row, "scan_id", where),
        answers=(caption,),
        object_id=object_id,
        object_name=label,
    )
