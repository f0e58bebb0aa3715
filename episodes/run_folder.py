"""The files of a run: config.json, episodes.jsonl (one finished episode a line) and summary.json."""

import fcntl
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import check_file, read_file, remove_left_over, write_file, writing
from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.json_file import parse_json, read_json_object
from leo_agent.episodes.run_identity import differences, joined, sessions_of

OUTCOMES = ("success", "failure", "invalid", "error")
RESULT_KEYS = (
    "env",
    "split",
    "scene",
    "episode_id",
    "seed",
    "policy",
    "instruction",
    "steps",
    "measures",
    "outcome",
    "error",
    "seconds",
)
CONFIG_FILE, EPISODES_FILE, SUMMARY_FILE = "config.json", "episodes.jsonl", "summary.json"


def to_json(value: Any) -> Any:
    """`value` as strict JSON has it: NumPy scalars and arrays as numbers and lists, non-finite numbers as None."""
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and np.isfinite(value).all():
        return value.tolist()  # at once: an episode's statistics are thousands of numbers
    if hasattr(value, "tolist"):
        return to_json(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def write_json(path: Path, value: Any, indent: int | None = 2) -> None:
    """Writes a file of JSON as `write_file` does, whole or not at all."""
    write_file(path, (json.dumps(to_json(value), indent=indent, allow_nan=False) + "\n").encode("utf-8", "replace"))


def read_results(folder: str | Path) -> list[dict[str, Any]]:
    """All finished episodes of a run folder, in the order in which they finished.

    A last line that a crash cut short is left out; damage anywhere else is an error. Of an episode that ran again (one
    that ended in an error is tried again when a run is resumed) the last line counts.

    Raises:
        InputError: the folder or its episodes.jsonl is missing, or a complete line is not a result.
    """
    path = Path(folder) / EPISODES_FILE
    content = read_file(path, "the episodes of a run folder as a rollout writes it")
    complete = content[: content.rfind(b"\n") + 1]
    lines = enumerate(complete.splitlines(), 1)
    return _Latest(_parse_line(path, number, line) for number, line in lines if line.strip()).values()


class _Latest:
    """Results by episode: a later one of the same episode takes the place of the earlier."""

    def __init__(self, results: Iterable[dict[str, Any]]):
        self._by_episode: dict[tuple[Any, ...], dict[str, Any]] = {}
        for result in results:
            self.add(result)

    def add(self, result: dict[str, Any]) -> None:
        key = (result["env"], result["policy"], result["scene"], result["episode_id"], result["seed"])
        self._by_episode.pop(key, None)
        self._by_episode[key] = result

    def values(self) -> list[dict[str, Any]]:
        return list(self._by_episode.values())


def _parse_line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    result: dict[str, Any] = parse_json(line, f"{path}:{number}", "an episode result")
    missing = [key for key in RESULT_KEYS if not isinstance(result, dict) or key not in result]
    if missing:
        raise InputError(f"{path}:{number}: not an episode result, the keys {', '.join(missing)} are missing")
    if result["outcome"] not in OUTCOMES or not isinstance(result["measures"], dict):
        raise InputError(
            f"{path}:{number}: outcome {result['outcome']!r} with measures {type(result['measures']).__name__}, "
            f"expected one of {', '.join(OUTCOMES)} and an object"
        )
    wrong = [name for name in ("env", "policy", "episode_id") if not isinstance(result[name], str)]
    wrong += [name for name in ("split", "scene", "instruction", "error") if not isinstance(result[name], str | None)]
    wrong += [] if isinstance(result["seed"], int | None) else ["seed"]
    wrong += [name for name in ("measures", "seconds") if not _holds_numbers(result[name])]
    wrong += [] if _is_number(result["steps"]) and result["steps"] is not None else ["steps"]
    if wrong:
        raise InputError(f"{path}:{number}: not an episode result, {wrong[0]} is {shown(result[wrong[0]])}")
    return result


def _holds_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold, or None for one that was not finite."""
    return value is None or (isinstance(value, int | float) and abs(value) <= sys.float_info.max)


class RunFolder(NotCopyable):
    """The folder of one run, open for appending; one process at a time.

    Files that a killed process left half-written are removed.

    Args:
        path: made if it does not exist.
        identity: what defines the results (environment, options, policy, code, data, seed); a folder that was begun
            with another identity is refused, one with the same is resumed (see `identity.differences`).
        description: what is only recorded, of the last session that added an episode.
        session: what the episodes of this process run on (versions, machine, command); config.json lists these for all
            processes that added episodes, each with `first_line`, its first line in episodes.jsonl counted from 0.

    Attributes:
        sessions: those before this one.

    Raises:
        InputError: the folder belongs to another configuration, is written by another process, or cannot be written.
    """

    instead = "it holds its file open, which it alone may write; make another when it is closed"

    def __init__(
        self,
        path: str | Path,
        identity: Mapping[str, Any],
        description: Mapping[str, Any],
        session: Mapping[str, Any] | None = None,
    ):
        self.path = Path(path)
        self._identity = to_json(identity)
        self._description, self._session = dict(description), dict(session or {})
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._file = _open_lines(self.path / EPISODES_FILE)
        try:
            self._lock()
            remove_left_over(self.path)
            before = self._before()
            self.sessions: list[dict[str, Any]] = sessions_of(before) if before else []
            self._cut_incomplete_line()
            self._latest = _Latest(read_results(self.path))
            self._is_recorded = False
            if before is None:
                self._record()
        except BaseException:
            self._file.close()
            raise

    @property
    def finished(self) -> list[dict[str, Any]]:
        """The results so far, as `read_results` returns them."""
        return self._latest.values()

    def append(self, result: Mapping[str, Any]) -> None:
        """Adds one finished episode; it is on the disk when this returns.

        Raises:
            OutputError: it cannot be written, and the folder is as it was.
        """
        if not self._is_recorded:
            self._record()
        line = to_json({key: result[key] for key in RESULT_KEYS})
        content = json.dumps(line, allow_nan=False).encode() + b"\n"
        with writing(self.path / EPISODES_FILE):
            end = self._file.seek(0, os.SEEK_END)
            try:
                written = 0
                while written < len(content):  # a disk that fills up takes a part
                    written += self._file.write(content[written:])
                os.fsync(self._file.fileno())
            except OSError:
                self._file.truncate(end)
                raise
        self._latest.add(line)

    def forget(self, key: str, names: Iterable[str]) -> None:
        """Takes these names out of an entry of the identity: they turned out to change while the run goes on."""
        left_out = set(names) & self._identity.get(key, {}).keys()
        if left_out:
            self._identity[key] = {name: each for name, each in self._identity[key].items() if name not in left_out}
            config = read_json_object(self.path / CONFIG_FILE, "the configuration of a run")
            write_json(self.path / CONFIG_FILE, {**config, "run": self._identity})

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Writes summary.json, which is derived from the lines and can be made again at any time."""
        write_json(self.path / SUMMARY_FILE, summary)

    def close(self) -> None:
        """Releases the lock, so that other processes may write the folder."""
        self._file.close()

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{self.path}: another process is writing this folder; choose another folder") from None

    def _before(self) -> dict[str, Any] | None:
        """The configuration of the run that the folder holds, None if it is new; with this identity or refused."""
        path = self.path / CONFIG_FILE
        if not path.exists():
            if (self.path / EPISODES_FILE).stat().st_size > 0:
                raise InputError(f"{self.path}: holds {EPISODES_FILE} but no {CONFIG_FILE}; choose another folder")
            return None
        before = read_json_object(path, "the configuration of a run")
        old = before.get("run")
        if not isinstance(old, dict):
            old = {}
        changes = differences(old, self._identity)
        if changes:
            listed = "; ".join(changes)
            raise InputError(f"{self.path}: holds a run of another configuration ({listed}); choose another folder")
        self._identity = joined(old, self._identity)
        return before

    def _record(self) -> None:
        """Writes config.json with this session as the last one."""
        first_line = self._num_lines()
        before = [each for each in self.sessions if each.get("first_line", 0) < first_line]
        sessions = [*before, {"first_line": first_line, **self._session}]
        write_json(self.path / CONFIG_FILE, {"run": self._identity, **self._description, "sessions": sessions})
        self._is_recorded = True

    def _num_lines(self) -> int:
        return read_file(self.path / EPISODES_FILE, "the episodes of a run").count(b"\n")

    def _cut_incomplete_line(self) -> None:
        """A crash in the middle of a line must not damage the next one."""
        content = read_file(self.path / EPISODES_FILE, "the episodes of a run")
        complete = content.rfind(b"\n") + 1
        if complete < len(content):
            self._file.truncate(complete)


def _open_lines(path: Path) -> io.FileIO:
    """The file for appending without a buffer, so that an episode is written when that is said; never a named pipe."""
    if path.exists():
        check_file(path, "the episodes of a run")
    return io.FileIO(path, "a")
