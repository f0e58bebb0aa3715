"""The files of a run: config.json, episodes.jsonl (one finished episode a line) and summary.json."""

import fcntl
import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.handles import NotCopyable

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
    if hasattr(value, "tolist"):
        return to_json(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def write_json(path: Path, value: Any) -> None:
    """Writes `value` beside `path` and renames it into place, so that a crash leaves the old file or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(aside, "w", encoding="utf-8") as file:
        json.dump(to_json(value), file, indent=2, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`.

    Raises:
        InputError: the file is missing, not JSON, or not an object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError) as problem:
        raise InputError(f"{path}: cannot be read as JSON ({problem})") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def read_results(folder: str | Path) -> list[dict[str, Any]]:
    """All finished episodes of a run folder, in the order in which they finished.

    A last line that a crash cut short is left out; damage anywhere else is an error. Of an episode that ran again (one
    that ended in an error is tried again when a run is resumed) the last line counts.

    Raises:
        InputError: the folder or its episodes.jsonl is missing, or a complete line is not a result.
    """
    path = Path(folder) / EPISODES_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        found = "that folder does not exist" if not Path(folder).is_dir() else "the folder holds no such file"
        raise InputError(f"{path}: {found}; expected a run folder as a rollout writes it") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem})") from None
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
    try:
        result: dict[str, Any] = json.loads(line)
    except ValueError as problem:
        raise InputError(f"{path}:{number}: not a JSON line ({problem})") from None
    missing = [key for key in RESULT_KEYS if not isinstance(result, dict) or key not in result]
    if missing:
        raise InputError(f"{path}:{number}: not an episode result, the keys {', '.join(missing)} are missing")
    if result["outcome"] not in OUTCOMES or not isinstance(result["measures"], dict):
        raise InputError(
            f"{path}:{number}: outcome {result['outcome']!r} with measures {type(result['measures']).__name__}, "
            f"expected one of {', '.join(OUTCOMES)} and an object"
        )
    wrong = [name for name in ("env", "policy", "episode_id") if not isinstance(result[name], str)]
    wrong += [name for name in ("measures", "seconds") if not _holds_numbers(result[name])]
    wrong += [] if isinstance(result["steps"], int) else ["steps"]
    if wrong:
        found = json.dumps(result[wrong[0]])
        raise InputError(f"{path}:{number}: not an episode result, {wrong[0]} is {found}")
    return result


def _holds_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, int | float | None) for each in value.values())


class RunFolder(NotCopyable):
    """The folder of one run, open for appending; one process at a time.

    Args:
        path: made if it does not exist.
        identity: what defines the results (environment, options, policy, seed); a folder that was begun with another
            identity is refused, one with the same is resumed.
        description: what is only recorded (versions, commit, machine); rewritten at every start.

    Raises:
        InputError: the folder belongs to another configuration, is written by another process, or cannot be written.
    """

    instead = "it holds its file open, which it alone may write; make another when it is closed"

    def __init__(self, path: str | Path, identity: Mapping[str, Any], description: Mapping[str, Any]):
        self.path = Path(path)
        self._identity = to_json(identity)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = open(self.path / EPISODES_FILE, "ab+")  # noqa: SIM115 - closed by close()
        except OSError as problem:
            raise InputError(f"{self.path}: cannot be written ({problem}); choose another folder") from None
        try:
            self._lock()
            self._check_identity()
            self._cut_incomplete_line()
            self._latest = _Latest(read_results(self.path))
            write_json(self.path / CONFIG_FILE, {"run": self._identity, **description})
        except BaseException:
            self._file.close()
            raise

    @property
    def finished(self) -> list[dict[str, Any]]:
        """The results so far, as `read_results` returns them."""
        return self._latest.values()

    def append(self, result: Mapping[str, Any]) -> None:
        """Adds one finished episode; it is on the disk when this returns."""
        line = to_json({key: result[key] for key in RESULT_KEYS})
        self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._latest.add(line)

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

    def _check_identity(self) -> None:
        if not (self.path / CONFIG_FILE).exists():
            if (self.path / EPISODES_FILE).stat().st_size > 0:
                raise InputError(f"{self.path}: holds {EPISODES_FILE} but no {CONFIG_FILE}; choose another folder")
            return
        before = read_json(self.path / CONFIG_FILE).get("run")
        if before == self._identity:
            return
        old = before if isinstance(before, dict) else {}
        keys = sorted({*old, *self._identity})
        changes = [
            f"{key} was {json.dumps(old.get(key))}, is {json.dumps(self._identity.get(key))}"
            for key in keys
            if old.get(key) != self._identity.get(key)
        ]
        raise InputError(
            f"{self.path}: holds a run of another configuration ({'; '.join(changes)}); choose another folder"
        )

    def _cut_incomplete_line(self) -> None:
        """A crash in the middle of a line must not damage the next one."""
        self._file.seek(0)
        content = self._file.read()
        complete = content.rfind(b"\n") + 1
        if complete < len(content):
            self._file.truncate(complete)
        self._file.seek(0, os.SEEK_END)
