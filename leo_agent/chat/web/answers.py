"""What the page asks for: the scene as JSON, and answers with the objects that they name."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from leo_agent.chat.subject import View, pose_in
from leo_agent.contract.errors import InputError, shown
from leo_agent.policies.leo.scenes.object_scene import ObjectScene, evenly_spaced
from leo_agent.policies.leo.text.question_prompts import TEXT_TASKS, Turn, check_text, text_prompt

if TYPE_CHECKING:  # torch and transformers take seconds
    from leo_agent.policies.leo.answering.agent import LeoAgent
    from leo_agent.policies.leo.answering.text_decoding import TextDecoding

POINTS_AN_OBJECT = 200
_MOST_TURNS = 50
_KEYS = {"task", "text", "situation", "object_id", "history"}


def scene_json(scene: ObjectScene) -> dict[str, Any]:
    """Objects with a sample of their points: millimetres with z up, colours 0 to 255, in flat lists."""
    objects = []
    for row, points in enumerate(scene.points):
        chosen = points[evenly_spaced(len(points), min(len(points), POINTS_AN_OBJECT))]
        low, high = _box(scene, row)
        objects.append(
            {
                "id": int(scene.ids[row]),
                "label": scene.labels[row],
                "low": low,
                "high": high,
                "xyz": _z_up(scene, chosen[:, :3]),
                "rgb": np.round(chosen[:, 3:] * 255).astype(int).ravel().tolist(),
            }
        )
    return {"name": scene.name, "objects": objects, "tasks": list(TEXT_TASKS)}


def named_objects(answer: str, scene: ObjectScene) -> list[int]:
    """Ids of the objects whose label an answer holds as whole words, in one or several; the longest label counts."""
    text = f" {re.sub(r'[^a-z0-9 -]', ' ', answer.lower())} "
    found = []
    for label in sorted({label for label in scene.labels if label.strip()}, key=len, reverse=True):
        name = re.escape(label.lower())
        if re.search(rf"(?<![a-z0-9]){name}(?:s|es)?(?![a-z0-9])", text):
            text = re.sub(rf"(?<![a-z0-9]){name}(?:s|es)?(?![a-z0-9])", " ", text)
            found.append(label)
    return [int(number) for number, label in zip(scene.ids, scene.labels, strict=True) if label in found]


@dataclass
class Answers:
    """Answers what the page sends, one at a time."""

    agent: LeoAgent
    view: View
    decoding: TextDecoding
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Any) -> dict[str, Any]:
        """The answer, and the ids of the objects that it names.

        Args:
            asked: `task`, `text`, and where they belong `situation`, `object_id` and `history`.

        Raises:
            InputError: something is missing or does not fit.
        """
        from leo_agent.policies.leo.answering.view import AgentView

        if not isinstance(asked, dict) or (unknown := sorted(set(asked) - _KEYS)):
            found = shown(asked) if not isinstance(asked, dict) else f"the key {unknown[0]!r}"
            raise InputError(f"request: found {found}, expected an object with some of {', '.join(sorted(_KEYS))}")
        task, text, situation = (asked.get(key, "") for key in ("task", "text", "situation"))
        for name, value in (("text", text), ("situation", situation)):
            check_text(name, value)
        object_id = asked.get("object_id")
        if object_id is not None and (isinstance(object_id, bool) or not isinstance(object_id, int)):
            raise InputError(f"object_id: found {shown(object_id)}, expected the id of an object")
        history = _turns(asked.get("history", []))
        text_prompt(task, text, situation, history)
        if task == "object-caption" and object_id is None:
            raise InputError("object_id: found none, expected the object that is to be described")
        view = AgentView(self.view.scene, pose_in(self.view, object_id), self.view.image)
        with self._turn:
            answer = self.agent.chat(
                view, text, history, task=task, situation=situation, object_id=object_id, decoding=self.decoding
            )
        return {"answer": answer, "objects": named_objects(answer, self.view.scene)}


def _turns(history: Any) -> Sequence[Turn]:
    if not isinstance(history, list) or len(history) > _MOST_TURNS:
        raise InputError(f"history: found {shown(history)}, expected at most {_MOST_TURNS} turns")
    for turn in history:
        if not isinstance(turn, list) or len(turn) != 2 or not all(isinstance(each, str) for each in turn):
            raise InputError(f"history: found {shown(turn)}, expected pairs of what was said and answered")
    return [(said, answered) for said, answered in history]


def _z_up(scene: ObjectScene, points: Any) -> list[int]:
    """Points (..., 3) in millimetres with z up, flat."""
    millimetres = np.round(np.asarray(points, np.float64).reshape(-1, 3) * 1000)
    if scene.up_axis == "y":
        millimetres = np.stack([millimetres[:, 0], -millimetres[:, 2], millimetres[:, 1]], axis=1)
    flat: list[int] = millimetres.astype(int).ravel().tolist()
    return flat


def _box(scene: ObjectScene, row: int) -> tuple[list[int], list[int]]:
    """Lowest and highest corner of an object's box, as `_z_up` has them."""
    corners = [_z_up(scene, scene.box_centers[row] + sign * scene.extents[row] / 2) for sign in (-1, 1)]
    return [min(pair) for pair in zip(*corners, strict=True)], [max(pair) for pair in zip(*corners, strict=True)]
