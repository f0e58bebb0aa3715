"""All texts of one house, by the sets that they may be kept in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from leo_agent.data.items import TextItem
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
from leo_agent.data.made.asked import QUESTIONS, MadeText
from leo_agent.data.made.houses.captions import (
    object_captions,
    referring_expressions,
    room_captions,
    scene_object_captions,
)
from leo_agent.data.made.houses.dialogues import dialogues
from leo_agent.data.made.houses.plans import plans
from leo_agent.data.made.houses.questions import questions
from leo_agent.data.made.houses.situated import situated_questions
from leo_agent.data.made.houses.truth import HouseTruth, ThingTruth
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
    name = house.name
    plain: dict[str, Iterable[TextItem]] = {
        "cap3d": [
            alone_item(object_uid(house, thing), object_captions(thing, wording))
            for thing in house.things
            if thing.category not in _NO_CLOUD
        ],
        "scene_cap": scene_items(name, room_captions(house, wording)),
        "scan2cap": list(
            dense_items(
                name, ((each.id, noun(each.kind), scene_object_captions(house, each, wording)) for each in house.things)
            )
        ),
        "rscan_dialog": list(dialogue_items(name, dialogues(house, wording, elsewhere))),
        "rscan_plan": plan_items(name, ((plan.goal, plan.text) for plan in plans(house, wording))),
    }
    if is_training:
        plain["obj_scene_cap"] = in_scene_items(name, (_said(house, thing, wording) for thing in house.things))
    return {
        **{key: [MadeText(item) for item in items] for key, items in plain.items()},
        QUESTIONS: [
            MadeText(question_item(name, number, asked, asked.relevant), asked.groups, asked.templates, asked.parts)
            for number, asked in enumerate(questions(house, rng, elsewhere))
        ],
        "sqa3d": [
            MadeText(situated_item(name, number, asked), asked.groups, asked.templates, asked.parts)
            for number, asked in enumerate(situated_questions(house, navmesh, wording, elsewhere))
        ],
    }


def object_uid(house: HouseTruth, thing: ThingTruth) -> str:
    """What an object alone is called."""
    return f"{house.name}_{thing.id}"


def _said(house: HouseTruth, thing: ThingTruth, wording: Wording) -> tuple[int, str, list[str], list[str]]:
    captions = scene_object_captions(house, thing, wording)
    return thing.id, noun(thing.kind), captions, referring_expressions(house, thing, wording)
