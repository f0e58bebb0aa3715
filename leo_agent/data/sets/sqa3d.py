"""Questions to an agent in a ScanNet scene: SQA3D (Ma et al. 2023), questions and annotations in two files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.json_file import read_json_object
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, located, refuse, register_set


@register_set("sqa3d")
class SQA3D(TextSet):
    """The agent's pose is where the situation says, in the frame of the annotations."""

    published: ClassVar[Mapping[str, int]] = {"train": 26_623, "val": 3_261, "test": 3_519}

    def files(self, split: str) -> tuple[str, ...]:
        return (
            f"sqa3d/v1_balanced_questions_{split}_scannetv2.json",
            f"sqa3d/v1_balanced_sqa_annotations_{split}_scannetv2.json",
        )

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        in_questions, in_annotations = (located(root, relative) for relative in self.files(split))
        questions = {}
        for number, row in enumerate(_rows(in_questions, "questions")):
            try:
                where = f"{in_questions}: question {number}"
                questions[str(fields.field(row, "question_id", where))] = (where, row)
            except InputError as error:
                on_broken(error)
        for number, row in enumerate(_rows(in_annotations, "annotations")):
            try:
                yield _item(row, f"{in_annotations}: annotation {number}", questions)
            except InputError as error:
                on_broken(error)

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        in_questions, in_annotations = self.files(split)
        asked = [
            {
                "scene_id": item.scan,
                "question_id": item.id,
                "situation": item.situation,
                "alternative_situation": [],
                "question": item.text,
            }
            for item in items
        ]
        answered = [
            {
                "scene_id": item.scan,
                "question_id": item.id,
                "answers": [{"answer": answer} for answer in item.answers],
                "position": dict(zip("xyz", item.position, strict=True)),
                "rotation": dict(zip(("_x", "_y", "_z", "_w"), item.rotation, strict=True)),
            }
            for item in items
        ]
        return {in_questions: {"questions": asked}, in_annotations: {"annotations": answered}}


def _rows(path: Path, key: str) -> list[Any]:
    rows = fields.field(read_json_object(path), key, str(path))
    if not isinstance(rows, list):
        raise InputError(f"{path}: {key}: found {shown(rows)}, expected a list")
    return rows


def _item(row: Any, where: str, questions: dict[str, tuple[str, Any]]) -> TextItem:
    number = str(fields.field(row, "question_id", where))
    if number not in questions:
        raise InputError(f"{where}: question_id {number} is none of the {len(questions)} questions")
    asked_where, asked = questions[number]
    answers = fields.field(row, "answers", where)
    if not isinstance(answers, list) or not answers:
        raise InputError(f"{where}: answers: found {shown(answers)}, expected a list of answers")
    position = fields.field(row, "position", where)
    rotation = fields.field(row, "rotation", where)
    x, y, z = fields.numbers([fields.field(position, axis, where) for axis in "xyz"], 3, f"{where}: position")
    quaternion = [fields.field(rotation, part, where) for part in ("_x", "_y", "_z", "_w")]
    qx, qy, qz, qw = fields.numbers(quaternion, 4, f"{where}: rotation")
    return TextItem(
        id=number,
        task="situated-question",
        family="scannet",
        scan=fields.text(row, "scene_id", where),
        text=fields.text(asked, "question", asked_where),
        situation=fields.text(asked, "situation", asked_where),
        answers=tuple(fields.text(each, "answer", where) for each in answers),
        position=(x, y, z),
        rotation=(qx, qy, qz, qw),
    )
