"""All texts of one table, as items of the sets that they are written to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from leo_agent.data.items import Family, TextItem
from leo_agent.data.made.tables.captions import (
    captioned_alone,
    captioned_in_scene,
    object_captions,
    referring_expressions,
    scene_object_captions,
    table_captions,
)
from leo_agent.data.made.tables.descriptions import described
from leo_agent.data.made.tables.dialogues import table_dialogues
from leo_agent.data.made.tables.plans import table_plans
from leo_agent.data.made.tables.questions import TableQuestion, table_questions
from leo_agent.data.made.tables.situated import situated_questions
from leo_agent.data.made.tables.truth import TableThing, TableTruth
from leo_agent.data.made.wording import Wording


def table_texts(table: TableTruth, seed: int, is_training: bool, elsewhere: Sequence[str]) -> dict[str, list[TextItem]]:
    """Items by the name of their set.

    Args:
        table: what is true.
        seed: of the words and of what is asked; with the table's name it decides everything.
        is_training: whether the table is of the split train; captions of objects in scenes have no other.
        elsewhere: kinds of things that tables have, for what is not there.
    """
    wording = Wording(np.random.default_rng([seed, *table.name.encode(), 1]))
    asked = list(table_questions(table, wording, elsewhere))
    scene = table.name
    texts = {
        "cap3d": [_object_caption(table, thing, wording) for thing in captioned_alone(table)],
        "scene_cap": [
            TextItem(
                id=f"{scene}-{number}",
                task="scene-caption",
                family="3rscan",
                scan=scene,
                answers=(text,),
                relevant=ids,
            )
            for number, (text, ids) in enumerate(table_captions(table, wording))
        ],
        "scan2cap": list(_dense_captions(table, wording)),
        # Both sets of questions have all kinds.
        "scanqa": [_question(scene, "scannet", number, asked[number]) for number in range(0, len(asked), 2)],
        "rscan_qa": [_question(scene, "3rscan", number, asked[number]) for number in range(1, len(asked), 2)],
        "sqa3d": list(_situated(table, wording)),
        "rscan_dialog": list(_dialogues(table, wording)),
        "rscan_plan": [
            TextItem(
                id=f"{scene}-{number}", task="plan", family="3rscan", scan=scene, text=plan.goal, answers=(plan.text,)
            )
            for number, plan in enumerate(table_plans(table, wording))
        ],
    }
    if is_training:
        texts["obj_scene_cap"] = list(_scene_object_captions(table, wording))
    return texts


def object_uid(table: TableTruth, thing: TableThing) -> str:
    """What a thing alone is called."""
    return f"{table.name}_{thing.id}"


def _object_caption(table: TableTruth, thing: TableThing, wording: Wording) -> TextItem:
    uid = object_uid(table, thing)
    captions = tuple(object_captions(thing, wording))
    return TextItem(id=uid, task="object-caption", family="objaverse", scan=uid, answers=captions, object_id=0)


def _scene_object_captions(table: TableTruth, wording: Wording) -> Iterator[TextItem]:
    """Of four kinds in turn: prompted and ScanScribe's describe, Nr3D's and Sr3D's refer."""
    number = 0
    for thing in table.things:
        said: list[tuple[str, Family, str]] = []
        captions = scene_object_captions(table, thing, wording) if thing in captioned_in_scene(table) else []
        for place, text in enumerate(captions):
            said.append(("prompted" if place % 2 else "scanscribe", "3rscan", text))
        for place, text in enumerate(referring_expressions(table, thing, wording)):
            said.append(("sr3d" if place % 2 else "nr3d", "scannet", text))
        for kind, family, text in said:
            yield _caption(table, thing, family, f"{kind}-{table.name}-{number}", text)
            number += 1


def _dense_captions(table: TableTruth, wording: Wording) -> Iterator[TextItem]:
    for thing in captioned_in_scene(table):
        for number, text in enumerate(scene_object_captions(table, thing, wording)):
            yield _caption(table, thing, "scannet", f"{table.name}-{thing.id}-{number}", text)


def _caption(table: TableTruth, thing: TableThing, family: Family, name: str, text: str) -> TextItem:
    return TextItem(
        id=name,
        task="object-caption",
        family=family,
        scan=table.name,
        answers=(text,),
        object_id=thing.id,
        object_name=described(thing),
    )


def _question(scene: str, family: Family, number: int, question: TableQuestion) -> TextItem:
    return TextItem(
        id=f"{scene}-{question.kind}-{number}",
        task="question",
        family=family,
        scan=scene,
        text=question.text,
        answers=question.answers,
        relevant=question.relevant,
    )


def _situated(table: TableTruth, wording: Wording) -> Iterator[TextItem]:
    for number, asked in enumerate(situated_questions(table, wording)):
        half = asked.situation.yaw_rad / 2.0
        yield TextItem(
            id=f"{table.name}-{asked.kind}-{number}",
            task="situated-question",
            family="scannet",
            scan=table.name,
            text=asked.text,
            situation=asked.situation.text,
            answers=asked.answers,
            position=asked.situation.position,
            rotation=(0.0, 0.0, math.sin(half), math.cos(half)),
        )


def _dialogues(table: TableTruth, wording: Wording) -> Iterator[TextItem]:
    for number, dialogue in enumerate(table_dialogues(table, wording)):
        for turn, (question, answer) in enumerate(dialogue.turns):
            yield TextItem(
                id=f"{table.name}-{number}-{turn}",
                task="question",
                family="3rscan",
                scan=table.name,
                text=question,
                answers=(answer,),
                history=dialogue.turns[:turn],
            )
