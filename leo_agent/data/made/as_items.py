"""What is said of a scene as items of the sets, whether it is a house or a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from leo_agent.data.items import Family, TextItem
from leo_agent.policies.leo.text.question_prompts import Turn


class Asked(Protocol):
    """A question about a scene."""

    @property
    def kind(self) -> str: ...
    @property
    def answers(self) -> tuple[str, ...]: ...


class AskedThere(Asked, Protocol):
    """A question to somebody who stands somewhere."""

    @property
    def situation(self) -> Standing: ...


class Standing(Protocol):
    """Where he stands."""

    @property
    def position(self) -> tuple[float, float, float]: ...
    @property
    def yaw_rad(self) -> float: ...
    @property
    def text(self) -> str: ...


def alone_item(uid: str, captions: Sequence[str]) -> TextItem:
    """Captions of an object alone, of Cap3D's layout."""
    return TextItem(id=uid, task="object-caption", family="objaverse", scan=uid, answers=tuple(captions), object_id=0)


def in_scene_items(scene: str, said: Iterable[tuple[int, str, Sequence[str], Sequence[str]]]) -> Iterator[TextItem]:
    """Captions of objects in their scene: prompted and ScanScribe's in turn, which describe, then Nr3D's and Sr3D's.

    Args:
        scene: its name.
        said: id and name of each object, what describes it, and what means it and no other.
    """
    number = 0
    for object_id, name, captions, expressions in said:
        kinds: list[tuple[str, Family, str]] = [
            ("prompted" if place % 2 else "scanscribe", "3rscan", text) for place, text in enumerate(captions)
        ]
        kinds += [("sr3d" if place % 2 else "nr3d", "scannet", text) for place, text in enumerate(expressions)]
        for kind, family, text in kinds:
            yield _caption(scene, family, f"{kind}-{scene}-{number}", object_id, name, text)
            number += 1


def dense_items(scene: str, said: Iterable[tuple[int, str, Sequence[str]]]) -> Iterator[TextItem]:
    """Dense captions, of ScanRefer's layout; `said` has id and name of each object, and its captions."""
    for object_id, name, captions in said:
        for number, text in enumerate(captions):
            yield _caption(scene, "scannet", f"{scene}-{object_id}-{number}", object_id, name, text)


def _caption(scene: str, family: Family, name: str, object_id: int, object_name: str, text: str) -> TextItem:
    return TextItem(
        id=name,
        task="object-caption",
        family=family,
        scan=scene,
        answers=(text,),
        object_id=object_id,
        object_name=object_name,
    )


def scene_items(scene: str, captions: Iterable[tuple[str, tuple[int, ...]]]) -> list[TextItem]:
    """Captions of the scene, each with the ids that it names."""
    return [
        TextItem(
            id=f"{scene}-{number}", task="scene-caption", family="3rscan", scan=scene, answers=(text,), relevant=ids
        )
        for number, (text, ids) in enumerate(captions)
    ]


def question_item(
    scene: str, number: int, asked: Asked, relevant: tuple[int, ...], text: str = "", family: Family = "scannet"
) -> TextItem:
    """A question; without a text one that is worded later."""
    return TextItem(
        id=f"{scene}-{asked.kind}-{number}",
        task="question",
        family=family,
        scan=scene,
        text=text,
        answers=asked.answers,
        relevant=relevant,
    )


def situated_item(scene: str, number: int, asked: AskedThere, text: str = "") -> TextItem:
    """A question to somebody somewhere; without a text one that is worded later."""
    half = asked.situation.yaw_rad / 2.0
    return TextItem(
        id=f"{scene}-{asked.kind}-{number}",
        task="situated-question",
        family="scannet",
        scan=scene,
        text=text,
        situation=asked.situation.text,
        answers=asked.answers,
        position=asked.situation.position,
        rotation=(0.0, 0.0, math.sin(half), math.cos(half)),
    )


def dialogue_items(scene: str, dialogues: Iterable[tuple[Turn, ...]]) -> Iterator[TextItem]:
    """A question each turn, with the turns before it."""
    for number, turns in enumerate(dialogues):
        for turn, (question, answer) in enumerate(turns):
            yield TextItem(
                id=f"{scene}-{number}-{turn}",
                task="question",
                family="3rscan",
                scan=scene,
                text=question,
                answers=(answer,),
                history=turns[:turn],
            )


def plan_items(scene: str, plans: Iterable[tuple[str, str]]) -> list[TextItem]:
    """Plans as pairs of goal and steps in words."""
    return [
        TextItem(id=f"{scene}-{number}", task="plan", family="3rscan", scan=scene, text=goal, answers=(text,))
        for number, (goal, text) in enumerate(plans)
    ]
