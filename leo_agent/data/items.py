"""One text of a 3D-language set, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leo_agent.policies.leo.text.question_prompts import TextTask, Turn

Family = Literal["scannet", "3rscan", "objaverse"]


@dataclass(frozen=True, kw_only=True)
class TextItem:
    """What is asked about a scan, and the right answers."""

    id: str  # each once in a set's split
    task: TextTask
    family: Family  # whose layout the scan's files have
    scan: str  # its name; of Cap3D the object's
    answers: tuple[str, ...]  # the references, at least one; training is shown one of them
    text: str = ""  # the question, the goal; captions have none
    object_id: int | None = None  # what a caption is of
    object_name: str = ""
    relevant: tuple[int, ...] = ()  # ids of objects that the annotation names
    situation: str = ""
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of the agent, metres, the scan's frame
    rotation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)  # x, y, z, w
    history: tuple[Turn, ...] = ()
