"""Answers in words about scenes of objects, from a folder with `texts.jsonl` and the scenes that its lines name.

A line: {"task": "question", "scene": "scene0000_00.pth", "text": "How many chairs?", "answer": "Four."}, and
where they belong to the task `situation`, `history` (pairs of what the user said and the agent answered) and
`object_id`; see `question_prompts.text_prompt`. Scenes are what `read_scene` reads, relative to the folder; the
lines of every k-th scene are held out, as the recipe's `validation_share` says.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import hash_files, read_file
from leo_agent.contract.json_file import parse_json
from leo_agent.data.items import TextItem
from leo_agent.policies.leo.scenes.scene_files import read_scene
from leo_agent.policies.leo.text.question_prompts import TEXT_TASKS, TextPrompt, check_text, text_prompt
from leo_agent.train.samples.source import Source, SourceOptions
from leo_agent.train.samples.text_source import TextSource
from leo_agent.train.tasks.base import TrainingTask, register_task

FILE = "texts.jsonl"
_KEYS = {"task", "scene", "text", "answer", "situation", "history", "object_id"}


def holds_texts(folder: Path) -> bool:
    """Whether a folder is of this layout."""
    return (folder / FILE).is_file()


class _Texts(TrainingTask):
    def is_in(self, folder: Path) -> bool:
        return holds_texts(folder) and any(line["task"] == self.name for line in read_lines(folder))

    def source(self, folder: Path, options: SourceOptions) -> Source:
        items = [_item(line, number) for number, line in enumerate(read_lines(folder)) if line["task"] == self.name]
        scans = list(dict.fromkeys(item.scan for item in items))
        every = round(1 / options.validation_share) if options.validation_share else 0
        held_out = {scan for number, scan in enumerate(scans) if every and number % every == every - 1}
        train = [item for item in items if item.scan not in held_out]
        validation = [item for item in items if item.scan in held_out]
        return TextSource(
            folder.name, self.name, train, validation, lambda item: read_scene(folder / item.scan), options
        )

    def lines(self, folder: Path) -> Iterator[str]:
        for line in read_lines(folder):
            if line["task"] == self.name:
                yield from (line.get("text", ""), line.get("situation", ""), line["answer"])

    def digest(self, folder: Path) -> str:
        """Of the lines, and of the files of their scenes."""
        names = {line["scene"] for line in read_lines(folder)}
        scenes = [folder / name for name in sorted(names)]
        files = [path for each in scenes for path in (sorted(each.rglob("*")) if each.is_dir() else [each])]
        return hash_files([folder / FILE, *(path for path in files if not path.is_dir())])


for _name in TEXT_TASKS:
    register_task(_name)(type(_name.title().replace("-", ""), (_Texts,), {"__module__": __name__}))


def read_lines(folder: Path) -> list[dict[str, Any]]:
    """The lines of a folder's file, checked one by one.

    Raises:
        InputError: names the file, the line and what is wrong with it.
    """
    path = folder / FILE
    lines = []
    for number, content in enumerate(read_file(path, "lines of JSON").splitlines(), start=1):
        if content.strip():
            where = f"{path}: line {number}"
            line = parse_json(content, where, "an object")
            _check_line(line, where)
            lines.append(line)
    return lines


def _check_line(line: Any, where: str) -> None:
    if not isinstance(line, dict):
        raise InputError(f"{where}: found {shown(line)}, expected an object")
    unknown = sorted(set(line) - _KEYS)
    if unknown:
        raise InputError(f"{where}: unknown key {shown(unknown[0])}, expected some of {', '.join(sorted(_KEYS))}")
    if line.get("task") not in TEXT_TASKS:
        raise InputError(f"{where}: task: found {shown(line.get('task'))}, expected one of {', '.join(TEXT_TASKS)}")
    for key in ("scene", "answer"):
        if not isinstance(line.get(key), str) or not line[key].strip():
            raise InputError(f"{where}: {key}: found {shown(line.get(key))}, expected text")
    check_text(f"{where}: answer", line["answer"])
    object_id = line.get("object_id")
    if object_id is not None and (isinstance(object_id, bool) or not isinstance(object_id, int)):
        raise InputError(f"{where}: object_id: found {shown(object_id)}, expected the id of an object")
    try:
        _prompt(line)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _prompt(line: Mapping[str, Any]) -> TextPrompt:
    history = [tuple(turn) if isinstance(turn, list) else turn for turn in line.get("history", ())]
    return text_prompt(line["task"], line.get("text", ""), line.get("situation", ""), history)


def _item(line: Mapping[str, Any], number: int) -> TextItem:
    return TextItem(
        id=str(number),
        task=line["task"],
        family="scannet",
        scan=line["scene"],
        answers=(line["answer"],),
        text=line.get("text", ""),
        object_id=line.get("object_id"),
        situation=line.get("situation", ""),
        history=tuple((said, answered) for said, answered in line.get("history", ())),
    )
