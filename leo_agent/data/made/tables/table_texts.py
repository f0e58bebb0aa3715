"""All texts of one table, as items of the sets that they are written to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leo_agent.data.items import Family, TextItem
from leo_agent.data.made.as_items import (
    alone_item,
    dense_items,
    dialogue_items,
    in_scene_items,
    plan_items,
    question_item,
    scene_items,
    situated_item,
)
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
    name = table.name
    texts = {
        "cap3d": [
            alone_item(object_uid(table, thing), object_captions(thing, wording)) for thing in captioned_alone(table)
        ],
        "scene_cap": scene_items(name, table_captions(table, wording)),
        "scan2cap": list(
            dense_items(
                name,
                (
                    (each.id, described(each), scene_object_captions(table, each, wording))
                    for each in captioned_in_scene(table)
                ),
            )
        ),
        # Both sets of questions have all kinds.
        "scanqa": [_question(name, "scannet", number, asked[number]) for number in range(0, len(asked), 2)],
        "rscan_qa": [_question(name, "3rscan", number, asked[number]) for number in range(1, len(asked), 2)],
        "sqa3d": [
            situated_item(name, number, each, each.text)
            for number, each in enumerate(situated_questions(table, wording))
        ],
        "rscan_dialog": list(dialogue_items(name, table_dialogues(table, wording))),
        "rscan_plan": plan_items(name, ((plan.goal, plan.text) for plan in table_plans(table, wording))),
    }
    if is_training:
        texts["obj_scene_cap"] = list(in_scene_items(name, (_said(table, thing, wording) for thing in table.things)))
    return texts


def object_uid(table: TableTruth, thing: TableThing) -> str:
    """What a thing alone is called."""
    return f"{table.name}_{thing.id}"


def _said(table: TableTruth, thing: TableThing, wording: Wording) -> tuple[int, str, list[str], list[str]]:
    captions = scene_object_captions(table, thing, wording) if thing in captioned_in_scene(table) else []
    return thing.id, described(thing), captions, referring_expressions(table, thing, wording)


def _question(scene: str, family: Family, number: int, asked: TableQuestion) -> TextItem:
    return question_item(scene, number, asked, asked.relevant, asked.text, family)
