"""All texts of one house, by the sets that they may be kept in."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from leo_agent.data.items import Family, TextItem
from leo_agent.data.made.asked import QUESTIONS, MadeText
from leo_agent.data.made.captions import (
    object_captions,
    referring_expressions,
    room_captions,
    scene_object_captions,
)
from leo_agent.data.made.dialogues import dialogues
from leo_agent.data.made.plans import plans
from leo_agent.data.made.questions import Question, questions
from leo_agent.data.made.situated import situated_questions
from leo_agent.data.made.truth import HouseTruth, ThingTruth
from leo_agent.data.made.wording import Wording
from leo_agent.data.made.words import noun
from leo_agent.envs.navmesh import NavMesh
from leo_agent.envs.procedural.houses.furniture import kinds

_NO_CLOUD = ("door", "window")  # Cap3D's are objects that one could take away


def house_texts(house: HouseTruth, navmesh: NavMesh, seed: int, is_training: bool) -> dict[str, list[MadeText]]:
    """Texts by the name of their set, questions under QUESTIONS.

    Args:
        house: what is true.
        navmesh: where one can stand.
        seed: of the words and of what is asked; with the house's name it decides everything.
        is_training: whether the house is of the split train; captions of objects in scenes have no other.
    """
    rng = np.random.default_rng([seed, *house.name.encode()])
    wording, elsewhere = Wording(rng), sorted(kind.name for kind in kinds())
    plain = {
        "cap3d": [_object_caption(house, thing, wording) for thing in house.things if thing.category not in _NO_CLOUD],
        "scene_cap": [
            TextItem(
                id=f"{house.name}-{number}",
                task="scene-caption",
                family="3rscan",
                scan=house.name,
                answers=(text,),
                relevant=ids,
            )
            for number, (text, ids) in enumerate(room_captions(house, wording))
        ],
        "scan2cap": list(_dense_captions(house, wording)),
        "rscan_dialog": list(_dialogues(house, wording, elsewhere)),
        "rscan_plan": [
            TextItem(
                id=f"{house.name}-{number}",
                task="plan",
                family="3rscan",
                scan=house.name,
                text=plan.goal,
                answers=(plan.text,),
            )
            for number, plan in enumerate(plans(house, wording))
        ],
    }
    if is_training:
        plain["obj_scene_cap"] = list(_scene_object_captions(house, wording))
    return {
        **{name: [MadeText(item) for item in items] for name, items in plain.items()},
        QUESTIONS: [_question(house, *numbered) for numbered in enumerate(questions(house, rng, elsewhere))],
        "sqa3d": list(_situated(house, navmesh, wording, elsewhere)),
    }


def object_uid(house: HouseTruth, thing: ThingTruth) -> str:
    """What an object alone is called."""
    return f"{house.name}_{thing.id}"


def _object_caption(house: HouseTruth, thing: ThingTruth, wording: Wording) -> TextItem:
    uid = object_uid(house, thing)
    captions = tuple(object_captions(thing, wording))
    return TextItem(id=uid, task="object-caption", family="objaverse", scan=uid, answers=captions, object_id=0)


def _scene_object_captions(house: HouseTruth, wording: Wording) -> Iterator[TextItem]:
    """Of four kinds in turn: prompted and ScanScribe's describe, Nr3D's and Sr3D's refer."""
    number = 0
    for thing in house.things:
        said: list[tuple[str, Family, str]] = []
        for place, text in enumerate(scene_object_captions(house, thing, wording)):
            said.append(("prompted" if place % 2 else "scanscribe", "3rscan", text))
        for place, text in enumerate(referring_expressions(house, thing, wording)):
            said.append(("sr3d" if place % 2 else "nr3d", "scannet", text))
        for kind, family, text in said:
            yield TextItem(
                id=f"{kind}-{house.name}-{number}",
                task="object-caption",
                family=family,
                scan=house.name,
                answers=(text,),
                object_id=thing.id,
                object_name=noun(thing.kind),
            )
            number += 1


def _dense_captions(house: HouseTruth, wording: Wording) -> Iterator[TextItem]:
    for thing in house.things:
        for number, text in enumerate(scene_object_captions(house, thing, wording)):
            yield TextItem(
                id=f"{house.name}-{thing.id}-{number}",
                task="object-caption",
                family="scannet",
                scan=house.name,
                answers=(text,),
                object_id=thing.id,
                object_name=noun(thing.kind),
            )


def _question(house: HouseTruth, number: int, question: Question) -> MadeText:
    item = TextItem(
        id=f"{house.name}-{question.kind}-{number}",
        task="question",
        family="scannet",
        scan=house.name,
        answers=question.answers,
        relevant=question.relevant,
    )
    return MadeText(item, question.groups, question.templates, question.parts)


def _situated(house: HouseTruth, navmesh: NavMesh, wording: Wording, elsewhere: list[str]) -> Iterator[MadeText]:
    for number, asked in enumerate(situated_questions(house, navmesh, wording, elsewhere)):
        half = asked.situation.yaw_rad / 2.0
        item = TextItem(
            id=f"{house.name}-{asked.kind}-{number}",
            task="situated-question",
            family="scannet",
            scan=house.name,
            situation=asked.situation.text,
            answers=asked.answers,
            position=asked.situation.position,
            rotation=(0.0, 0.0, math.sin(half), math.cos(half)),
        )
        yield MadeText(item, asked.groups, asked.templates, asked.parts)


def _dialogues(house: HouseTruth, wording: Wording, elsewhere: list[str]) -> Iterator[TextItem]:
    for number, dialogue in enumerate(dialogues(house, wording, elsewhere)):
        for turn, (question, answer) in enumerate(dialogue.turns):
            yield TextItem(
                id=f"{house.name}-{number}-{turn}",
                task="question",
                family="3rscan",
                scan=house.name,
                text=question,
                answers=(answer,),
                history=dialogue.turns[:turn],
            )
