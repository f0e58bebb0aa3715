"""Where a training run keeps its files; nothing here imports torch, so that a wrong folder is told at once."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from leo_agent.contract.errors import InputError, reason, shown
from leo_agent.contract.files import remove_left_over, write_file
from leo_agent.contract.json_file import read_json_object

CONFIG_FILE, LOG_FILE, POLICY_FOLDER = "config.json", "log.jsonl", "policy"
BEST_FOLDER, BEST_FILE = "best_policy", "best.json"
CHECKPOINTS, ROLLOUTS = "checkpoints", "rollouts"
LOCK_FILE = ".lock"
FORMAT = "leo-training-1"


def check_folder(name: str) -> Path:
    """The folder of a run: new, empty, or that of a run, which goes on; nothing else is written over.

    Raises:
        InputError: it holds something else, or cannot be written.
    """
    out = Path(name)
    try:
        out.mkdir(parents=True, exist_ok=True)
        held = sorted(path.name for path in out.iterdir() if path.name != LOCK_FILE)
    except OSError as problem:
        raise InputError(f"out: found {name}, which cannot be written ({problem}); choose another folder") from None
    if held and not (out / CONFIG_FILE).is_file():
        raise InputError(f"out: found {name}, which holds {held[0]} already, expected a new or empty folder")
    return out


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """One process, with those that it trains together with, has the folder to itself.

    Raises:
        InputError: another one trains in it.
    """
    lock = FileLock(out / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(f"out: found {out}, in which another process is training; choose another folder") from None
    except OSError as error:
        raise InputError(f"out: found {out}, which cannot be written ({reason(error)})") from error
    try:
        yield
    finally:
        lock.release()


def begin_or_resume(out: Path, identity: Mapping[str, Any], description: Mapping[str, Any]) -> None:
    """Writes what a new run is, or checks that the folder's run is this one and clears away what a kill left.

    Args:
        out: folder of the run.
        identity: what defines it; must be the same for a run to go on.
        description: what it ran on, for people.

    Raises:
        InputError: the folder holds another run: the first difference is named.
    """
    path = out / CONFIG_FILE
    if not path.is_file():
        content = {"format": FORMAT, **identity, **description}
        write_file(path, (json.dumps(content, indent=1) + "\n").encode())
        return
    held = read_json_object(path, "the configuration of a training run")
    if held.get("format") != FORMAT:
        raise InputError(f"out: found {out}, begun by an earlier version; choose another folder, with init={out}")
    _check_data(out, held, identity)
    difference = _difference({key: held.get(key) for key in identity}, json.loads(json.dumps(identity)), "")
    if difference:
        raise InputError(f"out: found {out}, which holds another run: {difference}; choose another folder")
    remove_left_over(out)
    for left in [*out.glob(".*.*"), *(out / CHECKPOINTS).glob(".*")]:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def _check_data(out: Path, held: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """Raises InputError where a dataset is not what it was when the run began."""
    before, now = (each.get("data") for each in (held, identity))
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before:
            if name in now and before[name] != now[name]:
                raise InputError(f"data: found {name}, which has changed since the run in {out} began; train anew")


def _difference(old: Any, new: Any, name: str) -> str:
    """The first value in which two descriptions differ, in words; "" if they do not."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(each for each in new if each not in old)]:
            found = _difference(old.get(key), new.get(key), f"{name}.{key}".lstrip("."))
            if found:
                return found
        return ""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (each, other) in enumerate(zip(old, new, strict=True)):
            found = _difference(each, other, f"{name}[{number}]")
            if found:
                return found
        return ""
    return "" if old == new else f"its {name} is {shown(old)}, this one's {shown(new)}"


def replace_folder(place: Path, aside: Path) -> None:
    """Puts a folder that is whole in the place of a former one."""
    former = place.with_name(f".{place.name}.old")
    shutil.rmtree(former, ignore_errors=True)
    if place.exists():
        place.rename(former)
    aside.rename(place)
    shutil.rmtree(former, ignore_errors=True)


def policy_to_continue(init: str) -> str:
    """The policy's folder where the folder of a run is given; all else as it is."""
    inside = Path(init) / POLICY_FOLDER
    return str(inside) if (inside / CONFIG_FILE).is_file() else init
