"""The folder of the user's where what took long to make is kept for the next process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from leo_agent.contract.errors import InputError

VARIABLE = "LEO_AGENT_CACHE"
"""Environment variable that names another folder, as HF_HOME does for Hugging Face."""


def cache_folder() -> Path:
    """The folder that `LEO_AGENT_CACHE` names, or the platform's usual one (`~/.cache/leo_agent` on Linux)."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else user_cache_path("leo_agent", appauthor=False)


def kept(name: str, make: Callable[[Path], None], is_whole: Callable[[Path], bool] = Path.exists) -> Path:
    """The file or folder `name` of the cache, made if it is not there yet.

    Processes that want the same thing at once wait for the first. It is made under another name and renamed when it is
    whole, so that a killed process leaves nothing that another would take for it; what such a process left is removed.

    Args:
        name: relative path with "/", which must tell all that the content depends on.
        make: writes the file or folder at the path it is given, which does not exist.
        is_whole: whether what is there can be used; a file that is not whole is made anew.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    path = cache_folder() / name
    if is_whole(path):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock")):
            if not is_whole(path):
                _make(path, make)
    except OSError as error:
        raise InputError(
            f"cache folder {cache_folder()}: {path.name} cannot be written there ({error.strerror or error}); "
            f"the environment variable {VARIABLE} names another folder"
        ) from error
    return path


def _make(path: Path, make: Callable[[Path], None]) -> None:
    """Makes it under another name. Called with the lock held, so whatever is aside belongs to nobody who lives."""
    prefix = f".{path.name}.new-"
    for left_over in path.parent.glob(f"{prefix}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
    try:
        make(aside / path.name)
        os.replace(aside / path.name, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
