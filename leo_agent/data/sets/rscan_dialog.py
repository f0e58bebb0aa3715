"""Dialogues about 3RScan's scenes, made by a language model from scene graphs; each turn of the user is a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError, shown
from leo_agent.data.items import TextItem
from leo_agent.data.sets import fields
from leo_agent.data.sets.base import OnBroken, TextSet, each_scan, located, refuse, register_set
from leo_agent.data.sets.rscan_qa import responses
from leo_agent.policies.leo.text.question_prompts import Turn

_USER, _AGENT = "Human", "Robot"


@register_set("rscan_dialog")
class RScanDialog(TextSet):
    """A last turn of the user that nobody answers is left out; what the agent says first has no question."""

    published: ClassVar[Mapping[str, int]] = {"train": 11_000}

    def files(self, split: str) -> tuple[str, ...]:
        return (f"dialogue/3rscan_dialog_{'train' if split == 'train' else 'val'}.json",)

    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        for where, scan, value in each_scan(located(root, *self.files(split))):
            for number, turns in enumerate(responses(value, where, on_broken)):
                try:
                    said = _turns(turns, f"{where}: dialogue {number}")
                except InputError as error:
                    on_broken(error)
                    continue
                for turn, (question, answer) in enumerate(said):
                    yield TextItem(
                        id=f"{scan}-{number}-{turn}",
                        task="question",
                        family="3rscan",
                        scan=scan,
                        text=question,
                        answers=(answer,),
                        history=tuple(said[:turn]),
                    )

    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        """Of each dialogue its last text, which holds all turns before."""
        scans: dict[str, dict[str, Any]] = {}
        for place, item in enumerate(items):
            follows = items[place + 1] if place + 1 < len(items) else None
            if follows is not None and follows.scan == item.scan and len(follows.history) > len(item.history):
                continue
            turns = [
                {"role": role, "content": content}
                for question, answer in (*item.history, (item.text, item.answers[0]))
                for role, content in ((_USER, question), (_AGENT, answer))
            ]
            scans.setdefault(item.scan, {"response": []})["response"].append(turns)
        return dict.fromkeys(self.files(split), scans)


def _turns(turns: Any, where: str) -> list[Turn]:
    if not isinstance(turns, list):
        raise InputError(f"{where}: found {shown(turns)}, expected a list of turns")
    said = []
    asked: str | None = None
    for number, turn in enumerate(turns):
        place = f"{where}: turn {number}"
        role, content = fields.text(turn, "role", place), fields.text(turn, "content", place)
        if role not in (_USER, _AGENT):
            raise InputError(f"{place}: role: found {role!r}, expected {_USER} or {_AGENT}")
        if role == _USER:
            asked = content
        elif asked is not None:
            said.append((asked, content))
            asked = None
    return said
