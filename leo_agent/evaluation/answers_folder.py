"""The folder of an evaluation: config.json, and answers.jsonl, a line each as soon as it is given."""

from __future__ import annotations

import fcntl
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file, remove_left_over, writing
from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.json_file import parse_json, read_json_object
from leo_agent.episodes.run_folder import CONFIG_FILE, to_json, write_json
from leo_agent.episodes.run_identity import differences

ANSWERS_FILE = "answers.jsonl"
KEYS = ("set", "id", "scan", "task", "situation", "text", "history", "references", "answer")


class AnswersFolder(NotCopyable):
    """One process at a time appends to it; a killed one leaves whole lines.

    Args:
        path: made if it does not exist.
        identity: what defines the answers; a folder of another is refused, one of the same is gone on with.
        description: what is recorded beside it.

    Attributes:
        finished: the lines so far, by set and id.

    Raises:
        InputError: the folder holds another evaluation, or something else, or another process writes it.
        OutputError: it cannot be written.
    """

    instead = "it holds its file open, which it alone may write; make another when it is closed"

    def __init__(self, path: Path, identity: Mapping[str, Any], description: Mapping[str, Any]) -> None:
        self.path = path
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
            self._file = io.FileIO(path / ANSWERS_FILE, "a")
        try:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"{path}: another process is writing this folder; choose another folder") from None
            remove_left_over(path)
            self._begin(to_json(identity), to_json(description))
            content = read_file(path / ANSWERS_FILE, "the answers of an evaluation")
            self._file.truncate(content.rfind(b"\n") + 1)
            self.finished = {(line["set"], line["id"]): line for line in read_answers(path)}
        except BaseException:
            self._file.close()
            raise

    def append(self, line: Mapping[str, Any]) -> None:
        """Adds an answer; it is on the disk when this returns.

        Raises:
            OutputError: it cannot be written, and the folder is as it was.
        """
        content = (json.dumps(to_json(line), ensure_ascii=False, allow_nan=False) + "\n").encode()
        with writing(self.path / ANSWERS_FILE):
            end = self._file.seek(0, os.SEEK_END)
            try:
                written = 0
                while written < len(content):
                    written += self._file.write(content[written:])
            except OSError:
                self._file.truncate(end)
                raise
        self.finished[line["set"], line["id"]] = dict(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _begin(self, identity: dict[str, Any], description: dict[str, Any]) -> None:
        path = self.path / CONFIG_FILE
        if path.exists():
            before = read_json_object(path, "the configuration of an evaluation").get("evaluation")
            if changes := differences(before if isinstance(before, dict) else {}, identity):
                listed = "; ".join(changes)
                raise InputError(f"{self.path}: holds another evaluation ({listed}); choose another folder")
            return
        if (self.path / ANSWERS_FILE).stat().st_size > 0:
            raise InputError(f"{self.path}: holds {ANSWERS_FILE} but no {CONFIG_FILE}; choose another folder")
        write_json(path, {"evaluation": identity, **description})


def read_answers(folder: Path) -> list[dict[str, Any]]:
    """The whole lines of a folder.

    Raises:
        InputError: there is no such file, or a line is none of an evaluation.
    """
    path = folder / ANSWERS_FILE
    content = read_file(path, "the answers of an evaluation")
    lines = []
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), start=1):
        value = parse_json(line, f"{path}: line {number}", "an answer")
        missing = [key for key in KEYS if not isinstance(value, dict) or key not in value]
        if missing:
            raise InputError(f"{path}: line {number}: {', '.join(missing)} is missing, expected an answer")
        lines.append(value)
    return lines
